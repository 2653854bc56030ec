#include "providers/aws/function/pass_through.h"

#include "core/memory.h"

#include <stdlib.h>
#include <string.h>

enum { TAG_VALUE_MAX = 256 };

/* Members that CreateFunction takes and UpdateFunctionConfiguration does not. */
static const char *const of_creation[] = {"TenancyConfig", NULL};

/* Members that Lambda takes a value for which means "none". */
static const struct {
    const char *name, *none;
} resets[] = {{"KMSKeyArn", "\"\""}};

static const json_t *members_of(const struct function *function)
{
    return function ? function->aws.function : NULL;
}

void pass_through_want(const struct function *function, json_t *wanted)
{
    if (members_of(function))
        json_object_update(wanted, function->aws.function);
}

/* What of `found` the value `wanted` is about: the members that it names. */
static json_t *narrowed(const json_t *found, const json_t *wanted)
{
    json_t *result, *value;
    const char *name;

    if (!json_is_object(found) || !json_is_object(wanted))
        return json_deep_copy(found);
    result = json_object();
    json_object_foreach ((json_t *)(uintptr_t)wanted, name, value) {
        json_t *part = json_object_get(found, name);

        if (part)
            json_object_set_new(result, name, narrowed(part, value));
    }
    return result;
}

void pass_through_find(const struct function *function, const json_t *reply, json_t *found)
{
    const char *name;
    json_t *value;

    json_object_foreach ((json_t *)(uintptr_t)members_of(function), name, value) {
        json_t *part = json_object_get(reply, name);

        if (part)
            json_object_set_new(found, name, narrowed(part, value));
    }
}

/* Of a member that the settings had, and no longer have. */
static void drop(struct session *session, const struct remote *remote, const char *name,
                 json_t *wanted)
{
    for (size_t i = 0; i < sizeof(resets) / sizeof(*resets); i++) {
        if (strcmp(resets[i].name, name) == 0) {
            json_object_set_new(wanted, name, json_loads(resets[i].none, JSON_DECODE_ANY, NULL));
            return;
        }
    }
    if (json_object_get(remote->configuration, name))
        out_warn(session->context.out,
                 "%s: %s, which the settings no longer pass on, stays as it is: Lambda has no "
                 "value for none; write what it shall be in aws.function",
                 remote->name, name);
}

static int check_of_creation(const struct remote *remote, const char *name, json_t *wanted,
                             struct err *err)
{
    json_t *found = json_object_get(remote->configuration, name);
    json_t *value = json_object_get(members_of(remote->function), name);
    json_t *same = narrowed(found, value);
    int result = 0;

    if (remote->configuration && value && !json_equal(same, value))
        result = err_set(err, ERR_SETTINGS,
                         "function '%s': aws.function.%s can be chosen only when a function is "
                         "created; give the function another name, or undeploy it first",
                         remote->function->name, name);
    if (remote->configuration)
        json_object_del(wanted, name);
    json_decref(same);
    return result;
}

int pass_through_compare(struct session *session, const struct remote *remote, json_t *wanted,
                         struct err *err)
{
    const char *tag = json_string_value(json_object_get(remote->tags, TAG_AWS));
    char *names = xstrdup(tag ? tag : ""), *rest = NULL;

    for (char *name = strtok_r(names, " ", &rest); name; name = strtok_r(NULL, " ", &rest))
        if (!json_object_get(members_of(remote->function), name))
            drop(session, remote, name, wanted);
    free(names);
    for (size_t i = 0; of_creation[i]; i++)
        if (check_of_creation(remote, of_creation[i], wanted, err) < 0)
            return -1;
    return 0;
}

char *pass_through_tag(const struct remote *remote)
{
    struct buf names;
    const char *name;
    json_t *value;

    buf_init(&names, TAG_VALUE_MAX);
    json_object_foreach ((json_t *)(uintptr_t)members_of(remote->function), name, value)
        buf_printf(&names, "%s%s", names.len ? " " : "", name);
    /* The tag stays, empty, when nothing is passed on any more: taking it away costs a request. */
    if (!names.len && !json_object_get(remote->tags, TAG_AWS)) {
        buf_release(&names);
        return NULL;
    }
    return buf_take(&names);
}
