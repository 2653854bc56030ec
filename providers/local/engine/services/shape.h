/*
 * What an operation's input must look like: the required members, types,
 * ranges, lengths, values and patterns of AWS's service models, as tables.
 */
#ifndef FNCTL_ENGINE_SHAPE_H
#define FNCTL_ENGINE_SHAPE_H

#include "core/err.h"

#include <jansson.h>
#include <stdbool.h>
#include <stdint.h>

enum shape_type {
    SHAPE_STRING,  /* min and max: characters */
    SHAPE_INTEGER, /* min and max: value */
    SHAPE_NUMERAL, /* an integer written as text (path, query, form); becomes an integer */
    SHAPE_BOOLEAN, /* in a form "true" or "false"; becomes a boolean */
    SHAPE_NUMBER,
    SHAPE_STRINGS, /* list; min and max: items; choices and pattern: of each. A single string
                      (query) becomes a list */
    SHAPE_MAP,     /* object of strings; pattern: of its keys */
    SHAPE_OBJECT,  /* members */
    SHAPE_ANY,
};

struct shape {
    const char *name; /* NULL ends a table */
    enum shape_type type;
    bool required;
    int64_t min, max;    /* both 0: no bound */
    const char *pattern; /* POSIX extended regular expression, of the whole value; NULL: any */
    const char *const *choices; /* NULL-terminated; NULL: any */
    const struct shape *members;
};

#define SHAPE_END                                                                                  \
    {                                                                                              \
        .name = NULL                                                                               \
    }

/* Shape errors: which of AWS's errors it is. */
enum shape_problem {
    SHAPE_FINE,
    SHAPE_TYPE,       /* SerializationException */
    SHAPE_CONSTRAINT, /* the service's validation error */
};

/* Checks `input` and converts what the table says. Unknown members pass, as they do on AWS. The
 * message in `err` is in AWS's words. */
enum shape_problem shape_check(const struct shape *table, json_t *input, struct err *err);

#endif
