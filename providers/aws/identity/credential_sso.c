/*
 * IAM Identity Center: an account and a role, for whoever is signed in to the
 * session.
 */
#include "core/memory.h"
#include "providers/aws/identity/credential_call.h"
#include "providers/aws/identity/sso.h"

#include <stdlib.h>
#include <string.h>

extern const struct credential_kind credential_sso;

struct sso {
    struct credential_source source;
    struct sso_session session;
    char *account, *role;
};

/* Reads {"roleCredentials": {...}}, whose time is in ms. */
static int read_answer(const struct credential_call *call, struct credential_answer *answer,
                       struct err *err)
{
    static const struct credential_members members = {"accessKeyId", "secretAccessKey",
                                                      "sessionToken", "no time as text"};
    json_t *reply = credential_call_json(call);
    const json_t *role = json_object_get(reply, "roleCredentials");
    json_int_t expires = json_integer_value(json_object_get(role, "expiration"));
    int result = credential_answer_read(answer, role, &members, "IAM Identity Center", err);

    if (result == 0 && expires > 0)
        answer->expires = expires;
    credential_json_free(reply);
    return result;
}

static char *make_url(const struct sso *sso)
{
    struct buf url;

    buf_init(&url, 0);
    buf_printf(&url, "%s/federation/credentials?role_name=", sso->session.portal.url);
    http_encode(&url, sso->role, strlen(sso->role), false);
    buf_puts(&url, "&account_id=");
    http_encode(&url, sso->account, strlen(sso->account), false);
    return buf_take(&url);
}

static int ask(const struct sso *sso, const struct sso_token *token,
               struct credential_answer *answer, struct err *err)
{
    struct credential_call call = {.label = "sso GetRoleCredentials", .url = make_url(sso)};
    int result = -1;

    strlist_addf(&call.headers, "x-amz-sso_bearer_token: %s", token->access);
    if (credential_call_perform(&call, sso->source.world, err) == 0) {
        if (call.status == 200) {
            result = read_answer(&call, answer, err);
        } else {
            credential_call_fail(&call, "get the role's credentials from IAM Identity Center", err);
            if (call.status == 401)
                err_append(err, "; sign in again with 'fnctl login --profile %s'",
                           sso->session.profile);
            else if (call.status == 403)
                err_append(err, "; check sso_account_id '%s' and sso_role_name '%s'", sso->account,
                           sso->role);
        }
    }
    credential_call_release(&call);
    return result;
}

static int fetch(struct credential_source *source, struct credential_answer *answer,
                 struct err *err)
{
    const struct sso *sso = (const struct sso *)source;
    struct sso_token token;
    int result = sso_token_get(&token, &sso->session, source->world, err);

    if (result == 0)
        result = ask(sso, &token, answer, err);
    sso_token_release(&token);
    return result;
}

static void release(struct credential_source *source)
{
    struct sso *sso = (struct sso *)source;

    sso_session_release(&sso->session);
    free(sso->account);
    free(sso->role);
}

/* An account and a role are what says that a profile is for this source. */
static int open_sso(const struct credential_search *search, struct credential_source **source,
                    struct err *err)
{
    const char *account = credential_setting(search, "sso_account_id");
    const char *role = credential_setting(search, "sso_role_name");
    struct sso_session session;
    struct sso *sso;
    int found;

    if (!account && !role)
        return 0;
    if (!account || !role)
        return err_set(err, ERR_CREDENTIALS,
                       "profile '%s' lacks %s, which goes with its %s; 'aws configure sso' writes "
                       "both",
                       search->profile, account ? "sso_role_name" : "sso_account_id",
                       account ? "sso_account_id" : "sso_role_name");
    found = sso_session_find(&session, search, err);
    if (found < 0)
        return -1;
    if (!found)
        return err_set(err, ERR_CREDENTIALS,
                       "profile '%s' has sso_account_id and sso_role_name, but neither sso_session "
                       "nor sso_start_url; 'aws configure sso' writes them",
                       search->profile);
    sso = credential_source_new(sizeof(*sso), search->world,
                                xasprintf("IAM Identity Center for profile '%s'", search->profile),
                                fetch, release);
    sso->session = session;
    sso->account = xstrdup(account);
    sso->role = xstrdup(role);
    *source = &sso->source;
    return 0;
}

const struct credential_kind credential_sso = {
    .looked_at = "IAM Identity Center (sso_session, sso_account_id)",
    .profile = true,
    .open = open_sso,
};
