#include "cli/command_line.h"

#include "cli/commands.h"
#include "cli/describe.h"
#include "core/memory.h"
#include "core/options.h"
#include "core/suggest.h"

#include <stdlib.h>
#include <string.h>

/* Whether the option at `text` takes the next word as its value. */
static bool takes_next(const char *text)
{
    for (const struct field *field = common_options; field->name; field++) {
        bool named = strncmp(text, "--", 2) == 0 && strcmp(text + 2, field->name) == 0;
        bool lettered = field->letter && text[1] == field->letter && !text[2];

        if (named || lettered)
            return field->type != FIELD_BOOL;
    }
    return false;
}

/* The place of the command: the first word that is neither an option nor an option's value. */
static int find_command(int argc, char **argv)
{
    for (int i = 1; i < argc; i++) {
        if (argv[i][0] != '-')
            return i;
        if (takes_next(argv[i]))
            i++;
    }
    return argc;
}

static int unknown_command(const char *name, struct err *err)
{
    struct suggest suggest = {.word = name};

    for (size_t i = 0; commands[i]; i++)
        suggest_offer(&suggest, commands[i]->name);
    err_set(err, ERR_USAGE, "unknown command '%s'", name);
    if (suggest.best)
        return err_append(err, "; did you mean '%s'?", suggest.best);
    return err_append(err, "; see 'fnctl help'");
}

static int run_command(struct app *app, const struct command *command, int argc, char **argv,
                       struct err *err)
{
    static const struct field none[] = {FIELD_END};
    void *options = xcalloc(1, command->options_size);
    struct options_group groups[] = {{common_options, &app->common},
                                     {command->options ? command->options : none, options}};
    int result = -1;

    if (options_parse(argc, argv, groups, 2, &app->arguments, err) < 0) {
        err_append(err, " (see 'fnctl help %s')", command->name);
        goto out;
    }
    app->out.json = app->common.json;
    app->out.quiet = app->common.quiet;
    app->out.verbose = app->common.verbose;
    if (app->common.help) {
        describe_command(&app->out, command);
        result = 0;
        goto out;
    }
    if (app_open(app, command, err) == 0)
        result = command->run(app, options, err);
out:
    options_release(groups, 2);
    free(options);
    return result;
}

/* What is said without a command: --help, --version, or nothing. */
static int run_bare(struct app *app, int argc, char **argv, struct err *err)
{
    struct options_group group = {common_options, &app->common};

    if (argc > 1 && strcmp(argv[1], "--version") == 0)
        return run_command(app, command_find("version"), argc - 2, argv + 2, err);
    if (options_parse(argc - 1, argv + 1, &group, 1, &app->arguments, err) < 0)
        return err_append(err, " (see 'fnctl help')");
    if (argc > 1 && !app->common.help)
        return err_set(err, ERR_USAGE, "no command is given; see 'fnctl help'");
    describe_program(&app->out);
    return 0;
}

int command_line_run(struct app *app, int argc, char **argv, struct err *err)
{
    int at = find_command(argc, argv);
    const struct command *command;

    if (at == argc)
        return run_bare(app, argc, argv, err);
    command = command_find(argv[at]);
    if (!command)
        return unknown_command(argv[at], err);
    /* The options before the command move behind its name, where they mean the same. */
    memmove(argv + 2, argv + 1, (size_t)(at - 1) * sizeof(*argv));
    return run_command(app, command, argc - 2, argv + 2, err);
}
