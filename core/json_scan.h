/*
 * Reading JSON text without building anything from it: whether it is
 * well-formed (Jansson's own messages name tokens, not what to do about them),
 * and at which offset a value stands (which Jansson does not keep).
 */
#ifndef FNCTL_CORE_JSON_SCAN_H
#define FNCTL_CORE_JSON_SCAN_H

#include "core/err.h"
#include "core/json.h"

#include <stdbool.h>
#include <stddef.h>

/*
 * Checks that `text` is one strict JSON value in UTF-8, at most `depth` levels
 * deep; duplicate keys are not looked for. On failure `*offset` is where, and
 * `err` (ERR_SETTINGS) says what, without the place.
 */
int json_scan_check(const char *text, size_t len, size_t depth, size_t *offset, struct err *err);

/* The offset of the value at `path`, or of its key; -1 when it is not there. */
int json_scan_find(const char *text, size_t len, const struct json_path *path, bool at_key,
                   size_t *offset);

/* Line and column (in characters, both from 1) of an offset. */
void json_scan_place(const char *text, size_t len, size_t offset, int *line, int *column);

#endif
