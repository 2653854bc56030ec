#include "providers/aws/triggers/tables.h"

#include "core/memory.h"

#include <stdint.h>
#include <string.h>

static int take_table(struct session *session, const struct read *read, const struct aws_call *call,
                      struct err *err)
{
    const char *arn = json_string_at(call->reply, "Table.LatestStreamArn");
    bool enabled = json_bool_at(call->reply, "Table.StreamSpecification.StreamEnabled");

    (void)err;
    if (!call->code)
        json_object_set_new(session->streams, read->name,
                            enabled && *arn ? json_string(arn) : json_null());
    else
        json_object_del(session->streams, read->name);
    return 0;
}

static bool is_named_table(const struct trigger *trigger)
{
    return trigger->kind == TRIGGER_DYNAMODB && strncmp(trigger->source, "arn:", 4) != 0;
}

void tables_add(struct session *session, struct reads *reads, struct remote *remote)
{
    const struct function *function = remote->function;

    if (strcmp(session->settings->provider, "local") == 0)
        return;
    if (!session->streams)
        session->streams = json_object();
    for (size_t i = 0; i < function->triggers.count; i++) {
        const struct trigger *trigger = function_trigger_at(function, i);
        struct read read = {.name = (char *)(uintptr_t)trigger->source, .take = take_table};
        struct aws_call *call;

        if (!is_named_table(trigger) || json_object_get(session->streams, trigger->source))
            continue;
        /* Until it was read: each is asked for once. */
        json_object_set_new(session->streams, trigger->source, json_false());
        call = reads_add(reads, &read);
        aws_call_action(call, &aws_dynamodb, "DescribeTable",
                        json_pack("{s:s}", "TableName", trigger->source));
        call->accept = "ResourceNotFoundException";
    }
}

char *tables_stream(const struct session *session, const struct trigger *trigger, struct err *err)
{
    const json_t *stream;

    if (!is_named_table(trigger))
        return xstrdup(trigger->source);
    stream = json_object_get(session->streams, trigger->source);
    if (json_is_string(stream))
        return xstrdup(json_string_value(stream));
    if (stream)
        err_set(err, ERR_SETTINGS,
                "table '%s' has no stream; 'aws dynamodb update-table --table-name %s "
                "--stream-specification StreamEnabled=true,StreamViewType=NEW_AND_OLD_IMAGES' "
                "makes one",
                trigger->source, trigger->source);
    else
        err_set(err, ERR_SETTINGS, "table '%s' does not exist; make it, or correct the trigger",
                trigger->source);
    return NULL;
}
