#include "providers/local/engine/services/tags.h"

#include "core/json.h"

void tags_add(json_t *tags, const json_t *list)
{
    const json_t *tag;
    size_t i;

    json_array_foreach (list, i, tag)
        json_object_set_new(tags, json_string_at(tag, "Key"),
                            json_string(json_string_at(tag, "Value")));
}

void tags_remove(json_t *tags, const json_t *keys)
{
    const json_t *key;
    size_t i;

    json_array_foreach (keys, i, key) {
        if (json_is_string(key))
            json_object_del(tags, json_string_value(key));
    }
}

json_t *tags_list(const json_t *tags)
{
    json_t *list = json_array(), *value;
    const char *key;

    json_object_foreach ((json_t *)tags, key, value)
        json_array_append_new(list, json_pack("{s:s, s:O}", "Key", key, "Value", value));
    return list;
}
