#include "core/variables.h"

#include "core/memory.h"
#include "core/variables_inside.h"

#include <stdlib.h>
#include <string.h>

enum {
    TOTAL_MAX = 4 * 1024 * 1024, /* of all strings together, after replacing */
    NESTING_MAX = 8,             /* of variables in defaults */
};

int variable_add(const struct string *string, const char *text, size_t len)
{
    /* One more each time, so that many empty ones end, too. */
    string->all->total += len + 1;
    if (string->all->total > TOTAL_MAX)
        return schema_error(string->all->source, string->path, false, string->all->err,
                            "the strings grow beyond %d bytes by their variables", TOTAL_MAX);
    return buf_append(string->out, text, len);
}

int variable_refuse(const struct string *string, const char *name, char *reason)
{
    schema_error(string->all->source, string->path, false, string->all->err, "'${%.100s}' %s", name,
                 reason);
    free(reason);
    return -1;
}

/* The length of what is between the braces, nested ones included; -1 without a closing one. */
static ssize_t variable_length(const char *text, size_t len)
{
    size_t open = 1;

    for (size_t i = 0; i < len; i++) {
        if (text[i] == '{' && i > 0 && text[i - 1] == '$')
            open++;
        else if (text[i] == '}' && --open == 0)
            return (ssize_t)i;
    }
    return -1;
}

static int expand_variable(const struct string *string, const char *text, size_t len)
{
    struct string inner = *string;
    char *name = xstrndup(text, len);
    int result;

    inner.nesting++;
    if (variable_add(string, "", 0) < 0)
        result = -1;
    else if (inner.nesting > NESTING_MAX)
        result = variable_refuse(string, name,
                                 xasprintf("is nested deeper than %d levels", NESTING_MAX));
    else
        result = variable_add_named(&inner, name);
    free(name);
    return result;
}

int variable_expand(const struct string *string, const char *text, size_t len)
{
    size_t at = 0;

    while (at < len) {
        const char *here = text + at, *dollar = memchr(here, '$', len - at);
        size_t left, plain = dollar ? (size_t)(dollar - here) : len - at;
        ssize_t inside;

        if (variable_add(string, here, plain) < 0)
            return -1;
        at += plain;
        left = len - at;
        if (left >= 3 && memcmp(dollar, "$${", 3) == 0) {
            if (variable_add(string, "${", 2) < 0)
                return -1;
            at += 3;
        } else if (left >= 2 && dollar[1] == '{') {
            inside = variable_length(dollar + 2, left - 2);
            if (inside < 0)
                return schema_error(string->all->source, string->path, false, string->all->err,
                                    "'%.40s' has no closing '}'; a literal '${' is written '$${'",
                                    dollar);
            if (expand_variable(string, dollar + 2, (size_t)inside) < 0)
                return -1;
            at += (size_t)inside + 3;
        } else if (left > 0) {
            if (variable_add(string, "$", 1) < 0)
                return -1;
            at++;
        }
    }
    return 0;
}

/* The string at `path` with its variables replaced, as it is while a value is not known; NULL with
 * an error. */
static json_t *replaced(struct replacing *all, const char *text, const struct json_path *path)
{
    struct buf out;
    const struct string string = {.all = all, .path = path, .out = &out};
    json_t *value = NULL;

    buf_init(&out, 0);
    all->unknown = all->secret = false;
    if (variable_expand(&string, text, strlen(text)) == 0) {
        value = json_string(all->unknown ? text : buf_string(&out));
        if (!value)
            schema_error(all->source, path, false, all->err,
                         "a variable in it stands for bytes that are not UTF-8");
    }
    if (all->secret && out.data)
        memory_wipe(out.data, out.len);
    buf_release(&out);
    return value;
}

/* Notes the place of a string that is not known, or not to be shown. */
static void note_place(const struct replacing *all, const struct json_path *path)
{
    char *place = all->unknown || all->secret ? json_path_text(path) : NULL;

    if (all->unknown)
        json_object_set_new(all->variables->unknown, place, json_true());
    if (all->secret && !all->unknown)
        json_object_set_new(all->variables->secret, place, json_true());
    free(place);
}

static int replace_in(struct replacing *all, json_t *value, const struct json_path *path,
                      json_t **instead)
{
    size_t i;
    const char *key;
    void *next;
    json_t *member, *other = NULL;

    if (json_is_string(value) && strchr(json_string_value(value), '$')) {
        *instead = replaced(all, json_string_value(value), path);
        if (!*instead)
            return -1;
        note_place(all, path);
        return 0;
    }
    json_array_foreach (value, i, member) {
        struct json_path step = {.parent = path, .index = i};

        if (replace_in(all, member, &step, &other) < 0)
            return -1;
        if (other)
            json_array_set_new(value, i, other);
        other = NULL;
    }
    json_object_foreach_safe (value, next, key, member) {
        struct json_path step = {.parent = path, .key = key};

        if (replace_in(all, member, &step, &other) < 0)
            return -1;
        if (other)
            json_object_set_new(value, key, other);
        other = NULL;
    }
    return 0;
}

int variables_replace(const struct variables *variables, json_t *root,
                      const struct schema_source *source, struct err *err)
{
    struct replacing all = {.variables = variables, .source = source, .err = err};
    const struct json_path path = {.parent = NULL};
    json_t *other = NULL;
    int result;

    all.raw = json_deep_copy(root);
    result = replace_in(&all, root, &path, &other);
    json_decref(all.raw);
    json_decref(other);
    free(all.sha);
    return result;
}
