#include "core/options.h"

#include "core/field.h"
#include "core/memory.h"
#include "core/suggest.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* Parsing under way. */
struct parsing {
    const struct options_group *groups;
    size_t group_count;
    char **argv;
    int argc;
    int at;
    struct strings *arguments;
    struct err *err;
};

/* A field and the struct of its group. */
struct found {
    const struct field *field;
    void *target;
};

static void append(struct strings *strings, const char *text)
{
    strings->items = xreallocarray(strings->items, strings->count + 1, sizeof(*strings->items));
    strings->items[strings->count++] = text;
}

static struct found find_long(const struct parsing *parsing, const char *name, size_t len)
{
    for (size_t i = 0; i < parsing->group_count; i++)
        for (const struct field *field = parsing->groups[i].fields; field->name; field++)
            if (strlen(field->name) == len && memcmp(field->name, name, len) == 0)
                return (struct found){field, parsing->groups[i].target};
    return (struct found){NULL, NULL};
}

static struct found find_letter(const struct parsing *parsing, char letter)
{
    for (size_t i = 0; i < parsing->group_count; i++)
        for (const struct field *field = parsing->groups[i].fields; field->name; field++)
            if (field->letter == letter)
                return (struct found){field, parsing->groups[i].target};
    return (struct found){NULL, NULL};
}

static int unknown_option(const struct parsing *parsing, const char *name, size_t len)
{
    char *word = xstrndup(name, len);
    struct suggest near = {.word = word};

    for (size_t i = 0; i < parsing->group_count; i++)
        for (const struct field *field = parsing->groups[i].fields; field->name; field++)
            if (!field->later)
                suggest_offer(&near, field->name);
    err_set(parsing->err, ERR_USAGE, "unknown option '--%s'", word);
    if (near.best)
        err_append(parsing->err, "; did you mean '--%s'?", near.best);
    free(word);
    return -1;
}

/* The rule's message with the option's name in front. */
static int refuse(const struct parsing *parsing, const struct field *field, const struct err *rule)
{
    return err_set(parsing->err, ERR_USAGE, "option '--%s' %s", field->name, rule->message);
}

static int set_value(const struct parsing *parsing, const struct found *found, const char *text)
{
    const struct field *field = found->field;
    void *member = field_member(field, found->target);
    const char *item = text;
    struct err rule;
    char shown[80];

    if (field->type == FIELD_INT) {
        snprintf(shown, sizeof(shown), "'%.60s'", text);
        if (field_parse_int(text, member) < 0 ? field_type_error(field, shown, &rule)
                                              : field_check_int(field, *(int64_t *)member, &rule))
            return refuse(parsing, field, &rule);
    } else {
        if (field_check_string(field, text, &rule) < 0)
            return refuse(parsing, field, &rule);
        if (field->type == FIELD_STRINGS)
            append(member, text);
        else
            *(const char **)member = text;
    }
    if (field->check && field->check(field->type == FIELD_STRINGS ? &item : member, &rule) < 0)
        return refuse(parsing, field, &rule);
    return 0;
}

/* Sets a flag, or a value: the one given with the option (may be NULL), or the next word. */
static int take(struct parsing *parsing, const struct found *found, const char *value)
{
    const struct field *field = found->field;

    if (field->later)
        return err_set(parsing->err, ERR_USAGE, "option '--%s' %s", field->name, field->later);
    if (field->type == FIELD_BOOL) {
        if (value)
            return err_set(parsing->err, ERR_USAGE, "option '--%s' takes no value, but got '%s'",
                           field->name, value);
        *(bool *)field_member(field, found->target) = true;
        return 0;
    }
    if (!value && parsing->at == parsing->argc)
        return err_set(parsing->err, ERR_USAGE, "option '--%s' needs a value: --%s %s", field->name,
                       field->name, field->value ? field->value : "VALUE");
    if (!value)
        value = parsing->argv[parsing->at++];
    return set_value(parsing, found, value);
}

static int parse_long(struct parsing *parsing, const char *word)
{
    size_t len = strcspn(word, "=");
    struct found found = find_long(parsing, word, len);

    if (!found.field)
        return unknown_option(parsing, word, len);
    return take(parsing, &found, word[len] == '=' ? word + len + 1 : NULL);
}

/* "-n VALUE", "-nVALUE", or several flags as in "-qy". */
static int parse_letters(struct parsing *parsing, const char *letters)
{
    for (; *letters; letters++) {
        struct found found = find_letter(parsing, *letters);

        if (!found.field)
            return err_set(parsing->err, ERR_USAGE, "unknown option '-%c'", *letters);
        if (found.field->type != FIELD_BOOL)
            return take(parsing, &found, letters[1] ? letters + 1 : NULL);
        if (take(parsing, &found, NULL) < 0)
            return -1;
    }
    return 0;
}

static int parse_words(struct parsing *parsing)
{
    bool options = true;

    while (parsing->at < parsing->argc) {
        const char *word = parsing->argv[parsing->at++];
        int result = 0;

        if (!options || word[0] != '-' || word[1] == '\0')
            append(parsing->arguments, word);
        else if (strcmp(word, "--") == 0)
            options = false;
        else if (word[1] == '-')
            result = parse_long(parsing, word + 2);
        else
            result = parse_letters(parsing, word + 1);
        if (result < 0)
            return -1;
    }
    return 0;
}

int options_parse(int argc, char **argv, const struct options_group *groups, size_t group_count,
                  struct strings *arguments, struct err *err)
{
    struct parsing parsing = {.groups = groups,
                              .group_count = group_count,
                              .argv = argv,
                              .argc = argc,
                              .arguments = arguments,
                              .err = err};

    for (size_t i = 0; i < group_count; i++)
        field_set_defaults(groups[i].fields, groups[i].target);
    return parse_words(&parsing);
}

void options_release(const struct options_group *groups, size_t group_count)
{
    for (size_t i = 0; i < group_count; i++)
        schema_release(groups[i].fields, groups[i].target);
}
