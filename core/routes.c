#include "core/routes.h"

#include "core/http.h"
#include "core/memory.h"

#include <stdlib.h>
#include <string.h>

/* What a segment of a route takes, the more specific the higher. */
enum segment { SEGMENT_END, SEGMENT_GREEDY, SEGMENT_PARAMETER, SEGMENT_EXACT };

static enum segment kind_of(const char *segment, size_t len)
{
    if (len < 3 || segment[0] != '{' || segment[len - 1] != '}')
        return SEGMENT_EXACT;
    return segment[len - 2] == '+' ? SEGMENT_GREEDY : SEGMENT_PARAMETER;
}

static void set_parameter(json_t *parameters, const char *name, size_t name_len, const char *value,
                          size_t len)
{
    char *key, *decoded;
    json_t *text;

    if (!parameters)
        return;
    key = xstrndup(name, name_len);
    decoded = http_decode(value, len, false);
    text = json_string(decoded);
    json_object_set_new(parameters, key, text ? text : json_string(""));
    free(key);
    free(decoded);
}

static bool same_text(const char *segment, size_t len, const char *value, size_t value_len)
{
    char *decoded = http_decode(value, value_len, false);
    bool same = strlen(decoded) == len && strncmp(segment, decoded, len) == 0;

    free(decoded);
    return same;
}

/* Compares segment by segment; both begin with "/". */
static bool path_matches(const char *pattern, const char *path, json_t *parameters)
{
    while (*pattern == '/' && *path == '/') {
        size_t len = strcspn(++pattern, "/"), value_len = strcspn(++path, "/");
        enum segment kind = kind_of(pattern, len);

        if (kind == SEGMENT_GREEDY) {
            if (!*path)
                return false;
            set_parameter(parameters, pattern + 1, len - 3, path, strlen(path));
            return true;
        }
        if (kind == SEGMENT_EXACT && !same_text(pattern, len, path, value_len))
            return false;
        if (kind == SEGMENT_PARAMETER && value_len == 0)
            return false;
        if (kind == SEGMENT_PARAMETER)
            set_parameter(parameters, pattern + 1, len - 2, path, value_len);
        pattern += len;
        path += value_len;
    }
    return !*pattern && !*path;
}

bool route_matches(const char *key, const char *method, const char *path, json_t *parameters)
{
    const char *pattern = strchr(key, ' ');
    size_t len = pattern ? (size_t)(pattern - key) : 0;

    if (strcmp(key, "$default") == 0)
        return true;
    if (!pattern ||
        (strncmp(key, "ANY ", 4) != 0 && (strlen(method) != len || strncmp(key, method, len) != 0)))
        return false;
    return path_matches(pattern + 1, path, parameters);
}

/* Goes to the next segment of a route's path; its kind. */
static enum segment next_segment(const char **path)
{
    const char *start = *path;
    size_t len;

    if (*start != '/')
        return SEGMENT_END;
    len = strcspn(++start, "/");
    *path = start + len;
    return kind_of(start, len);
}

bool route_is_better(const char *key, const char *other)
{
    const char *path = strchr(key, ' '), *other_path = strchr(other, ' ');
    enum segment kind, other_kind;

    if (!path || !other_path)
        return path != NULL;
    path++;
    other_path++;
    do {
        kind = next_segment(&path);
        other_kind = next_segment(&other_path);
        if (kind != other_kind)
            return kind > other_kind;
    } while (kind != SEGMENT_END);
    return strncmp(key, "ANY ", 4) != 0 && strncmp(other, "ANY ", 4) == 0;
}
