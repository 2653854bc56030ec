#include "providers/local/engine/services/page.h"

#include <stdlib.h>

json_t *page_cut(json_t *items, const char *token, int64_t max, const char *key, const char *next)
{
    size_t start = strtoul(token, NULL, 10), count = json_array_size(items);
    json_t *page = json_array(), *body = json_object();

    for (size_t i = start; i < count && i - start < (size_t)max; i++)
        json_array_append(page, json_array_get(items, i));
    json_object_set_new(body, key, page);
    if (start < count && count - start > (size_t)max)
        json_object_set_new(body, next, json_sprintf("%zu", start + (size_t)max));
    json_decref(items);
    return body;
}
