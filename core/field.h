/* What options and settings share in reading a `struct field`: defaults and the rules for a value.
 */
#ifndef FNCTL_CORE_FIELD_H
#define FNCTL_CORE_FIELD_H

#include "core/err.h"
#include "core/schema.h"

#include <stdbool.h>
#include <stdint.h>

/* The field's member in the struct at `target`. */
void *field_member(const struct field *field, void *target);

/* Gives every member of the table its default, those of objects in place too. */
void field_set_defaults(const struct field *fields, void *target);

/* Reads a whole number as one types it. Returns -1 when `text` is none or does not fit. */
int field_parse_int(const char *text, int64_t *value);

/*
 * Whether a value is among the choices and within the bounds. Errors
 * (ERR_SETTINGS) say "must be ...", what it is instead, and "did you mean".
 */
int field_check_int(const struct field *field, int64_t value, struct err *err);
int field_check_string(const struct field *field, const char *value, struct err *err);

/* "must be ..." for a value that is not even of the field's type; `found` says what it is. */
int field_type_error(const struct field *field, const char *found, struct err *err);

#endif
