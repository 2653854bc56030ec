#include "cli/commands.h"
#include "cli/describe.h"

#include <stdlib.h>

static int run(struct app *app, const void *options, struct err *err)
{
    const char *shell = app->arguments.items[0];
    json_t *document;
    char *script;
    int result;

    (void)options;
    if (!app->out.json)
        return describe_completion(&app->out, shell, err);
    out_capture(&app->out);
    result = describe_completion(&app->out, shell, err);
    script = out_captured(&app->out);
    document = json_pack("{s:s, s:s}", "shell", shell, "script", script);
    if (result == 0)
        out_json(&app->out, document, false);
    json_decref(document);
    free(script);
    return result;
}

static const struct command_argument arguments[] = {
    {.name = "SHELL", .help = "bash, zsh or fish", .words = describe_shells},
    {.name = NULL},
};

static const char *const examples[] = {"fnctl completion bash", "for ~/.bashrc: eval \"$(...)\"",
                                       NULL};

const struct command cmd_completion = {
    .name = "completion",
    .summary = "print the completion script of a shell",
    .description = "Prints the script that makes bash, zsh or fish complete commands and options.\n"
                   "\n"
                   "With --json: {\"shell\", \"script\"}.",
    .examples = examples,
    .arguments = arguments,
    .needs = NEEDS_NOTHING,
    .run = run,
};
