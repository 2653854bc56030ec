/*
 * JSON: Jansson, plus what it does not do: a strict reader whose errors carry
 * line and column, the place of a value in its text, and short getters.
 */
#ifndef FNCTL_CORE_JSON_H
#define FNCTL_CORE_JSON_H

#include "core/buf.h"
#include "core/err.h"

#include <jansson.h>
#include <stdbool.h>
#include <stdint.h>

/*
 * Where a value is: a chain from the value up to the root, kept on the stack
 * of whoever walks. A step is a key, or an index when `key` is NULL.
 */
struct json_path {
    const struct json_path *parent; /* NULL: this is the root, its key is not looked at */
    const char *key;
    size_t index;
};

/* "functions.bot.schedules[0].cron", to free(); "" for the root. */
char *json_path_text(const struct json_path *path);

/*
 * Reads strict JSON (RFC 8259): no duplicate keys, no trailing text, at most
 * `depth` levels. The caller owns the result. Errors: ERR_SETTINGS,
 * "line 7, column 3: ..." (the caller puts the file's name in front).
 */
json_t *json_parse(const char *text, size_t len, size_t depth, struct err *err);

/*
 * Finds the line and column (from 1) of the value at `path` in a text that
 * json_parse() accepts; of its key, when `at_key` is set and it has one.
 * Returns -1 when there is no such value.
 */
int json_locate(const char *text, size_t len, const struct json_path *path, bool at_key, int *line,
                int *column);

/* RFC 7396: changes `target` in place as `patch` says. */
void json_merge_patch(json_t *target, const json_t *patch);

/*
 * Getters for replies: `path` is keys joined by dots ("Configuration.Version").
 * A missing value or one of another type gives NULL, "", 0 or false.
 * Strings are borrowed from `root`.
 */
json_t *json_at(const json_t *root, const char *path);
const char *json_string_at(const json_t *root, const char *path);
int64_t json_int_at(const json_t *root, const char *path);
bool json_bool_at(const json_t *root, const char *path);

/* Compact text with sorted keys, equal for equal values; to free(). */
char *json_canonical(const json_t *value);

#endif
