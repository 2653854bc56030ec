#include "core/json.h"
#include "core/memory.h"
#include "providers/local/engine/services/page.h"
#include "providers/local/engine/services/secrets.h"
#include "providers/local/engine/services/tags.h"
#include "providers/local/engine/store/store.h"

#include <stdlib.h>
#include <string.h>
#include <strings.h>

enum { LIST_PAGE = 100, BATCH_PAGE = 20 };

static double seconds(const json_t *row, const char *key)
{
    return (double)json_int_at(row, key) / 1000.0;
}

/* A version as GetSecretValue answers it. */
static json_t *shape_value(const json_t *row, const json_t *version)
{
    json_t *value = json_pack(
        "{s:O, s:O, s:O, s:O, s:f}", "ARN", json_object_get(row, "arn"), "Name",
        json_object_get(row, "name"), "VersionId", json_object_get(version, "id"), "VersionStages",
        json_object_get(version, "stages"), "CreatedDate", seconds(version, "created"));

    if (json_object_get(version, "text"))
        json_object_set(value, "SecretString", json_object_get(version, "text"));
    if (json_object_get(version, "bytes"))
        json_object_set(value, "SecretBinary", json_object_get(version, "bytes"));
    return value;
}

void secrets_get(struct request *request, json_t *input)
{
    const char *id = json_string_at(input, "VersionId");
    const char *stage = json_string_at(input, "VersionStage");
    json_t *row = secrets_demand(request, json_string_at(input, "SecretId"), false), *version;

    if (!row)
        return;
    version = secrets_version(request->engine, json_string_at(row, "name"), id, stage);
    if (version)
        request_reply(request, 200, shape_value(row, version));
    else
        request_fail(request, 400, "ResourceNotFoundException",
                     "Secrets Manager can't find the specified secret value for %s: %s",
                     *id ? "VersionId" : "staging label",
                     *id      ? id
                     : *stage ? stage
                              : "AWSCURRENT");
    json_decref(version);
    json_decref(row);
}

static json_t *batch_error(const char *id, const char *code, const char *message)
{
    return json_pack("{s:s, s:s, s:s}", "SecretId", id, "ErrorCode", code, "Message", message);
}

static void get_one(struct engine *engine, const char *id, json_t *values, json_t *errors)
{
    json_t *row = secrets_find(engine, id);
    json_t *version = row ? secrets_version(engine, json_string_at(row, "name"), "", "") : NULL;

    if (row && json_object_get(row, "deleted"))
        json_array_append_new(errors, batch_error(id, "InvalidRequestException",
                                                  "You can't perform this operation on the secret "
                                                  "because it was marked for deletion."));
    else if (version)
        json_array_append_new(values, shape_value(row, version));
    else
        json_array_append_new(errors, batch_error(id, "ResourceNotFoundException",
                                                  "Secrets Manager can't find the specified "
                                                  "secret."));
    json_decref(version);
    json_decref(row);
}

/* Whether `text` begins with the word, upper and lower case being the same. */
static bool begins(const char *text, const char *word)
{
    return strncasecmp(text, word, strlen(word)) == 0;
}

static bool fits_tags(const json_t *tags, const char *wanted, bool key)
{
    const char *name;
    json_t *value;

    json_object_foreach ((json_t *)tags, name, value) {
        if (begins(key ? name : json_string_value(value), wanted))
            return true;
    }
    return false;
}

/* Whether a filter's value, "!" in front meaning that it must not, fits a secret:
 * https://docs.aws.amazon.com/secretsmanager/latest/apireference/API_Filter.html */
static bool fits_value(const json_t *row, const char *key, const char *wanted)
{
    bool not = *wanted == '!';
    bool all = strcmp(key, "all") == 0, fits = false;

    wanted += not ;
    if (all || strcmp(key, "name") == 0)
        fits = begins(json_string_at(row, "name"), wanted);
    if (all || strcmp(key, "description") == 0)
        fits = fits || begins(json_string_at(row, "document.Description"), wanted);
    if (all || strcmp(key, "tag-key") == 0)
        fits = fits || fits_tags(json_object_get(row, "tags"), wanted, true);
    if (all || strcmp(key, "tag-value") == 0)
        fits = fits || fits_tags(json_object_get(row, "tags"), wanted, false);
    return fits != not ;
}

static bool fits(const json_t *row, const json_t *filters)
{
    const json_t *filter, *value;
    size_t i, k;

    json_array_foreach (filters, i, filter) {
        bool any = false;

        json_array_foreach (json_object_get(filter, "Values"), k, value) {
            if (json_is_string(value))
                any =
                    any || fits_value(row, json_string_at(filter, "Key"), json_string_value(value));
        }
        if (!any)
            return false;
    }
    return true;
}

/* The secrets that fit the input's filters, the caller's. */
static json_t *chosen_rows(struct request *request, const json_t *input)
{
    json_t *rows, *row, *chosen = json_array();
    size_t i;

    json_decref(secrets_find(request->engine, "")); /* forgets what is gone by now */
    rows = store_rows(request->engine->store,
                      "SELECT name, arn, document AS \"{document\", tags AS \"{tags\", created,"
                      " changed, deleted FROM secrets ORDER BY created, name",
                      "");
    json_array_foreach (rows, i, row) {
        if ((json_bool_at(input, "IncludePlannedDeletion") || !json_object_get(row, "deleted")) &&
            fits(row, json_object_get(input, "Filters")))
            json_array_append(chosen, row);
    }
    json_decref(rows);
    return chosen;
}

void secrets_get_batch(struct request *request, json_t *input)
{
    const json_t *ids = json_object_get(input, "SecretIdList"), *id;
    json_t *values = json_array(), *errors = json_array(), *rows = NULL, *row, *page;
    int64_t max = json_int_at(input, "MaxResults");
    size_t i;

    json_array_foreach (ids, i, id)
        get_one(request->engine, json_string_value(id), values, errors);
    if (!ids) {
        rows = chosen_rows(request, input);
        json_array_foreach (rows, i, row)
            get_one(request->engine, json_string_at(row, "name"), values, errors);
        json_decref(rows);
    }
    page = page_cut(values, json_string_at(input, "NextToken"), max ? max : BATCH_PAGE,
                    "SecretValues", "NextToken");
    json_object_set_new(page, "Errors", errors);
    request_reply(request, 200, page);
}

/* What DescribeSecret and ListSecrets say of a secret. */
static json_t *describe_row(const json_t *row)
{
    json_t *description = json_deep_copy(json_object_get(row, "document"));

    json_object_set(description, "ARN", json_object_get(row, "arn"));
    json_object_set(description, "Name", json_object_get(row, "name"));
    json_object_set_new(description, "LastChangedDate", json_real(seconds(row, "changed")));
    json_object_set_new(description, "CreatedDate", json_real(seconds(row, "created")));
    if (json_object_get(row, "deleted"))
        json_object_set_new(description, "DeletedDate", json_real(seconds(row, "deleted")));
    json_object_set_new(description, "Tags", tags_list(json_object_get(row, "tags")));
    return description;
}

void secrets_describe(struct request *request, json_t *input)
{
    json_t *row = secrets_demand(request, json_string_at(input, "SecretId"), true), *description;

    if (!row)
        return;
    description = describe_row(row);
    json_object_set_new(description, "VersionIdsToStages",
                        secrets_stages(request->engine, json_string_at(row, "name")));
    request_reply(request, 200, description);
    json_decref(row);
}

void secrets_list(struct request *request, json_t *input)
{
    json_t *rows = chosen_rows(request, input), *row, *list = json_array();
    int64_t max = json_int_at(input, "MaxResults");
    size_t i;

    json_array_foreach (rows, i, row) {
        json_t *description = describe_row(row);

        json_object_set_new(description, "SecretVersionsToStages",
                            secrets_stages(request->engine, json_string_at(row, "name")));
        json_array_append_new(list, description);
    }
    json_decref(rows);
    request_reply(request, 200,
                  page_cut(list, json_string_at(input, "NextToken"), max ? max : LIST_PAGE,
                           "SecretList", "NextToken"));
}
