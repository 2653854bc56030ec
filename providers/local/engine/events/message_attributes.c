#include "providers/local/engine/events/message_attributes.h"

#include "core/hash.h"
#include "core/json.h"
#include "core/memory.h"

#include <stdint.h>
#include <stdlib.h>
#include <string.h>

static void finish(struct hash *hash, char text[static MESSAGE_MD5_LEN])
{
    uint8_t digest[HASH_LEN];

    hash_finish(hash, digest);
    hash_hex(digest, HASH_MD5_LEN, text);
}

void message_body_md5(const char *body, char text[static MESSAGE_MD5_LEN])
{
    struct hash *hash = hash_new_md5();

    hash_update(hash, body, strlen(body));
    finish(hash, text);
}

/* A run of bytes with its length in front. */
static void add(struct hash *hash, const void *data, size_t len)
{
    const uint8_t head[] = {(uint8_t)(len >> 24), (uint8_t)(len >> 16), (uint8_t)(len >> 8),
                            (uint8_t)len};

    hash_update(hash, head, sizeof(head));
    hash_update(hash, data, len);
}

static void add_attribute(struct hash *hash, const char *name, const json_t *attribute)
{
    const char *type = json_string_at(attribute, "DataType");
    const char *binary = json_string_value(json_object_get(attribute, "BinaryValue"));
    const char *text = json_string_at(attribute, "StringValue");

    add(hash, name, strlen(name));
    add(hash, type, strlen(type));
    hash_update(hash, binary ? "\2" : "\1", 1);
    if (binary) {
        size_t len = 0;
        void *data = hash_unbase64(binary, strlen(binary), &len);

        add(hash, data ? data : "", len);
        free(data);
    } else {
        add(hash, text, strlen(text));
    }
}

static int compare(const void *left, const void *right)
{
    return strcmp(*(const char *const *)left, *(const char *const *)right);
}

void message_attributes_md5(const json_t *attributes, char text[static MESSAGE_MD5_LEN])
{
    size_t count = 0;
    const char **names = xcalloc(json_object_size(attributes) + 1, sizeof(*names)), *name;
    struct hash *hash = hash_new_md5();
    json_t *value;

    json_object_foreach ((json_t *)(uintptr_t)attributes, name, value)
        names[count++] = name;
    qsort(names, count, sizeof(*names), compare);
    for (size_t i = 0; i < count; i++)
        add_attribute(hash, names[i], json_object_get(attributes, names[i]));
    finish(hash, text);
    free(names);
}

json_t *message_attributes_event(const json_t *attributes)
{
    json_t *event = json_object(), *value;
    const char *name;

    json_object_foreach ((json_t *)(uintptr_t)attributes, name, value) {
        json_t *item = json_pack("{s:[], s:[], s:s}", "stringListValues", "binaryListValues",
                                 "dataType", json_string_at(value, "DataType"));

        if (json_object_get(value, "StringValue"))
            json_object_set(item, "stringValue", json_object_get(value, "StringValue"));
        if (json_object_get(value, "BinaryValue"))
            json_object_set(item, "binaryValue", json_object_get(value, "BinaryValue"));
        json_object_set_new(event, name, item);
    }
    return event;
}
