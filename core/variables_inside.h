/* What the two files of the variables share. */
#ifndef FNCTL_CORE_VARIABLES_INSIDE_H
#define FNCTL_CORE_VARIABLES_INSIDE_H

#include "core/variables.h"

/* Replacing under way. */
struct replacing {
    const struct variables *variables;
    const struct schema_source *source;
    json_t *raw; /* the settings as they were: ${project} and ${region} are taken from here */
    size_t total;
    const char *open[2]; /* those of them that are being replaced, to notice a circle */
    size_t open_count;
    char *sha;    /* owned, once asked for */
    bool unknown; /* the string under way has a value that was not asked for yet */
    bool secret;  /* ... or one that is not to be shown */
    struct err *err;
};

/* A string under way: where it stands and what it has become. */
struct string {
    struct replacing *all;
    const struct json_path *path;
    struct buf *out;
    size_t nesting;
    bool in_name; /* it becomes the name of what the provider is asked for */
};

/* Appends to the string; -1 when all strings together grow too large. */
int variable_add(const struct string *string, const char *text, size_t len);

/* Appends the text with its variables replaced. */
int variable_expand(const struct string *string, const char *text, size_t len);

/* Appends what the variable `name` stands for, the text between "${" and "}". */
int variable_add_named(const struct string *string, const char *name);

/* An error about the variable `name`, which stands at the string's place; takes the reason. */
int variable_refuse(const struct string *string, const char *name, char *reason);

#endif
