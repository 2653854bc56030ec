#include "providers/aws/tags.h"

#include "core/buf.h"
#include "core/hash.h"
#include "core/json.h"
#include "core/strlist.h"
#include "providers/aws/wire/request.h"

#include <stdlib.h>
#include <string.h>

enum { NOTE_DIGITS = 6 /* of each key: so that 36 of them fit into the 256 bytes of a value */ };

static void note_of(const char *key, char digits[static NOTE_DIGITS + 1])
{
    uint8_t digest[HASH_LEN];

    hash_sha256(key, strlen(key), digest);
    hash_hex(digest, NOTE_DIGITS / 2, digits);
}

void tags_note(json_t *tags, const json_t *own)
{
    char digits[NOTE_DIGITS + 1];
    struct strlist notes;
    const char *key;
    json_t *value;
    char *note;

    if (!json_object_size(own))
        return;
    strlist_init(&notes);
    json_object_foreach ((json_t *)own, key, value) {
        note_of(key, digits);
        strlist_add(&notes, digits);
    }
    strlist_sort(&notes);
    note = strlist_join(&notes, "");
    json_object_set_new(tags, TAG_TAGS, json_string(note));
    strlist_release(&notes);
    free(note);
}

/* Whether the note in `tags` has the key. */
static bool is_noted(const json_t *tags, const char *key)
{
    const char *note = json_string_value(json_object_get(tags, TAG_TAGS));
    char digits[NOTE_DIGITS + 1];

    note_of(key, digits);
    for (; note && strlen(note) >= NOTE_DIGITS; note += NOTE_DIGITS)
        if (strncmp(note, digits, NOTE_DIGITS) == 0)
            return true;
    return false;
}

static bool is_stale(const json_t *found, const json_t *wanted, const char *key)
{
    return !json_object_get(wanted, key) && strncmp(key, "aws:", 4) != 0 &&
           (strcmp(key, TAG_TAGS) == 0 || is_noted(found, key));
}

json_t *tags_stale(const json_t *found, const json_t *wanted)
{
    json_t *keys = json_array();
    const char *key;
    json_t *value;

    json_object_foreach ((json_t *)found, key, value) {
        if (is_stale(found, wanted, key))
            json_array_append_new(keys, json_string(key));
    }
    return keys;
}

bool tags_right(const json_t *found, const json_t *wanted)
{
    const char *key;
    json_t *value;

    json_object_foreach ((json_t *)wanted, key, value) {
        if (!json_equal(json_object_get(found, key), value))
            return false;
    }
    json_object_foreach ((json_t *)found, key, value) {
        if (is_stale(found, wanted, key))
            return false;
    }
    return true;
}

json_t *tags_told(const json_t *tags, const json_t *found, const json_t *wanted)
{
    json_t *told = json_object();
    const char *key;
    json_t *value;

    json_object_foreach ((json_t *)tags, key, value) {
        if (strcmp(key, TAG_TAGS) != 0 &&
            (json_object_get(wanted, key) || is_stale(found, wanted, key)))
            json_object_set(told, key, value);
    }
    return told;
}

json_t *tags_to_list(const json_t *tags)
{
    json_t *list = json_array();
    const char *key;
    json_t *value;

    json_object_foreach ((json_t *)tags, key, value)
        json_array_append_new(list, json_pack("{s:s, s:O}", "Key", key, "Value", value));
    return list;
}

json_t *tags_from_list(const json_t *list)
{
    json_t *tags = json_object();
    size_t i;
    json_t *item;

    json_array_foreach (list, i, item) {
        const char *key = json_string_at(item, "Key");

        if (*key)
            json_object_set_new(tags, key, json_string(json_string_at(item, "Value")));
    }
    return tags;
}

char *tags_query(const char *parameter, const json_t *keys)
{
    struct buf query;
    size_t i;
    json_t *key;

    buf_init(&query, 0);
    json_array_foreach (keys, i, key) {
        char *encoded = aws_encode(json_string_value(key));

        buf_printf(&query, "%s%s=%s", i ? "&" : "", parameter, encoded);
        free(encoded);
    }
    return buf_take(&query);
}
