#include "providers/local/engine/services/shape.h"

#include "core/buf.h"
#include "core/memory.h"
#include "core/strlist.h"

#include <ctype.h>
#include <errno.h>
#include <regex.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* Where the check is, for messages: "code.zipFile". */
struct place {
    const struct place *parent;
    const char *name;
};

static void write_place(const struct place *place, struct buf *out)
{
    if (place->parent) {
        write_place(place->parent, out);
        buf_putc(out, '.');
    }
    buf_putc(out, (char)tolower((unsigned char)place->name[0]));
    buf_puts(out, place->name + 1);
}

static enum shape_problem broken(const struct place *place, const char *value,
                                 const char *constraint, struct err *err)
{
    struct buf text;

    buf_init(&text, 0);
    write_place(place, &text);
    err_set(err, ERR_FAILED,
            "1 validation error detected: Value %s%.200s%s at '%s' failed to satisfy constraint: "
            "Member must %s",
            value ? "'" : "", value ? value : "null", value ? "'" : "", buf_string(&text),
            constraint);
    buf_release(&text);
    return SHAPE_CONSTRAINT;
}

static enum shape_problem wrong_type(const struct place *place, const char *wanted, struct err *err)
{
    struct buf text;

    buf_init(&text, 0);
    write_place(place, &text);
    err_set(err, ERR_FAILED, "'%s' must be %s", buf_string(&text), wanted);
    buf_release(&text);
    return SHAPE_TYPE;
}

static enum shape_problem check_range(const struct shape *shape, const struct place *place,
                                      const char *subject, int64_t number, const char *value,
                                      struct err *err)
{
    char constraint[96];

    if (shape->min == 0 && shape->max == 0)
        return SHAPE_FINE;
    if (number >= shape->min && (number <= shape->max || shape->max == 0))
        return SHAPE_FINE;
    snprintf(constraint, sizeof(constraint), "have %s %s than or equal to %lld", subject,
             number < shape->min ? "greater" : "less",
             (long long)(number < shape->min ? shape->min : shape->max));
    return broken(place, value, constraint, err);
}

static bool matches(const char *pattern, const char *value)
{
    char *whole = xasprintf("^(%s)$", pattern);
    regex_t regex;
    bool result;

    if (regcomp(&regex, whole, REG_EXTENDED | REG_NOSUB) != 0)
        abort();
    result = regexec(&regex, value, 0, NULL, 0) == 0;
    regfree(&regex);
    free(whole);
    return result;
}

static enum shape_problem check_text(const struct shape *shape, const struct place *place,
                                     const char *value, struct err *err)
{
    struct buf constraint;
    bool found = !shape->choices;

    for (size_t i = 0; !found && shape->choices[i]; i++)
        found = strcmp(shape->choices[i], value) == 0;
    buf_init(&constraint, 0);
    if (!found) {
        buf_puts(&constraint, "satisfy enum value set: [");
        for (size_t i = 0; shape->choices[i]; i++)
            buf_printf(&constraint, "%s%s", i ? ", " : "", shape->choices[i]);
        buf_putc(&constraint, ']');
    } else if (shape->pattern && !matches(shape->pattern, value)) {
        buf_printf(&constraint, "satisfy regular expression pattern: %s", shape->pattern);
    }
    if (constraint.len) {
        broken(place, value, constraint.data, err);
        buf_release(&constraint);
        return SHAPE_CONSTRAINT;
    }
    return SHAPE_FINE;
}

static enum shape_problem check_string(const struct shape *shape, const struct place *place,
                                       const json_t *value, struct err *err)
{
    enum shape_problem problem;

    if (!json_is_string(value))
        return wrong_type(place, "a string", err);
    problem = check_range(shape, place, "length", (int64_t)json_string_length(value),
                          json_string_value(value), err);
    return problem ? problem : check_text(shape, place, json_string_value(value), err);
}

static enum shape_problem check_integer(const struct shape *shape, const struct place *place,
                                        const json_t *value, struct err *err)
{
    char text[32];

    if (!json_is_integer(value))
        return wrong_type(place, "an integer", err);
    snprintf(text, sizeof(text), "%lld", (long long)json_integer_value(value));
    return check_range(shape, place, "value", json_integer_value(value), text, err);
}

static enum shape_problem check_strings(const struct shape *shape, const struct place *place,
                                        const json_t *value, struct err *err)
{
    enum shape_problem problem;
    const json_t *item;
    size_t i;

    if (!json_is_array(value))
        return wrong_type(place, "a list", err);
    problem = check_range(shape, place, "length", (int64_t)json_array_size(value), "[...]", err);
    json_array_foreach (value, i, item) {
        if (problem)
            break;
        problem = json_is_string(item) ? check_text(shape, place, json_string_value(item), err)
                                       : wrong_type(place, "a list of strings", err);
    }
    return problem;
}

static enum shape_problem check_map(const struct shape *shape, const struct place *place,
                                    json_t *value, struct err *err)
{
    const char *key;
    json_t *item;

    if (!json_is_object(value))
        return wrong_type(place, "an object", err);
    json_object_foreach (value, key, item) {
        const struct place inner = {.parent = place, .name = key};

        if (!json_is_string(item))
            return wrong_type(&inner, "a string", err);
        if (shape->pattern && !matches(shape->pattern, key))
            return check_text(shape, place, key, err);
    }
    return SHAPE_FINE;
}

static enum shape_problem check_members(const struct shape *table, json_t *input,
                                        const struct place *parent, struct err *err);

static enum shape_problem check_value(const struct shape *shape, json_t *value,
                                      const struct place *place, struct err *err)
{
    switch (shape->type) {
    case SHAPE_STRING:
        return check_string(shape, place, value, err);
    case SHAPE_INTEGER:
    case SHAPE_NUMERAL:
        return check_integer(shape, place, value, err);
    case SHAPE_BOOLEAN:
        return json_is_boolean(value) ? SHAPE_FINE : wrong_type(place, "a boolean", err);
    case SHAPE_NUMBER:
        return json_is_number(value) ? SHAPE_FINE : wrong_type(place, "a number", err);
    case SHAPE_STRINGS:
        return check_strings(shape, place, value, err);
    case SHAPE_MAP:
        return check_map(shape, place, value, err);
    case SHAPE_OBJECT:
        return json_is_object(value) ? check_members(shape->members, value, place, err)
                                     : wrong_type(place, "an object", err);
    case SHAPE_ANY:
        break;
    }
    return SHAPE_FINE;
}

/* Text that a path, query or form carried, as what it means. */
static json_t *convert(const struct shape *shape, const json_t *value)
{
    const char *text = json_string_value(value);
    char *end;
    long long number;

    if (!text)
        return NULL;
    if (shape->type == SHAPE_STRINGS)
        return json_pack("[s]", text);
    if (shape->type == SHAPE_BOOLEAN && (!strcmp(text, "true") || !strcmp(text, "false")))
        return json_boolean(text[0] == 't');
    if (shape->type != SHAPE_NUMERAL)
        return NULL;
    errno = 0;
    number = strtoll(text, &end, 10);
    return *text && !*end && !errno ? json_integer(number) : NULL;
}

static enum shape_problem check_members(const struct shape *table, json_t *input,
                                        const struct place *parent, struct err *err)
{
    for (; table->name; table++) {
        const struct place place = {.parent = parent, .name = table->name};
        json_t *value = json_object_get(input, table->name);
        json_t *converted = convert(table, value);
        enum shape_problem problem;

        if (converted) {
            json_object_set_new(input, table->name, converted);
            value = converted;
        }
        /* A null is as good as a member that is not there. */
        if (json_is_null(value)) {
            json_object_del(input, table->name);
            value = NULL;
        }
        if (!value && table->required)
            return broken(&place, NULL, "not be null", err);
        problem = value ? check_value(table, value, &place, err) : SHAPE_FINE;
        if (problem)
            return problem;
    }
    return SHAPE_FINE;
}

enum shape_problem shape_check(const struct shape *table, json_t *input, struct err *err)
{
    return check_members(table, input, NULL, err);
}
