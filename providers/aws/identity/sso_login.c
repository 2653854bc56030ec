#include "core/file.h"
#include "core/interrupt.h"
#include "core/memory.h"
#include "providers/aws/identity/credential_call.h"
#include "providers/aws/identity/sso.h"

#include <stdlib.h>
#include <string.h>

enum {
    INTERVAL = 5,        /* s between two questions, when the service names none */
    SLOWER = 5,          /* s more, each time it asks for that: RFC 8628 */
    MOST_INTERVAL = 60,  /* s */
    MOST_WAITING = 3600, /* s */
};

/* What the service says of a sign-in that has begun. */
struct device {
    char *code;
    int64_t interval, ends; /* ms; `ends` since 1970 */
};

/* Posts `body` (taken) to `path`; the answer to credential_json_free(). `*code`, when wanted, takes
 * the error's code, to free(). */
static json_t *post(const struct sso_session *session, const struct credential_world *world,
                    const char *label, const char *path, json_t *body, char **code, struct err *err)
{
    struct credential_call call = {
        .label = label, .method = "POST", .url = xasprintf("%s%s", session->oidc.url, path)};
    char *text = json_dumps(body, JSON_COMPACT);
    json_t *reply = NULL;

    buf_puts(&call.body, text);
    strlist_add(&call.headers, "Content-Type: application/json");
    if (credential_call_perform(&call, world, err) < 0)
        goto out;
    reply = call.status == 200 ? credential_call_json(&call) : NULL;
    if (!reply)
        credential_call_fail(&call, "sign in to IAM Identity Center", err);
    if (code) {
        *code = call.code;
        call.code = NULL;
    }
out:
    credential_json_free(body);
    credential_wipe(text);
    credential_call_release(&call);
    return reply;
}

static char *copy(const json_t *reply, const char *name)
{
    const char *value = json_string_value(json_object_get(reply, name));

    return value && *value ? xstrdup(value) : NULL;
}

/* Makes us known as a client. Scopes are for sessions alone, and with them comes a refresh token.
 */
static int register_client(struct sso_token *token, const struct sso_session *session,
                           const struct credential_world *world, struct err *err)
{
    json_t *body = json_pack("{s:s, s:s}", "clientName", "fnctl", "clientType", "public");
    json_t *scopes = json_array(), *reply;

    for (const char *scope = session->scopes; *scope;) {
        size_t len = strcspn(scope, ", ");

        if (len)
            json_array_append_new(scopes, json_stringn(scope, len));
        scope += len + (scope[len] != '\0');
    }
    if (session->name)
        json_object_set(body, "scopes", scopes);
    json_decref(scopes);
    reply = post(session, world, "sso-oidc RegisterClient", "/client/register", body, NULL, err);
    if (!reply)
        return -1;
    token->client_id = copy(reply, "clientId");
    token->client_secret = copy(reply, "clientSecret");
    token->client_expires = json_integer_value(json_object_get(reply, "clientSecretExpiresAt"));
    if (token->client_expires < 0 || token->client_expires > INT64_MAX / 1000)
        token->client_expires = 0;
    token->client_expires *= 1000;
    credential_json_free(reply);
    if (token->client_id && token->client_secret)
        return 0;
    return err_set(err, ERR_SERVICE, "IAM Identity Center's answer has no client");
}

static int64_t seconds(const json_t *reply, const char *name, int64_t usual, int64_t most)
{
    json_int_t value = json_integer_value(json_object_get(reply, name));

    return value <= 0 ? usual : value < most ? value : most;
}

/* Begins the sign-in and shows what the user is to do. */
static int begin(struct device *device, const struct sso_token *token,
                 const struct sso_session *session, const struct credential_world *world,
                 void (*show)(void *context, const char *url, const char *code), void *context,
                 struct err *err)
{
    json_t *body = json_pack("{s:s, s:s, s:s}", "clientId", token->client_id, "clientSecret",
                             token->client_secret, "startUrl", session->start_url);
    json_t *reply = post(session, world, "sso-oidc StartDeviceAuthorization",
                         "/device_authorization", body, NULL, err);
    char *url, *code;
    int result = 0;

    if (!reply)
        return -1;
    url = copy(reply, "verificationUriComplete");
    if (!url)
        url = copy(reply, "verificationUri");
    code = copy(reply, "userCode");
    device->code = copy(reply, "deviceCode");
    device->interval = seconds(reply, "interval", INTERVAL, MOST_INTERVAL) * 1000;
    device->ends =
        clock_now(world->clock) + seconds(reply, "expiresIn", MOST_WAITING, MOST_WAITING) * 1000;
    if (!url || !code || !device->code)
        result = err_set(err, ERR_SERVICE, "IAM Identity Center's answer has no code to enter");
    else
        show(context, url, code);
    credential_json_free(reply);
    free(url);
    free(code);
    return result;
}

static bool is_code(const char *code, const char *exception, const char *oauth)
{
    return code && (strcmp(code, exception) == 0 || strcmp(code, oauth) == 0);
}

/* What to do about a refusal: 0 to ask again. */
static int weigh(struct device *device, const char *code, struct err *err)
{
    if (is_code(code, "SlowDownException", "slow_down"))
        device->interval += SLOWER * 1000;
    else if (!is_code(code, "AuthorizationPendingException", "authorization_pending"))
        return is_code(code, "ExpiredTokenException", "expired_token")
                   ? err_set(err, ERR_CREDENTIALS,
                             "nobody confirmed the sign-in in time; run the command again")
                   : -1;
    err_clear(err);
    return 0;
}

/* Asks until the user has confirmed. */
static int wait_for_user(struct device *device, struct sso_token *token,
                         const struct sso_session *session, const struct credential_world *world,
                         struct err *err)
{
    while (clock_now(world->clock) < device->ends) {
        json_t *body = json_pack("{s:s, s:s, s:s, s:s}", "clientId", token->client_id,
                                 "clientSecret", token->client_secret, "deviceCode", device->code,
                                 "grantType", "urn:ietf:params:oauth:grant-type:device_code");
        char *code = NULL;
        json_t *reply = post(session, world, "sso-oidc CreateToken", "/token", body, &code, err);
        int result;

        if (reply) {
            result = sso_token_take(token, reply, clock_now(world->clock), err);
            credential_json_free(reply);
            free(code);
            return result;
        }
        result = weigh(device, code, err);
        free(code);
        if (result < 0)
            return -1;
        if (clock_sleep(world->clock, device->interval) < 0)
            return interrupt_check(err);
    }
    return err_set(err, ERR_CREDENTIALS,
                   "nobody confirmed the sign-in in time; run the command again");
}

int sso_login(const struct sso_session *session, const struct credential_world *world,
              void (*show)(void *context, const char *url, const char *code), void *context,
              int64_t *expires, struct err *err)
{
    struct sso_token token = {0};
    struct device device = {0};
    int result = -1;

    if (register_client(&token, session, world, err) == 0 &&
        begin(&device, &token, session, world, show, context, err) == 0 &&
        wait_for_user(&device, &token, session, world, err) == 0)
        result = sso_token_write(&token, session, err);
    *expires = token.expires;
    credential_wipe(device.code);
    sso_token_release(&token);
    return result;
}

int sso_logout(const struct sso_session *session, const struct credential_world *world,
               struct err *err)
{
    struct credential_call call = {.label = "sso Logout", .method = "POST"};
    char *path = sso_token_path(session);
    struct sso_token token = {0};
    struct err ignored;
    int result = file_exists(path);

    /* The file goes in any case: what the service does not end ends by itself. */
    if (result && sso_token_read(&token, session, &ignored) == 0) {
        call.url = xasprintf("%s/logout", session->portal.url);
        strlist_addf(&call.headers, "x-amz-sso_bearer_token: %s", token.access);
        credential_call_perform(&call, world, &ignored);
    }
    if (file_remove(path, err) < 0)
        result = -1;
    credential_call_release(&call);
    sso_token_release(&token);
    free(path);
    return result;
}
