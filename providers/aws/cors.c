#include "providers/aws/cors.h"

#include "core/memory.h"

#include <ctype.h>
#include <stdlib.h>
#include <string.h>

/* "allow_origins" as "AllowOrigins" or "allowOrigins", to free(). */
static char *rename_key(const char *name, bool pascal)
{
    char *text = xstrdup(name);
    char *to = text;
    bool upper = pascal;

    for (const char *from = name; *from; from++) {
        if (*from != '_')
            *to++ = upper ? (char)toupper((unsigned char)*from) : *from;
        upper = *from == '_';
    }
    *to = '\0';
    return text;
}

json_t *cors_wanted(const json_t *cors, bool pascal)
{
    json_t *wanted = json_object();
    const char *key;
    json_t *value;

    json_object_foreach ((json_t *)cors, key, value) {
        char *name = rename_key(key, pascal);

        json_object_set(wanted, name, value);
        free(name);
    }
    return wanted;
}

static json_t *small_letters(const json_t *list)
{
    json_t *result = json_array();
    size_t i;
    json_t *item;

    json_array_foreach (list, i, item) {
        char *text = xstrdup(json_string_value(item));

        for (char *at = text; at && *at; at++)
            *at = (char)tolower((unsigned char)*at);
        json_array_append_new(result, json_string(text ? text : ""));
        free(text);
    }
    return result;
}

static bool is_default(const json_t *value)
{
    return json_is_false(value) || json_is_null(value) ||
           (json_is_integer(value) && json_integer_value(value) == 0) ||
           (json_is_array(value) && json_array_size(value) == 0);
}

json_t *cors_comparable(const json_t *cors)
{
    json_t *result = json_object();
    const char *key;
    json_t *value;

    json_object_foreach ((json_t *)cors, key, value) {
        if (is_default(value))
            continue;
        if (strstr(key, "Headers"))
            json_object_set_new(result, key, small_letters(value));
        else
            json_object_set(result, key, value);
    }
    return result;
}
