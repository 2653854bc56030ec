#include "providers/local/engine/services/scheduler.h"
#include "core/cron.h"
#include "core/json.h"
#include "core/memory.h"
#include "providers/local/engine/events/schedules.h"
#include "providers/local/engine/services/operations.h"
#include "providers/local/engine/store/store.h"

#include <stdlib.h>
#include <string.h>

enum { RETRIES = 185, AGE = 86400 };

static const char *const states[] = {"ENABLED", "DISABLED", NULL};
static const char *const actions[] = {"NONE", "DELETE", NULL};
static const char *const modes[] = {"OFF", "FLEXIBLE", NULL};

const char *scheduler_group(const json_t *input)
{
    static const char *const members[] = {"GroupName", "groupName"};

    for (size_t i = 0; i < 2; i++) {
        if (*json_string_at(input, members[i]))
            return json_string_at(input, members[i]);
    }
    return "default";
}

/* Whether the group exists; answers when not. */
static bool group_exists(struct request *request, const char *group)
{
    json_t *row = scheduler_find_group(request->engine, group);

    json_decref(row);
    if (!row)
        request_fail(request, 404, "ResourceNotFoundException", "Schedule group %s does not exist.",
                     group);
    return row != NULL;
}

static json_t *load_schedule(struct engine *engine, const char *group, const char *name)
{
    json_t *row = store_row(engine->store,
                            "SELECT document AS \"{document\", enabled FROM schedules"
                            " WHERE schedule_group = ? AND name = ?",
                            "ss", group, name);
    json_t *document = json_incref(json_object_get(row, "document"));

    json_decref(row);
    return document;
}

static bool check_expression(struct request *request, const json_t *input)
{
    const char *text = json_string_at(input, "ScheduleExpression");
    const char *zone = json_string_at(input, "ScheduleExpressionTimezone");
    struct err err = {0};
    struct cron cron;

    if (cron_parse_aws(text, &cron, &err) < 0)
        request_fail(request, 400, "ValidationException", "Invalid Schedule Expression %s. (%s)",
                     text, err.message);
    else if (*zone && !cron_zone_known(zone))
        request_fail(
            request, 400, "ValidationException",
            "Invalid value of ScheduleExpressionTimezone: '%s' is no time zone of the IANA "
            "database",
            zone);
    else
        return true;
    return false;
}

/* The window's length belongs to the mode FLEXIBLE. */
static bool check_window(struct request *request, const json_t *input)
{
    bool flexible = strcmp(json_string_at(input, "FlexibleTimeWindow.Mode"), "FLEXIBLE") == 0;
    bool minutes = json_at(input, "FlexibleTimeWindow.MaximumWindowInMinutes") != NULL;

    if (flexible == minutes)
        return true;
    request_fail(request, 400, "ValidationException",
                 flexible ? "MaximumWindowInMinutes must be provided when Flexible Time Window is "
                            "set."
                          : "MaximumWindowInMinutes must not be provided when Flexible Time Window "
                            "is OFF.");
    return false;
}

static bool check_target(struct request *request, const json_t *input)
{
    const char *arn = json_string_at(input, "Target.Arn");
    const char *role = json_string_at(input, "Target.RoleArn");
    const char *text = json_string_at(input, "Target.Input");
    json_t *row, *value = *text ? json_loads(text, JSON_DECODE_ANY, NULL) : json_null();
    bool trusted;

    json_decref(value);
    row = store_row(request->engine->store, "SELECT trust FROM roles WHERE arn = ?", "s", role);
    trusted = row && strstr(json_string_at(row, "trust"), "scheduler.amazonaws.com");
    json_decref(row);
    if (strncmp(arn, "arn:", 4) != 0 || !strstr(arn, ":lambda:") || !strstr(arn, ":function:"))
        request_fail(request, 400, "ValidationException",
                     "Provided Arn is not in correct format. (the local engine's schedules call "
                     "Lambda functions: '%s')",
                     arn);
    else if (!trusted)
        request_fail(request, 400, "ValidationException",
                     "The execution role you provide must allow AWS EventBridge Scheduler to "
                     "assume the role.");
    else if (!value)
        request_fail(request, 400, "ValidationException",
                     "Invalid RequestJson provided. Reason The Input of a Lambda target must be "
                     "JSON.");
    else
        return true;
    return false;
}

/* GetSchedule's reply. */
static json_t *make_document(struct request *request, const json_t *input, const char *group,
                             double created)
{
    static const char *const kept[] = {"Description", "EndDate", "StartDate", "KmsKeyArn"};
    double now = (double)clock_now(request->engine->clock) / 1000.0;
    const char *name = json_string_at(input, "Name");
    const char *zone = json_string_at(input, "ScheduleExpressionTimezone");
    const char *state = json_string_at(input, "State");
    const char *action = json_string_at(input, "ActionAfterCompletion");
    json_t *target = json_deep_copy(json_object_get(input, "Target")), *policy, *document;

    policy =
        json_pack("{s:i, s:i}", "MaximumEventAgeInSeconds", AGE, "MaximumRetryAttempts", RETRIES);
    json_object_update(policy, json_object_get(target, "RetryPolicy"));
    json_object_set_new(target, "RetryPolicy", policy);
    document =
        json_pack("{s:o, s:s, s:s, s:s, s:s, s:s, s:s, s:O, s:o, s:f, s:f}", "Arn",
                  json_sprintf("arn:%s:scheduler:%s:" ENGINE_ACCOUNT ":schedule/%s/%s",
                               request_partition(request), request_region(request), group, name),
                  "GroupName", group, "Name", name, "ScheduleExpression",
                  json_string_at(input, "ScheduleExpression"), "ScheduleExpressionTimezone",
                  *zone ? zone : "UTC", "State", *state ? state : "ENABLED",
                  "ActionAfterCompletion", *action ? action : "NONE", "FlexibleTimeWindow",
                  json_object_get(input, "FlexibleTimeWindow"), "Target", target, "CreationDate",
                  created, "LastModificationDate", now);
    for (size_t i = 0; i < sizeof(kept) / sizeof(*kept); i++) {
        if (json_object_get(input, kept[i]))
            json_object_set(document, kept[i], json_object_get(input, kept[i]));
    }
    return document;
}

/* A date of the document in ms, or -1. */
static int64_t date_of(const json_t *document, const char *name)
{
    const json_t *value = json_object_get(document, name);

    return json_is_number(value) ? (int64_t)(json_number_value(value) * 1000.0) : -1;
}

static int write_schedule(struct request *request, const json_t *document)
{
    const char *input = json_string_value(json_at(document, "Target.Input"));
    char *text = json_dumps(document, JSON_COMPACT);
    int result = store_run(
        request->engine->store,
        "INSERT OR REPLACE INTO schedules (schedule_group, name, arn, expression, timezone,"
        " enabled, start_at, end_at, flexible, target, input, retries, age, delete_after, document,"
        " created) VALUES (?, ?, ?, ?, ?, ?, nullif(?, -1), nullif(?, -1), ?, ?, ?, ?, ?, ?, ?, ?)",
        "sssssiiiissiiisi", json_string_at(document, "GroupName"), json_string_at(document, "Name"),
        json_string_at(document, "Arn"), json_string_at(document, "ScheduleExpression"),
        json_string_at(document, "ScheduleExpressionTimezone"),
        (int64_t)(strcmp(json_string_at(document, "State"), "ENABLED") == 0),
        date_of(document, "StartDate"), date_of(document, "EndDate"),
        json_int_at(document, "FlexibleTimeWindow.MaximumWindowInMinutes"),
        json_string_at(document, "Target.Arn"), input,
        json_int_at(document, "Target.RetryPolicy.MaximumRetryAttempts"),
        json_int_at(document, "Target.RetryPolicy.MaximumEventAgeInSeconds"),
        (int64_t)(strcmp(json_string_at(document, "ActionAfterCompletion"), "DELETE") == 0), text,
        date_of(document, "CreationDate"));

    free(text);
    return result;
}

static void put_schedule(struct request *request, const json_t *input, double created)
{
    json_t *document = make_document(request, input, scheduler_group(input), created);

    if (write_schedule(request, document) < 0) {
        request_fail_write(request);
    } else {
        schedules_reload(request->engine);
        request_reply(request, 200,
                      json_pack("{s:s}", "ScheduleArn", json_string_at(document, "Arn")));
    }
    json_decref(document);
}

static bool is_valid(struct request *request, const json_t *input)
{
    return group_exists(request, scheduler_group(input)) && check_expression(request, input) &&
           check_window(request, input) && check_target(request, input);
}

static void create_schedule(struct request *request, json_t *input)
{
    const char *name = json_string_at(input, "Name");
    json_t *old;

    if (!is_valid(request, input))
        return;
    old = load_schedule(request->engine, scheduler_group(input), name);
    json_decref(old);
    if (old)
        request_fail(request, 409, "ConflictException", "Schedule %s already exists.", name);
    else
        put_schedule(request, input, (double)clock_now(request->engine->clock) / 1000.0);
}

/* The schedule that the input names; NULL: answered. */
static json_t *find_schedule(struct request *request, const json_t *input)
{
    const char *name = json_string_at(input, "Name");
    json_t *document = load_schedule(request->engine, scheduler_group(input), name);

    if (!document)
        request_fail(request, 404, "ResourceNotFoundException", "Schedule %s does not exist.",
                     name);
    return document;
}

static void update_schedule(struct request *request, json_t *input)
{
    json_t *old = find_schedule(request, input);

    if (old && is_valid(request, input))
        put_schedule(request, input, json_number_value(json_object_get(old, "CreationDate")));
    json_decref(old);
}

static void get_schedule(struct request *request, json_t *input)
{
    json_t *document = find_schedule(request, input);

    if (document)
        request_reply(request, 200, document);
}

static void delete_schedule(struct request *request, json_t *input)
{
    json_t *document = find_schedule(request, input);

    if (!document)
        return;
    json_decref(document);
    if (store_run(request->engine->store,
                  "DELETE FROM schedules WHERE schedule_group = ? AND name = ?", "ss",
                  scheduler_group(input), json_string_at(input, "Name")) < 0) {
        request_fail_write(request);
        return;
    }
    schedules_reload(request->engine);
    request_reply(request, 200, json_object());
}

/* In lists the group's parameter is ScheduleGroup. */
static void list_schedules(struct request *request, json_t *input)
{
    static const char *const shown[] = {"Arn",  "CreationDate", "GroupName", "LastModificationDate",
                                        "Name", "State"};
    json_t *rows = store_rows(request->engine->store,
                              "SELECT document AS \"{document\" FROM schedules"
                              " WHERE (?1 = '' OR schedule_group = ?1)"
                              " AND substr(name, 1, length(?2)) = ?2"
                              " AND (?3 = '' OR enabled = (?3 = 'ENABLED'))"
                              " ORDER BY schedule_group, name",
                              "sss", json_string_at(input, "ScheduleGroup"),
                              json_string_at(input, "NamePrefix"), json_string_at(input, "State"));
    json_t *items = json_array(), *row;
    size_t i;

    json_array_foreach (rows, i, row) {
        json_t *item =
            json_pack("{s:{s:s}}", "Target", "Arn", json_string_at(row, "document.Target.Arn"));

        for (size_t j = 0; j < sizeof(shown) / sizeof(*shown); j++)
            json_object_set(item, shown[j],
                            json_object_get(json_object_get(row, "document"), shown[j]));
        json_array_append_new(items, item);
    }
    json_decref(rows);
    scheduler_page(request, input, "Schedules", items);
}

#define NAME_PATTERN "[0-9a-zA-Z_.-]+"
#define NAME_MEMBER                                                                                \
    {                                                                                              \
        .name = "Name", .type = SHAPE_STRING, .required = true, .min = 1, .max = 64,               \
        .pattern = NAME_PATTERN                                                                    \
    }
#define PAGE_MEMBERS                                                                               \
    {.name = "NamePrefix", .type = SHAPE_STRING, .min = 1, .max = 64, .pattern = NAME_PATTERN},    \
    {                                                                                              \
        .name = "MaxResults", .type = SHAPE_NUMERAL, .min = 1, .max = 100                          \
    }

static const struct shape window_members[] = {
    {.name = "Mode", .type = SHAPE_STRING, .required = true, .choices = modes},
    {.name = "MaximumWindowInMinutes", .type = SHAPE_INTEGER, .min = 1, .max = 1440},
    SHAPE_END};
static const struct shape retry_members[] = {
    {.name = "MaximumEventAgeInSeconds", .type = SHAPE_INTEGER, .min = 60, .max = AGE},
    {.name = "MaximumRetryAttempts", .type = SHAPE_INTEGER, .max = RETRIES},
    SHAPE_END};
static const struct shape target_members[] = {
    {.name = "Arn", .type = SHAPE_STRING, .required = true, .min = 1, .max = 1600},
    /* The model's pattern leaves out arn:aws-us-gov, where Scheduler is. */
    {.name = "RoleArn",
     .type = SHAPE_STRING,
     .required = true,
     .min = 1,
     .max = 1600,
     .pattern = "arn:aws[a-z-]*:iam::[0-9]{12}:role/[a-zA-Z0-9_+=,.@/-]+"},
    {.name = "Input", .type = SHAPE_STRING, .min = 1, .max = 262144},
    {.name = "RetryPolicy", .type = SHAPE_OBJECT, .members = retry_members},
    SHAPE_END};
static const struct shape put_shape[] = {
    NAME_MEMBER,
    {.name = "GroupName", .type = SHAPE_STRING, .min = 1, .max = 64, .pattern = NAME_PATTERN},
    {.name = "ScheduleExpression", .type = SHAPE_STRING, .required = true, .min = 1, .max = 256},
    {.name = "ScheduleExpressionTimezone", .type = SHAPE_STRING, .min = 1, .max = 50},
    {.name = "FlexibleTimeWindow",
     .type = SHAPE_OBJECT,
     .required = true,
     .members = window_members},
    {.name = "Target", .type = SHAPE_OBJECT, .required = true, .members = target_members},
    {.name = "State", .type = SHAPE_STRING, .choices = states},
    {.name = "ActionAfterCompletion", .type = SHAPE_STRING, .choices = actions},
    {.name = "Description", .type = SHAPE_STRING, .max = 512},
    {.name = "StartDate", .type = SHAPE_NUMBER},
    {.name = "EndDate", .type = SHAPE_NUMBER},
    SHAPE_END};
static const struct shape name_shape[] = {NAME_MEMBER, SHAPE_END};
static const struct shape list_shape[] = {
    PAGE_MEMBERS, {.name = "State", .type = SHAPE_STRING, .choices = states}, SHAPE_END};
static const struct shape groups_shape[] = {PAGE_MEMBERS, SHAPE_END};
static const struct shape untag_shape[] = {
    {.name = "TagKeys", .type = SHAPE_STRINGS, .required = true}, SHAPE_END};

const struct operation scheduler_operations[] = {
    {"CreateSchedule", "POST", "/schedules/{Name}", create_schedule, put_shape, false},
    {"UpdateSchedule", "PUT", "/schedules/{Name}", update_schedule, put_shape, false},
    {"GetSchedule", "GET", "/schedules/{Name}", get_schedule, name_shape, false},
    {"DeleteSchedule", "DELETE", "/schedules/{Name}", delete_schedule, name_shape, false},
    {"ListSchedules", "GET", "/schedules", list_schedules, list_shape, false},
    {"CreateScheduleGroup", "POST", "/schedule-groups/{Name}", scheduler_create_group, name_shape,
     false},
    {"GetScheduleGroup", "GET", "/schedule-groups/{Name}", scheduler_get_group, name_shape, false},
    {"DeleteScheduleGroup", "DELETE", "/schedule-groups/{Name}", scheduler_delete_group, name_shape,
     false},
    {"ListScheduleGroups", "GET", "/schedule-groups", scheduler_list_groups, groups_shape, false},
    {"TagResource", "POST", "/tags/{ResourceArn+}", scheduler_tag, NULL, false},
    {"UntagResource", "DELETE", "/tags/{ResourceArn+}", scheduler_untag, untag_shape, false},
    {"ListTagsForResource", "GET", "/tags/{ResourceArn+}", scheduler_list_tags, NULL, false},
    {NULL, NULL, NULL, NULL, NULL, false}};
