#include "providers/aws/credentials.h"

#include "core/memory.h"
#include "providers/aws/credential_process.h"

#include <pthread.h>
#include <stdlib.h>
#include <string.h>

enum {
    EARLY = 5 * 60 * 1000, /* ms before the end when new ones are fetched */
    PAUSE = 30 * 1000,     /* ms between two tries to, when the source gives short-lived ones */
};

struct credentials {
    pthread_mutex_t lock;
    const struct clock *clock;
    struct credentials_key key;
    int64_t refresh_at; /* ms since 1970; INT64_MAX: never */
    char *command;      /* credential_process; NULL: the key is all there is */
    char *source;
};

/* Keys of a profile that mean a source this program does not read, in the order in which they win
 * over others; `before_keys`: also over keys in the credentials file. */
static const struct {
    const char *key;
    bool before_keys;
    const char *name;
} other_sources[] = {
    {"role_arn", true, "an assumed role (role_arn)"},
    {"web_identity_token_file", true, "a web identity (web_identity_token_file)"},
    {"sso_session", true, "IAM Identity Center (sso_session)"},
    {"sso_start_url", true, "IAM Identity Center (sso_start_url)"},
    {"sso_account_id", true, "IAM Identity Center (sso_account_id)"},
    {"login_session", false, "a console login (login_session)"},
};

/* The same in the environment. */
static const struct {
    const char *variable;
    const char *name;
} other_variables[] = {
    {"AWS_WEB_IDENTITY_TOKEN_FILE", "a web identity (AWS_WEB_IDENTITY_TOKEN_FILE)"},
    {"AWS_CONTAINER_CREDENTIALS_RELATIVE_URI", "a container's role"},
    {"AWS_CONTAINER_CREDENTIALS_FULL_URI", "a container's role"},
};

#define WHAT_TO_DO                                                                                 \
    "set AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY, or write keys or a credential_process for "  \
    "the profile"

static struct credentials *make(const struct clock *clock, char *source)
{
    struct credentials *credentials = xcalloc(1, sizeof(*credentials));

    pthread_mutex_init(&credentials->lock, NULL);
    credentials->clock = clock;
    credentials->source = source;
    credentials->refresh_at = INT64_MAX;
    return credentials;
}

static void set_key(struct credentials *credentials, const char *id, const char *secret,
                    const char *token)
{
    credentials->key.id = xstrdup(id);
    credentials->key.secret = xstrdup(secret);
    credentials->key.token = token && *token ? xstrdup(token) : NULL;
}

struct credentials *credentials_given(const char *id, const char *secret, const char *token)
{
    struct credentials *credentials = make(NULL, xstrdup("the given keys"));

    set_key(credentials, id, secret, token);
    return credentials;
}

/* A key with a line break or a blank cannot be sent, and is most likely a paste gone wrong. */
static int check_key(const char *id, const char *secret, const char *source, struct err *err)
{
    if (!id || !*id || !secret || !*secret)
        return err_set(err, ERR_CREDENTIALS,
                       "incomplete credentials in %s: an access key ID and a secret access key go "
                       "together, the %s is missing",
                       source, id && *id ? "secret" : "ID");
    if (strpbrk(id, " \t\r\n/") || strpbrk(secret, " \t\r\n") || strlen(id) > 128)
        return err_set(err, ERR_CREDENTIALS,
                       "malformed credentials in %s: blanks or line breaks in the %s", source,
                       strpbrk(secret, " \t\r\n") ? "secret access key" : "access key ID");
    return 0;
}

static struct credentials *from_environment(const struct clock *clock, struct err *err)
{
    const char *id = getenv("AWS_ACCESS_KEY_ID");
    const char *secret = getenv("AWS_SECRET_ACCESS_KEY");
    struct credentials *credentials;

    if (check_key(id, secret, "the environment (AWS_ACCESS_KEY_ID, AWS_SECRET_ACCESS_KEY)", err) <
        0)
        return NULL;
    credentials = make(clock, xstrdup("the environment (AWS_ACCESS_KEY_ID)"));
    set_key(credentials, id, secret, getenv("AWS_SESSION_TOKEN"));
    return credentials;
}

static struct credentials *from_keys(const struct aws_config *config, const char *profile,
                                     const struct clock *clock, struct err *err)
{
    const char *id = aws_config_get(config, profile, "aws_access_key_id");
    const char *secret = aws_config_get(config, profile, "aws_secret_access_key");
    struct credentials *credentials;
    bool shared;
    char *source = xasprintf("profile '%s' in %s", profile,
                             aws_config_origin(config, profile, "aws_access_key_id", &shared));

    if (check_key(id, secret, source, err) < 0) {
        free(source);
        return NULL;
    }
    credentials = make(clock, source);
    set_key(credentials, id, secret, aws_config_get(config, profile, "aws_session_token"));
    return credentials;
}

/* Whether the profile gets its credentials in a way that is not supported; then says so. */
static bool is_other(const struct aws_config *config, const char *profile, bool before_keys,
                     struct err *err)
{
    for (size_t i = 0; i < sizeof(other_sources) / sizeof(*other_sources); i++) {
        if (other_sources[i].before_keys != before_keys ||
            !aws_config_get(config, profile, other_sources[i].key))
            continue;
        err_set(err, ERR_CREDENTIALS,
                "profile '%s' gets its credentials from %s, which is not supported yet; use a "
                "profile with keys or a credential_process, or set AWS_ACCESS_KEY_ID, "
                "AWS_SECRET_ACCESS_KEY and AWS_SESSION_TOKEN (`aws configure export-credentials "
                "--profile %s --format env` prints them)",
                profile, other_sources[i].name, profile);
        return true;
    }
    return false;
}

static struct credentials *nothing_found(const struct aws_config *config, const char *profile,
                                         struct err *err)
{
    for (size_t i = 0; i < sizeof(other_variables) / sizeof(*other_variables); i++) {
        const char *value = getenv(other_variables[i].variable);

        if (value && *value) {
            err_set(err, ERR_CREDENTIALS,
                    "the environment points to credentials of %s, which is not supported "
                    "yet; " WHAT_TO_DO,
                    other_variables[i].name);
            return NULL;
        }
    }
    if (!aws_config_has_profile(config, profile) && strcmp(profile, "default") != 0)
        err_set(err, ERR_CREDENTIALS,
                "there is no profile '%s' in the AWS config and credentials files; check --profile "
                "and AWS_PROFILE",
                profile);
    else
        err_set(err, ERR_CREDENTIALS,
                "no AWS credentials: looked for AWS_ACCESS_KEY_ID in the environment and for "
                "profile '%s' in ~/.aws/credentials and ~/.aws/config; " WHAT_TO_DO,
                profile);
    return NULL;
}

static struct credentials *from_profile(const struct aws_config *config, const char *profile,
                                        const struct clock *clock, struct err *err)
{
    const char *command = aws_config_get(config, profile, "credential_process");
    bool id = aws_config_get(config, profile, "aws_access_key_id") != NULL;
    bool keys = id || aws_config_get(config, profile, "aws_secret_access_key");
    bool shared;
    struct credentials *credentials;

    aws_config_origin(config, profile, id ? "aws_access_key_id" : "aws_secret_access_key", &shared);
    if (is_other(config, profile, true, err))
        return NULL;
    /* Keys in the credentials file win over a process, which wins over keys in the config file. */
    if (keys && (shared || !command))
        return from_keys(config, profile, clock, err);
    if (is_other(config, profile, false, err))
        return NULL;
    if (!command)
        return nothing_found(config, profile, err);
    credentials = make(clock, xasprintf("the credential_process of profile '%s'", profile));
    credentials->command = xstrdup(command);
    credentials->refresh_at = 0;
    return credentials;
}

struct credentials *credentials_find(const struct aws_config *config, const char *profile,
                                     const struct clock *clock, struct err *err)
{
    const char *id = getenv("AWS_ACCESS_KEY_ID");
    const char *secret = getenv("AWS_SECRET_ACCESS_KEY");

    if (!profile && ((id && *id) || (secret && *secret)))
        return from_environment(clock, err);
    return from_profile(config, aws_config_profile(profile), clock, err);
}

/* Runs the process again when its credentials are about to end. Under the lock. */
static int refresh(struct credentials *credentials, struct err *err)
{
    int64_t now = credentials->refresh_at == INT64_MAX ? 0 : clock_now(credentials->clock);
    struct credentials_key fresh = {0};
    int64_t expires;

    if (now < credentials->refresh_at)
        return 0;
    if (credential_process_run(credentials->command, &fresh, &expires, err) < 0 ||
        check_key(fresh.id, fresh.secret, credentials->source, err) < 0) {
        credentials_key_release(&fresh);
        return err_context(err, "no credentials from %s", credentials->source);
    }
    if (expires <= now) {
        credentials_key_release(&fresh);
        return err_set(err, ERR_CREDENTIALS,
                       "%s gave credentials that have expired already; check the program and this "
                       "machine's clock",
                       credentials->source);
    }
    credentials_key_release(&credentials->key);
    credentials->key = fresh;
    credentials->refresh_at = expires == INT64_MAX ? INT64_MAX : expires - EARLY;
    if (credentials->refresh_at < now + PAUSE)
        credentials->refresh_at = now + PAUSE < expires ? now + PAUSE : expires;
    return 0;
}

int credentials_get(struct credentials *credentials, struct credentials_key *key, struct err *err)
{
    int result;

    *key = (struct credentials_key){0};
    pthread_mutex_lock(&credentials->lock);
    result = refresh(credentials, err);
    if (result == 0) {
        key->id = xstrdup(credentials->key.id);
        key->secret = xstrdup(credentials->key.secret);
        key->token = xstrdup(credentials->key.token);
    }
    pthread_mutex_unlock(&credentials->lock);
    return result;
}

static void wipe(char *text)
{
    if (text)
        memory_wipe(text, strlen(text));
    free(text);
}

void credentials_key_release(struct credentials_key *key)
{
    wipe(key->id);
    wipe(key->secret);
    wipe(key->token);
    *key = (struct credentials_key){0};
}

void credentials_free(struct credentials *credentials)
{
    if (!credentials)
        return;
    credentials_key_release(&credentials->key);
    wipe(credentials->command);
    free(credentials->source);
    pthread_mutex_destroy(&credentials->lock);
    free(credentials);
}

const char *credentials_source(const struct credentials *credentials)
{
    return credentials->source;
}
