#include "providers/aws/function/others.h"

#include "core/buf.h"

#include <string.h>

static void add_name(struct buf *names, const char *name)
{
    buf_printf(names, "%s'%s'", names->len ? ", " : "", name);
}

static bool starts_with(const char *text, const char *prefix)
{
    return strncmp(text, prefix, strlen(prefix)) == 0;
}

static void find_tags(const struct remote *remote, const json_t *wanted, struct buf *names)
{
    json_t *stale = tags_stale(remote->tags, wanted);
    json_t *gone = json_object();
    const char *key;
    json_t *value;
    size_t i;

    json_array_foreach (stale, i, value)
        json_object_set_new(gone, json_string_value(value), json_true());
    json_object_foreach (remote->tags, key, value) {
        if (!json_object_get(wanted, key) && !json_object_get(gone, key) &&
            !starts_with(key, "fnctl:") && !starts_with(key, "aws:"))
            add_name(names, key);
    }
    json_decref(stale);
    json_decref(gone);
}

static void find_statements(const struct remote *remote, struct buf *names)
{
    size_t i;
    json_t *statement;

    json_array_foreach (remote->statements, i, statement) {
        const char *id = json_string_at(statement, "Sid");

        if (!starts_with(id, "fnctl"))
            add_name(names, id);
    }
}

void others_tell(const struct remote *remote, const json_t *wanted, struct changes *changes)
{
    struct buf tags, statements;

    if (changes->apply)
        return;
    buf_init(&tags, 0);
    buf_init(&statements, 0);
    find_tags(remote, wanted, &tags);
    find_statements(remote, &statements);
    if (tags.len)
        changes_leave(changes, "function %s: others set the tags %s", remote->name,
                      buf_string(&tags));
    if (statements.len)
        changes_leave(changes, "function %s: others made the permissions %s", remote->name,
                      buf_string(&statements));
    buf_release(&tags);
    buf_release(&statements);
}
