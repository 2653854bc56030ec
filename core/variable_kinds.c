/* The variables that there are. */
#include "core/file.h"
#include "core/memory.h"
#include "core/process.h"
#include "core/suggest.h"
#include "core/variables_inside.h"

#include <stdlib.h>
#include <string.h>

enum { FILE_MAX = 64 * 1024, SHA_LEN = 40, GIT_TIMEOUT = 10000 };

#define REFUSE(string, name, ...) variable_refuse((string), (name), xasprintf(__VA_ARGS__))

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
        result = variable_add(string, value, strlen(value));
    else if (fallback)
        result = variable_expand(string, fallback + 2, strlen(fallback + 2));
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
    return variable_add(string, string->all->variables->stage,
                        strlen(string->all->variables->stage));
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
    result = variable_expand(string, text, strlen(text));
    all->open_count--;
    return result;
}

static int add_account(const struct string *string, const char *name, const char *argument)
{
    struct replacing *all = string->all;
    char **account = all->variables->known_account;

    (void)argument;
    if (!all->variables->account || !account)
        return REFUSE(string, name, "is not available here: only the provider knows the account");
    if (!*account && !(*account = all->variables->account(all->variables->context, all->err)))
        return -1;
    return variable_add(string, *account, strlen(*account));
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
    return variable_add(string, all->sha, strlen(all->sha));
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
        result = variable_add(string, buf_string(&text),
                              text.len - (text.len > 0 && text.data[text.len - 1] == '\n'));
    buf_release(&text);
    free(path);
    return result;
}

/* The ":-" in front of a default, outside of the braces of other variables; NULL: there is none. */
static const char *find_default(const char *argument)
{
    size_t open = 0;

    for (const char *at = argument; *at; at++) {
        if (at[0] == '$' && at[1] == '{')
            open++;
        else if (at[0] == '}' && open > 0)
            open--;
        else if (at[0] == ':' && at[1] == '-' && open == 0)
            return at;
    }
    return NULL;
}

/* What must be known before the provider can be asked, or without asking it. */
static const char *const early_keys[] = {"$schema", "project", "provider",      "region",
                                         "aws",     "local",   "default_stage", NULL};
static const char *const packaging_keys[] = {
    "runtime",      "architecture",     "handler", "app",     "web",       "source",
    "build",        "include",          "exclude", "sysroot", "gitignore", "requirements",
    "node_modules", "runtime_packages", "routes",  NULL};

static bool is_among(const char *key, const char *const *keys)
{
    while (*keys && (!key || strcmp(*keys, key) != 0))
        keys++;
    return *keys != NULL;
}

/* Whether the string is one of those that do not wait for the provider. */
static bool is_early(const struct json_path *path)
{
    const char *keys[3] = {NULL}; /* from the root: functions, NAME, KEY */
    size_t depth = 0;

    for (const struct json_path *step = path; step->parent; step = step->parent)
        depth++;
    for (const struct json_path *step = path; step->parent; step = step->parent)
        if (--depth < 3)
            keys[depth] = step->key;
    return is_among(keys[0], early_keys) ||
           (keys[0] && strcmp(keys[0], "functions") == 0 && is_among(keys[2], packaging_keys));
}

static enum reference_kind kind_of(const char *name)
{
    size_t len = strcspn(name, ":");
    enum reference_kind kind = REFERENCE_SSM;

    while (kind < REFERENCE_CF &&
           (strlen(reference_word(kind)) != len || strncmp(reference_word(kind), name, len) != 0))
        kind++;
    return kind;
}

/* A default that may never be needed is looked through for more to ask for in the same batch; what
 * is wrong with it is told when it is needed. */
static int collect_in_default(const struct string *string, const char *fallback)
{
    struct replacing *all = string->all, quiet = *all;
    struct err ignored = {0};
    struct buf scratch;
    struct string unused = *string;

    buf_init(&scratch, 0);
    quiet.err = &ignored;
    unused.all = &quiet;
    unused.out = &scratch;
    variable_expand(&unused, fallback, strlen(fallback));
    quiet.err = all->err;
    *all = quiet;
    buf_release(&scratch);
    return 0;
}

static int add_value(const struct string *string, const char *name,
                     const struct reference *reference, const char *fallback)
{
    struct replacing *all = string->all;

    if (reference->state == REFERENCE_FOUND) {
        all->secret = all->secret || reference_is_secret(reference);
        return variable_add(string, reference->value, strlen(reference->value));
    }
    if (reference->state == REFERENCE_REFUSED) {
        REFUSE(string, name, "cannot be read: %s", reference->reason);
        all->err->code = ERR_CREDENTIALS;
        return -1;
    }
    if (reference->state == REFERENCE_MISSING && fallback)
        return variable_expand(string, fallback + 2, strlen(fallback + 2));
    if (reference->state == REFERENCE_MISSING)
        return REFUSE(string, name, "is missing: %s; or give a default as in '${%s:%s:-default}'",
                      reference->reason, reference_word(reference->kind), reference->text);
    all->unknown = true;
    return fallback ? collect_in_default(string, fallback + 2) : 0;
}

/* "NAME" or "NAME:-default" of what the provider knows; the name may have variables in it. */
static int add_reference(const struct string *string, const char *name, const char *argument)
{
    const char *fallback = find_default(argument);
    size_t len = fallback ? (size_t)(fallback - argument) : strlen(argument);
    struct reference *reference;
    struct string inner = *string;
    struct buf text;
    struct err rule;
    int result = -1;

    if (!string->all->variables->references)
        return refuse_sealed(string, name);
    if (string->in_name)
        return REFUSE(string, name, "cannot stand in the name of another such variable");
    if (is_early(string->path))
        return REFUSE(string, name,
                      "cannot stand here: this must be known before the provider is asked");
    buf_init(&text, 0);
    inner.out = &text;
    inner.in_name = true;
    if (variable_expand(&inner, argument, len) == 0) {
        reference = references_add(string->all->variables->references, kind_of(name),
                                   buf_string(&text), &rule);
        result = reference ? add_value(string, name, reference, fallback)
                           : REFUSE(string, name, "%s", rule.message);
    }
    buf_release(&text);
    return result;
}

static const struct {
    const char *name;
    bool argument; /* "name:argument" rather than "name" */
    int (*add)(const struct string *string, const char *name, const char *argument);
} kinds[] = {
    {"env", true, add_environment},  {"stage", false, add_stage},
    {"project", false, add_setting}, {"region", false, add_setting},
    {"account", false, add_account}, {"git", true, add_git},
    {"file", true, add_file},        {"ssm", true, add_reference},
    {"secret", true, add_reference}, {"cf", true, add_reference},
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

int variable_add_named(const struct string *string, const char *name)
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
