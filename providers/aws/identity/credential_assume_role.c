/*
 * A profile with role_arn: the role is assumed with the credentials of
 * source_profile or credential_source.
 * https://docs.aws.amazon.com/sdkref/latest/guide/feature-assume-role-credentials.html
 */
#include "core/field.h"
#include "core/memory.h"
#include "providers/aws/identity/credential_cache.h"
#include "providers/aws/identity/credential_mfa.h"

#include <stdlib.h>
#include <string.h>

extern const struct credential_kind credential_assume_role;

/* What STS takes as DurationSeconds. */
enum { SHORTEST = 900, LONGEST = 43200 };

struct assume_role {
    struct credential_source source;
    struct credential_source *base; /* signs the request */
    struct endpoint sts;
    char *arn, *session_name, *external_id, *mfa_serial, *duration;
};

/* Asks STS, with the credentials of the base. */
static int ask(const struct assume_role *role, const struct credential_role *wanted,
               struct credential_answer *answer, struct err *err)
{
    struct credential_answer base = {0};
    int result = -1;

    if (role->base->fetch(role->base, &base, err) < 0) {
        err_context(err, "no credentials from %s", role->base->text);
    } else {
        result =
            credential_sts_assume(role->source.world, &role->sts, wanted, &base.key, answer, err);
        if (result < 0)
            err_append(err, " (asked with the credentials of %s)", role->base->text);
    }
    credentials_key_release(&base.key);
    return result;
}

/* A role behind a second factor: from the cache, or for a code. */
static int fetch_with_code(const struct assume_role *role, struct credential_role *wanted,
                           struct credential_answer *answer, struct err *err)
{
    char *path = credential_cache_path(wanted), *code = NULL;
    int result = -1;

    if (credential_cache_read(path, clock_now(role->source.world->clock), answer)) {
        result = 0;
        goto out;
    }
    code = credential_mfa_ask(role->mfa_serial, err);
    if (!code)
        goto out;
    wanted->mfa_code = code;
    result = ask(role, wanted, answer, err);
    if (result == 0)
        credential_cache_write(path, answer);
out:
    credential_wipe(code);
    free(path);
    return result;
}

static int fetch(struct credential_source *source, struct credential_answer *answer,
                 struct err *err)
{
    const struct assume_role *role = (const struct assume_role *)source;
    struct credential_role wanted = {.arn = role->arn,
                                     .session_name = role->session_name,
                                     .external_id = role->external_id,
                                     .mfa_serial = role->mfa_serial,
                                     .duration = role->duration};

    return role->mfa_serial ? fetch_with_code(role, &wanted, answer, err)
                            : ask(role, &wanted, answer, err);
}

static void release(struct credential_source *source)
{
    struct assume_role *role = (struct assume_role *)source;

    credential_source_free(role->base);
    endpoint_release(&role->sts);
    free(role->arn);
    free(role->session_name);
    free(role->external_id);
    free(role->mfa_serial);
    free(role->duration);
}

/* Whether the profile was come through on the way here. */
static bool is_circle(const struct credential_search *search, const char *profile)
{
    for (; search; search = search->above)
        if (strcmp(search->profile, profile) == 0)
            return true;
    return false;
}

static bool has_keys(const struct credential_search *search)
{
    return credential_setting(search, "aws_access_key_id") ||
           credential_setting(search, "aws_secret_access_key");
}

static struct credential_source *find_base(const struct credential_search *search, struct err *err)
{
    const char *profile = credential_setting(search, "source_profile");
    const char *named = credential_setting(search, "credential_source");

    if (profile && named)
        err_set(err, ERR_CREDENTIALS,
                "it has both source_profile and credential_source; keep one of them");
    else if (!profile && !named)
        err_set(err, ERR_CREDENTIALS,
                "it has role_arn, but neither source_profile, credential_source nor "
                "web_identity_token_file to assume the role with");
    else if (named)
        return search->find_named(search, named, err);
    else if (!aws_config_has_profile(search->config, profile))
        err_set(err, ERR_CREDENTIALS, "its source_profile '%s' does not exist", profile);
    /* A profile may name itself: the keys in it assume its role. */
    else if (is_circle(search, profile) &&
             (strcmp(profile, search->profile) != 0 || !has_keys(search)))
        err_set(err, ERR_CREDENTIALS,
                "its source_profile '%s' leads back to itself: one profile of the circle needs "
                "credentials of its own",
                profile);
    else
        return search->find_profile(search, profile, err);
    return NULL;
}

static int check_duration(const char *text, struct err *err)
{
    int64_t seconds;

    if (text && (field_parse_int(text, &seconds) < 0 || seconds < SHORTEST || seconds > LONGEST))
        return err_set(err, ERR_CREDENTIALS,
                       "its duration_seconds is '%.40s'; it must be a number from %d to %d", text,
                       SHORTEST, LONGEST);
    return 0;
}

static int open_assume_role(const struct credential_search *search,
                            struct credential_source **source, struct err *err)
{
    const char *arn = credential_setting(search, "role_arn");
    const char *duration = credential_setting(search, "duration_seconds");
    struct credential_source *base = NULL;
    struct assume_role *role;

    /* As a source_profile a profile's own keys come before its role. */
    if (!arn || credential_setting(search, "web_identity_token_file") ||
        (search->above && has_keys(search)))
        return 0;
    if (check_duration(duration, err) < 0 || !(base = find_base(search, err)))
        return err_context(err, "profile '%s' cannot be used", search->profile);
    role = credential_source_new(sizeof(*role), search->world,
                                 xasprintf("role '%s' of profile '%s'", arn, search->profile),
                                 fetch, release);
    role->base = base;
    role->arn = xstrdup(arn);
    role->duration = xstrdup(duration);
    role->session_name = xstrdup(credential_setting(search, "role_session_name"));
    role->external_id = xstrdup(credential_setting(search, "external_id"));
    role->mfa_serial = xstrdup(credential_setting(search, "mfa_serial"));
    *source = &role->source;
    if (credential_sts_find(&role->sts, search, err) == 0)
        return 0;
    credential_source_free(*source);
    *source = NULL;
    return -1;
}

const struct credential_kind credential_assume_role = {
    .looked_at = "role_arn",
    .profile = true,
    .open = open_assume_role,
};
