#include "cli/cause.h"

#include "core/buf.h"
#include "core/memory.h"

#include <ctype.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { SUBJECT_MAX = 200 }; /* bytes of a name that is taken from a text */

/* Where the subject, {1}, stands. */
enum place {
    NOWHERE,
    QUOTED, /* behind the pattern, in quotes */
    AFTER,  /* the word behind the pattern */
    BEFORE, /* the word in front of it */
};

enum condition {
    ALWAYS = 0,
    ON_PYTHON = 1,
    ON_NODE = 2,
    IN_VPC = 4,
    WITH_REQUIREMENTS = 8,
    BY_ITSELF = 16, /* says how it ended, not why: the log may know better */
};

/*
 * In `what` and `next`: {1} the subject, {2} the word behind `second`, {memory}, {used}, {timeout},
 * {handler}, {runtime}, {machine}, {requirements}, {name}. The first row that fits counts.
 */
struct row {
    const char *pattern;
    enum place place;
    int when; /* conditions, all of which must hold */
    const char *second;
    const char *what;
    const char *next;
};

#define WHY_NOT_PACKED "'fnctl package --list --why' with its path tells why a file is left out"

static const struct row rows[] = {
    {": cannot open shared object file", BEFORE, ALWAYS, NULL,
     "the shared library '{1}' is not in the package",
     "install what has it and deploy again; one that is loaded by its name alone, as dlopen does, "
     "goes below the source: what is in 'lib' there is found"},
    {"version `GLIBC_", AFTER, ALWAYS, NULL,
     "it was built against glibc {1}, which {runtime} does not have",
     "build it on a system that is no newer than the runtime, or take a newer \"runtime\": "
     "provided.al2023 has glibc 2.34"},
    {"wrong ELF class", NOWHERE, ALWAYS, NULL, "it was built for another machine than {machine}",
     "build it for {machine}, or set \"architecture\""},
    {"xec format error", NOWHERE, ALWAYS, NULL,
     "the program is not for {machine}, or is a script without a first line like #!/bin/sh",
     "build it for {machine}, set \"architecture\", or write that line"},
    {"is not authorized to perform: ", AFTER, ALWAYS, "on resource: ",
     "its role may not do {1} on {2}", "add \"{1} {2}\" to the function's \"permissions\""},
    {"KMSAccessDeniedException", NOWHERE, ALWAYS, NULL,
     "Lambda may not use the KMS key of the environment variables",
     "allow the function's role kms:Decrypt in the key's policy"},
    {"KMSDisabledException", NOWHERE, ALWAYS, NULL, "the KMS key is disabled",
     "enable the key, or take another"},
    {"KMSInvalidStateException", NOWHERE, ALWAYS, NULL,
     "the KMS key is pending deletion or not usable", "cancel the deletion, or take another key"},
    {"(AccessDenied", NOWHERE, ALWAYS, NULL, "its role lacks a permission for that call",
     "add the action and the resource to the function's \"permissions\""},
    {"AccessDeniedException", NOWHERE, ALWAYS, NULL, "its role lacks a permission for that call",
     "add the action and the resource to the function's \"permissions\""},
    {"cannot import name ", QUOTED, ON_PYTHON, NULL,
     "a package has no '{1}': it has another version than the code was written for",
     "pin the version in {requirements} and deploy again"},
    {"No module named ", QUOTED, ON_PYTHON | WITH_REQUIREMENTS, NULL,
     "the module '{1}' is not in the package",
     "add its package to {requirements}; " WHY_NOT_PACKED},
    {"No module named ", QUOTED, ON_PYTHON, NULL, "the module '{1}' is not in the package",
     "name its package in a file and set \"requirements\" to that; " WHY_NOT_PACKED},
    {"Cannot find package ", QUOTED, ON_NODE, NULL, "the package '{1}' is not in the zip",
     "add it with 'npm install {1}' and set \"node_modules\": \"install\""},
    {"Cannot find module './", AFTER, ON_NODE, NULL, "the file './{1}' is not in the package",
     WHY_NOT_PACKED},
    {"Cannot find module '../", AFTER, ON_NODE, NULL, "the file '../{1}' is not in the package",
     WHY_NOT_PACKED},
    {"Cannot find module '/", AFTER, ON_NODE, NULL, "the file '/{1}' is not in the package",
     WHY_NOT_PACKED "; imports of modules need the ending, as in './x.mjs'"},
    {"Cannot find module ", QUOTED, ON_NODE, NULL, "the package '{1}' is not in the zip",
     "add it with 'npm install {1}' and set \"node_modules\": \"install\""},
    {"Cannot use import statement outside a module", NOWHERE, ON_NODE, NULL,
     "the file is a module, but is read as CommonJS",
     "name it .mjs, or write \"type\": \"module\" into package.json"},
    {"require is not defined in ES module scope", NOWHERE, ON_NODE, NULL,
     "the file is CommonJS, but is read as a module",
     "name it .cjs, or use import instead of require"},
    {"Runtime.HandlerNotFound", NOWHERE, ALWAYS, NULL,
     "the code has no function of the name in \"handler\": \"{handler}\"",
     "name one that the file has at its top level (for Node.js: exports)"},
    {"Runtime.MalformedHandlerName", NOWHERE, ALWAYS, NULL,
     "\"handler\": \"{handler}\" is not FILE.FUNCTION", "name the file and the function in it"},
    {"Runtime.UserCodeSyntaxError", NOWHERE, ALWAYS, NULL, "the code has a syntax error",
     "correct the line that is shown; {runtime} may also be too old for what is written there"},
    {"Unable to import module ", NOWHERE, ON_PYTHON, NULL,
     "the module of the handler failed when it was loaded", "the error behind it tells why"},
    {"Unable to marshal response", NOWHERE, ALWAYS, NULL,
     "the function returned what JSON cannot hold",
     "return objects, lists, strings, numbers, booleans or null"},
    {"esponse payload size exceeded", NOWHERE, ALWAYS, NULL,
     "the answer has more than Lambda's 6 MB",
     "return less, put it into S3 and return a link, or stream it (\"url\": {\"stream\": true})"},
    {"Function.ResponseSizeTooLarge", NOWHERE, ALWAYS, NULL,
     "the answer has more than Lambda's 6 MB",
     "return less, put it into S3 and return a link, or stream it (\"url\": {\"stream\": true})"},
    {"KeyError", NOWHERE, ON_PYTHON, "environ[", "the environment variable '{2}' is not set",
     "add it to the function's \"environment\""},
    {"Runtime.OutOfMemory", NOWHERE, ALWAYS, NULL, "it needs more than its {memory} MB{used}",
     "raise \"memory\" (at most 10240)"},
    {"JavaScript heap out of memory", NOWHERE, ALWAYS, NULL,
     "it needs more than its {memory} MB{used}", "raise \"memory\" (at most 10240)"},
    {"java.lang.OutOfMemoryError", NOWHERE, ALWAYS, NULL,
     "it needs more than its {memory} MB{used}", "raise \"memory\" (at most 10240)"},
    {"MemoryError", NOWHERE, ON_PYTHON, NULL, "it needs more than its {memory} MB{used}",
     "raise \"memory\" (at most 10240)"},
    {"Runtime.InvalidEntrypoint", NOWHERE, ALWAYS, NULL,
     "\"handler\": \"{handler}\" could not be started as a program",
     "it must be executable, for {machine}, and what its #! line names must be in the runtime"},
    {"bad interpreter: ", NOWHERE, ALWAYS, NULL,
     "the interpreter in the script's #! line is not in {runtime}",
     "/bin/sh and /bin/bash are there; others go into the package"},
    {"Read-only file system", NOWHERE, ALWAYS, NULL, "the code and its layers cannot be written to",
     "write below /tmp"},
    {"EROFS: read-only file system", NOWHERE, ALWAYS, NULL,
     "the code and its layers cannot be written to", "write below /tmp"},
    {"No space left on device", NOWHERE, ALWAYS, NULL, "/tmp is full",
     "remove files after use, or raise \"ephemeral_storage\""},
    {"ENOSPC", NOWHERE, ALWAYS, NULL, "/tmp is full",
     "remove files after use, or raise \"ephemeral_storage\""},
    {"onnection refused", NOWHERE, ALWAYS, NULL,
     "nothing takes connections at the address it called",
     "look at host and port in its \"environment\"; 127.0.0.1 is the function's own machine"},
    {"ECONNREFUSED", AFTER, ALWAYS, NULL, "nothing takes connections at {1}",
     "look at host and port in its \"environment\"; 127.0.0.1 is the function's own machine"},
    {"Connect timeout on endpoint URL", QUOTED, IN_VPC, NULL,
     "'{1}' cannot be reached from the function's subnets",
     "in a VPC it takes a NAT gateway for the internet or a VPC endpoint for AWS's services, and "
     "security groups that let it out"},
    {"ETIMEDOUT", NOWHERE, IN_VPC, NULL, "a connection out of the function's subnets timed out",
     "in a VPC it takes a NAT gateway for the internet or a VPC endpoint for AWS's services, and "
     "security groups that let it out"},
    {"onnection timed out", NOWHERE, IN_VPC, NULL,
     "a connection out of the function's subnets timed out",
     "in a VPC it takes a NAT gateway for the internet or a VPC endpoint for AWS's services, and "
     "security groups that let it out"},
    {"Task timed out after ", NOWHERE, IN_VPC, NULL,
     "it did not end within its \"timeout\" of {timeout} s",
     "a call that hangs in a VPC wants a NAT gateway or a VPC endpoint; else raise \"timeout\" (at "
     "most 900)"},
    {"Task timed out after ", NOWHERE, ALWAYS, NULL,
     "it did not end within its \"timeout\" of {timeout} s",
     "raise \"timeout\" (at most 900; behind an HTTP API the answer must come within 30 s), or "
     "give what it waits for a shorter one"},
    {"Name or service not known", NOWHERE, ALWAYS, NULL,
     "a host name that it calls cannot be found", "look at the name; in a VPC its DNS must be on"},
    {"Temporary failure in name resolution", NOWHERE, ALWAYS, NULL,
     "a host name that it calls cannot be found", "look at the name; in a VPC its DNS must be on"},
    {"getaddrinfo ENOTFOUND ", AFTER, ALWAYS, NULL, "the host name '{1}' cannot be found",
     "look at the name; in a VPC its DNS must be on"},
    {"getaddrinfo EAI_AGAIN ", AFTER, ALWAYS, NULL, "the host name '{1}' cannot be found",
     "look at the name; in a VPC its DNS must be on"},
    {"Could not connect to the endpoint URL: ", QUOTED, ALWAYS, NULL, "'{1}' cannot be reached",
     "look at the region and the name of the service"},
    {"Unable to locate credentials", NOWHERE, ALWAYS, NULL, "the function has no AWS credentials",
     "on AWS its role gives them; for the local engine set them in the stage's \"environment\""},
    {"Too many open files", NOWHERE, ALWAYS, NULL, "it has 1024 files and connections open",
     "close them, and share clients between calls"},
    {"Permission denied", NOWHERE, ALWAYS, NULL,
     "a file may not be read, written or executed by the function",
     "chmod it in the source (644, programs 755) and deploy again; what it writes goes below /tmp"},
    {"signal: killed", NOWHERE, BY_ITSELF, NULL,
     "the process was killed, most often for its memory",
     "raise \"memory\", now {memory} MB{used}"},
    {"signal: segmentation fault", NOWHERE, BY_ITSELF, NULL,
     "native code read or wrote where it may not",
     "modules must be built for {machine} and the versions in use"},
    {"Runtime exited without providing a reason", NOWHERE, BY_ITSELF, NULL,
     "the process ended by itself instead of answering", "look for exit() in the code"},
    {"Runtime exited with error: exit status ", AFTER, BY_ITSELF, NULL,
     "the process ended with status {1} instead of answering",
     "its log tells more; look for exit() in the code"},
};

static const char *find(const char *text, size_t len, const char *pattern)
{
    return text && len ? memmem(text, len, pattern, strlen(pattern)) : NULL;
}

static bool holds(const struct row *row, const struct function *function)
{
    const char *runtime = function->runtime ? function->runtime : "";

    return (!(row->when & ON_PYTHON) || strncmp(runtime, "python", 6) == 0) &&
           (!(row->when & ON_NODE) || strncmp(runtime, "nodejs", 6) == 0) &&
           (!(row->when & IN_VPC) || function->vpc.subnets.count > 0) &&
           (!(row->when & WITH_REQUIREMENTS) || function->requirements);
}

static bool ends_word(char c)
{
    return isspace((unsigned char)c) || strchr("'\"`,;)(", c);
}

/* The word at `at`, without quotes in front and a dot or colon behind. */
static char *word_at(const char *at, const char *end)
{
    const char *stop;

    while (at < end && (*at == ' ' || *at == '"' || *at == '\'' || *at == '`'))
        at++;
    stop = at;
    while (stop < end && stop - at < SUBJECT_MAX && !ends_word(*stop))
        stop++;
    while (stop > at && (stop[-1] == '.' || stop[-1] == ':'))
        stop--;
    return xstrndup(at, (size_t)(stop - at));
}

static char *word_before(const char *begin, const char *at)
{
    const char *start = at;

    while (start > begin && at - start < SUBJECT_MAX && !ends_word(start[-1]))
        start--;
    return xstrndup(start, (size_t)(at - start));
}

static char *quoted_at(const char *at, const char *end)
{
    const char *open = at, *close;

    while (open < end && *open != '\'' && *open != '"' && *open != '\n')
        open++;
    close = open < end ? memchr(open + 1, *open, (size_t)(end - open - 1)) : NULL;
    if (!close || close - open > SUBJECT_MAX)
        return word_at(at, end);
    return xstrndup(open + 1, (size_t)(close - open - 1));
}

static char *subject_of(const struct row *row, const char *begin, const char *at, const char *end)
{
    const char *behind = at + strlen(row->pattern);

    switch (row->place) {
    case QUOTED:
        return quoted_at(behind, end);
    case AFTER:
        return word_at(behind, end);
    case BEFORE:
        return word_before(begin, at);
    case NOWHERE:
        break;
    }
    return xstrdup("");
}

/* ", of which it used 128": what REPORT says; "" without one. */
static char *memory_used(const struct failure *failure)
{
    const char *at = find(failure->log, failure->log_len, "Max Memory Used: ");
    char *word, *text;

    if (!at)
        return xstrdup("");
    word = word_at(at + strlen("Max Memory Used:"), failure->log + failure->log_len);
    text = xasprintf(", of which it used %s", word);
    free(word);
    return text;
}

struct words {
    const char *subject, *second, *used;
    const struct function *function;
};

/* Appends what the placeholder at `name` stands for. */
static void add_word(struct buf *out, const char *name, size_t len, const struct words *words)
{
    const struct function *function = words->function;
    const struct {
        const char *name, *text;
        int64_t number;
    } known[] = {{"1", words->subject, 0},
                 {"2", words->second, 0},
                 {"used", words->used, 0},
                 {"handler", function->handler, 0},
                 {"runtime", function->runtime, 0},
                 {"machine", function->architecture, 0},
                 {"requirements", function->requirements, 0},
                 {"memory", NULL, function->memory},
                 {"timeout", NULL, function->timeout}};

    for (size_t i = 0; i < sizeof(known) / sizeof(*known); i++) {
        if (strlen(known[i].name) != len || strncmp(known[i].name, name, len) != 0)
            continue;
        if (known[i].number)
            buf_printf(out, "%lld", (long long)known[i].number);
        else
            buf_puts(out, known[i].text ? known[i].text : "the packages");
        return;
    }
    buf_printf(out, "{%.*s}", (int)len, name);
}

static char *fill(const char *text, const struct words *words)
{
    struct buf out;

    buf_init(&out, 0);
    while (*text) {
        size_t len = strcspn(text, "{");

        buf_append(&out, text, len);
        text += len;
        if (*text == '{') {
            len = strcspn(++text, "}");
            add_word(&out, text, len, words);
            text += len + (text[len] == '}');
        }
    }
    return buf_take(&out);
}

/* The row that fits the text, of those that tell a reason or of all. */
static bool search(const struct failure *failure, const char *text, size_t len, bool all,
                   struct cause *cause)
{
    for (size_t i = 0; i < sizeof(rows) / sizeof(*rows); i++) {
        const struct row *row = &rows[i];
        const char *at = find(text, len, row->pattern), *second;
        struct words words = {.function = failure->function};
        char *subject, *other = NULL, *used;

        if (!at || !holds(row, failure->function) || ((row->when & BY_ITSELF) && !all))
            continue;
        second = row->second ? find(at, len - (size_t)(at - text), row->second) : NULL;
        if (row->second && !second)
            continue;
        subject = subject_of(row, text, at, text + len);
        if (second)
            other = word_at(second + strlen(row->second), text + len);
        used = memory_used(failure);
        words.subject = subject;
        words.second = other;
        words.used = used;
        cause->what = fill(row->what, &words);
        cause->next = fill(row->next, &words);
        free(subject);
        free(other);
        free(used);
        return true;
    }
    return false;
}

/* Whether the error is of Lambda itself, which knows less than what the process wrote. */
static bool knows_little(const char *type)
{
    static const char *const families[] = {"Runtime.", "Sandbox.", "Extension."};

    for (size_t i = 0; i < sizeof(families) / sizeof(*families); i++)
        if (strncmp(type, families[i], strlen(families[i])) == 0)
            return true;
    return !*type;
}

bool cause_find(const struct failure *failure, struct cause *cause)
{
    struct buf error;
    bool found;

    *cause = (struct cause){0};
    buf_init(&error, 0);
    buf_printf(&error, "%s\n", failure->type);
    buf_append(&error, failure->text, failure->text_len);
    found = search(failure, error.data, error.len, false, cause) ||
            (knows_little(failure->type) &&
             search(failure, failure->log, failure->log_len, false, cause)) ||
            search(failure, error.data, error.len, true, cause);
    buf_release(&error);
    return found;
}

void cause_release(struct cause *cause)
{
    free(cause->what);
    free(cause->next);
    *cause = (struct cause){0};
}
