#include "core/variables.h"

#include "core/file.h"
#include "core/memory.h"
#include "core/process.h"
#include "core/suggest.h"

#include <stdlib.h>
#include <string.h>

enum {
    FILE_MAX = 64 * 1024,
    TOTAL_MAX = 4 * 1024 * 1024, /* of all strings together, after replacing */
    NESTING_MAX = 8,             /* of variables in defaults */
    SHA_LEN = 40,
    GIT_TIMEOUT = 10000,
};

/* Replacing under way. */
struct replacing {
    const struct variables *variables;
    const struct schema_source *source;
    json_t *raw; /* the settings as they were: ${project} and ${region} are taken from here */
    size_t total;
    const char *open[2]; /* those of them that are being replaced, to notice a circle */
    size_t open_count;
    char *account, *sha; /* owned, once asked for */
    struct err *err;
};

/* A string under way: where it stands and what it has become. */
struct string {
    struct replacing *all;
    const struct json_path *path;
    struct buf *out;
    size_t nesting;
};

static int expand(const struct string *string, const char *text, size_t len);

static int add(const struct string *string, const char *text, size_t len)
{
    /* One more each time, so that many empty ones end, too. */
    string->all->total += len + 1;
    if (string->all->total > TOTAL_MAX)
        return schema_error(string->all->source, string->path, false, string->all->err,
                            "the strings grow beyond %d bytes by their variables", TOTAL_MAX);
    return buf_append(string->out, text, len);
}

/* An error about the variable `name`, which stands at the string's place. */
#define REFUSE(string, name, ...) refuse((string), (name), xasprintf(__VA_ARGS__))

static int refuse(const struct string *string, const char *name, char *reason)
{
    schema_error(string->all->source, string->path, false, string->all->err, "'${%.100s}' %s", name,
                 reason);
    free(reason);
    return -1;
}

static int refuse_sealed(const struct string *string, const char *name)
{
    return REFUSE(string, name, "is not available here");
}

/* "NAME" or "NAME:-default". */
static int add_environment(const struct string *string, const char *name, const char *argument)
{
    const char *fallback = strstr(argument, ":-");
    char *variable =
        xstrndup(argument, fallback ? (size_t)(fallback - argument) : strlen(argument));
    const char *value = string->all->variables->sealed ? NULL : getenv(variable);
    int result;

    if (variable[0] == '\0')
        result = REFUSE(string, name, "names no environment variable");
    else if (value && *value)
        result = add(string, value, strlen(value));
    else if (fallback)
        result = expand(string, fallback + 2, strlen(fallback + 2));
    else if (value)
        result = 0;
    else
        result = REFUSE(string, name,
                        "is missing: set the environment variable %s, or give a default as in "
                        "'${env:%s:-default}'",
                        variable, variable);
    free(variable);
    return result;
}

static int add_stage(const struct string *string, const char *name, const char *argument)
{
    (void)name;
    (void)argument;
    return add(string, string->all->variables->stage, strlen(string->all->variables->stage));
}

/* ${project} and ${region}: strings of the settings, which may hold variables themselves. */
static int add_setting(const struct string *string, const char *name, const char *argument)
{
    struct replacing *all = string->all;
    const char *text = json_string_value(json_object_get(all->raw, name));
    int result;

    (void)argument;
    if (!text)
        return REFUSE(string, name, "is missing: the settings do not say '%s'%s", name,
                      strcmp(name, "region") == 0 ? ", nor does AWS_REGION" : "");
    for (size_t i = 0; i < all->open_count; i++)
        if (strcmp(all->open[i], name) == 0)
            return REFUSE(string, name, "goes round in a circle: it stands for itself");
    /* Only two names come here, and none while it is open, so the array cannot overflow. */
    all->open[all->open_count++] = name;
    result = expand(string, text, strlen(text));
    all->open_count--;
    return result;
}

static int add_account(const struct string *string, const char *name, const char *argument)
{
    struct replacing *all = string->all;

    (void)argument;
    if (!all->variables->account)
        return REFUSE(string, name, "is not available here: only the provider knows the account");
    if (!all->account &&
        !(all->account = all->variables->account(all->variables->context, all->err)))
        return -1;
    return add(string, all->account, strlen(all->account));
}

static char *git_sha(const char *folder)
{
    const char *const argv[] = {"git", "rev-parse", "HEAD", NULL};
    struct buf output, errors;
    struct process process = {.argv = argv, .folder = folder, .timeout = GIT_TIMEOUT};
    struct err ignored;
    char *sha = NULL;
    int status;

    buf_init(&output, 256);
    buf_init(&errors, 4096);
    process.output = &output;
    process.errors = &errors;
    if (process_run(&process, &status, &ignored) == 0 && status == 0 &&
        strspn(buf_string(&output), "0123456789abcdef") >= SHA_LEN)
        sha = xstrndup(output.data, strcspn(output.data, "\n"));
    buf_release(&output);
    buf_release(&errors);
    return sha;
}

static int add_git(const struct string *string, const char *name, const char *argument)
{
    struct replacing *all = string->all;

    if (strcmp(argument, "sha") != 0)
        return REFUSE(string, name, "is not known; there is: ${git:sha}");
    if (all->variables->sealed)
        return refuse_sealed(string, name);
    if (!all->sha && !(all->sha = git_sha(all->variables->folder)))
        return REFUSE(string, name, "is missing: '%s' has no commit that git can name",
                      all->variables->folder);
    return add(string, all->sha, strlen(all->sha));
}

static int add_file(const struct string *string, const char *name, const char *argument)
{
    const struct variables *variables = string->all->variables;
    char *path = file_join(variables->folder, argument);
    struct buf text;
    struct err reason;
    int result;

    buf_init(&text, FILE_MAX);
    if (variables->sealed)
        result = refuse_sealed(string, name);
    else if (*argument == '\0')
        result = REFUSE(string, name, "names no file");
    else if (file_read(path, FILE_MAX, &text, &reason) < 0)
        result = REFUSE(string, name, "%s", reason.message);
    else if (strlen(buf_string(&text)) != text.len)
        result = REFUSE(string, name, "has NUL bytes in it: only text can be a setting");
    else
        result = add(string, buf_string(&text),
                     text.len - (text.len > 0 && text.data[text.len - 1] == '\n'));
    buf_release(&text);
    free(path);
    return result;
}

static int refuse_later(const struct string *string, const char *name, const char *argument)
{
    (void)argument;
    return REFUSE(string, name, "comes with a later version");
}

static const struct {
    const char *name;
    bool argument; /* "name:argument" rather than "name" */
    bool later;
    int (*add)(const struct string *string, const char *name, const char *argument);
} kinds[] = {
    {"env", true, false, add_environment},  {"stage", false, false, add_stage},
    {"project", false, false, add_setting}, {"region", false, false, add_setting},
    {"account", false, false, add_account}, {"git", true, false, add_git},
    {"file", true, false, add_file},        {"ssm", true, true, refuse_later},
    {"secret", true, true, refuse_later},   {"cf", true, true, refuse_later},
};

enum { KINDS = sizeof(kinds) / sizeof(kinds[0]) };

static int unknown_variable(const struct string *string, const char *name, size_t word_len)
{
    char *word = xstrndup(name, word_len);
    struct suggest near = {.word = word};
    struct buf known;
    int result;

    buf_init(&known, 0);
    for (size_t i = 0; i < KINDS; i++) {
        if (kinds[i].later)
            continue;
        suggest_offer(&near, kinds[i].name);
        buf_printf(&known, "%s%s%s", known.len ? ", " : "", kinds[i].name,
                   kinds[i].argument ? ":..." : "");
    }
    if (near.best)
        result = REFUSE(string, name, "is no variable; did you mean '%s'? There are: %s", near.best,
                        buf_string(&known));
    else
        result = REFUSE(string, name, "is no variable; there are: %s", buf_string(&known));
    buf_release(&known);
    free(word);
    return result;
}

/* What stands between "${" and "}". */
static int add_variable(const struct string *string, const char *name)
{
    size_t len = strcspn(name, ":");
    const char *argument = name[len] ? name + len + 1 : NULL;

    for (size_t i = 0; i < KINDS; i++) {
        if (strlen(kinds[i].name) != len || strncmp(kinds[i].name, name, len) != 0)
            continue;
        if (kinds[i].argument && !argument)
            return REFUSE(string, name, "needs more: '${%s:...}'", name);
        if (!kinds[i].argument && argument)
            return REFUSE(string, name, "takes nothing after the colon: '${%s}'", kinds[i].name);
        return kinds[i].add(string, name, argument);
    }
    return unknown_variable(string, name, len);
}

/* The length of what is between the braces, nested ones included; -1 without a closing one. */
static ssize_t variable_length(const char *text, size_t len)
{
    size_t open = 1;

    for (size_t i = 0; i < len; i++) {
        if (text[i] == '{' && i > 0 && text[i - 1] == '$')
            open++;
        else if (text[i] == '}' && --open == 0)
            return (ssize_t)i;
    }
    return -1;
}

static int expand_variable(const struct string *string, const char *text, size_t len)
{
    struct string inner = *string;
    char *name = xstrndup(text, len);
    int result;

    inner.nesting++;
    if (add(string, "", 0) < 0)
        result = -1;
    else if (inner.nesting > NESTING_MAX)
        result = REFUSE(string, name, "is nested deeper than %d levels", NESTING_MAX);
    else
        result = add_variable(&inner, name);
    free(name);
    return result;
}

static int expand(const struct string *string, const char *text, size_t len)
{
    size_t at = 0;

    while (at < len) {
        const char *here = text + at, *dollar = memchr(here, '$', len - at);
        size_t left, plain = dollar ? (size_t)(dollar - here) : len - at;
        ssize_t inside;

        if (add(string, here, plain) < 0)
            return -1;
        at += plain;
        left = len - at;
        if (left >= 3 && memcmp(dollar, "$${", 3) == 0) {
            if (add(string, "${", 2) < 0)
                return -1;
            at += 3;
        } else if (left >= 2 && dollar[1] == '{') {
            inside = variable_length(dollar + 2, left - 2);
            if (inside < 0)
                return schema_error(string->all->source, string->path, false, string->all->err,
                                    "'%.40s' has no closing '}'; a literal '${' is written '$${'",
                                    dollar);
            if (expand_variable(string, dollar + 2, (size_t)inside) < 0)
                return -1;
            at += (size_t)inside + 3;
        } else if (left > 0) {
            if (add(string, "$", 1) < 0)
                return -1;
            at++;
        }
    }
    return 0;
}

/* The string at `path` with its variables replaced; NULL with an error. */
static json_t *replaced(struct replacing *all, const char *text, const struct json_path *path)
{
    struct buf out;
    const struct string string = {all, path, &out, 0};
    json_t *value = NULL;

    buf_init(&out, 0);
    if (expand(&string, text, strlen(text)) == 0) {
        value = json_string(buf_string(&out));
        if (!value)
            schema_error(all->source, path, false, all->err,
                         "a variable in it stands for bytes that are not UTF-8");
    }
    buf_release(&out);
    return value;
}

static int replace_in(struct replacing *all, json_t *value, const struct json_path *path,
                      json_t **instead)
{
    size_t i;
    const char *key;
    void *next;
    json_t *member, *other = NULL;

    if (json_is_string(value) && strchr(json_string_value(value), '$')) {
        *instead = replaced(all, json_string_value(value), path);
        return *instead ? 0 : -1;
    }
    json_array_foreach (value, i, member) {
        struct json_path step = {.parent = path, .index = i};

        if (replace_in(all, member, &step, &other) < 0)
            return -1;
        if (other)
            json_array_set_new(value, i, other);
        other = NULL;
    }
    json_object_foreach_safe (value, next, key, member) {
        struct json_path step = {.parent = path, .key = key};

        if (replace_in(all, member, &step, &other) < 0)
            return -1;
        if (other)
            json_object_set_new(value, key, other);
        other = NULL;
    }
    return 0;
}

int variables_replace(const struct variables *variables, json_t *root,
                      const struct schema_source *source, struct err *err)
{
    struct replacing all = {.variables = variables, .source = source, .err = err};
    const struct json_path path = {.parent = NULL};
    json_t *other = NULL;
    int result;

    all.raw = json_deep_copy(root);
    result = replace_in(&all, root, &path, &other);
    json_decref(all.raw);
    json_decref(other);
    free(all.account);
    free(all.sha);
    return result;
}
