#include "core/json.h"

#include "core/json_scan.h"
#include "core/memory.h"

#include <stdlib.h>
#include <string.h>

static void append_path(struct buf *out, const struct json_path *path)
{
    if (!path || !path->parent)
        return;
    append_path(out, path->parent);
    if (path->key)
        buf_printf(out, "%s%s", out->len ? "." : "", path->key);
    else
        buf_printf(out, "[%zu]", path->index);
}

char *json_path_text(const struct json_path *path)
{
    struct buf out;

    buf_init(&out, 0);
    append_path(&out, path);
    return buf_take(&out);
}

/* The error at `offset`, its place put in front. */
static json_t *parse_error(const char *text, size_t len, size_t offset, struct err *err)
{
    int line, column;

    json_scan_place(text, len, offset, &line, &column);
    err_context(err, "line %d, column %d", line, column);
    return NULL;
}

/* Jansson stands behind a key when it finds it a second time: back to where that key starts. */
static size_t key_before(const char *text, size_t offset)
{
    size_t at = offset > 0 ? offset - 1 : 0;

    while (at > 0) {
        size_t slashes = 0;

        at--;
        while (slashes < at && text[at - 1 - slashes] == '\\')
            slashes++;
        if (text[at] == '"' && slashes % 2 == 0)
            break;
    }
    return at;
}

json_t *json_parse(const char *text, size_t len, size_t depth, struct err *err)
{
    json_error_t error;
    json_t *value;
    size_t offset;

    if (json_scan_check(text, len, depth, &offset, err) < 0)
        return parse_error(text, len, offset, err);
    value = json_loadb(text, len, JSON_REJECT_DUPLICATES | JSON_DECODE_ANY, &error);
    if (value)
        return value;
    offset = error.position > 0 ? (size_t)error.position : 0;
    switch (json_error_code(&error)) {
    case json_error_duplicate_key: {
        size_t start = key_before(text, offset);

        err_set(err, ERR_SETTINGS, "the key %.*s is there twice", (int)(offset - start),
                text + start);
        return parse_error(text, len, start, err);
    }
    case json_error_numeric_overflow:
        err_set(err, ERR_SETTINGS, "the number before this is too large");
        return parse_error(text, len, offset, err);
    default:
        err_set(err, ERR_SETTINGS, "%s", error.text);
        return parse_error(text, len, offset, err);
    }
}

int json_locate(const char *text, size_t len, const struct json_path *path, bool at_key, int *line,
                int *column)
{
    size_t offset;

    if (json_scan_find(text, len, path, at_key, &offset) < 0)
        return -1;
    json_scan_place(text, len, offset, line, column);
    return 0;
}

void json_merge_patch(json_t *target, const json_t *patch)
{
    const char *key;
    json_t *value;

    json_object_foreach ((json_t *)(uintptr_t)patch, key, value) {
        json_t *old = json_object_get(target, key);

        if (json_is_null(value)) {
            json_object_del(target, key);
        } else if (!json_is_object(value)) {
            json_object_set_new(target, key, json_deep_copy(value));
        } else {
            if (!json_is_object(old)) {
                old = json_object();
                json_object_set_new(target, key, old);
            }
            json_merge_patch(old, value);
        }
    }
}

json_t *json_at(const json_t *root, const char *path)
{
    const json_t *value = root;

    while (value && *path) {
        size_t len = strcspn(path, ".");

        value = json_object_getn(value, path, len);
        path += len + (path[len] == '.');
    }
    return (json_t *)(uintptr_t)value;
}

const char *json_string_at(const json_t *root, const char *path)
{
    const char *text = json_string_value(json_at(root, path));

    return text ? text : "";
}

int64_t json_int_at(const json_t *root, const char *path)
{
    const json_t *value = json_at(root, path);

    if (json_is_real(value) && json_real_value(value) >= -9e18 && json_real_value(value) <= 9e18)
        return (int64_t)json_real_value(value);
    return json_integer_value(value);
}

bool json_bool_at(const json_t *root, const char *path)
{
    return json_is_true(json_at(root, path));
}

char *json_canonical(const json_t *value)
{
    return json_dumps(value, JSON_COMPACT | JSON_SORT_KEYS | JSON_ENCODE_ANY);
}
