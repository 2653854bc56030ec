/*
 * A role for a token that somebody else signed: the token is in a file
 * (AWS_WEB_IDENTITY_TOKEN_FILE and AWS_ROLE_ARN, or a profile), or GitHub Actions
 * gives it.
 * https://docs.aws.amazon.com/sdkref/latest/guide/feature-assume-role-credentials.html
 * https://docs.github.com/actions/concepts/security/openid-connect
 */
#include "core/file.h"
#include "core/memory.h"
#include "providers/aws/identity/credential_call.h"
#include "providers/aws/identity/credential_sts.h"

#include <stdlib.h>
#include <string.h>

extern const struct credential_kind credential_web_identity, credential_github;

enum { MAX_TOKEN = 64 << 10 };

struct web_identity {
    struct credential_source source;
    struct endpoint sts;
    char *arn, *session_name;
    char *file; /* NULL: GitHub's */
};

static char *read_token(const struct web_identity *identity, struct err *err)
{
    struct buf text;
    char *token = NULL;

    buf_init(&text, 0);
    if (file_read(identity->file, MAX_TOKEN, &text, err) < 0) {
        err->code = ERR_CREDENTIALS;
    } else {
        const char *start = buf_string(&text) + strspn(buf_string(&text), " \t\r\n");

        token = xstrndup(start, strcspn(start, " \t\r\n"));
        if (!*token) {
            err_set(err, ERR_CREDENTIALS, "the web identity token file '%s' is empty",
                    identity->file);
            credential_wipe(token);
            token = NULL;
        }
    }
    if (text.data)
        memory_wipe(text.data, text.len);
    buf_release(&text);
    return token;
}

/* Asks GitHub for a token whose audience is STS. */
static char *ask_github(const struct credential_world *world, struct err *err)
{
    static const char doing[] =
        "get an OIDC token from GitHub (the job needs 'permissions: id-token: write')";
    const char *url = credential_variable("ACTIONS_ID_TOKEN_REQUEST_URL");
    const char *bearer = credential_variable("ACTIONS_ID_TOKEN_REQUEST_TOKEN");
    struct credential_call call = {.label = "github OIDC token"};
    const char *value;
    json_t *reply = NULL;
    char *token = NULL;

    call.url = xasprintf("%s%caudience=sts.amazonaws.com", url, strchr(url, '?') ? '&' : '?');
    strlist_addf(&call.headers, "Authorization: Bearer %s", bearer);
    strlist_add(&call.headers, "Accept: application/json");
    if (credential_call_perform(&call, world, err) < 0) {
        err_context(err, "cannot %s", doing);
    } else {
        reply = call.status == 200 ? credential_call_json(&call) : NULL;
        value = json_string_value(json_object_get(reply, "value"));
        token = value && *value ? xstrdup(value) : NULL;
        if (!token)
            credential_call_fail(&call, doing, err);
    }
    credential_json_free(reply);
    credential_call_release(&call);
    return token;
}

static int fetch(struct credential_source *source, struct credential_answer *answer,
                 struct err *err)
{
    const struct web_identity *identity = (const struct web_identity *)source;
    /* The file is written anew while we run, so it is read each time. */
    char *token = identity->file ? read_token(identity, err) : ask_github(source->world, err);
    struct credential_role role = {
        .arn = identity->arn, .session_name = identity->session_name, .token = token};
    int result = -1;

    if (token) {
        if (source->world->out)
            out_add_secret(source->world->out, token);
        result = credential_sts_assume(source->world, &identity->sts, &role, NULL, answer, err);
    }
    credential_wipe(token);
    return result;
}

static void release(struct credential_source *source)
{
    struct web_identity *identity = (struct web_identity *)source;

    endpoint_release(&identity->sts);
    free(identity->arn);
    free(identity->session_name);
    free(identity->file);
}

/* A variable, else what the profile says. */
static const char *get(const struct credential_search *search, const char *variable,
                       const char *name)
{
    const char *value = search->environment ? credential_variable(variable) : NULL;

    return value ? value : credential_setting(search, name);
}

static int open_role(const struct credential_search *search, const char *file, char *text,
                     struct credential_source **source, struct err *err)
{
    struct web_identity *identity =
        credential_source_new(sizeof(*identity), search->world, text, fetch, release);

    identity->arn = xstrdup(get(search, "AWS_ROLE_ARN", "role_arn"));
    identity->session_name = xstrdup(get(search, "AWS_ROLE_SESSION_NAME", "role_session_name"));
    identity->file = xstrdup(file);
    if (credential_sts_find(&identity->sts, search, err) < 0) {
        credential_source_free(&identity->source);
        return -1;
    }
    *source = &identity->source;
    return 0;
}

static int open_web_identity(const struct credential_search *search,
                             struct credential_source **source, struct err *err)
{
    const char *file = get(search, "AWS_WEB_IDENTITY_TOKEN_FILE", "web_identity_token_file");
    const char *arn = get(search, "AWS_ROLE_ARN", "role_arn");

    if (!file)
        return 0;
    if (!arn)
        return err_set(err, ERR_CREDENTIALS,
                       "there is a web identity token file '%s', but no role to take with it; set "
                       "AWS_ROLE_ARN, or role_arn in profile '%s'",
                       file, search->profile);
    return open_role(search, file, xasprintf("role '%s' and web identity '%s'", arn, file), source,
                     err);
}

static bool in_github(void)
{
    return credential_variable("ACTIONS_ID_TOKEN_REQUEST_URL") &&
           credential_variable("ACTIONS_ID_TOKEN_REQUEST_TOKEN");
}

/* In a job that may ask for tokens a role is enough: AWS_ROLE_ARN, or a profile with role_arn and
 * nothing else to assume it with. */
static int open_github(const struct credential_search *search, struct credential_source **source,
                       struct err *err)
{
    const char *arn = get(search, "AWS_ROLE_ARN", "role_arn");
    const char *own = credential_setting(search, "role_arn");

    if (!arn || !in_github() ||
        get(search, "AWS_WEB_IDENTITY_TOKEN_FILE", "web_identity_token_file"))
        return 0;
    if (own && (credential_setting(search, "source_profile") ||
                credential_setting(search, "credential_source")))
        return 0;
    return open_role(search, NULL, xasprintf("role '%s' and GitHub's OIDC token", arn), source,
                     err);
}

const struct credential_kind credential_web_identity = {
    .looked_at = "a web identity (AWS_WEB_IDENTITY_TOKEN_FILE, web_identity_token_file)",
    .profile = true,
    .open = open_web_identity,
};

const struct credential_kind credential_github = {
    .looked_at = "a role for GitHub Actions (AWS_ROLE_ARN)",
    .profile = true,
    .open = open_github,
};
