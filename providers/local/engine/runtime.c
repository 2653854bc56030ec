#include "providers/local/engine/runtime.h"

#include "core/buf.h"
#include "core/file.h"
#include "core/memory.h"
#include "core/process.h"
#include "core/strlist.h"

#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

enum { PROBE_TIMEOUT = 5000, CANDIDATES = 4 };

/* A family of runtimes: how its names begin, what its programs are called, how they tell who they
 * are ("MAJOR.MINOR" and the real file, a line each), and our client for it. */
static const struct family {
    enum runtime_kind kind;
    const char *prefix;
    const char *program;
    const char *option, *code;
    const char *client;
} families[] = {
    {RUNTIME_PROVIDED, "provided", NULL, NULL, NULL, NULL},
    {RUNTIME_PYTHON, "python3.", "python3", "-c",
     "import sys; print('%d.%d' % sys.version_info[:2]); print(sys.executable)",
     "python/bootstrap.py"},
    {RUNTIME_NODE, "nodejs", "node", "-p",
     "process.versions.node.replace(/[.].*/, '.0') + '\\n' + process.execPath",
     "node/bootstrap.mjs"},
};

enum { FAMILIES = sizeof(families) / sizeof(*families) };

struct runtimes {
    bool hidden;
    struct strlist probed; /* paths */
    struct interpreter *list;
    size_t count;
};

struct runtimes *runtimes_new(bool hidden)
{
    struct runtimes *runtimes = xcalloc(1, sizeof(*runtimes));

    runtimes->hidden = hidden;
    return runtimes;
}

void runtimes_free(struct runtimes *runtimes)
{
    if (!runtimes)
        return;
    for (size_t i = 0; i < runtimes->count; i++)
        free(runtimes->list[i].program);
    free(runtimes->list);
    strlist_release(&runtimes->probed);
    free(runtimes);
}

static const struct family *find_family(const char *runtime)
{
    for (size_t i = 0; runtime && i < FAMILIES; i++)
        if (strncmp(runtime, families[i].prefix, strlen(families[i].prefix)) == 0)
            return &families[i];
    return NULL;
}

/* The version in the runtime's name: 13 of python3.13, 22 of nodejs22.x. */
static int wanted_version(const struct family *family, const char *runtime)
{
    return (int)strtol(runtime + strlen(family->prefix), NULL, 10);
}

static int version_of(const struct interpreter *interpreter)
{
    return interpreter->kind == RUNTIME_PYTHON ? interpreter->minor : interpreter->major;
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

int runtime_choose(const char *runtime, const struct interpreter *interpreters, size_t count,
                   struct runtime_choice *choice, struct err *err)
{
    const struct family *family = find_family(runtime);
    const struct interpreter *nearest = NULL;

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
    for (size_t i = 0; i < count && !choice->interpreter; i++) {
        if (interpreters[i].kind != family->kind)
            continue;
        if (!nearest)
            nearest = &interpreters[i];
        if (version_of(&interpreters[i]) == wanted_version(family, runtime))
            choice->interpreter = &interpreters[i];
    }
    if (choice->interpreter)
        return 0;
    choice->interpreter = nearest;
    if (!nearest)
        return err_set(err, ERR_FAILED, "runtime '%s' needs %s, which is not on this machine",
                       runtime, family->program);
    warn(choice, runtime);
    return 0;
}

static bool is_hidden(const char *program)
{
    static const char *const folders[] = {"/opt/", "/tmp/", "/var/task/"};

    for (size_t i = 0; i < sizeof(folders) / sizeof(*folders); i++)
        if (strncmp(program, folders[i], strlen(folders[i])) == 0)
            return true;
    return false;
}

/* Keeps what was found, the system's own first. */
static void keep(struct runtimes *runtimes, struct interpreter found)
{
    size_t at = strncmp(found.program, "/usr/bin/", 9) == 0 ? 0 : runtimes->count;

    runtimes->list = xreallocarray(runtimes->list, runtimes->count + 1, sizeof(*runtimes->list));
    memmove(runtimes->list + at + 1, runtimes->list + at,
            (runtimes->count - at) * sizeof(*runtimes->list));
    runtimes->list[at] = found;
    runtimes->count++;
}

/* The system's Python has its version in the name of the real file: nobody needs to be asked. */
static bool is_system_python(const char *program, struct interpreter *found)
{
    char real[PATH_MAX];
    int end = 0;

    if (strncmp(program, "/usr/bin/python3", 16) != 0 || !realpath(program, real) ||
        sscanf(real, "/usr/bin/python%d.%d%n", &found->major, &found->minor, &end) != 2 ||
        real[end])
        return false;
    found->program = xstrdup(program);
    return true;
}

/* Asks a program who it is; a wrapper script tells the real file this way. */
static bool ask(const struct family *family, const char *program, struct interpreter *found)
{
    const char *const argv[] = {program, family->option, family->code, NULL};
    struct buf output, errors;
    struct process process = {
        .argv = argv, .output = &output, .errors = &errors, .timeout = PROBE_TIMEOUT};
    struct err err = {0};
    char path[1024];
    int status = -1;

    buf_init(&output, 4096);
    buf_init(&errors, 65536);
    if (process_run(&process, &status, &err) == 0 && status == 0 &&
        sscanf(buf_string(&output), "%d.%d\n%1023[^\n]", &found->major, &found->minor, path) == 3)
        found->program = xstrdup(path);
    buf_release(&output);
    buf_release(&errors);
    return found->program != NULL;
}

/* Takes a program to the list, once, when it can be used. */
static void probe(struct runtimes *runtimes, const struct family *family, const char *program)
{
    struct interpreter found = {.kind = family->kind};

    if (access(program, X_OK) < 0 || strlist_has(&runtimes->probed, program))
        return;
    strlist_add(&runtimes->probed, program);
    if (!is_system_python(program, &found) && !ask(family, program, &found))
        return;
    if (runtimes->hidden && is_hidden(found.program))
        free(found.program);
    else
        keep(runtimes, found);
}

/* Where to look for a program, in this order. */
static char *candidate(const struct family *family, const char *runtime, int step)
{
    bool in_path = step % 2 == 1;
    char name[64];

    if (step >= 2)
        snprintf(name, sizeof(name), "%s", family->program);
    else if (family->kind == RUNTIME_PYTHON)
        snprintf(name, sizeof(name), "python3.%d", wanted_version(family, runtime));
    else
        snprintf(name, sizeof(name), "%s%d", family->program, wanted_version(family, runtime));
    return in_path ? file_find_program(name) : file_join("/usr/bin", name);
}

/* Programs are asked only as far as needed: each takes time to start. */
int runtimes_choose(struct runtimes *runtimes, const char *runtime, struct runtime_choice *choice,
                    struct err *err)
{
    const struct family *family = find_family(runtime);
    struct err ignored = {0};

    if (!family || !family->program)
        return runtime_choose(runtime, NULL, 0, choice, err);
    for (int step = 0; step < CANDIDATES; step++) {
        bool found =
            runtime_choose(runtime, runtimes->list, runtimes->count, choice, &ignored) == 0;
        char *program;

        /* PATH's python3 may lack the packages of the system's, and has its version in a name. */
        if (found &&
            (!*choice->warning || (step == CANDIDATES - 1 && family->kind == RUNTIME_PYTHON)))
            return 0;
        program = candidate(family, runtime, step);
        if (program)
            probe(runtimes, family, program);
        free(program);
    }
    return runtime_choose(runtime, runtimes->list, runtimes->count, choice, err);
}
