#include "cli/cause.h"

#include "cli/cause_rows.h"
#include "core/buf.h"
#include "core/memory.h"

#include <ctype.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { SUBJECT_MAX = 200 }; /* bytes of a name that is taken from a text */

static const char *find(const char *text, size_t len, const char *pattern)
{
    return text && len ? memmem(text, len, pattern, strlen(pattern)) : NULL;
}

static bool holds(const struct cause_row *row, const struct function *function)
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

static char *subject_of(const struct cause_row *row, const char *begin, const char *at,
                        const char *end)
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
    for (const struct cause_row *row = cause_rows; row->pattern; row++) {
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
