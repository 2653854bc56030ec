#include "cli/commands.h"
#include "cli/describe.h"

static int run(struct app *app, const void *options, struct err *err)
{
    (void)options;
    return describe_completion(&app->out, app->arguments.items[0], err);
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
    .description = "Prints the script that makes bash, zsh or fish complete commands and options.",
    .examples = examples,
    .arguments = arguments,
    .needs = NEEDS_NOTHING,
    .run = run,
};
