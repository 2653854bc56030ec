#include "cli/detect.h"

#include "cli/detect_program.h"
#include "cli/detect_source.h"
#include "core/buf.h"
#include "core/file.h"
#include "core/json.h"
#include "core/memory.h"
#include "core/settings_checks.h"
#include "core/strlist.h"

#include <dirent.h>
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

enum {
    DEPTH_MAX = 1,
    ENTRIES_MAX = 5000,
    SOURCE_MAX = 1024 * 1024,
    JSON_DEPTH_MAX = 64,
};

struct scan {
    struct detection *detection;
    const char *folder;
    size_t entries;
    char *main;     /* package.json's `main`; or NULL */
    char *makefile; /* its text; or NULL */
};

/* Names that say what a file is for, best first. */
static const char *const preferred[DETECT_KINDS][8] = {
    [DETECT_WSGI] = {"app.py", "wsgi.py", "main.py", "application.py", NULL},
    [DETECT_PYTHON] = {"lambda_function.py", "handler.py", "main.py", "app.py", "index.py", NULL},
    [DETECT_NODE] = {"index.mjs", "index.js", "index.cjs", "handler.mjs", "handler.js", NULL},
    [DETECT_EXECUTABLE] = {"bootstrap", NULL},
};

static const char *const skipped[] = {"node_modules", "__pycache__", "venv", "env",
                                      "test",         "tests",       "docs", NULL};

/* What builds leave behind: programs count there, copies of sources do not. */
static const char *const built[] = {"build", "bin", "dist", "out", "target", NULL};

const char *detect_describe(enum detect_kind kind)
{
    static const char *const words[DETECT_KINDS] = {
        [DETECT_WSGI] = "a Python web app (WSGI)",
        [DETECT_PYTHON] = "a Python handler",
        [DETECT_NODE] = "a Node.js handler",
        [DETECT_EXECUTABLE] = "an executable",
    };

    return words[kind];
}

static bool has(const char *const *names, const char *name)
{
    for (; *names; names++)
        if (strcmp(*names, name) == 0)
            return true;
    return false;
}

static void advise(struct scan *scan, char *advice)
{
    if (scan->detection->advice)
        free(advice);
    else
        scan->detection->advice = advice;
}

/* Files deeper down go last, files with telling names first. */
static int rank(const struct scan *scan, enum detect_kind kind, const char *file)
{
    const char *name = file_name(file);
    int place = 0;

    if (kind == DETECT_NODE && scan->main && strcmp(scan->main, file) == 0)
        return -1;
    while (preferred[kind][place] && strcmp(preferred[kind][place], name) != 0)
        place++;
    return (strchr(file, '/') ? 100 : 0) + place;
}

static struct candidate *add(struct scan *scan, enum detect_kind kind, const char *file,
                             char *target)
{
    struct detection *detection = scan->detection;
    struct candidate *candidate;

    detection->candidates =
        xreallocarray(detection->candidates, detection->count + 1, sizeof(*candidate));
    candidate = &detection->candidates[detection->count++];
    *candidate = (struct candidate){
        .kind = kind, .file = xstrdup(file), .target = target, .rank = rank(scan, kind, file)};
    return candidate;
}

/* The text of a file below the folder, to free(); NULL when it is too large, unreadable or has
 * NUL bytes. */
static char *read_text(const struct scan *scan, const char *file)
{
    char *path = file_join(scan->folder, file);
    struct buf text;
    struct err ignored = {0};
    char *result = NULL;

    buf_init(&text, 0);
    if (file_read(path, SOURCE_MAX, &text, &ignored) == 0 &&
        !memchr(buf_string(&text), '\0', text.len))
        result = buf_take(&text);
    buf_release(&text);
    free(path);
    return result;
}

/* Lambda takes no handler with white space; what is no UTF-8 cannot stand in the settings. */
static bool is_usable(const char *file)
{
    json_t *text = json_string(file);
    bool usable = text != NULL;

    for (; *file; file++)
        usable = usable && (unsigned char)*file > ' ' && *file != 0x7f;
    json_decref(text);
    return usable;
}

/* "api/app.py" and "app" to "api.app.app" (`separator` '.') or "src/index.handler" ('/'); a package
 * is imported by the name of its folder. NULL for names that cannot be imported. */
static char *make_target(const char *file, const char *object, char separator)
{
    static const char package[] = "/__init__.py";
    size_t len = (size_t)(strrchr(file, '.') - file);
    char *target;

    if (strlen(file) >= sizeof(package) &&
        strcmp(file + strlen(file) + 1 - sizeof(package), package) == 0)
        len = strlen(file) + 1 - sizeof(package);
    if (memchr(file, '.', len))
        return NULL;
    target = xasprintf("%.*s.%s", (int)len, file, object);
    if (!is_usable(target)) {
        free(target);
        return NULL;
    }
    for (size_t i = 0; i < len; i++)
        if (target[i] == '/')
            target[i] = separator;
    return target;
}

static void examine_python(struct scan *scan, const char *file)
{
    char *text = is_usable(file) ? read_text(scan, file) : NULL;
    struct source_match match = {.kind = SOURCE_NOTHING};
    struct err ignored = {0};
    char *target = NULL;

    if (text)
        match = source_read_python(text);
    if (match.kind == SOURCE_FACTORY)
        advise(scan, xasprintf("'%s' has a function create_app(), but no app made by it; add "
                               "'app = create_app()' at its end and run init again",
                               file));
    else if (match.kind == SOURCE_ASGI)
        advise(scan,
               xasprintf("'%s' has an ASGI app '%s', for which fnctl has no adapter yet; with the "
                         "Mangum package, add 'handler = Mangum(%s)' to it and run init again",
                         file, match.name, match.name));
    else if (match.kind == SOURCE_PAIR ? has(preferred[DETECT_PYTHON], file_name(file))
                                       : match.kind != SOURCE_NOTHING)
        target = make_target(file, match.name, '.');
    /* An app is imported by name, a handler need not be a proper one. */
    if (match.kind == SOURCE_WSGI && target && settings_check_app(&target, &ignored) < 0) {
        free(target);
        target = NULL;
    }
    if (target)
        add(scan, match.kind == SOURCE_WSGI ? DETECT_WSGI : DETECT_PYTHON, file, target)->web =
            match.web || match.kind == SOURCE_WSGI;
    free(match.name);
    free(text);
}

static void examine_javascript(struct scan *scan, const char *file)
{
    char *text = read_text(scan, file);
    struct source_match match = {.kind = SOURCE_NOTHING};
    char *target = NULL;

    if (text)
        match = source_read_javascript(text);
    if (match.kind == SOURCE_HANDLER)
        target = make_target(file, match.name, '/');
    if (target)
        add(scan, DETECT_NODE, file, target)->web = match.web;
    free(match.name);
    free(text);
}

static void examine_program(struct scan *scan, const char *file)
{
    char *path = file_join(scan->folder, file);
    struct candidate *candidate;
    const char *architecture;
    enum program_kind kind = is_usable(file) ? program_read(path, &architecture) : PROGRAM_NONE;

    if (kind == PROGRAM_FOREIGN) {
        advise(scan, xasprintf("'%s' is a program for another kind of machine; Lambda runs x86_64 "
                               "and arm64, 64 bit, little-endian",
                               file));
    } else if (kind == PROGRAM_OTHER) {
        if (!scan->detection->script)
            scan->detection->script = xstrdup(file);
    } else if (kind != PROGRAM_NONE) {
        candidate = add(scan, DETECT_EXECUTABLE, file, xstrdup(file));
        candidate->architecture = architecture;
        candidate->made = scan->makefile && strstr(scan->makefile, file_name(file));
    }
    free(path);
}

static void examine(struct scan *scan, const char *file, bool sources)
{
    const char *name = file_name(file);
    const char *dot = strrchr(name, '.');

    if (sources && dot && strcmp(dot, ".py") == 0)
        examine_python(scan, file);
    else if (sources && dot && has((const char *const[]){".js", ".mjs", ".cjs", NULL}, dot))
        examine_javascript(scan, file);
    else
        examine_program(scan, file);
}

static bool wanted(const struct dirent *entry)
{
    return entry->d_name[0] != '.' && strncmp(entry->d_name, "fnctl.", 6) != 0;
}

/* The names in a folder, sorted; -1 when it cannot be read. */
static int list_folder(const char *path, struct strlist *names)
{
    DIR *stream = opendir(path);
    const struct dirent *entry;

    if (!stream)
        return -1;
    while ((entry = readdir(stream)) && names->count < ENTRIES_MAX)
        if (wanted(entry))
            strlist_add(names, entry->d_name);
    closedir(stream);
    strlist_sort(names);
    return 0;
}

static int walk(struct scan *scan, const char *below, int depth)
{
    char *folder = file_join(scan->folder, below);
    bool sources = !has(built, below);
    struct strlist names;
    int result;

    strlist_init(&names);
    result = list_folder(folder, &names);
    for (size_t i = 0; i < names.count && scan->entries < ENTRIES_MAX; i++, scan->entries++) {
        char *path = file_join(folder, names.items[i]);
        char *file = file_join(below, names.items[i]);
        struct stat status;

        if (lstat(path, &status) == 0 && S_ISDIR(status.st_mode)) {
            if (depth < DEPTH_MAX && !has(skipped, names.items[i]))
                walk(scan, file, depth + 1);
        } else if (file_is_regular(path)) {
            examine(scan, file, sources);
        }
        free(file);
        free(path);
    }
    if (depth == 0)
        scan->detection->empty = names.count == 0;
    strlist_release(&names);
    free(folder);
    return result;
}

static json_t *read_json(const struct scan *scan, const char *file)
{
    char *text = read_text(scan, file);
    struct err ignored = {0};
    json_t *root = text ? json_parse(text, strlen(text), JSON_DEPTH_MAX, &ignored) : NULL;

    free(text);
    return root;
}

/* package.json: which file is the main one, and frameworks that need an adapter. */
static void examine_package(struct scan *scan)
{
    static const char *const frameworks[] = {"express", "fastify", "koa", "@hapi/hapi", NULL};
    json_t *package = read_json(scan, "package.json");
    const json_t *dependencies = json_object_get(package, "dependencies");
    const char *main = json_string_value(json_object_get(package, "main"));

    if (main)
        scan->main = xstrdup(strncmp(main, "./", 2) == 0 ? main + 2 : main);
    for (const char *const *name = frameworks; *name; name++)
        if (json_object_get(dependencies, *name))
            advise(scan, xasprintf("'package.json' depends on %s, for which fnctl has no adapter "
                                   "yet; with the serverless-http package, export "
                                   "'handler = serverless(app)' and run init again",
                                   *name));
    json_decref(package);
}

/* zappa_settings.json: its app_function is what `app` is here. */
static void examine_zappa(struct scan *scan)
{
    json_t *stages = read_json(scan, "zappa_settings.json");
    struct err ignored = {0};
    const char *key;
    json_t *stage;

    json_object_foreach (stages, key, stage) {
        const char *app = json_string_value(json_object_get(stage, "app_function"));

        if (app && settings_check_app(&app, &ignored) == 0) {
            add(scan, DETECT_WSGI, "zappa_settings.json", xstrdup(app))->web = true;
            scan->detection->candidates[scan->detection->count - 1].rank = -1;
            break;
        }
    }
    json_decref(stages);
}

/* Files that say that there is something which cannot be deployed without a further step. */
static const struct {
    const char *file;
    const char *advice;
} markers[] = {
    {"Cargo.toml", "'Cargo.toml' is of a Rust project; build it (the program needs the "
                   "lambda_runtime crate), then write a fnctl.json with \"runtime\": "
                   "\"provided.al2023\", \"build\": \"cargo build --release\" and \"handler\": "
                   "\"target/release/NAME\""},
    {"go.mod", "'go.mod' is of a Go project; build it as a program (it needs the aws-lambda-go "
               "package) and run init again"},
    {"manage.py", "'manage.py' is of a Django project, but there is no wsgi.py with an "
                  "'application' in it; add one and run init again"},
    {"zappa_settings.json", "'zappa_settings.json' names no \"app_function\"; write a fnctl.json "
                            "with \"app\": \"MODULE.OBJECT\""},
    {"Makefile", "there is a Makefile, but no program that it made; run make, then init again"},
};

static void examine_markers(struct scan *scan)
{
    for (size_t i = 0; i < sizeof(markers) / sizeof(*markers); i++) {
        char *path = file_join(scan->folder, markers[i].file);

        if (file_is_regular(path))
            advise(scan, xstrdup(markers[i].advice));
        free(path);
    }
}

static int compare(const void *left, const void *right)
{
    const struct candidate *a = left, *b = right;

    if (a->kind != b->kind)
        return a->kind < b->kind ? -1 : 1;
    if (a->rank != b->rank)
        return a->rank < b->rank ? -1 : 1;
    return strcmp(a->file, b->file);
}

int detect_folder(const char *folder, struct detection *detection, struct err *err)
{
    struct scan scan = {.detection = detection, .folder = folder};
    char *requirements = file_join(folder, "requirements.txt");
    int result = 0;

    *detection = (struct detection){.requirements = file_is_regular(requirements)};
    scan.makefile = read_text(&scan, "Makefile");
    examine_package(&scan);
    if (walk(&scan, "", 0) < 0)
        result =
            err_set(err, ERR_FAILED, "cannot read the folder '%s': %s", folder, strerror(errno));
    examine_zappa(&scan);
    examine_markers(&scan);
    if (detection->count)
        qsort(detection->candidates, detection->count, sizeof(struct candidate), compare);
    free(scan.main);
    free(scan.makefile);
    free(requirements);
    return result;
}

void detection_release(struct detection *detection)
{
    for (size_t i = 0; i < detection->count; i++) {
        free(detection->candidates[i].file);
        free(detection->candidates[i].target);
    }
    free(detection->candidates);
    free(detection->script);
    free(detection->advice);
    *detection = (struct detection){0};
}
