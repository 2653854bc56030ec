#include "providers/local/engine/services/logs.h"

#include "core/json.h"
#include "core/memory.h"
#include "providers/local/engine/logs/live_tail.h"
#include "providers/local/engine/logs/logs.h"
#include "providers/local/engine/services/page.h"
#include "providers/local/engine/store/store.h"

#include <stdlib.h>
#include <string.h>

enum { PAGE = 50, TAGS_MAX = 50 };

static const char *const classes[] = {"STANDARD", "INFREQUENT_ACCESS", "DELIVERY", NULL};
static const char *const orders[] = {"LogStreamName", "LastEventTime", NULL};
static const int64_t retentions[] = {1,   3,   5,   7,   14,   30,   60,   90,   120,  150,  180,
                                     365, 400, 545, 731, 1096, 1827, 2192, 2557, 2922, 3288, 3653};

char *logs_name_in(const char *text)
{
    const char *marker = strncmp(text, "arn:", 4) == 0 ? strstr(text, ":log-group:") : NULL;

    if (!marker)
        return xstrdup(text);
    marker += strlen(":log-group:");
    return xstrndup(marker, strcspn(marker, ":"));
}

int64_t logs_find_group(struct request *request, const json_t *input)
{
    static const char *const members[] = {"logGroupName", "logGroupIdentifier", "resourceArn"};
    const char *text = "";
    int64_t group;
    char *name;

    for (size_t i = 0; i < 3 && !*text; i++)
        text = json_string_at(input, members[i]);
    name = logs_name_in(text);
    group = logs_group(request->engine, name);
    if (!*text)
        request_fail(request, 400, "InvalidParameterException",
                     "logGroupName or logGroupIdentifier is needed");
    else if (!group)
        request_fail(request, 400, "ResourceNotFoundException",
                     "The specified log group does not exist.");
    free(name);
    return group;
}

void logs_done(struct request *request, int result)
{
    if (result < 0)
        request_fail_write(request);
    else
        request_reply(request, 200, NULL);
}

static void create_group(struct request *request, json_t *input)
{
    const char *name = json_string_at(input, "logGroupName");
    const char *class = json_string_at(input, "logGroupClass");
    json_t *tags = json_object_get(input, "tags");
    char *text;
    int64_t group;

    if (logs_group(request->engine, name)) {
        request_fail(request, 400, "ResourceAlreadyExistsException",
                     "The specified log group already exists");
        return;
    }
    text = tags ? json_dumps(tags, JSON_COMPACT) : xstrdup("{}");
    store_begin(request->engine->store);
    group = logs_make_group(request->engine, name, request_region(request));
    store_run(request->engine->store, "UPDATE log_groups SET tags = ?, class = ? WHERE id = ?",
              "ssi", text, *class ? class : "STANDARD", group);
    logs_done(request, store_commit(request->engine->store));
    free(text);
}

static void delete_group(struct request *request, json_t *input)
{
    int64_t group = logs_find_group(request, input);

    logs_flush(request->engine);
    if (group)
        logs_done(request, store_run(request->engine->store, "DELETE FROM log_groups WHERE id = ?",
                                     "i", group));
}

/* A page of `items` (taken) under `key`, as nextToken and limit say. */
static void reply_page(struct request *request, const json_t *input, const char *key, json_t *items)
{
    int64_t max = json_int_at(input, "limit");

    request_reply(
        request, 200,
        page_cut(items, json_string_at(input, "nextToken"), max ? max : PAGE, key, "nextToken"));
}

static void describe_groups(struct request *request, json_t *input)
{
    logs_flush(request->engine);
    reply_page(request, input, "logGroups",
               store_rows(request->engine->store,
                          "SELECT name AS \"logGroupName\", created AS \"creationTime\","
                          " retention AS \"retentionInDays\", 0 AS \"metricFilterCount\","
                          " arn || ':*' AS arn, bytes AS \"storedBytes\","
                          " class AS \"logGroupClass\", arn AS \"logGroupArn\" FROM log_groups"
                          " WHERE substr(name, 1, length(?1)) = ?1 AND instr(name, ?2) > 0"
                          " AND (?3 = '' OR class = ?3) ORDER BY name",
                          "sss", json_string_at(input, "logGroupNamePrefix"),
                          json_string_at(input, "logGroupNamePattern"),
                          json_string_at(input, "logGroupClass")));
}

static bool is_retention(int64_t days)
{
    for (size_t i = 0; i < sizeof(retentions) / sizeof(*retentions); i++) {
        if (retentions[i] == days)
            return true;
    }
    return false;
}

static void put_retention(struct request *request, json_t *input)
{
    int64_t days = json_int_at(input, "retentionInDays"), group;

    if (!is_retention(days)) {
        request_fail(request, 400, "InvalidParameterException",
                     "1 validation error detected: Value '%lld' at 'retentionInDays' failed to "
                     "satisfy constraint: Member must satisfy enum value set: [1, 3, 5, 7, 14, 30, "
                     "60, 90, 120, 150, 180, 365, 400, 545, 731, 1096, 1827, 2192, 2557, 2922, "
                     "3288, 3653]",
                     (long long)days);
        return;
    }
    group = logs_find_group(request, input);
    if (!group)
        return;
    if (store_run(request->engine->store, "UPDATE log_groups SET retention = ? WHERE id = ?", "ii",
                  days, group) < 0) {
        request_fail_write(request);
        return;
    }
    logs_expire(request->engine);
    request_reply(request, 200, NULL);
}

static void delete_retention(struct request *request, json_t *input)
{
    int64_t group = logs_find_group(request, input);

    if (group)
        logs_done(request,
                  store_run(request->engine->store,
                            "UPDATE log_groups SET retention = NULL WHERE id = ?", "i", group));
}

static void create_stream(struct request *request, json_t *input)
{
    const char *name = json_string_at(input, "logStreamName");
    int64_t group = logs_find_group(request, input);

    if (!group)
        return;
    if (logs_stream(request->engine, group, name)) {
        request_fail(request, 400, "ResourceAlreadyExistsException",
                     "The specified log stream already exists");
        return;
    }
    logs_make_stream(request->engine, group, name);
    request_reply(request, 200, NULL);
}

static void delete_stream(struct request *request, json_t *input)
{
    int64_t group = logs_find_group(request, input);
    int removed;

    if (!group)
        return;
    logs_flush(request->engine);
    removed = store_run(request->engine->store,
                        "DELETE FROM log_streams WHERE log_group = ? AND name = ?", "is", group,
                        json_string_at(input, "logStreamName"));
    if (removed == 0)
        request_fail(request, 400, "ResourceNotFoundException",
                     "The specified log stream does not exist.");
    else
        logs_done(request, removed);
}

static void describe_streams(struct request *request, json_t *input)
{
    int64_t by_time = strcmp(json_string_at(input, "orderBy"), "LastEventTime") == 0;
    int64_t group = logs_find_group(request, input);
    json_t *rows, *reversed = NULL;

    if (!group)
        return;
    logs_flush(request->engine);
    rows = store_rows(request->engine->store,
                      "SELECT s.name AS \"logStreamName\", s.created AS \"creationTime\","
                      " s.first AS \"firstEventTimestamp\", s.last AS \"lastEventTimestamp\","
                      " s.ingested AS \"lastIngestionTime\","
                      " g.arn || ':log-stream:' || s.name AS arn, 0 AS \"storedBytes\""
                      " FROM log_streams s JOIN log_groups g ON g.id = s.log_group"
                      " WHERE g.id = ?1 AND substr(s.name, 1, length(?2)) = ?2"
                      " ORDER BY CASE WHEN ?3 THEN ifnull(s.last, 0) ELSE 0 END, s.name",
                      "isi", group, json_string_at(input, "logStreamNamePrefix"), by_time);
    if (json_bool_at(input, "descending")) {
        reversed = json_array();
        for (size_t i = json_array_size(rows); i > 0; i--)
            json_array_append(reversed, json_array_get(rows, i - 1));
        json_decref(rows);
    }
    reply_page(request, input, "logStreams", reversed ? reversed : rows);
}

static json_t *load_tags(struct request *request, int64_t group)
{
    json_t *row = store_row(request->engine->store,
                            "SELECT tags AS \"{tags\" FROM log_groups WHERE id = ?", "i", group);
    json_t *tags = json_incref(json_object_get(row, "tags"));

    json_decref(row);
    return tags;
}

static void save_tags(struct request *request, int64_t group, json_t *tags)
{
    char *text = json_dumps(tags, JSON_COMPACT);

    if (json_object_size(tags) > TAGS_MAX)
        request_fail(request, 400, "TooManyTagsException", "a log group has at most %d tags",
                     TAGS_MAX);
    else
        logs_done(request,
                  store_run(request->engine->store, "UPDATE log_groups SET tags = ? WHERE id = ?",
                            "si", text, group));
    free(text);
    json_decref(tags);
}

static void tag(struct request *request, json_t *input)
{
    int64_t group = logs_find_group(request, input);
    json_t *tags;

    if (!group)
        return;
    tags = load_tags(request, group);
    json_object_update(tags, json_object_get(input, "tags"));
    save_tags(request, group, tags);
}

/* UntagResource has tagKeys, UntagLogGroup tags. */
static void untag(struct request *request, json_t *input)
{
    json_t *keys = json_object_get(input, "tagKeys"), *key, *tags;
    int64_t group = logs_find_group(request, input);
    size_t i;

    if (!group)
        return;
    tags = load_tags(request, group);
    json_array_foreach (keys ? keys : json_object_get(input, "tags"), i, key)
        json_object_del(tags, json_string_value(key) ? json_string_value(key) : "");
    save_tags(request, group, tags);
}

static void list_tags(struct request *request, json_t *input)
{
    int64_t group = logs_find_group(request, input);

    if (group)
        request_reply(request, 200, json_pack("{s:o}", "tags", load_tags(request, group)));
}

#define NAME_PATTERN "[-._/#A-Za-z0-9]+"
#define GROUP_MEMBER(REQUIRED)                                                                     \
    {                                                                                              \
        .name = "logGroupName", .type = SHAPE_STRING, .required = REQUIRED, .min = 1, .max = 512,  \
        .pattern = NAME_PATTERN                                                                    \
    }
#define STREAM_MEMBER                                                                              \
    {                                                                                              \
        .name = "logStreamName", .type = SHAPE_STRING, .required = true, .min = 1, .max = 512,     \
        .pattern = "[^:*]*"                                                                        \
    }
#define LIMIT_MEMBER(MAX)                                                                          \
    {                                                                                              \
        .name = "limit", .type = SHAPE_INTEGER, .min = 1, .max = MAX                               \
    }
#define RANGE_MEMBERS                                                                              \
    {.name = "startTime", .type = SHAPE_INTEGER, .max = INT64_MAX},                                \
    {                                                                                              \
        .name = "endTime", .type = SHAPE_INTEGER, .max = INT64_MAX                                 \
    }

static const struct shape create_shape[] = {
    GROUP_MEMBER(true),
    {.name = "logGroupClass", .type = SHAPE_STRING, .choices = classes},
    {.name = "tags", .type = SHAPE_MAP},
    SHAPE_END};
static const struct shape group_shape[] = {GROUP_MEMBER(true), SHAPE_END};
static const struct shape groups_shape[] = {
    {.name = "logGroupNamePrefix", .type = SHAPE_STRING, .max = 512, .pattern = NAME_PATTERN},
    {.name = "logGroupNamePattern", .type = SHAPE_STRING, .max = 512},
    {.name = "logGroupClass", .type = SHAPE_STRING, .choices = classes},
    LIMIT_MEMBER(50),
    SHAPE_END};
static const struct shape retention_shape[] = {
    GROUP_MEMBER(true),
    {.name = "retentionInDays", .type = SHAPE_INTEGER, .required = true},
    SHAPE_END};
static const struct shape stream_shape[] = {GROUP_MEMBER(true), STREAM_MEMBER, SHAPE_END};
static const struct shape streams_shape[] = {
    GROUP_MEMBER(false),
    {.name = "logStreamNamePrefix", .type = SHAPE_STRING, .max = 512},
    {.name = "orderBy", .type = SHAPE_STRING, .choices = orders},
    {.name = "descending", .type = SHAPE_BOOLEAN},
    LIMIT_MEMBER(50),
    SHAPE_END};
static const struct shape put_shape[] = {GROUP_MEMBER(true),
                                         STREAM_MEMBER,
                                         {.name = "logEvents", .type = SHAPE_ANY, .required = true},
                                         SHAPE_END};
static const struct shape get_shape[] = {
    GROUP_MEMBER(false), STREAM_MEMBER,
    RANGE_MEMBERS,       {.name = "startFromHead", .type = SHAPE_BOOLEAN},
    LIMIT_MEMBER(10000), SHAPE_END};
static const struct shape filter_shape[] = {
    GROUP_MEMBER(false),
    {.name = "logStreamNames", .type = SHAPE_STRINGS, .min = 1, .max = 100},
    {.name = "logStreamNamePrefix", .type = SHAPE_STRING, .max = 512},
    RANGE_MEMBERS,
    {.name = "filterPattern", .type = SHAPE_STRING, .max = 1024},
    LIMIT_MEMBER(10000),
    SHAPE_END};
static const struct shape live_shape[] = {
    {.name = "logGroupIdentifiers", .type = SHAPE_STRINGS, .required = true, .min = 1, .max = 10},
    {.name = "logStreamNames", .type = SHAPE_STRINGS, .min = 1, .max = 100},
    {.name = "logStreamNamePrefixes", .type = SHAPE_STRINGS, .min = 1, .max = 100},
    {.name = "logEventFilterPattern", .type = SHAPE_STRING, .max = 1024},
    SHAPE_END};
static const struct shape tag_shape[] = {{.name = "tags", .type = SHAPE_MAP, .required = true},
                                         SHAPE_END};
static const struct shape untag_shape[] = {
    {.name = "tagKeys", .type = SHAPE_STRINGS, .required = true}, SHAPE_END};

const struct operation logs_operations[] = {
    {"CreateLogGroup", NULL, NULL, create_group, create_shape, false},
    {"DeleteLogGroup", NULL, NULL, delete_group, group_shape, false},
    {"DescribeLogGroups", NULL, NULL, describe_groups, groups_shape, false},
    {"PutRetentionPolicy", NULL, NULL, put_retention, retention_shape, false},
    {"DeleteRetentionPolicy", NULL, NULL, delete_retention, group_shape, false},
    {"CreateLogStream", NULL, NULL, create_stream, stream_shape, false},
    {"DeleteLogStream", NULL, NULL, delete_stream, stream_shape, false},
    {"DescribeLogStreams", NULL, NULL, describe_streams, streams_shape, false},
    {"PutLogEvents", NULL, NULL, logs_put_events, put_shape, false},
    {"GetLogEvents", NULL, NULL, logs_get_events, get_shape, false},
    {"FilterLogEvents", NULL, NULL, logs_filter_events, filter_shape, false},
    {"StartLiveTail", NULL, NULL, live_tail_start, live_shape, false},
    {"TagResource", NULL, NULL, tag, tag_shape, false},
    {"UntagResource", NULL, NULL, untag, untag_shape, false},
    {"ListTagsForResource", NULL, NULL, list_tags, NULL, false},
    {"TagLogGroup", NULL, NULL, tag, tag_shape, false},
    {"UntagLogGroup", NULL, NULL, untag, NULL, false},
    {"ListTagsLogGroup", NULL, NULL, list_tags, group_shape, false},
    {NULL, NULL, NULL, NULL, NULL, false}};
