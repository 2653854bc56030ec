#include "providers/local/engine/services/iam.h"
#include "core/hash.h"
#include "core/json.h"
#include "core/memory.h"
#include "providers/local/engine/services/page.h"
#include "providers/local/engine/store/store.h"

#include <ctype.h>
#include <stdlib.h>
#include <string.h>

enum { PAGE = 100, TRUST_MAX = 2048 };

char *iam_encode(const char *text)
{
    struct buf out;

    buf_init(&out, 0);
    for (; *text; text++) {
        if (isalnum((unsigned char)*text) || strchr("-_.~", *text))
            buf_putc(&out, *text);
        else
            buf_printf(&out, "%%%02X", (unsigned char)*text);
    }
    return buf_take(&out);
}

bool iam_document(struct request *request, const char *text)
{
    struct err err = {0};
    json_t *document = json_parse(text, strlen(text), 64, &err);
    json_t *statements = json_object_get(document, "Statement");
    bool good = json_is_array(statements) || json_is_object(statements);

    json_decref(document);
    if (!good)
        request_fail(request, 400, "MalformedPolicyDocument", "%s",
                     err.code ? err.message : "Syntax errors in policy. (it has no Statement)");
    return good;
}

static json_t *tag_list(const json_t *tags)
{
    json_t *list = json_array(), *value;
    const char *key;

    json_object_foreach ((json_t *)(uintptr_t)tags, key, value)
        json_array_append_new(list, json_pack("{s:s, s:O}", "Key", key, "Value", value));
    return list;
}

static json_t *shape_role(const json_t *row, bool with_tags)
{
    char created[CLOCK_RFC3339_LEN];
    char *trust = iam_encode(json_string_at(row, "trust"));
    json_t *tags = json_object_get(row, "tags"), *role;

    clock_format_rfc3339(json_int_at(row, "created"), created);
    role = json_pack("{s:s, s:s, s:s, s:s, s:s, s:s, s:I}", "Path", json_string_at(row, "path"),
                     "RoleName", json_string_at(row, "name"), "RoleId", json_string_at(row, "id"),
                     "Arn", json_string_at(row, "arn"), "CreateDate", created,
                     "AssumeRolePolicyDocument", trust, "MaxSessionDuration",
                     (json_int_t)json_int_at(row, "session"));
    if (json_object_get(row, "description"))
        json_object_set(role, "Description", json_object_get(row, "description"));
    if (with_tags && json_object_get(row, "boundary"))
        json_object_set_new(role, "PermissionsBoundary",
                            json_pack("{s:s, s:O}", "PermissionsBoundaryType",
                                      "PermissionsBoundaryPolicy", "PermissionsBoundaryArn",
                                      json_object_get(row, "boundary")));
    if (with_tags && json_object_size(tags))
        json_object_set_new(role, "Tags", tag_list(tags));
    free(trust);
    return role;
}

#define ROLE_QUERY                                                                                 \
    "SELECT name, arn, path, id, trust, description, session, tags AS \"{tags\", created,"         \
    " boundary FROM roles"

json_t *iam_role(struct request *request, const json_t *input)
{
    const char *name = json_string_at(input, "RoleName");
    json_t *row = store_row(request->engine->store, ROLE_QUERY " WHERE name = ?", "s", name);

    if (!row)
        request_fail(request, 404, "NoSuchEntity", "The role with name %s cannot be found.", name);
    return row;
}

void iam_done(struct request *request, int result)
{
    if (result < 0)
        request_fail_write(request);
    else
        request_reply(request, 200, NULL);
}

void iam_list(struct request *request, const json_t *input, const char *key, json_t *items)
{
    int64_t max = json_int_at(input, "MaxItems");
    json_t *body =
        page_cut(items, json_string_at(input, "Marker"), max ? max : PAGE, key, "Marker");

    json_object_set_new(body, "IsTruncated", json_boolean(json_object_get(body, "Marker")));
    request_reply(request, 200, body);
}

/* Tags.member.N as an object. */
static json_t *tag_object(const json_t *input)
{
    json_t *tags = json_object(), *tag;
    size_t i;

    json_array_foreach (json_object_get(input, "Tags"), i, tag)
        json_object_set_new(tags, json_string_at(tag, "Key"),
                            json_string(json_string_at(tag, "Value")));
    return tags;
}

static void make_role_id(char id[static 22])
{
    static const char letters[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZ234567";
    uint8_t random[17];

    hash_random(random, sizeof(random));
    memcpy(id, "AROA", 4);
    for (size_t i = 0; i < sizeof(random); i++)
        id[4 + i] = letters[random[i] % 32];
    id[21] = '\0';
}

static int insert_role(struct request *request, const json_t *input)
{
    const char *name = json_string_at(input, "RoleName"), *path = json_string_at(input, "Path");
    json_t *session = json_object_get(input, "MaxSessionDuration");
    json_t *tags = tag_object(input);
    char *text = json_dumps(tags, JSON_COMPACT);
    char *arn;
    char id[22];
    int result;

    path = *path ? path : "/";
    arn = xasprintf("arn:%s:iam::" ENGINE_ACCOUNT ":role%s%s", request_partition(request), path,
                    name);
    make_role_id(id);
    result = store_run(request->engine->store,
                       "INSERT INTO roles (name, arn, path, id, trust, description, session, tags,"
                       " created, boundary) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?)",
                       "ssssssisis", name, arn, path, id,
                       json_string_at(input, "AssumeRolePolicyDocument"),
                       json_string_value(json_object_get(input, "Description")),
                       session ? (int64_t)json_integer_value(session) : 3600, text,
                       clock_now(request->engine->clock),
                       json_string_value(json_object_get(input, "PermissionsBoundary")));
    free(arn);
    free(text);
    json_decref(tags);
    return result;
}

static void create_role(struct request *request, json_t *input)
{
    const char *trust = json_string_at(input, "AssumeRolePolicyDocument");
    int result;
    json_t *row;

    if (!iam_document(request, trust))
        return;
    if (strlen(trust) > TRUST_MAX) {
        request_fail(request, 409, "LimitExceeded", "Cannot exceed quota for ACLSizePerRole: %d",
                     TRUST_MAX);
        return;
    }
    result = insert_role(request, input);
    if (result == -1) {
        request_fail(request, 409, "EntityAlreadyExists", "Role with name %s already exists.",
                     json_string_at(input, "RoleName"));
    } else if (result < 0) {
        request_fail_write(request);
    } else {
        row = iam_role(request, input);
        request_reply(request, 200, json_pack("{s:o}", "Role", shape_role(row, true)));
        json_decref(row);
    }
}

static void get_role(struct request *request, json_t *input)
{
    json_t *row = iam_role(request, input);

    if (row)
        request_reply(request, 200, json_pack("{s:o}", "Role", shape_role(row, true)));
    json_decref(row);
}

static void delete_role(struct request *request, json_t *input)
{
    json_t *row = iam_role(request, input);
    int result;

    if (!row)
        return;
    /* Policies refer to their role: a role that has some cannot go. */
    result = store_run(request->engine->store, "DELETE FROM roles WHERE name = ?", "s",
                       json_string_at(row, "name"));
    if (result == -1)
        request_fail(request, 409, "DeleteConflict",
                     "Cannot delete entity, must detach all policies first.");
    else
        iam_done(request, result);
    json_decref(row);
}

static void list_roles(struct request *request, json_t *input)
{
    const char *prefix = json_string_at(input, "PathPrefix");
    json_t *rows =
        store_rows(request->engine->store,
                   ROLE_QUERY " WHERE substr(path, 1, length(?1)) = ?1 ORDER BY name", "s", prefix);
    json_t *roles = json_array(), *row;
    size_t i;

    json_array_foreach (rows, i, row)
        json_array_append_new(roles, shape_role(row, false));
    json_decref(rows);
    iam_list(request, input, "Roles", roles);
}

static void update_trust(struct request *request, json_t *input)
{
    const char *trust = json_string_at(input, "PolicyDocument");
    json_t *row = iam_role(request, input);

    if (row && iam_document(request, trust))
        iam_done(request,
                 store_run(request->engine->store, "UPDATE roles SET trust = ? WHERE name = ?",
                           "ss", trust, json_string_at(row, "name")));
    json_decref(row);
}

static void put_boundary(struct request *request, json_t *input)
{
    json_t *row = iam_role(request, input);

    if (row)
        iam_done(request,
                 store_run(request->engine->store, "UPDATE roles SET boundary = ? WHERE name = ?",
                           "ss", json_string_at(input, "PermissionsBoundary"),
                           json_string_at(row, "name")));
    json_decref(row);
}

static void delete_boundary(struct request *request, json_t *input)
{
    json_t *row = iam_role(request, input);

    if (row && !json_object_get(row, "boundary"))
        request_fail(request, 404, "NoSuchEntity",
                     "Unable to find permissions boundary for the role %s.",
                     json_string_at(row, "name"));
    else if (row)
        iam_done(request, store_run(request->engine->store,
                                    "UPDATE roles SET boundary = NULL WHERE name = ?", "s",
                                    json_string_at(row, "name")));
    json_decref(row);
}

static void save_tags(struct request *request, const json_t *row, const json_t *tags)
{
    char *text = json_dumps(tags, JSON_COMPACT);

    if (json_object_size(tags) > 50)
        request_fail(request, 409, "LimitExceeded", "Cannot exceed quota for TagsPerRole: 50");
    else
        iam_done(request,
                 store_run(request->engine->store, "UPDATE roles SET tags = ? WHERE name = ?", "ss",
                           text, json_string_at(row, "name")));
    free(text);
}

static void tag_role(struct request *request, json_t *input)
{
    json_t *row = iam_role(request, input), *tags = json_object_get(row, "tags");
    json_t *added = tag_object(input);

    if (row) {
        json_object_update(tags, added);
        save_tags(request, row, tags);
    }
    json_decref(added);
    json_decref(row);
}

static void untag_role(struct request *request, json_t *input)
{
    json_t *row = iam_role(request, input), *tags = json_object_get(row, "tags"), *key;
    size_t i;

    json_array_foreach (json_object_get(input, "TagKeys"), i, key)
        json_object_del(tags, json_string_value(key));
    if (row)
        save_tags(request, row, tags);
    json_decref(row);
}

static void list_role_tags(struct request *request, json_t *input)
{
    json_t *row = iam_role(request, input);

    if (row)
        iam_list(request, input, "Tags", tag_list(json_object_get(row, "tags")));
    json_decref(row);
}

/* There are no instances here, so no profiles; Terraform asks before it deletes a role. */
static void list_profiles(struct request *request, json_t *input)
{
    json_t *row = iam_role(request, input);

    if (row)
        iam_list(request, input, "InstanceProfiles", json_array());
    json_decref(row);
}

#define NAME_PATTERN "[a-zA-Z0-9_+=,.@-]+"
#define ROLE_MEMBER                                                                                \
    {                                                                                              \
        .name = "RoleName", .type = SHAPE_STRING, .required = true, .min = 1, .max = 64,           \
        .pattern = NAME_PATTERN                                                                    \
    }
#define POLICY_MEMBER                                                                              \
    {                                                                                              \
        .name = "PolicyName", .type = SHAPE_STRING, .required = true, .min = 1, .max = 128,        \
        .pattern = NAME_PATTERN                                                                    \
    }
#define DOCUMENT_MEMBER(NAME)                                                                      \
    {                                                                                              \
        .name = NAME, .type = SHAPE_STRING, .required = true, .min = 1, .max = 131072              \
    }
#define BOUNDARY_MEMBER(REQUIRED)                                                                  \
    {                                                                                              \
        .name = "PermissionsBoundary", .type = SHAPE_STRING, .required = (REQUIRED), .min = 20,    \
        .max = 2048, .pattern = "arn:aws[a-z-]*:iam::(aws|[0-9]{12}):policy/.+"                    \
    }
static const struct shape boundary_shape[] = {ROLE_MEMBER, BOUNDARY_MEMBER(true), SHAPE_END};
static const struct shape create_shape[] = {
    ROLE_MEMBER,
    BOUNDARY_MEMBER(false),
    {.name = "Path", .type = SHAPE_STRING, .min = 1, .max = 512, .pattern = "/|/[!-~]+/"},
    DOCUMENT_MEMBER("AssumeRolePolicyDocument"),
    {.name = "Description", .type = SHAPE_STRING, .max = 1000},
    {.name = "MaxSessionDuration", .type = SHAPE_NUMERAL, .min = 3600, .max = 43200},
    {.name = "Tags", .type = SHAPE_ANY},
    SHAPE_END};
static const struct shape role_shape[] = {
    ROLE_MEMBER, {.name = "MaxItems", .type = SHAPE_NUMERAL, .min = 1, .max = 1000}, SHAPE_END};
static const struct shape roles_shape[] = {
    {.name = "PathPrefix", .type = SHAPE_STRING, .min = 1, .max = 512, .pattern = "/[!-~]*"},
    {.name = "MaxItems", .type = SHAPE_NUMERAL, .min = 1, .max = 1000},
    SHAPE_END};
static const struct shape trust_shape[] = {ROLE_MEMBER, DOCUMENT_MEMBER("PolicyDocument"),
                                           SHAPE_END};
static const struct shape policy_shape[] = {ROLE_MEMBER, POLICY_MEMBER, SHAPE_END};
static const struct shape put_policy_shape[] = {ROLE_MEMBER, POLICY_MEMBER,
                                                DOCUMENT_MEMBER("PolicyDocument"), SHAPE_END};
static const struct shape attach_shape[] = {
    ROLE_MEMBER,
    {.name = "PolicyArn",
     .type = SHAPE_STRING,
     .required = true,
     .min = 20,
     .max = 2048,
     .pattern = "arn:aws[a-z-]*:iam::(aws|[0-9]{12}):policy/.+"},
    SHAPE_END};

const struct operation iam_operations[] = {
    {"CreateRole", NULL, NULL, create_role, create_shape, false},
    {"GetRole", NULL, NULL, get_role, role_shape, false},
    {"DeleteRole", NULL, NULL, delete_role, role_shape, false},
    {"ListRoles", NULL, NULL, list_roles, roles_shape, false},
    {"UpdateAssumeRolePolicy", NULL, NULL, update_trust, trust_shape, false},
    {"PutRolePolicy", NULL, NULL, iam_put_policy, put_policy_shape, false},
    {"GetRolePolicy", NULL, NULL, iam_get_policy, policy_shape, false},
    {"DeleteRolePolicy", NULL, NULL, iam_delete_policy, policy_shape, false},
    {"ListRolePolicies", NULL, NULL, iam_list_policies, role_shape, false},
    {"AttachRolePolicy", NULL, NULL, iam_attach, attach_shape, false},
    {"DetachRolePolicy", NULL, NULL, iam_detach, attach_shape, false},
    {"ListAttachedRolePolicies", NULL, NULL, iam_list_attached, role_shape, false},
    {"ListInstanceProfilesForRole", NULL, NULL, list_profiles, role_shape, false},
    {"PutRolePermissionsBoundary", NULL, NULL, put_boundary, boundary_shape, false},
    {"DeleteRolePermissionsBoundary", NULL, NULL, delete_boundary, role_shape, false},
    {"TagRole", NULL, NULL, tag_role, role_shape, false},
    {"UntagRole", NULL, NULL, untag_role, role_shape, false},
    {"ListRoleTags", NULL, NULL, list_role_tags, role_shape, false},
    {NULL, NULL, NULL, NULL, NULL, false}};
