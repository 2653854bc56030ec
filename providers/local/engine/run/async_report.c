#include "providers/local/engine/run/async_report.h"

#include "core/arn.h"
#include "core/json.h"
#include "core/memory.h"
#include "providers/local/engine/events/deliver.h"
#include "providers/local/engine/events/queues.h"
#include "providers/local/engine/store/store.h"

#include <stdlib.h>
#include <string.h>

enum { AGE = 6 * 3600 /* s, Lambda's own */ };

/* The settings of asynchronous calls, and where dead letters go; NULL: none of both. */
static json_t *load_config(struct engine *engine, const char *arn)
{
    struct function_name name;
    const char *qualifier;
    char *version;
    json_t *row;

    if (functions_parse_name(arn, &name) < 0)
        return NULL;
    qualifier = *name.qualifier ? name.qualifier : "$LATEST";
    version = functions_version(engine, name.name, name.qualifier);
    row = store_row(engine->store,
                    "SELECT v.configuration ->> '$.DeadLetterConfig.TargetArn' AS dead, c.age,"
                    " c.destinations AS \"{destinations\" FROM function_versions v"
                    " LEFT JOIN event_invoke_configs c ON c.function = v.function"
                    " AND c.qualifier = ?3 WHERE v.function = ?1 AND v.version = ?2",
                    "sss", name.name, version, qualifier);
    free(version);
    return row;
}

int64_t async_report_age(struct engine *engine, const char *arn)
{
    json_t *config = load_config(engine, arn);
    int64_t age = json_int_at(config, "age");

    json_decref(config);
    return (age ? age : AGE) * 1000;
}

/* JSON, or the text of what is none. */
static json_t *json_or_text(const char *text, size_t len)
{
    json_t *value = json_loadb(text, len, JSON_DECODE_ANY | JSON_ALLOW_NUL, NULL);

    return value ? value : json_stringn(text, len);
}

static json_t *make_record(struct engine *engine, const struct async_report *report)
{
    const struct invoke_outcome *outcome = report->outcome;
    char time[CLOCK_RFC3339_LEN];
    json_t *record, *response;

    clock_format_rfc3339(clock_now(engine->clock), time);
    record = json_pack("{s:s, s:s, s:{s:s, s:s, s:s, s:I}, s:o}", "version", "1.0", "timestamp",
                       time, "requestContext", "requestId", report->request_id, "functionArn",
                       report->arn, "condition", report->condition, "approximateInvokeCount",
                       (json_int_t)report->attempts, "requestPayload",
                       json_or_text(report->payload, report->len));
    if (!outcome)
        return record;
    response = json_pack("{s:i, s:s}", "statusCode", 200, "executedVersion", outcome->version);
    if (outcome->function_error)
        json_object_set_new(response, "functionError", json_string(outcome->function_error));
    json_object_set_new(record, "responseContext", response);
    json_object_set_new(record, "responsePayload",
                        json_or_text(outcome->payload, outcome->payload_len));
    return record;
}

static json_t *text_attribute(const char *type, const char *value)
{
    return json_pack("{s:s, s:s}", "DataType", type, "StringValue", value);
}

/* The event itself, with what went wrong beside it. */
static void send_dead_letter(struct engine *engine, const struct async_report *report,
                             const char *target)
{
    json_t *queue = queues_find_arn(engine, target), *reason, *attributes, *sent;
    char *body = xstrndup(report->payload, report->len);
    const char *message;

    reason = report->outcome ? json_or_text(report->outcome->payload, report->outcome->payload_len)
                             : NULL;
    message = json_string_at(reason, "errorMessage");
    attributes = json_pack("{s:o, s:o}", "RequestID", text_attribute("String", report->request_id),
                           "ErrorCode", text_attribute("Number", "200"));
    if (*message)
        json_object_set_new(attributes, "ErrorMessage", text_attribute("String", message));
    sent = queue ? queues_send(
                       engine, queue,
                       &(struct queue_message){.body = body, .attributes = attributes, .delay = -1})
                 : NULL;
    if (!sent)
        engine_log("%s: the dead letter cannot be sent to '%s'", report->arn, target);
    json_decref(sent);
    json_decref(attributes);
    json_decref(reason);
    json_decref(queue);
    free(body);
}

void async_report_send(struct engine *engine, const struct async_report *report)
{
    bool success = strcmp(report->condition, "Success") == 0;
    json_t *config = load_config(engine, report->arn), *record;
    const char *target = json_string_at(config, success ? "destinations.OnSuccess.Destination"
                                                        : "destinations.OnFailure.Destination");
    const char *dead = json_string_at(config, "dead");
    struct err err = {0};
    char *text;

    if (*target) {
        record = make_record(engine, report);
        text = json_dumps(record, JSON_COMPACT);
        if (deliver(engine, target, NULL, text, &err) < 0)
            engine_log("%s: its destination is not told: %s", report->arn, err.message);
        json_decref(record);
        free(text);
    }
    if (*dead && !success)
        send_dead_letter(engine, report, dead);
    json_decref(config);
}
