#include "providers/local/engine/events/deliver.h"

#include "core/arn.h"
#include "core/hash.h"
#include "providers/local/engine/events/queues.h"
#include "providers/local/engine/run/functions.h"
#include "providers/local/engine/run/invoke.h"

#include <string.h>

static bool function_lets_in(struct engine *engine, const char *target, const struct sender *sender)
{
    const struct function_access access = {
        .action = "lambda:InvokeFunction", .principal = sender->service, .source_arn = sender->arn};
    struct function_name name;

    return functions_parse_name(target, &name) == 0 &&
           functions_permit(engine, name.name, name.qualifier, &access);
}

bool deliver_may(struct engine *engine, const char *target, const struct sender *sender)
{
    struct function_version version = {0};
    struct err err = {0};
    bool may;

    if (arn_is(target, "sqs", NULL)) {
        json_t *queue = queues_find_arn(engine, target);

        may = queue != NULL;
        json_decref(queue);
        return may;
    }
    if (!arn_is(target, "lambda", "function:") ||
        functions_resolve(engine, target, NULL, &version, &err) < 0)
        return false;
    function_version_release(&version);
    return function_lets_in(engine, target, sender);
}

static int deliver_message(struct engine *engine, const char *target, const char *payload,
                           struct err *err)
{
    const struct queue_message message = {.body = payload, .delay = -1, .group = "events"};
    json_t *queue = queues_find_arn(engine, target);
    json_t *sent = queue ? queues_send(engine, queue, &message) : NULL;
    int result = 0;

    if (!queue)
        result = err_set(err, ERR_FAILED, "there is no queue '%s'", target);
    else if (!sent)
        result = err_set(err, ERR_FAILED, "the message cannot be kept");
    json_decref(queue);
    json_decref(sent);
    return result;
}

int deliver(struct engine *engine, const char *target, const struct sender *sender,
            const char *payload, struct err *err)
{
    struct function_version version = {0};
    char id[UUID_LEN];
    int result;

    if (arn_is(target, "sqs", NULL))
        return deliver_message(engine, target, payload, err);
    if (!arn_is(target, "lambda", "function:"))
        return err_set(err, ERR_FAILED, "the local engine sends nothing to '%s'", target);
    if (sender && !function_lets_in(engine, target, sender))
        return err_set(err, ERR_FAILED, "'%s' does not let %s in", target, sender->service);
    if (functions_resolve(engine, target, NULL, &version, err) < 0)
        return -1;
    hash_uuid(id);
    result = invoke_async(engine->invoker, &version, id, payload, strlen(payload), err);
    function_version_release(&version);
    return result;
}
