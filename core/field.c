#include "core/field.h"

#include "core/buf.h"
#include "core/suggest.h"

#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

void *field_member(const struct field *field, void *target)
{
    return (char *)target + field->offset;
}

int field_parse_int(const char *text, int64_t *value)
{
    char *end;

    if (!strchr("-0123456789", text[0]) || text[0] == '\0')
        return -1;
    errno = 0;
    *value = strtoll(text, &end, 10);
    return errno || *end || end == text ? -1 : 0;
}

static void set_default(const struct field *field, void *member)
{
    if (field->type == FIELD_OBJECT)
        field_set_defaults(field->children, member);
    if (!field->fallback)
        return;
    if (field->type == FIELD_BOOL)
        *(bool *)member = strcmp(field->fallback, "true") == 0;
    else if (field->type == FIELD_INT)
        field_parse_int(field->fallback, member);
    else if (field->type == FIELD_STRING)
        *(const char **)member = field->fallback;
}

void field_set_defaults(const struct field *fields, void *target)
{
    for (const struct field *field = fields; field->name; field++)
        if (!field->later)
            set_default(field, field_member(field, target));
}

static bool bounded(const struct field *field)
{
    return field->min || field->max;
}

/* Appends "'a', 'b' or 'c'", or "1, 2 or 3". */
static void append_choices(const struct field *field, struct buf *out)
{
    const char *quote = field->type == FIELD_INT ? "" : "'";

    for (size_t i = 0; field->choices[i]; i++)
        buf_printf(out, "%s%s%s%s",
                   i == 0                  ? ""
                   : field->choices[i + 1] ? ", "
                                           : " or ",
                   quote, field->choices[i], quote);
}

/* Appends what the field takes: "a whole number from 1 to 900". */
static void append_allowed(const struct field *field, struct buf *out)
{
    static const char *const types[] = {
        [FIELD_BOOL] = "true or false",
        [FIELD_INT] = "a whole number",
        [FIELD_STRING] = "a string",
        [FIELD_STRINGS] = "a list of strings",
        [FIELD_MAP] = "an object whose values are strings",
        [FIELD_JSON] = "JSON",
        [FIELD_OBJECT] = "an object",
        [FIELD_LIST] = "a list",
        [FIELD_TABLE] = "an object",
        [FIELD_EITHER] = "something else",
    };

    if (field->choices && !field->open_choices) {
        append_choices(field, out);
        return;
    }
    buf_puts(out, types[field->type]);
    if (field->type == FIELD_INT && bounded(field))
        buf_printf(out, " from %" PRId64 " to %" PRId64, field->min, field->max);
}

int field_type_error(const struct field *field, const char *found, struct err *err)
{
    struct buf allowed;

    buf_init(&allowed, 0);
    append_allowed(field, &allowed);
    err_set(err, ERR_SETTINGS, "must be %s, not %s", buf_string(&allowed), found);
    buf_release(&allowed);
    return -1;
}

static int check_choice(const struct field *field, const char *value, struct err *err)
{
    struct suggest near = {.word = value};
    char found[80];

    if (!field->choices || field->open_choices)
        return 0;
    for (size_t i = 0; field->choices[i]; i++) {
        if (strcmp(field->choices[i], value) == 0)
            return 0;
        suggest_offer(&near, field->choices[i]);
    }
    snprintf(found, sizeof(found), field->type == FIELD_INT ? "%.60s" : "'%.60s'", value);
    field_type_error(field, found, err);
    if (near.best && field->type != FIELD_INT)
        err_append(err, "; did you mean '%s'?", near.best);
    return -1;
}

int field_check_int(const struct field *field, int64_t value, struct err *err)
{
    char text[32];

    snprintf(text, sizeof(text), "%" PRId64, value);
    if (check_choice(field, text, err) < 0)
        return -1;
    if (bounded(field) && (value < field->min || value > field->max))
        return field_type_error(field, text, err);
    return 0;
}

int field_check_string(const struct field *field, const char *value, struct err *err)
{
    size_t len = strlen(value);

    if (check_choice(field, value, err) < 0)
        return -1;
    if (field->min && len < (size_t)field->min)
        return err_set(err, ERR_SETTINGS,
                       len == 0 ? "must not be empty"
                                : "must have at least %" PRId64 " characters, not %zu",
                       field->min, len);
    if (field->max && len > (size_t)field->max)
        return err_set(err, ERR_SETTINGS, "must have at most %" PRId64 " bytes, not %zu",
                       field->max, len);
    return 0;
}
