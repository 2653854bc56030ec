#include "cli/commands.h"
#include "cli/describe.h"
#include "core/suggest.h"

#include <stdlib.h>
#include <string.h>

struct help_options {
    bool man;
};

static int unknown(const char *name, struct err *err)
{
    struct suggest suggest = {.word = name};

    for (size_t i = 0; commands[i]; i++)
        suggest_offer(&suggest, commands[i]->name);
    err_set(err, ERR_USAGE, "there is no command '%s' to explain", name);
    return suggest.best ? err_append(err, "; did you mean '%s'?", suggest.best) : -1;
}

static int explain(struct app *app, const struct help_options *help, struct err *err)
{
    const char *name = app->arguments.count ? app->arguments.items[0] : NULL;
    const struct command *command = name ? command_find(name) : NULL;

    if (name && (strcmp(name, "settings-file") == 0 || strcmp(name, "fnctl.json") == 0))
        (help->man ? describe_settings_man : describe_settings)(&app->out);
    else if (name && !command)
        return unknown(name, err);
    else if (name && help->man)
        describe_command_man(&app->out, command);
    else if (name)
        describe_command(&app->out, command);
    else if (help->man)
        describe_program_man(&app->out);
    else
        describe_program(&app->out);
    return 0;
}

static int run(struct app *app, const void *options, struct err *err)
{
    json_t *document;
    char *text;
    int result;

    if (!app->out.json)
        return explain(app, options, err);
    out_capture(&app->out);
    result = explain(app, options, err);
    text = out_captured(&app->out);
    document = json_pack("{s:s}", "text", text);
    if (result == 0)
        out_json(&app->out, document, false);
    json_decref(document);
    free(text);
    return result;
}

static const struct field options[] = {
    {.name = "man",
     .type = FIELD_BOOL,
     .offset = offsetof(struct help_options, man),
     .help = "print the source of the manual page"},
    FIELD_END,
};

static void list_topics(struct strlist *topics)
{
    command_names(topics);
    strlist_add(topics, "settings-file");
}

static const struct command_argument arguments[] = {
    {.name = "COMMAND",
     .help = "the command to explain, or 'settings-file'",
     .optional = true,
     .words = list_topics},
    {.name = NULL},
};

static const char *const examples[] = {"fnctl help deploy", "explain a command",
                                       "fnctl help settings-file", "every key of fnctl.json", NULL};

const struct command cmd_help = {
    .name = "help",
    .summary = "explain a command",
    .description =
        "Prints what a command does, its arguments and options. 'settings-file' explains\n"
        "every key of fnctl.json.\n"
        "\n"
        "With --json: {\"text\"}.",
    .examples = examples,
    .arguments = arguments,
    .options = options,
    .options_size = sizeof(struct help_options),
    .needs = NEEDS_NOTHING,
    .run = run,
};
