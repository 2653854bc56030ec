#include "core/file.h"
#include "core/hash.h"
#include "core/memory.h"
#include "providers/aws/identity/credential_call.h"
#include "providers/aws/identity/sso.h"

#include <stdlib.h>
#include <string.h>

enum {
    MAX_FILE = 256 << 10,
    EARLY = 10 * 60 * 1000, /* ms before the end when a token is renewed, as the SDKs do */
};

void sso_token_release(struct sso_token *token)
{
    credential_wipe(token->access);
    credential_wipe(token->refresh);
    credential_wipe(token->client_id);
    credential_wipe(token->client_secret);
    *token = (struct sso_token){0};
}

static char *copy(const json_t *root, const char *name)
{
    const char *value = json_string_value(json_object_get(root, name));

    return value && *value ? xstrdup(value) : NULL;
}

/* A time of the file; awscli once wrote "UTC" for the "Z". 0: there is none. */
static int64_t read_time(const json_t *root, const char *name)
{
    const char *text = json_string_value(json_object_get(root, name));
    size_t len = text ? strlen(text) : 0;
    char shorter[32];
    int64_t time;

    if (len > 3 && len < sizeof(shorter) && strcmp(text + len - 3, "UTC") == 0) {
        memcpy(shorter, text, len + 1);
        strcpy(shorter + len - 3, "Z");
        text = shorter;
    }
    return text && clock_parse(text, &time) == 0 ? time : 0;
}

int sso_token_parse(struct sso_token *token, const char *text, size_t len, struct err *err)
{
    json_t *root = json_loadb(text, len, 0, NULL);
    int result = -1;

    *token = (struct sso_token){.access = copy(root, "accessToken"),
                                .refresh = copy(root, "refreshToken"),
                                .client_id = copy(root, "clientId"),
                                .client_secret = copy(root, "clientSecret"),
                                .expires = read_time(root, "expiresAt"),
                                .client_expires = read_time(root, "registrationExpiresAt")};
    if (!json_is_object(root))
        err_set(err, ERR_CREDENTIALS, "it is no JSON object");
    else if (!token->access || !token->expires)
        err_set(err, ERR_CREDENTIALS, "it has no accessToken with a time expiresAt");
    else
        result = 0;
    if (result < 0)
        sso_token_release(token);
    credential_json_free(root);
    return result;
}

char *sso_token_path(const struct sso_session *session)
{
    const char *home = credential_variable("HOME");
    const char *name = session->name ? session->name : session->start_url;
    uint8_t digest[HASH_SHA1_LEN];
    char hex[2 * HASH_SHA1_LEN + 1];

    hash_sha1(name, strlen(name), digest);
    hash_hex(digest, sizeof(digest), hex);
    return xasprintf("%s/.aws/sso/cache/%s.json", home ? home : "", hex);
}

static int not_signed_in(const struct sso_session *session, const char *why, struct err *err)
{
    return err_set(err, ERR_CREDENTIALS,
                   "profile '%s' is not signed in to IAM Identity Center (%s); run 'fnctl login "
                   "--profile %s'",
                   session->profile, why, session->profile);
}

int sso_token_read(struct sso_token *token, const struct sso_session *session, struct err *err)
{
    char *path = sso_token_path(session);
    struct buf text;
    int result;

    *token = (struct sso_token){0};
    buf_init(&text, 0);
    if (!file_exists(path)) {
        result = not_signed_in(session, "there is no token", err);
    } else if ((result = file_read(path, MAX_FILE, &text, err)) < 0) {
        err->code = ERR_CREDENTIALS;
    } else if ((result = sso_token_parse(token, buf_string(&text), text.len, err)) < 0) {
        err_context(err, "cannot use '%s'", path);
        err_append(err, "; run 'fnctl login --profile %s'", session->profile);
    }
    if (text.data)
        memory_wipe(text.data, text.len);
    buf_release(&text);
    free(path);
    return result;
}

/* As awscli writes it, to the second. */
static json_t *time_json(int64_t time)
{
    char text[CLOCK_RFC3339_LEN];

    clock_format_rfc3339(time, text);
    strcpy(strchr(text, '.'), "Z");
    return json_string(text);
}

static void set(json_t *root, const char *name, const char *value)
{
    if (value)
        json_object_set_new(root, name, json_string(value));
}

int sso_token_write(const struct sso_token *token, const struct sso_session *session,
                    struct err *err)
{
    char *path = sso_token_path(session);
    char *folder = file_folder(path);
    json_t *root = json_object();
    char *text;
    int result = -1;

    set(root, "startUrl", session->start_url);
    set(root, "region", session->region);
    set(root, "accessToken", token->access);
    json_object_set_new(root, "expiresAt", time_json(token->expires));
    set(root, "clientId", token->client_id);
    set(root, "clientSecret", token->client_secret);
    if (token->client_expires)
        json_object_set_new(root, "registrationExpiresAt", time_json(token->client_expires));
    set(root, "refreshToken", token->refresh);
    text = json_dumps(root, JSON_COMPACT);
    if (file_make_folder(folder, 0700, err) == 0)
        result = file_write(path, text, strlen(text), 0600, err);
    credential_wipe(text);
    credential_json_free(root);
    free(folder);
    free(path);
    return result;
}

/* Puts `value` (taken) where `*place` was. */
static void replace(char **place, char *value)
{
    credential_wipe(*place);
    *place = value;
}

int sso_token_take(struct sso_token *token, const json_t *reply, int64_t now, struct err *err)
{
    char *access = copy(reply, "accessToken"), *refresh = copy(reply, "refreshToken");
    json_int_t seconds = json_integer_value(json_object_get(reply, "expiresIn"));

    if (!access || seconds <= 0 || seconds > 365LL * 86400) {
        credential_wipe(access);
        credential_wipe(refresh);
        return err_set(err, ERR_SERVICE, "IAM Identity Center's answer has no token");
    }
    replace(&token->access, access);
    if (refresh)
        replace(&token->refresh, refresh);
    token->expires = now + seconds * 1000;
    return 0;
}

/* Asks for a new token with the refresh token. */
static int renew(struct sso_token *token, const struct sso_session *session,
                 const struct credential_world *world, struct err *err)
{
    struct credential_call call = {.label = "sso-oidc CreateToken",
                                   .method = "POST",
                                   .url = xasprintf("%s/token", session->oidc.url)};
    json_t *body = json_pack("{s:s, s:s, s:s, s:s}", "clientId", token->client_id, "clientSecret",
                             token->client_secret, "grantType", "refresh_token", "refreshToken",
                             token->refresh);
    char *text = json_dumps(body, JSON_COMPACT);
    json_t *reply = NULL;
    int result = -1;

    buf_puts(&call.body, text);
    strlist_add(&call.headers, "Content-Type: application/json");
    if (credential_call_perform(&call, world, err) < 0)
        goto out;
    reply = credential_call_json(&call);
    if (call.status != 200 || !reply)
        credential_call_fail(&call, "renew the token of IAM Identity Center", err);
    else
        result = sso_token_take(token, reply, clock_now(world->clock), err);
out:
    credential_json_free(reply);
    credential_json_free(body);
    credential_wipe(text);
    credential_call_release(&call);
    return result;
}

static bool can_renew(const struct sso_token *token, const struct sso_session *session, int64_t now)
{
    return session->name && token->refresh && token->client_id && token->client_secret &&
           token->client_expires > now;
}

/* After a renewal that failed: another program may have made one in the meantime, which made ours
 * invalid. */
static bool take_others(struct sso_token *token, const struct sso_session *session, int64_t now)
{
    struct sso_token other;
    struct err ignored;

    if (sso_token_read(&other, session, &ignored) < 0)
        return false;
    if (strcmp(other.access, token->access) == 0 || other.expires <= now) {
        sso_token_release(&other);
        return false;
    }
    sso_token_release(token);
    *token = other;
    return true;
}

/* Renews it and keeps the new one. A file that cannot be written is no reason to fail: the token is
 * good for this run. */
static void try_renew(struct sso_token *token, const struct sso_session *session,
                      const struct credential_world *world, int64_t now, struct err *err)
{
    struct err ignored;

    if (renew(token, session, world, err) == 0)
        sso_token_write(token, session, &ignored);
    else
        take_others(token, session, now);
}

int sso_token_get(struct sso_token *token, const struct sso_session *session,
                  const struct credential_world *world, struct err *err)
{
    int64_t now = clock_now(world->clock);
    struct err why = {0};

    if (sso_token_read(token, session, err) < 0)
        return -1;
    if (token->expires - EARLY <= now && can_renew(token, session, now))
        try_renew(token, session, world, now, &why);
    if (token->expires > now) {
        if (world->out)
            out_add_secret(world->out, token->access);
        return 0;
    }
    sso_token_release(token);
    if (why.code == ERR_INTERRUPTED || why.code == ERR_SERVICE) {
        *err = why;
        return -1;
    }
    return not_signed_in(session, why.code ? why.message : "the session has ended", err);
}
