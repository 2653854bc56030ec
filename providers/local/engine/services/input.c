#include "providers/local/engine/services/input.h"

#include "core/http.h"
#include "core/memory.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { FORM_PAIRS = 1000, FORM_DEPTH = 8 };

/* Takes the next segment of a path or pattern: its start and length; moves on behind its slash. */
static size_t next_segment(const char **at, const char **segment)
{
    size_t len = strcspn(*at, "/?");

    *segment = *at;
    *at += len + ((*at)[len] == '/');
    return len;
}

static void put_parameter(json_t *input, const char *name, size_t name_len, const char *value,
                          size_t len)
{
    char *key = xstrndup(name, name_len);
    char *decoded = http_decode(value, len, false);

    json_object_set_new(input, key, json_string(decoded));
    free(key);
    free(decoded);
}

bool input_match(const char *pattern, const char *path, json_t *input)
{
    const char *name, *value;

    while (*pattern && *pattern != '?' && *path) {
        size_t name_len = next_segment(&pattern, &name), len;

        if (name_len > 2 && name[0] == '{' && name[name_len - 2] == '+') {
            if (input)
                put_parameter(input, name + 1, name_len - 3, path, strlen(path));
            return true;
        }
        len = next_segment(&path, &value);
        if (name[0] == '{') {
            if (len == 0)
                return false;
            if (input)
                put_parameter(input, name + 1, name_len - 2, value, len);
        } else if (len != name_len || memcmp(name, value, len) != 0) {
            return false;
        }
    }
    return (*pattern == '\0' || *pattern == '?') && *path == '\0';
}

/* Puts `value` at "A.member.1.B" below `root`, objects all the way. */
static void put_dotted(json_t *root, const char *path, const char *value)
{
    json_t *at = root;

    for (int depth = 0; depth < FORM_DEPTH; depth++) {
        size_t len = strcspn(path, ".");
        char *key = xstrndup(path, len);
        bool last = path[len] == '\0';

        if (last)
            json_object_set_new(at, key, json_string(value));
        else if (!json_is_object(json_object_get(at, key)))
            json_object_set_new(at, key, json_object());
        at = json_object_get(at, key);
        free(key);
        if (last)
            return;
        path += len + 1;
    }
}

/* Turns each {"member": {"1": ..., "2": ...}} into a list. */
static json_t *unfold(json_t *value)
{
    json_t *members = json_object_get(value, "member"), *item, *result;
    const char *key;
    char number[16];

    if (!json_is_object(value))
        return json_incref(value);
    if (members && json_object_size(value) == 1) {
        result = json_array();
        for (int i = 1; snprintf(number, sizeof(number), "%d", i),
                 (item = json_object_get(members, number)) != NULL;
             i++)
            json_array_append_new(result, unfold(item));
        return result;
    }
    result = json_object();
    json_object_foreach (value, key, item)
        json_object_set_new(result, key, unfold(item));
    return result;
}

json_t *input_form(const char *text, size_t len)
{
    json_t *folded = json_object(), *result;
    const char *end = text + len;

    for (int pairs = 0; text < end && pairs < FORM_PAIRS; pairs++) {
        const char *stop = memchr(text, '&', (size_t)(end - text));
        const char *equals, *value;

        stop = stop ? stop : end;
        equals = memchr(text, '=', (size_t)(stop - text));
        value = equals ? equals + 1 : stop;
        if (stop > text) {
            char *key = http_decode(text, (size_t)((equals ? equals : stop) - text), true);
            char *decoded = http_decode(value, (size_t)(stop - value), true);

            put_dotted(folded, key, decoded);
            free(key);
            free(decoded);
        }
        text = stop + 1;
    }
    result = unfold(folded);
    json_decref(folded);
    return result;
}

/* Query parameters under their names; one that is repeated becomes a list. */
static void put_query(json_t *input, const char *query)
{
    json_t *seen = json_object();

    for (int pairs = 0; query && *query && pairs < FORM_PAIRS; pairs++) {
        size_t len = strcspn(query, "&"), name_len = strcspn(query, "=&");
        char *key = http_decode(query, name_len, true);
        char *value = name_len < len ? http_decode(query + name_len + 1, len - name_len - 1, true)
                                     : xstrdup("");
        json_t *old = json_object_get(seen, key), *item = json_string(value);

        if (json_is_array(old))
            json_array_append_new(old, item);
        else if (old)
            json_object_set_new(seen, key, json_pack("[O, o]", old, item));
        else
            json_object_set_new(seen, key, item);
        free(key);
        free(value);
        query += len + (query[len] == '&');
    }
    json_object_update(input, seen);
    json_decref(seen);
}

json_t *input_read(const struct request *request, const struct operation *operation,
                   struct err *err)
{
    json_t *input = NULL;
    json_error_t error;

    if (request->body.len && !operation->raw) {
        input = json_loadb(request->body.data, request->body.len, 0, &error);
        if (!json_is_object(input)) {
            err_set(err, ERR_FAILED, "%s", input ? "the body is no JSON object" : error.text);
            json_decref(input);
            return NULL;
        }
    }
    input = input ? input : json_object();
    if (operation->path) {
        put_query(input, request->query);
        input_match(operation->path, request->path, input);
    }
    return input;
}
