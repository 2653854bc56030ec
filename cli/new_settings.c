#include "cli/new_settings.h"

#include "cli/pretty.h"
#include "core/file.h"
#include "core/json.h"
#include "core/json_scan.h"
#include "core/memory.h"
#include "core/settings_checks.h"

#include <ctype.h>
#include <stdlib.h>
#include <string.h>
#include <sys/utsname.h>

enum { PROJECT_MAX = 32, JSON_DEPTH_MAX = 64 };

/* What a kind of code needs: the newest runtime, and how the names of its runtimes start. */
static const struct {
    const char *runtime, *family;
} runtimes[DETECT_KINDS] = {
    [DETECT_WSGI] = {"python3.13", "python"},
    [DETECT_PYTHON] = {"python3.13", "python"},
    [DETECT_NODE] = {"nodejs22.x", "nodejs"},
    [DETECT_EXECUTABLE] = {"provided.al2023", "provided"},
};

static bool is_plain(char c)
{
    return (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9');
}

/* Lower-case letters and digits, with single hyphens for whatever is between them; `*cut` when
 * there are more of them than fit. */
static char *plain_name(const char *text, const char *fallback, bool *cut)
{
    char *name = xcalloc(PROJECT_MAX + 1, 1);
    size_t len = 0;

    for (; *text && len < PROJECT_MAX; text++) {
        char c = (char)tolower((unsigned char)*text);

        if (len == 0 && !(c >= 'a' && c <= 'z'))
            continue;
        if (is_plain(c))
            name[len++] = c;
        else if (name[len - 1] != '-')
            name[len++] = '-';
    }
    *cut = false;
    for (; *text; text++)
        *cut = *cut || is_plain((char)tolower((unsigned char)*text));
    while (len && name[len - 1] == '-')
        name[--len] = '\0';
    if (len)
        return name;
    free(name);
    return xstrdup(fallback);
}

char *new_settings_project(const char *text, bool *cut)
{
    return plain_name(text, "project", cut);
}

int new_settings_check(const char *project, const char *region, const char *runtime,
                       struct err *err)
{
    const char *what = NULL;

    if (project && settings_check_name(&project, err) < 0)
        what = "project";
    else if (region && settings_check_region(&region, err) < 0)
        what = "region";
    else if (runtime && settings_check_runtime(&runtime, err) < 0)
        what = "runtime";
    if (!what)
        return 0;
    /* The same rules as for the file, but it is the command line that breaks them. */
    err->code = ERR_USAGE;
    return err_context(err, "the %s", what);
}

int new_settings_use(struct new_settings *settings, const struct candidate *candidate,
                     const char *runtime, struct err *err)
{
    const char *family = runtimes[candidate->kind].family;

    if (runtime && strncmp(runtime, family, strlen(family)) != 0)
        return err_set(err, ERR_USAGE,
                       "the runtime '%s' cannot run '%s', which is %s; one like "
                       "'%s' can",
                       runtime, candidate->file, detect_describe(candidate->kind),
                       runtimes[candidate->kind].runtime);
    settings->candidate = candidate;
    settings->runtime = runtime ? runtime : runtimes[candidate->kind].runtime;
    return 0;
}

/* "web" for a web app; else made from the file's name, unless that says nothing. */
static char *function_name(const struct candidate *candidate)
{
    static const char *const empty[] = {"lambda_function", "handler", "index", "main", "app",
                                        "bootstrap",       NULL};
    const char *file = file_name(candidate->file);
    char *stem = xstrndup(file, strcspn(file, "."));
    bool telling = true, cut;
    char *name;

    for (const char *const *word = empty; *word; word++)
        telling = telling && strcmp(stem, *word) != 0;
    if (candidate->kind == DETECT_WSGI)
        name = xstrdup("web");
    else
        name = plain_name(telling ? stem : "", candidate->web ? "api" : "main", &cut);
    free(stem);
    return name;
}

static json_t *make_function(const struct new_settings *settings)
{
    const struct candidate *candidate = settings->candidate;
    json_t *function = json_pack("{s:s}", "runtime", settings->runtime);

    if (candidate->architecture)
        json_object_set_new(function, "architecture", json_string(candidate->architecture));
    json_object_set_new(function, candidate->kind == DETECT_WSGI ? "app" : "handler",
                        json_string(candidate->target));
    if (candidate->made)
        json_object_set_new(function, "build", json_string("make"));
    if (candidate->kind == DETECT_WSGI)
        json_object_set_new(function, "routes", json_pack("[s, s]", "ANY /{proxy+}", "ANY /"));
    else if (candidate->web)
        json_object_set_new(function, "url", json_true());
    return function;
}

/* The stage on AWS. There packages must be installed; on the local engine the machine's are there,
 * and a first deploy needs no network. */
static json_t *make_prod(const struct new_settings *settings, const char *name)
{
    json_t *prod = json_pack("{s:s, s:s}", "provider", "aws", "region",
                             settings->region ? settings->region : NEW_SETTINGS_REGION);

    if (settings->requirements && settings->candidate->kind <= DETECT_PYTHON)
        json_object_set_new(prod, "functions",
                            json_pack("{s:{s:s}}", name, "requirements", "requirements.txt"));
    return prod;
}

char *new_settings_text(const struct new_settings *settings)
{
    char *name = function_name(settings->candidate);
    json_t *root = json_pack("{s:s, s:s, s:s, s:{s:o}, s:{s:{s:s}, s:o}}", "$schema",
                             "fnctl.schema.json", "project", settings->project, "default_stage",
                             "dev", "functions", name, make_function(settings), "stages", "dev",
                             "provider", "local", "prod", make_prod(settings, name));
    char *text = pretty_json(root);

    json_decref(root);
    free(name);
    return text;
}

/* Replaces the string at `path`, when there is one. */
static void replace(struct buf *text, const struct json_path *path, const char *value)
{
    json_t *string = json_string(value);
    char *written = json_dumps(string, JSON_ENCODE_ANY);
    size_t start, end;
    struct buf out;

    buf_init(&out, 0);
    if (written && json_scan_find(text->data, text->len, path, false, &start) == 0 &&
        text->data[start] == '"') {
        for (end = start + 1; text->data[end] != '"'; end++)
            end += text->data[end] == '\\';
        buf_append(&out, text->data, start);
        buf_puts(&out, written);
        buf_puts(&out, text->data + end + 1);
        buf_release(text);
        *text = out;
    }
    free(written);
    json_decref(string);
}

static const char *machine_architecture(void)
{
    struct utsname name;

    return uname(&name) == 0 && strcmp(name.machine, "aarch64") == 0 ? "arm64" : "x86_64";
}

/* Sets what the options and this machine say of one function. */
static void fill_function(struct buf *text, const struct json_path *functions, const char *name,
                          const json_t *function, const char *runtime)
{
    const char *old = json_string_at(function, "runtime");
    struct json_path path = {functions, name, 0};
    struct json_path runtime_path = {&path, "runtime", 0};
    struct json_path architecture_path = {&path, "architecture", 0};

    if (runtime)
        replace(text, &runtime_path, runtime);
    if (strncmp(old, "provided", 8) == 0 && json_object_get(function, "build"))
        replace(text, &architecture_path, machine_architecture());
}

int new_settings_fill(const struct new_settings *settings, const char *runtime, struct buf *text,
                      struct err *err)
{
    struct json_path root = {NULL, NULL, 0};
    struct json_path project = {&root, "project", 0};
    struct json_path functions = {&root, "functions", 0};
    struct json_path stages = {&root, "stages", 0};
    struct json_path prod = {&stages, "prod", 0};
    struct json_path region = {&prod, "region", 0};
    json_t *parsed = json_parse(buf_string(text), text->len, JSON_DEPTH_MAX, err);
    const char *name;
    json_t *function;

    if (!parsed)
        return err_context(err, "cannot read the template's fnctl.json");
    replace(text, &project, settings->project);
    if (settings->region)
        replace(text, &region, settings->region);
    json_object_foreach (json_object_get(parsed, "functions"), name, function)
        fill_function(text, &functions, name, function, runtime);
    json_decref(parsed);
    return 0;
}
