/*
 * The table behind options and settings.
 *
 * A `struct field` says of one option or one key: its name, type, where in the
 * C struct it goes, what it means, what it may be and what it is when nothing
 * is said. The tables are the only place where this stands: binding,
 * validation, --help, the man pages, the completions, the JSON Schema and the
 * file that `init` writes are all made from them.
 */
#ifndef FNCTL_CORE_SCHEMA_H
#define FNCTL_CORE_SCHEMA_H

#include "core/err.h"
#include "core/json.h"
#include "core/strlist.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* The type of a field, and of the member it is bound to. */
enum field_type {
    FIELD_BOOL,    /* bool */
    FIELD_INT,     /* int64_t, between min and max */
    FIELD_STRING,  /* const char *, borrowed from the JSON or argv; at most max bytes when set */
    FIELD_STRINGS, /* struct strings: a JSON list of strings; as an option: may be repeated */
    FIELD_MAP,     /* json_t *: an object whose values are strings */
    FIELD_JSON,    /* json_t *: any JSON, kept as it is; with children, an object that obeys them */
    FIELD_OBJECT,  /* a struct in place, bound by children */
    FIELD_LIST,    /* struct list of structs, bound by children */
    FIELD_TABLE,   /* struct list of structs, from an object whose keys go to a first member `const
                      char *name` */
    FIELD_EITHER,  /* several JSON types: bind() below decides */
};

/* Borrowed strings. The array is owned, see schema_release(). */
struct strings {
    const char **items;
    size_t count;
};

/* Structs of one kind, one after the other; owned, see schema_release(). */
struct list {
    void *items;
    size_t count;
};

struct field {
    const char *name; /* settings: the key; options: the long option */
    enum field_type type;
    size_t offset;
    const char *help;     /* one line, no full stop */
    const char *fallback; /* the default, as one would type it; NULL: none (zero, NULL, empty) */
    int64_t min, max;     /* FIELD_INT; FIELD_STRING: bytes. Both 0: no bound */
    const char *const *choices; /* NULL-terminated; NULL: anything */
    bool open_choices; /* choices are known values, others pass (check() may still refuse a near
                        * miss)
                        */
    bool required;
    bool secret;                  /* never printed */
    char letter;                  /* options: the short form */
    const char *value;            /* options: the word for the value in the help, "FILE" */
    const char *example;          /* settings: JSON text for documentation and schema */
    const struct field *children; /* of an object, list or table; ends with a NULL name.
                                     FIELD_LIST: NULL when bind() takes every item */
    size_t size;       /* FIELD_LIST, FIELD_TABLE, FIELD_JSON with children: bytes of one struct */
    const char *later; /* not NULL: known but not supported yet; using it is the error "'NAME' " and
                          this */
    /* A check beyond type and bounds, on the bound member (FIELD_STRINGS: on each item);
     * writes why not, without the place. NULL: none. */
    int (*check)(const void *member, struct err *err);
    /* FIELD_EITHER: binds `value` to the member. FIELD_OBJECT and FIELD_LIST: binds a value (an
     * item) that is no object; json_schema then describes that form. Writes why not, without the
     * place. */
    int (*bind)(void *member, const json_t *value, const struct json_path *path, struct err *err);
    /* FIELD_EITHER, and each item of a list: frees what bind() allocated. NULL: nothing. */
    void (*release)(void *member);
    /* With bind(): the JSON Schema of what it takes, as JSON text. */
    const char *json_schema;
};

#define FIELD_END                                                                                  \
    {                                                                                              \
        .name = NULL                                                                               \
    }

/* The text a value came from, so that errors can name line and column. */
struct schema_source {
    const char *file; /* for messages */
    const char *text;
    size_t len;
    const char *stage; /* looked up below `stages.STAGE` first, for merged settings; NULL: no */
    /* Paths (as of json_path_text()) of strings whose values are not known yet, as keys: of them
     * only the type is checked. NULL: none. */
    const json_t *unknown;
};

/*
 * Binds a JSON object to the struct at `target` (zeroed by the caller) as the
 * table says: defaults, types, bounds, choices, required keys, unknown keys
 * with a suggestion. Strings are borrowed from `object`, which must outlive
 * the struct. Errors: ERR_SETTINGS, with file, line, column, path, what is
 * allowed. On failure the struct can be released.
 */
int schema_bind(const struct field *fields, const json_t *object, void *target,
                const struct schema_source *source, const struct json_path *path, struct err *err);

/* Frees the arrays that binding allocated. */
void schema_release(const struct field *fields, void *target);

/*
 * Writes an ERR_SETTINGS error about the value at `path`, with file, line,
 * column and path in front: for checks that look at several fields. Returns -1.
 */
int schema_error(const struct schema_source *source, const struct json_path *path, bool at_key,
                 struct err *err, const char *format, ...) __attribute__((format(printf, 5, 6)));

/* The JSON Schema (draft 2020-12) of an object described by the table; the caller owns it. */
json_t *schema_json(const struct field *fields);

/* The field of that name, or NULL. */
const struct field *schema_find(const struct field *fields, const char *name);

/* The name among the table's nearest to `name` ("did you mean"), or NULL when none is near. */
const char *schema_suggest(const struct field *fields, const char *name);

#endif
