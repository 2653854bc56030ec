#include "providers/local/engine/services/operations.h"

static void get_caller_identity(struct request *request, json_t *input)
{
    (void)input;
    request_reply(request, 200,
                  json_pack("{s:o, s:s, s:s}", "Arn",
                            json_sprintf("arn:%s:iam::" ENGINE_ACCOUNT ":user/local",
                                         request_partition(request)),
                            "UserId", request->engine->key_id, "Account", ENGINE_ACCOUNT));
}

const struct operation sts_operations[] = {
    {"GetCallerIdentity", NULL, NULL, get_caller_identity, NULL, false},
    {NULL, NULL, NULL, NULL, NULL, false}};
