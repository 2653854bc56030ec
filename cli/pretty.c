#include "cli/pretty.h"

#include "core/buf.h"

#include <stdbool.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

enum { WIDTH = 80, INLINE_MEMBERS = 2 };

static void write_value(struct buf *out, const json_t *value, size_t depth);

static void write_scalar(struct buf *out, const json_t *value)
{
    char *text = json_dumps(value, JSON_ENCODE_ANY);

    buf_puts(out, text ? text : "null");
    free(text);
}

/* The members, `separator` between them; `depth` is theirs. */
static void write_members(struct buf *out, const json_t *value, size_t depth, const char *separator)
{
    const char *before = "";
    const char *key;
    json_t *member;
    size_t index;

    json_array_foreach (value, index, member) {
        buf_puts(out, before);
        write_value(out, member, depth);
        before = separator;
    }
    json_object_foreach ((json_t *)(uintptr_t)value, key, member) {
        json_t *name = json_string(key);

        buf_puts(out, before);
        write_scalar(out, name);
        buf_puts(out, ": ");
        write_value(out, member, depth);
        json_decref(name);
        before = separator;
    }
}

static bool is_container(const json_t *value)
{
    return json_is_object(value) || json_is_array(value);
}

static bool has_containers(const json_t *value)
{
    bool found = false;
    const char *key;
    json_t *member;
    size_t index;

    json_array_foreach (value, index, member) {
        found = found || is_container(member);
    }
    json_object_foreach ((json_t *)(uintptr_t)value, key, member) {
        found = found || is_container(member);
    }
    return found;
}

/* Writes it on one line; false, and nothing written, when it does not belong there. */
static bool write_inline(struct buf *out, const json_t *value, size_t depth)
{
    bool object = json_is_object(value);
    size_t start = out->len;

    if ((object && json_object_size(value) > INLINE_MEMBERS) || has_containers(value))
        return false;
    buf_puts(out, object ? "{ " : "[");
    write_members(out, value, depth, ", ");
    buf_puts(out, object ? " }" : "]");
    if (out->len - start + 2 * depth <= WIDTH && !memchr(out->data + start, '\n', out->len - start))
        return true;
    out->len = start;
    return false;
}

static void write_value(struct buf *out, const json_t *value, size_t depth)
{
    int indent = (int)(2 * (depth + 1));
    char separator[64];

    if (!is_container(value)) {
        write_scalar(out, value);
    } else if (json_object_size(value) + json_array_size(value) == 0) {
        buf_puts(out, json_is_object(value) ? "{}" : "[]");
    } else if (!write_inline(out, value, depth)) {
        snprintf(separator, sizeof(separator), ",\n%*s", indent > 60 ? 60 : indent, "");
        buf_printf(out, "%c%s", json_is_object(value) ? '{' : '[', separator + 1);
        write_members(out, value, depth + 1, separator);
        buf_printf(out, "\n%*s%c", indent - 2, "", json_is_object(value) ? '}' : ']');
    }
}

char *pretty_json(const json_t *value)
{
    struct buf out;

    buf_init(&out, 0);
    write_value(&out, value, 0);
    buf_putc(&out, '\n');
    return buf_take(&out);
}
