/*
 * Any text as JSON. Our scanner and Jansson must agree on what is JSON, and
 * every value of a text must be found in it.
 */
#include "core/json.h"
#include "core/json_scan.h"

#include <stdlib.h>
#include <string.h>

enum { SIZE_MAX_HERE = 4096, DEPTH = 64 };

/* The text under test. */
struct input {
    const char *text;
    size_t size;
};

static void locate_all(const struct input *input, const json_t *value, const struct json_path *path)
{
    const char *key;
    json_t *member;
    size_t i;
    int line, column;

    if (json_locate(input->text, input->size, path, false, &line, &column) < 0 || line < 1 ||
        column < 1)
        abort();
    if (json_locate(input->text, input->size, path, true, &line, &column) < 0)
        abort();
    json_array_foreach (value, i, member) {
        const struct json_path step = {.parent = path, .index = i};

        locate_all(input, member, &step);
    }
    json_object_foreach ((json_t *)(uintptr_t)value, key, member) {
        const struct json_path step = {.parent = path, .key = key};

        locate_all(input, member, &step);
    }
}

/* Whether Jansson takes it, duplicate keys and all. At a NUL byte it takes the text for ended. */
static bool jansson_takes(const struct input *input)
{
    json_t *value = NULL;

    if (!memchr(input->text, '\0', input->size))
        value = json_loadb(input->text, input->size, JSON_DECODE_ANY, NULL);

    json_decref(value);
    return value != NULL;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    const struct input input = {(const char *)data, size};
    const struct json_path root = {.parent = NULL}, list = {&root, "a", 0}, item = {&list, NULL, 1};
    struct err err = {0};
    size_t offset;
    int line, column;
    json_t *value;

    if (size > SIZE_MAX_HERE)
        return 0;
    json_locate(input.text, size, &item, true, &line, &column);
    if (json_scan_check(input.text, size, DEPTH, &offset, &err) < 0 && jansson_takes(&input) &&
        !strstr(err.message, "nested deeper"))
        abort();
    value = json_parse(input.text, size, DEPTH, &err);
    if (value)
        locate_all(&input, value, &root);
    else if (strncmp(err.message, "line ", 5) != 0)
        abort();
    json_decref(value);
    return 0;
}
