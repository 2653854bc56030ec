#include "packager/content.h"

#include "core/embedded.h"
#include "core/file.h"
#include "core/memory.h"
#include "packager/script.h"

#include <elf.h>
#include <errno.h>
#include <fcntl.h>
#include <jansson.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#define BOOTSTRAP "bootstrap"
#define ADAPTER "adapters/wsgi.py"
#define ADAPTER_FILE "fnctl_wsgi.py"
#define ADAPTER_HANDLER "fnctl_wsgi.handler"
#define APP_FILE "fnctl_app.json"

enum { START_LEN = 256 /* as far as the kernel reads the first line of a script */ };

/* The path of the executable, to free(). */
static char *find_program(const struct content *content, struct err *err)
{
    const struct function *function = content->function;
    const char *folder = content->settings->folder;
    char *in_project = file_join(strcmp(folder, ".") == 0 ? "" : folder, function->handler);
    char *in_source = strcmp(content->source, folder) == 0
                          ? xstrdup(in_project)
                          : file_join(content->source, function->handler);
    char *found = NULL;

    if (file_is_regular(in_source))
        found = xstrdup(in_source);
    else if (file_is_regular(in_project))
        found = xstrdup(in_project);
    else
        err_set(err, ERR_PACKAGE,
                "the handler '%s' of function '%s' was not found: looked for '%s'%s%s%s; for %s it "
                "is the path of an executable%s",
                function->handler, function->name, in_source,
                strcmp(in_source, in_project) != 0 ? " and '" : "",
                strcmp(in_source, in_project) != 0 ? in_project : "",
                strcmp(in_source, in_project) != 0 ? "'" : "", function->runtime,
                function->build ? ", which `build` is to make" : "");
    free(in_source);
    free(in_project);
    return found;
}

static int read_start(const char *path, char start[static START_LEN], size_t *len, struct err *err)
{
    int fd = open(path, O_RDONLY | O_CLOEXEC);
    ssize_t count = fd < 0 ? -1 : read(fd, start, START_LEN);

    if (count < 0)
        err_set(err, ERR_PACKAGE, "cannot read '%s': %s", path, strerror(errno));
    *len = count < 0 ? 0 : (size_t)count;
    if (fd >= 0)
        close(fd);
    return count < 0 ? -1 : 0;
}

/* A program for another C library, as musl, finds no loader on AWS; it may on this machine. */
static int check_interpreter(const struct content *content, const char *path, const struct elf *elf,
                             struct err *err)
{
    static const char advice[] = "link it statically (-static), or build it with glibc";

    if (!elf->interpreter || runtime_has_interpreter(elf->interpreter))
        return 0;
    if (strcmp(content->settings->provider, "local") != 0)
        return err_set(err, ERR_PACKAGE, "the handler '%s' is loaded by '%s', which %s lacks: %s",
                       path, elf->interpreter, content->function->runtime, advice);
    out_warn(content->out, "function '%s': '%s' is loaded by '%s', which %s lacks on AWS: %s",
             content->function->name, path, elf->interpreter, content->function->runtime, advice);
    return 0;
}

/* An ELF program must be for the function's machine. */
static int check_program(const struct content *content, const char *path, struct err *err)
{
    uint16_t machine = runtime_machine(content->function->architecture);
    int result = -1;
    struct elf elf;
    char *name;

    if (elf_read(&elf, path, err) < 0)
        return -1;
    name = elf_machine_name(elf.machine);
    if (elf.type != ET_EXEC && elf.type != ET_DYN)
        err_set(err, ERR_PACKAGE, "the handler '%s' is no linked program", path);
    else if (!elf.executable && !elf.interpreter && elf.soname)
        err_set(err, ERR_PACKAGE, "the handler '%s' is a shared library, which cannot be started",
                path);
    else if (elf.machine != machine || !elf.wide || elf.big_endian)
        err_set(err, ERR_PACKAGE,
                "the handler '%s' is for %s%s, and function '%s' runs on %s: build it for that, or "
                "set `architecture`",
                path, elf.wide ? "" : "32-bit ", name, content->function->name,
                content->function->architecture);
    else
        result = check_interpreter(content, path, &elf, err);
    free(name);
    elf_release(&elf);
    return result;
}

/* Puts the executable in as `bootstrap` and takes it out under its own name. */
static int add_bootstrap(struct content *content, const char *program, struct err *err)
{
    char *path = content_relative(content, program);
    struct entry *entry = path ? entries_find(&content->code, path) : NULL;
    struct stat status;
    int result = -1;

    if (entry)
        entries_remove(&content->code, (size_t)(entry - content->code.items));
    if (stat(program, &status) < 0) {
        err_set(err, ERR_PACKAGE, "cannot read '%s': %s", program, strerror(errno));
    } else if ((entry = entries_find(&content->code, BOOTSTRAP)) != NULL) {
        err_set(err, ERR_PACKAGE,
                "'%s' is in the way of the handler '%s', which goes into the package under that "
                "name: exclude it, or make it the handler",
                entry->origin, program);
    } else {
        entries_add_file(&content->code, BOOTSTRAP, program, &status, "handler")->mode =
            ENTRY_PROGRAM;
        entries_sort(&content->code);
        if (!(status.st_mode & S_IXUSR))
            out_step(content->out, "%s: '%s' is not executable; in the package it is",
                     content->function->name, program);
        result = 0;
    }
    free(path);
    return result;
}

static int gather_native(struct content *content, const char *output, struct err *err)
{
    char *program = find_program(content, err);
    char *place = content_relative(content, content->settings->folder);
    bool source_is_project = place && !*place;
    char start[START_LEN];
    size_t len;
    int result = -1;

    if (!program || read_start(program, start, &len, err) < 0)
        goto out;
    if (elf_is(start, len)) {
        if (check_program(content, program, err) < 0)
            goto out;
    } else if (len < 2 || start[0] != '#' || start[1] != '!') {
        err_set(err, ERR_PACKAGE,
                "the handler '%s' is neither an ELF program nor a script that starts with #!",
                program);
        goto out;
    }
    if (content_collect(content, output, source_is_project && elf_is(start, len), err) < 0 ||
        add_bootstrap(content, program, err) < 0)
        goto out;
    /* The program that runs a script may be in the package. */
    if (!elf_is(start, len) && script_check(content, program, start, len, err) < 0)
        goto out;
    content->handler = BOOTSTRAP;
    result = 0;
out:
    free(place);
    free(program);
    return result;
}

/* Whether `module` ("a/b") is in the code with one of the endings; collects what was looked for. */
static bool find_module(const struct content *content, const char *module,
                        const char *const *endings, struct strlist *looked)
{
    for (; *endings; endings++) {
        strlist_addf(looked, "'%s%s'", module, *endings);
        char *path = xasprintf("%s%s", module, *endings);
        bool found = entries_find(&content->code, path) != NULL;

        free(path);
        if (found)
            return true;
    }
    return false;
}

/* A Python module in C: "a/b.cpython-313-x86_64-linux-gnu.so", "a/b.abi3.so", "a/b.so". */
static bool find_extension(const struct content *content, const char *module)
{
    size_t len = strlen(module);

    for (size_t i = 0; i < content->code.count; i++) {
        const char *path = content->code.items[i].path;
        size_t path_len = strlen(path);

        if (path_len > len + 3 && strncmp(path, module, len) == 0 && path[len] == '.' &&
            !strchr(path + len, '/') && strcmp(path + path_len - 3, ".so") == 0)
            return true;
    }
    return false;
}

static int fail_module(const struct content *content, const char *what, const char *value,
                       const struct strlist *looked, struct err *err)
{
    char *list = strlist_join(looked, ", ");

    err_set(err, ERR_PACKAGE,
            "the %s '%s' of function '%s' was not found: looked for %s in '%s' (what `exclude` and "
            ".fnctlignore keep out does not count)",
            what, value, content->function->name, list, content->source);
    free(list);
    return -1;
}

/* "a.b.function" is function in a/b.py or in the package a/b. */
static int check_python(const struct content *content, const char *what, const char *value,
                        struct err *err)
{
    static const char *const endings[] = {".py", "/__init__.py", ".pyc", NULL};
    const char *dot = strrchr(value, '.');
    struct strlist looked;
    char *module;
    int result = 0;

    if (!dot || dot == value || !dot[1])
        return err_set(err, ERR_PACKAGE, "the %s '%s' of function '%s' is not \"module.%s\"", what,
                       value, content->function->name, what[0] == 'a' ? "object" : "function");
    strlist_init(&looked);
    module = xstrndup(value, (size_t)(dot - value));
    for (char *p = module; *p; p++)
        if (*p == '.')
            *p = '/';
    if (!find_module(content, module, endings, &looked) && !find_extension(content, module))
        result = fail_module(content, what, value, &looked, err);
    free(module);
    strlist_release(&looked);
    return result;
}

/* "dir/module.function": the module ends at the first dot of the last name, as the runtime has it.
 */
static int check_node(const struct content *content, const char *value, struct err *err)
{
    static const char *const endings[] = {".mjs", ".js", ".cjs", "/index.js", NULL};
    const char *dot = strchr(file_name(value), '.');
    struct strlist looked;
    char *module;
    int result = 0;

    if (!dot || dot == file_name(value) || !dot[1])
        return err_set(err, ERR_PACKAGE,
                       "the handler '%s' of function '%s' is not \"module.function\"", value,
                       content->function->name);
    strlist_init(&looked);
    while (value[0] == '.' && value[1] == '/')
        value += 2;
    module = xstrndup(value, (size_t)(dot - value));
    if (!find_module(content, module, endings, &looked))
        result = fail_module(content, "handler", value, &looked, err);
    free(module);
    strlist_release(&looked);
    return result;
}

static int add_made(struct content *content, const char *path, const void *data, size_t len,
                    struct err *err)
{
    const struct entry *entry = entries_find(&content->code, path);

    if (entry)
        return err_set(
            err, ERR_PACKAGE,
            "'%s' is in the way of the adapter's file of that name: rename or exclude it",
            entry->origin);
    entries_add_data(&content->code, path, data, len, "adapter");
    entries_sort(&content->code);
    return 0;
}

/* Puts the adapter in that serves the app, and the file that tells it which. */
static int add_adapter(struct content *content, struct err *err)
{
    const struct embedded_file *adapter = embedded_find(ADAPTER);
    json_t *about;
    char *text;
    int result;

    if (!adapter)
        return err_set(err, ERR_PACKAGE, "this build of fnctl lacks its adapter '%s'", ADAPTER);
    about = json_pack("{s:s}", "app", content->function->app);
    text = json_dumps(about, JSON_COMPACT);
    result = add_made(content, ADAPTER_FILE, adapter->start,
                      (size_t)(adapter->end - adapter->start), err);
    if (result == 0)
        result = add_made(content, APP_FILE, text, strlen(text), err);
    content->handler = ADAPTER_HANDLER;
    free(text);
    json_decref(about);
    return result;
}

static int gather_python(struct content *content, struct err *err)
{
    const struct function *function = content->function;

    if (!function->app)
        return check_python(content, "handler", function->handler, err);
    if (check_python(content, "app", function->app, err) < 0)
        return -1;
    return add_adapter(content, err);
}

int content_gather(struct content *content, const char *output, struct err *err)
{
    const struct function *function = content->function;

    if (function->app && content->runtime.kind != RUNTIME_PYTHON)
        return err_set(err, ERR_PACKAGE,
                       "function '%s' has an `app`, which the runtime '%s' cannot serve: use "
                       "python3.*, or set `handler`",
                       function->name, function->runtime);
    if (!function->app && !function->handler)
        return err_set(err, ERR_PACKAGE, "function '%s' has neither `handler` nor `app`",
                       function->name);
    content->handler = function->handler;
    if (content->runtime.kind == RUNTIME_NATIVE)
        return gather_native(content, output, err);
    if (content_collect(content, output, false, err) < 0)
        return -1;
    if (content->runtime.kind == RUNTIME_PYTHON)
        return gather_python(content, err);
    if (content->runtime.kind == RUNTIME_NODE)
        return check_node(content, function->handler, err);
    return 0;
}
