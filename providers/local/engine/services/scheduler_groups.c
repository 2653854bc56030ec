#include "core/json.h"
#include "core/memory.h"
#include "providers/aws/wire/endpoints.h"
#include "providers/local/engine/events/schedules.h"
#include "providers/local/engine/services/page.h"
#include "providers/local/engine/services/scheduler.h"
#include "providers/local/engine/store/store.h"

#include <stdlib.h>
#include <string.h>

enum { PAGE = 100, TAGS_MAX = 50 };

#define GROUP_QUERY "SELECT name, arn, tags AS \"{tags\", created FROM schedule_groups"

static int insert_group(struct engine *engine, const char *name, const char *region,
                        const json_t *tags)
{
    char *arn = xasprintf("arn:%s:scheduler:%s:" ENGINE_ACCOUNT ":schedule-group/%s",
                          endpoint_partition(region), region, name);
    char *text = json_dumps(tags, JSON_COMPACT);
    int result = store_run(engine->store,
                           "INSERT INTO schedule_groups (name, arn, tags, created)"
                           " VALUES (?, ?, ?, ?)",
                           "sssi", name, arn, text, clock_now(engine->clock));

    free(text);
    free(arn);
    return result;
}

json_t *scheduler_find_group(struct engine *engine, const char *name)
{
    json_t *row = store_row(engine->store, GROUP_QUERY " WHERE name = ?", "s", name);

    if (!row && strcmp(name, "default") == 0) {
        json_t *tags = json_object();

        insert_group(engine, name, "us-east-1", tags);
        json_decref(tags);
        row = store_row(engine->store, GROUP_QUERY " WHERE name = ?", "s", name);
    }
    return row;
}

void scheduler_page(struct request *request, const json_t *input, const char *key, json_t *items)
{
    int64_t max = json_int_at(input, "MaxResults");

    request_reply(
        request, 200,
        page_cut(items, json_string_at(input, "NextToken"), max ? max : PAGE, key, "NextToken"));
}

static json_t *shape_group(const json_t *row)
{
    double created = (double)json_int_at(row, "created") / 1000.0;

    return json_pack("{s:s, s:s, s:s, s:f, s:f}", "Arn", json_string_at(row, "arn"), "Name",
                     json_string_at(row, "name"), "State", "ACTIVE", "CreationDate", created,
                     "LastModificationDate", created);
}

/* [{"Key", "Value"}] put into an object. */
static void add_tags(json_t *tags, const json_t *list)
{
    const json_t *tag;
    size_t i;

    json_array_foreach (list, i, tag)
        json_object_set_new(tags, json_string_at(tag, "Key"),
                            json_string(json_string_at(tag, "Value")));
}

static json_t *find_group(struct request *request, const char *name)
{
    json_t *row = scheduler_find_group(request->engine, name);

    if (!row)
        request_fail(request, 404, "ResourceNotFoundException", "Schedule group %s does not exist.",
                     name);
    return row;
}

void scheduler_create_group(struct request *request, json_t *input)
{
    const char *name = json_string_at(input, "Name");
    json_t *tags = json_object(), *row;
    int result;

    add_tags(tags, json_object_get(input, "Tags"));
    json_decref(scheduler_find_group(request->engine, "default"));
    result = insert_group(request->engine, name, request_region(request), tags);
    json_decref(tags);
    if (result == -1) {
        request_fail(request, 409, "ConflictException", "Schedule group %s already exists.", name);
    } else if (result < 0) {
        request_fail_write(request);
    } else {
        row = scheduler_find_group(request->engine, name);
        request_reply(request, 200,
                      json_pack("{s:s}", "ScheduleGroupArn", json_string_at(row, "arn")));
        json_decref(row);
    }
}

void scheduler_get_group(struct request *request, json_t *input)
{
    json_t *row = find_group(request, json_string_at(input, "Name"));

    if (row)
        request_reply(request, 200, shape_group(row));
    json_decref(row);
}

static int delete_group(struct store *store, const char *name)
{
    store_begin(store);
    if (store_run(store, "DELETE FROM schedules WHERE schedule_group = ?", "s", name) >= 0 &&
        store_run(store, "DELETE FROM schedule_groups WHERE name = ?", "s", name) >= 0)
        return store_commit(store);
    store_rollback(store);
    return -1;
}

/* A group takes its schedules along. */
void scheduler_delete_group(struct request *request, json_t *input)
{
    const char *name = json_string_at(input, "Name");
    json_t *row = find_group(request, name);

    if (!row)
        return;
    json_decref(row);
    if (strcmp(name, "default") == 0) {
        request_fail(request, 400, "ValidationException",
                     "The default schedule group cannot be deleted.");
    } else if (delete_group(request->engine->store, name) < 0) {
        request_fail_write(request);
    } else {
        schedules_reload(request->engine);
        request_reply(request, 200, json_object());
    }
}

void scheduler_list_groups(struct request *request, json_t *input)
{
    json_t *items = json_array(), *rows, *row;
    size_t i;

    json_decref(scheduler_find_group(request->engine, "default"));
    rows = store_rows(request->engine->store,
                      GROUP_QUERY " WHERE substr(name, 1, length(?1)) = ?1 ORDER BY name", "s",
                      json_string_at(input, "NamePrefix"));
    json_array_foreach (rows, i, row)
        json_array_append_new(items, shape_group(row));
    json_decref(rows);
    scheduler_page(request, input, "ScheduleGroups", items);
}

/* The group that ResourceArn names; NULL: answered. */
static json_t *find_by_arn(struct request *request, const json_t *input)
{
    const char *arn = json_string_at(input, "ResourceArn");
    const char *slash = strstr(arn, ":schedule-group/");
    json_t *row = slash ? scheduler_find_group(request->engine, slash + 16) : NULL;

    if (!row)
        request_fail(request, 404, "ResourceNotFoundException", "Resource %s does not exist.", arn);
    return row;
}

static void save_tags(struct request *request, const json_t *row)
{
    json_t *tags = json_object_get(row, "tags");
    char *text = json_dumps(tags, JSON_COMPACT);

    if (json_object_size(tags) > TAGS_MAX)
        request_fail(request, 402, "ServiceQuotaExceededException", "a group has at most %d tags",
                     TAGS_MAX);
    else if (store_run(request->engine->store, "UPDATE schedule_groups SET tags = ? WHERE name = ?",
                       "ss", text, json_string_at(row, "name")) < 0)
        request_fail_write(request);
    else
        request_reply(request, 200, json_object());
    free(text);
}

void scheduler_tag(struct request *request, json_t *input)
{
    json_t *row = find_by_arn(request, input);

    if (row) {
        add_tags(json_object_get(row, "tags"), json_object_get(input, "Tags"));
        save_tags(request, row);
    }
    json_decref(row);
}

void scheduler_untag(struct request *request, json_t *input)
{
    json_t *row = find_by_arn(request, input), *key;
    size_t i;

    if (!row)
        return;
    json_array_foreach (json_object_get(input, "TagKeys"), i, key)
        json_object_del(json_object_get(row, "tags"), json_string_value(key));
    save_tags(request, row);
    json_decref(row);
}

void scheduler_list_tags(struct request *request, json_t *input)
{
    json_t *row = find_by_arn(request, input), *list = json_array(), *value;
    const char *key;

    json_object_foreach (json_object_get(row, "tags"), key, value)
        json_array_append_new(list, json_pack("{s:s, s:O}", "Key", key, "Value", value));
    if (row)
        request_reply(request, 200, json_pack("{s:O}", "Tags", list));
    json_decref(list);
    json_decref(row);
}
