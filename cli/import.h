/* Settings made from those of another tool, or from what is deployed, for 'fnctl init'. */
#ifndef FNCTL_CLI_IMPORT_H
#define FNCTL_CLI_IMPORT_H

#include "core/err.h"
#include "core/out.h"
#include "core/strlist.h"

#include <jansson.h>
#include <stdbool.h>

/* Start with all zeros. */
struct import {
    json_t *settings;     /* the new fnctl.json */
    struct strlist notes; /* what has no counterpart, each with what to do instead */
};
void import_release(struct import *import);

/* Notes "SUBJECT: words", once. */
void import_note(struct import *import, const char *subject, const char *format, ...)
    __attribute__((format(printf, 3, 4)));

/* A copy in which no text looks like a variable: "${" becomes "$${". */
json_t *import_literal(const json_t *value);

/* A trigger of the settings (keys and values) from an event source mapping of Lambda's; NULL when
 * this version has none of its kind. The caller's. */
json_t *import_mapping(const json_t *mapping);

/* Whether triggers have the key in this version. */
bool import_knows_trigger(const char *key);

/* A list of what may be a list or a single value; the caller's. */
json_t *import_list(const json_t *value);

/* A name as the settings want it, made from any text, that is no key of `taken` yet (NULL: no
 * matter); to free(). */
char *import_name(const char *text, const char *fallback, const json_t *taken);

/* The text of fnctl.json for the project of that name; to free(). */
char *import_text(const struct import *import, const char *project);

/* Says what has no counterpart, and whether the fnctl.json that was written will do as it is. */
void import_tell(const struct import *import, struct out *out);

/* The notes as a list of strings; the caller's. */
json_t *import_notes(const struct import *import);

/*
 * From a file of another tool, which its name tells: zappa_settings.json.
 * Errors: ERR_USAGE for a file of no known tool, ERR_FAILED for one that
 * cannot be read or understood, with the place.
 */
int import_file(struct import *import, const char *path, struct err *err);

#endif
