#include "providers/aws/identity/credential_sts.h"

#include "core/json.h"
#include "core/memory.h"
#include "providers/aws/identity/credential_call.h"

#include <stdlib.h>
#include <string.h>

static const struct credential_members members = {"AccessKeyId", "SecretAccessKey", "SessionToken",
                                                  "Expiration"};

int credential_sts_find(struct endpoint *sts, const struct credential_search *search,
                        struct err *err)
{
    return endpoint_find(sts, &aws_sts, search->config, search->endpoint_url,
                         search->session_profile, search->region, err);
}

static void fill_form(struct credential_call *call, const struct credential_role *role,
                      const char *action, const struct clock *clock)
{
    char *given = role->session_name ? xstrdup(role->session_name)
                                     : xasprintf("fnctl-%lld", (long long)clock_now(clock) / 1000);

    buf_init(&call->body, 0);
    credential_call_form(call, "Action", action);
    credential_call_form(call, "Version", aws_sts.version);
    credential_call_form(call, "RoleArn", role->arn);
    credential_call_form(call, "RoleSessionName", given);
    credential_call_form(call, "DurationSeconds", role->duration);
    credential_call_form(call, "ExternalId", role->external_id);
    credential_call_form(call, "SerialNumber", role->mfa_serial);
    credential_call_form(call, "TokenCode", role->mfa_code);
    credential_call_form(call, "WebIdentityToken", role->token);
    free(given);
}

/* The <Credentials> of the answer; NULL when there are none. */
static int read_answer(const struct credential_call *call, const char *action,
                       struct credential_answer *answer, struct err *err)
{
    struct err ignored;
    json_t *root = aws_xml_to_json(buf_string(&call->reply), call->reply.len, &ignored);
    char *path = xasprintf("%sResponse.%sResult.Credentials", action, action);
    int result = credential_answer_read(answer, json_at(root, path), &members, "STS", err);

    if (result == 0)
        result = credential_check_key(&answer->key, "STS's answer", err);
    if (result < 0)
        credentials_key_release(&answer->key);
    credential_json_free(root);
    free(path);
    return result;
}

int credential_sts_assume(const struct credential_world *world, const struct endpoint *sts,
                          const struct credential_role *role, const struct credentials_key *key,
                          struct credential_answer *answer, struct err *err)
{
    const char *action = role->token ? "AssumeRoleWithWebIdentity" : "AssumeRole";
    struct credential_call call = {.label = role->token ? "sts AssumeRoleWithWebIdentity"
                                                        : "sts AssumeRole",
                                   .method = "POST",
                                   .url = xasprintf("%s/", sts->url),
                                   .key = role->token ? NULL : key,
                                   .region = sts->region,
                                   .service = aws_sts.signing};
    char *doing = xasprintf("assume role '%s'", role->arn);
    int result = -1;

    strlist_add(&call.headers, "Content-Type: application/x-www-form-urlencoded; charset=utf-8");
    fill_form(&call, role, action, world->clock);
    if (credential_call_perform(&call, world, err) < 0)
        err_context(err, "cannot %s", doing);
    else if (call.status / 100 != 2)
        credential_call_fail(&call, doing, err);
    else
        result = read_answer(&call, action, answer, err);
    credential_call_release(&call);
    free(doing);
    return result;
}
