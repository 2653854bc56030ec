/* The commands there are: one struct each, from which --help, man pages and completions come too.
 */
#ifndef FNCTL_CLI_COMMANDS_H
#define FNCTL_CLI_COMMANDS_H

#include "cli/app.h"
#include "core/err.h"
#include "core/schema.h"
#include "core/strlist.h"

#include <stddef.h>

/* What app_open() makes ready before a command runs. */
enum command_needs {
    NEEDS_NOTHING = 0,
    NEEDS_SETTINGS = 1,   /* the settings, for the stage given or found */
    NEEDS_PROVIDER = 2,   /* and a session with the stage's provider */
    NO_STAGE_IS_FINE = 4, /* settings stay closed when no stage is named and none is meant */
    NEEDS_VALUES = 8,     /* and, of the provider, the values of ${ssm:...} and the like */
};

struct command_argument {
    const char *name; /* "STAGE", "FUNCTION" */
    const char *help;
    bool optional;
    bool repeated;                        /* the last one: takes all that is left */
    void (*words)(struct strlist *words); /* adds what it may be, for completion; NULL: anything */
    bool stage; /* optional: taken only when it is a stage's name or the number of arguments says so
                 */
};

/* The first argument of every command that works on a stage. */
#define STAGE_ARGUMENT                                                                             \
    {                                                                                              \
        .name = "STAGE",                                                                           \
        .help = "the stage; by default the only one, default_stage or FNCTL_STAGE",                \
        .optional = true, .stage = true                                                            \
    }

/* An option of every command that packages: an int64_t, as `member` of the command's struct. */
#define COMPRESSION_OPTION(type_of_options, member)                                                \
    {                                                                                              \
        .name = "compression", .type = FIELD_INT, .value = "LEVEL", .fallback = "6", .min = 1,     \
        .max = 12, .offset = offsetof(type_of_options, member),                                    \
        .help = "how hard to compress: 1 is fast, 12 makes small zips"                             \
    }

struct command {
    const char *name;
    const char *summary;                      /* one line, no full stop */
    const char *description;                  /* paragraphs for --help and the man page */
    const char *const *examples;              /* "command", "what it does", ...; NULL-terminated */
    const struct command_argument *arguments; /* ends with a NULL name; NULL: none */
    const struct field *options;              /* its own; ends with a NULL name; NULL: none */
    size_t options_size;                      /* bytes of its options struct */
    enum command_needs needs;
    bool hidden; /* not listed */
    /* `options` is the bound struct; app->arguments holds the arguments after the stage. */
    int (*run)(struct app *app, const void *options, struct err *err);
};

/* The one list; NULL-terminated. */
extern const struct command *const commands[];

const struct command *command_find(const char *name);

/* Adds the names of the commands that are listed, in their order. */
void command_names(struct strlist *names);

#endif
