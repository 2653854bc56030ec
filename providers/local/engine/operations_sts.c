#include "providers/local/engine/operations.h"

static void get_caller_identity(struct request *request, json_t *input)
{
    (void)input;
    request_reply(request, 200,
                  json_pack("{s:s, s:s, s:s}", "Arn", "arn:aws:iam::" ENGINE_ACCOUNT ":user/local",
                            "UserId", request->engine->key_id, "Account", ENGINE_ACCOUNT));
}

const struct operation sts_operations[] = {
    {"GetCallerIdentity", NULL, NULL, get_caller_identity, NULL, false},
    {NULL, NULL, NULL, NULL, NULL, false}};
