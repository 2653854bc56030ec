#include "core/json.h"
#include "providers/local/engine/services/iam.h"
#include "providers/local/engine/store/store.h"

#include <stdlib.h>
#include <string.h>

enum { INLINE_MAX = 10240, ATTACHED_MAX = 10 };

/* All inline policies of a role together are limited. */
static bool fits(struct request *request, const char *role, const char *name, size_t len)
{
    json_t *row = store_row(request->engine->store,
                            "SELECT ifnull(sum(length(document)), 0) AS total FROM role_policies"
                            " WHERE role = ? AND name <> ?",
                            "ss", role, name);
    size_t total = (size_t)json_int_at(row, "total") + len;

    json_decref(row);
    if (total <= INLINE_MAX)
        return true;
    request_fail(request, 409, "LimitExceeded",
                 "Maximum policy size of %d bytes exceeded for role %s", INLINE_MAX, role);
    return false;
}

void iam_put_policy(struct request *request, json_t *input)
{
    const char *document = json_string_at(input, "PolicyDocument");
    const char *name = json_string_at(input, "PolicyName");
    json_t *role = iam_role(request, input);

    if (role && iam_document(request, document) &&
        fits(request, json_string_at(role, "name"), name, strlen(document)))
        iam_done(request, store_run(request->engine->store,
                                    "INSERT INTO role_policies (role, name, document)"
                                    " VALUES (?, ?, ?) ON CONFLICT DO UPDATE"
                                    " SET document = excluded.document",
                                    "sss", json_string_at(role, "name"), name, document));
    json_decref(role);
}

static void policy_not_found(struct request *request, const char *name)
{
    request_fail(request, 404, "NoSuchEntity", "The role policy with name %s cannot be found.",
                 name);
}

void iam_get_policy(struct request *request, json_t *input)
{
    const char *name = json_string_at(input, "PolicyName");
    json_t *role = iam_role(request, input), *row;

    if (!role)
        return;
    row = store_row(request->engine->store,
                    "SELECT document FROM role_policies WHERE role = ? AND name = ?", "ss",
                    json_string_at(role, "name"), name);
    if (row) {
        char *document = iam_encode(json_string_at(row, "document"));

        request_reply(request, 200,
                      json_pack("{s:s, s:s, s:s}", "RoleName", json_string_at(role, "name"),
                                "PolicyName", name, "PolicyDocument", document));
        free(document);
    } else {
        policy_not_found(request, name);
    }
    json_decref(row);
    json_decref(role);
}

void iam_delete_policy(struct request *request, json_t *input)
{
    const char *name = json_string_at(input, "PolicyName");
    json_t *role = iam_role(request, input);
    int removed;

    if (!role)
        return;
    removed =
        store_run(request->engine->store, "DELETE FROM role_policies WHERE role = ? AND name = ?",
                  "ss", json_string_at(role, "name"), name);
    if (removed == 0)
        policy_not_found(request, name);
    else
        iam_done(request, removed);
    json_decref(role);
}

void iam_list_policies(struct request *request, json_t *input)
{
    json_t *role = iam_role(request, input), *names = json_array(), *rows, *row;
    size_t i;

    if (role) {
        rows = store_rows(request->engine->store,
                          "SELECT name FROM role_policies WHERE role = ? ORDER BY name", "s",
                          json_string_at(role, "name"));
        json_array_foreach (rows, i, row)
            json_array_append(names, json_object_get(row, "name"));
        json_decref(rows);
        iam_list(request, input, "PolicyNames", json_incref(names));
    }
    json_decref(names);
    json_decref(role);
}

void iam_attach(struct request *request, json_t *input)
{
    json_t *role = iam_role(request, input), *row;
    int64_t count;

    if (!role)
        return;
    row = store_row(request->engine->store,
                    "SELECT count(*) AS count FROM role_attachments WHERE role = ? AND arn <> ?",
                    "ss", json_string_at(role, "name"), json_string_at(input, "PolicyArn"));
    count = json_int_at(row, "count");
    json_decref(row);
    if (count >= ATTACHED_MAX)
        request_fail(request, 409, "LimitExceeded", "Cannot exceed quota for PoliciesPerRole: %d",
                     ATTACHED_MAX);
    else
        iam_done(request,
                 store_run(request->engine->store,
                           "INSERT INTO role_attachments (role, arn) VALUES (?, ?)"
                           " ON CONFLICT DO NOTHING",
                           "ss", json_string_at(role, "name"), json_string_at(input, "PolicyArn")));
    json_decref(role);
}

void iam_detach(struct request *request, json_t *input)
{
    const char *arn = json_string_at(input, "PolicyArn");
    json_t *role = iam_role(request, input);
    int removed;

    if (!role)
        return;
    removed =
        store_run(request->engine->store, "DELETE FROM role_attachments WHERE role = ? AND arn = ?",
                  "ss", json_string_at(role, "name"), arn);
    if (removed == 0)
        request_fail(request, 404, "NoSuchEntity", "Policy %s was not found.", arn);
    else
        iam_done(request, removed);
    json_decref(role);
}

void iam_list_attached(struct request *request, json_t *input)
{
    json_t *role = iam_role(request, input), *rows, *row;
    size_t i;

    if (!role)
        return;
    rows = store_rows(request->engine->store,
                      "SELECT arn AS \"PolicyArn\" FROM role_attachments WHERE role = ?"
                      " ORDER BY arn",
                      "s", json_string_at(role, "name"));
    json_array_foreach (rows, i, row) {
        const char *slash = strrchr(json_string_at(row, "PolicyArn"), '/');

        json_object_set_new(row, "PolicyName", json_string(slash ? slash + 1 : ""));
    }
    iam_list(request, input, "AttachedPolicies", rows);
    json_decref(role);
}
