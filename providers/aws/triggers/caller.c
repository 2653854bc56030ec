#include "providers/aws/triggers/caller.h"

#include "core/arn.h"
#include "core/hash.h"
#include "core/memory.h"
#include "providers/aws/function/policy.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { ID_LEN = 64, DIGITS = 16 };

static void statement_id(const struct caller *caller, char id[static ID_LEN])
{
    uint8_t digest[HASH_LEN];
    char hex[HASH_HEX_LEN];

    hash_sha256(caller->source_arn, strlen(caller->source_arn), digest);
    hash_hex(digest, sizeof(digest), hex);
    snprintf(id, ID_LEN, "fnctl-%s-%.*s", caller->service, DIGITS, hex);
}

int caller_allow(struct session *session, struct remote *remote, const struct caller *caller,
                 struct changes *changes, struct err *err)
{
    char *principal = xasprintf("%s.amazonaws.com", caller->service);
    const char *account = caller->account ? session_account(session, err) : NULL;
    char id[ID_LEN];
    struct permission permission = {.id = id,
                                    .action = "lambda:InvokeFunction",
                                    .principal = principal,
                                    .source_arn = caller->source_arn,
                                    .source_account = account};
    int result = caller->account && !account ? -1 : 0;

    statement_id(caller, id);
    if (result == 0)
        result = policy_ensure(session, remote, &permission, changes, err);
    free(principal);
    return result;
}

int caller_forbid(struct session *session, struct remote *remote, const struct caller *caller,
                  struct changes *changes, struct err *err)
{
    char id[ID_LEN];

    statement_id(caller, id);
    return policy_drop(session, remote, id, changes, err);
}

void caller_sources(const json_t *statements, const char *service, struct strlist *names)
{
    char *start = xasprintf("fnctl-%s-", service);
    json_t *statement;
    size_t i;

    json_array_foreach (statements, i, statement) {
        const char *name = arn_name(policy_source(statement));

        if (strncmp(json_string_at(statement, "Sid"), start, strlen(start)) == 0 && *name &&
            !strlist_has(names, name))
            strlist_add(names, name);
    }
    free(start);
}
