/*
 * What only the provider can tell: ${ssm:/name}, ${secret:name}, ${cf:stack.Output}. Reading the
 * settings collects them; a command that needs their values has the provider find them, all in one
 * batch, and the settings are bound again.
 *
 * The forms:
 *   ssm     NAME[:VERSION|:LABEL], NAME also the ARN of a parameter
 *   secret  NAME[:STAGE|:VERSION-ID][#KEY[.KEY...]], NAME also the ARN of a secret
 *   cf      STACK.OUTPUT, STACK also the ARN of a stack
 */
#ifndef FNCTL_CORE_REFERENCES_H
#define FNCTL_CORE_REFERENCES_H

#include "core/err.h"

#include <stdbool.h>
#include <stddef.h>

enum reference_kind { REFERENCE_SSM, REFERENCE_SECRET, REFERENCE_CF };

enum reference_state {
    REFERENCE_OPEN,    /* not asked for yet */
    REFERENCE_FOUND,   /* value is set */
    REFERENCE_MISSING, /* there is no such thing: reason is set, a default stands in for it */
    REFERENCE_REFUSED, /* it may not be read: reason is set */
};

/* All strings are owned. */
struct reference {
    enum reference_kind kind;
    char *text;     /* as written: what tells one from another */
    char *name;     /* of parameter, secret or stack */
    char *selector; /* version, label or stage; of a stack the output. NULL: none */
    char *key;      /* of a secret that is a JSON object: "password", "db.password"; NULL: none */
    enum reference_state state;
    char *value;
    char *reason; /* for messages: why there is no value, and what to do */
};

struct references {
    struct reference **items;
    size_t count;
};

void references_release(struct references *references);

/* The reference of that kind and text, added when it is new. NULL with a message about the form
 * when it has none of the forms above. */
struct reference *references_add(struct references *references, enum reference_kind kind,
                                 const char *text, struct err *err);

/* "ssm", "secret", "cf". */
const char *reference_word(enum reference_kind kind);

/* Whether the value is not to be shown: all from SSM and Secrets Manager. */
bool reference_is_secret(const struct reference *reference);

/* What the provider found; all texts are copied. */
void reference_found(struct reference *reference, const char *value);
void reference_missing(struct reference *reference, const char *format, ...)
    __attribute__((format(printf, 2, 3)));
void reference_refused(struct reference *reference, const char *format, ...)
    __attribute__((format(printf, 2, 3)));

#endif
