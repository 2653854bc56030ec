#include "providers/local/engine/run/runtime.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* A family of runtimes: how its names begin, what is missing where it cannot run, our client. */
static const struct family {
    enum runtime_kind kind;
    const char *prefix;
    enum interpreter_kind interpreter;
    const char *program;
    const char *client;
} families[] = {
    {RUNTIME_PROVIDED, "provided", INTERPRETER_KINDS, NULL, NULL},
    {RUNTIME_PYTHON, "python3.", INTERPRETER_PYTHON, "python3", "python/bootstrap.py"},
    {RUNTIME_NODE, "nodejs", INTERPRETER_NODE, "node", "node/bootstrap.mjs"},
};

static const struct family *find_family(const char *runtime)
{
    for (size_t i = 0; runtime && i < sizeof(families) / sizeof(*families); i++)
        if (strncmp(runtime, families[i].prefix, strlen(families[i].prefix)) == 0)
            return &families[i];
    return NULL;
}

/* The version in the runtime's name: 13 of python3.13, 22 of nodejs22.x. */
static int wanted_version(const struct family *family, const char *runtime)
{
    return (int)strtol(runtime + strlen(family->prefix), NULL, 10);
}

static void warn(struct runtime_choice *choice, const char *runtime)
{
    const struct interpreter *interpreter = choice->interpreter;

    if (choice->kind == RUNTIME_PYTHON)
        snprintf(choice->warning, sizeof(choice->warning),
                 "runtime %.40s is not on this machine: running on python%d.%d", runtime,
                 interpreter->major, interpreter->minor);
    else
        snprintf(choice->warning, sizeof(choice->warning),
                 "runtime %.40s is not on this machine: running on Node.js %d", runtime,
                 interpreter->major);
}

int runtime_choose(const char *runtime, const struct interpreter *interpreter,
                   struct runtime_choice *choice, struct err *err)
{
    const struct family *family = find_family(runtime);

    *choice = (struct runtime_choice){0};
    if (!family)
        return err_set(err, ERR_FAILED,
                       "runtime '%s' does not run here: the local engine runs provided.*, "
                       "python3.* and nodejs*",
                       runtime ? runtime : "");
    choice->kind = family->kind;
    choice->client = family->client;
    if (family->kind == RUNTIME_PROVIDED)
        return 0;
    if (!interpreter)
        return err_set(err, ERR_FAILED, "runtime '%s' needs %s, which is not on this machine",
                       runtime, family->program);
    choice->interpreter = interpreter;
    if (interpreter_version(interpreter) != wanted_version(family, runtime))
        warn(choice, runtime);
    return 0;
}

int runtimes_choose(struct interpreters *interpreters, const char *runtime,
                    struct runtime_choice *choice, struct err *err)
{
    const struct family *family = find_family(runtime);
    const struct interpreter *interpreter = NULL;

    if (family && family->program)
        interpreter =
            interpreters_find(interpreters, family->interpreter, wanted_version(family, runtime));
    return runtime_choose(runtime, interpreter, choice, err);
}
