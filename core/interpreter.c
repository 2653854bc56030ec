#include "core/interpreter.h"

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

/* What a kind's programs are called, and how they tell who they are: "MAJOR.MINOR" and the real
 * file, a line each. */
static const struct family {
    const char *program;
    const char *option, *code;
} families[INTERPRETER_KINDS] = {
    [INTERPRETER_PYTHON] =
        {"python3", "-c",
         "import sys; print('%d.%d' % sys.version_info[:2]); print(sys.executable)"},
    [INTERPRETER_NODE] = {"node", "-p",
                          "process.versions.node.replace(/[.].*/, '.0') + '\\n' + "
                          "process.execPath"},
};

struct interpreters {
    bool hidden;
    struct strlist probed; /* paths */
    struct interpreter *list;
    size_t count;
};

struct interpreters *interpreters_new(bool hidden)
{
    struct interpreters *interpreters = xcalloc(1, sizeof(*interpreters));

    interpreters->hidden = hidden;
    return interpreters;
}

void interpreters_free(struct interpreters *interpreters)
{
    if (!interpreters)
        return;
    for (size_t i = 0; i < interpreters->count; i++)
        free(interpreters->list[i].program);
    free(interpreters->list);
    strlist_release(&interpreters->probed);
    free(interpreters);
}

int interpreter_version(const struct interpreter *interpreter)
{
    return interpreter->kind == INTERPRETER_PYTHON ? interpreter->minor : interpreter->major;
}

const struct interpreter *interpreter_nearest(enum interpreter_kind kind, int version,
                                              const struct interpreter *list, size_t count)
{
    const struct interpreter *nearest = NULL;

    for (size_t i = 0; i < count; i++) {
        if (list[i].kind != kind)
            continue;
        if (interpreter_version(&list[i]) == version)
            return &list[i];
        if (!nearest)
            nearest = &list[i];
    }
    return nearest;
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
static void keep(struct interpreters *interpreters, struct interpreter found)
{
    size_t at = strncmp(found.program, "/usr/bin/", 9) == 0 ? 0 : interpreters->count;

    interpreters->list =
        xreallocarray(interpreters->list, interpreters->count + 1, sizeof(*interpreters->list));
    memmove(interpreters->list + at + 1, interpreters->list + at,
            (interpreters->count - at) * sizeof(*interpreters->list));
    interpreters->list[at] = found;
    interpreters->count++;
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
static void probe(struct interpreters *interpreters, enum interpreter_kind kind,
                  const char *program)
{
    struct interpreter found = {.kind = kind};

    if (access(program, X_OK) < 0 || strlist_has(&interpreters->probed, program))
        return;
    strlist_add(&interpreters->probed, program);
    if (!is_system_python(program, &found) && !ask(&families[kind], program, &found))
        return;
    if (interpreters->hidden && is_hidden(found.program))
        free(found.program);
    else
        keep(interpreters, found);
}

/* Where to look for a program, in this order. */
static char *candidate(enum interpreter_kind kind, int version, int step)
{
    bool in_path = step % 2 == 1;
    char name[64];

    if (step >= 2)
        snprintf(name, sizeof(name), "%s", families[kind].program);
    else if (kind == INTERPRETER_PYTHON)
        snprintf(name, sizeof(name), "python3.%d", version);
    else
        snprintf(name, sizeof(name), "%s%d", families[kind].program, version);
    return in_path ? file_find_program(name) : file_join("/usr/bin", name);
}

/* Programs are asked only as far as needed: each takes time to start. */
const struct interpreter *interpreters_find(struct interpreters *interpreters,
                                            enum interpreter_kind kind, int version)
{
    for (int step = 0; step < CANDIDATES; step++) {
        const struct interpreter *found =
            interpreter_nearest(kind, version, interpreters->list, interpreters->count);
        char *program;

        /* PATH's python3 may lack the packages of the system's, and has its version in a name. */
        if (found && (interpreter_version(found) == version ||
                      (step == CANDIDATES - 1 && kind == INTERPRETER_PYTHON)))
            return found;
        program = candidate(kind, version, step);
        if (program)
            probe(interpreters, kind, program);
        free(program);
    }
    return interpreter_nearest(kind, version, interpreters->list, interpreters->count);
}
