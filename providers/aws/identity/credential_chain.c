#include "providers/aws/identity/credential_chain.h"

#include "core/buf.h"
#include "core/memory.h"

#include <stdlib.h>
#include <string.h>

extern const struct credential_kind credential_environment, credential_github,
    credential_assume_role, credential_web_identity, credential_sso, credential_shared_keys,
    credential_process, credential_config_keys, credential_container, credential_instance;

static int refuse_login(const struct credential_search *search, struct credential_source **source,
                        struct err *err)
{
    (void)source;
    if (!credential_setting(search, "login_session"))
        return 0;
    return err_set(err, ERR_CREDENTIALS,
                   "profile '%s' gets its credentials from a console login (login_session), which "
                   "is not supported; add 'credential_process = aws configure export-credentials "
                   "--profile %s' to another profile and use that",
                   search->profile, search->profile);
}

static const struct credential_kind login_session = {.profile = true, .open = refuse_login};

/* As botocore has them, credentials.py; GitHub's place is ours: where the file with such a token
 * is, but a profile with role_arn alone is for it. */
static const struct credential_kind *const kinds[] = {
    &credential_environment,  &credential_github,   &credential_assume_role,
    &credential_web_identity, &credential_sso,      &credential_shared_keys,
    &login_session,           &credential_process,  &credential_config_keys,
    &credential_container,    &credential_instance,
};
enum { KINDS = sizeof(kinds) / sizeof(*kinds) };

static struct credential_source *find_profile(const struct credential_search *search,
                                              const char *profile, struct err *err)
{
    struct credential_search below = *search;
    struct credential_source *source = NULL;

    below.profile = profile;
    below.environment = false;
    below.above = search;
    for (size_t i = 0; i < KINDS; i++)
        if (kinds[i]->profile && (kinds[i]->open(&below, &source, err) < 0 || source))
            return source;
    err_set(err, ERR_CREDENTIALS, "its source_profile '%s' has no credentials", profile);
    return NULL;
}

static struct credential_source *find_named(const struct credential_search *search,
                                            const char *name, struct err *err)
{
    struct credential_source *source = NULL;
    bool known = false;

    for (size_t i = 0; i < KINDS; i++) {
        if (!kinds[i]->canonical || strcmp(kinds[i]->canonical, name) != 0)
            continue;
        known = true;
        if (kinds[i]->open(search, &source, err) < 0)
            return NULL;
    }
    if (!known)
        err_set(err, ERR_CREDENTIALS,
                "its credential_source is '%s'; it must be Environment, EcsContainer or "
                "Ec2InstanceMetadata",
                name);
    else if (!source)
        err_set(err, ERR_CREDENTIALS, "its credential_source %s has no credentials", name);
    else
        source->guessed = false;
    return source;
}

int credential_chain_nothing(const char *profile, bool variables, const char *why, struct err *err)
{
    struct buf text;

    buf_init(&text, 0);
    for (size_t i = 0; i < KINDS; i++)
        if (kinds[i]->looked_at && (variables || !kinds[i]->variables))
            buf_printf(&text, "%s%s", text.len ? ", " : "", kinds[i]->looked_at);
    err_set(err, ERR_CREDENTIALS,
            "no AWS credentials for profile '%s': looked, in this order, for %s (%s); set "
            "AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY, name another profile with --profile or "
            "AWS_PROFILE, or make one with 'aws configure' or 'aws configure sso'",
            profile, buf_string(&text), why);
    buf_release(&text);
    if (!credential_variable("AWS_ACCESS_KEY_ID") && credential_variable("AWS_SECRET_ACCESS_KEY") &&
        variables)
        err_append(err, " (AWS_SECRET_ACCESS_KEY is set, but not AWS_ACCESS_KEY_ID)");
    return -1;
}

struct credential_source *credential_chain_find(const struct credential_search *search,
                                                struct err *err)
{
    struct credential_search first = *search;
    struct credential_source *source = NULL;

    first.find_profile = find_profile;
    first.find_named = find_named;
    for (size_t i = 0; i < KINDS; i++) {
        if (kinds[i]->variables && !first.environment)
            continue;
        /* Only keys in the environment make up for a profile that is not there. */
        if (kinds[i] != &credential_environment && strcmp(first.profile, "default") != 0 &&
            !aws_config_has_profile(first.config, first.profile)) {
            err_set(err, ERR_CREDENTIALS,
                    "there is no profile '%s' in the AWS config and credentials files; check "
                    "--profile and AWS_PROFILE",
                    first.profile);
            return NULL;
        }
        if (kinds[i]->open(&first, &source, err) < 0 || source)
            return source;
    }
    credential_chain_nothing(first.profile, first.environment,
                             "it is switched off by AWS_EC2_METADATA_DISABLED", err);
    return NULL;
}
