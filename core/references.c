#include "core/references.h"

#include "core/buf.h"
#include "core/memory.h"

#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

enum { NAME_MAX_BYTES = 2048, MOST = 1000 };

#define LETTERS "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz"
#define DIGITS "0123456789"

/* What names consist of, from the service models; and an example for messages. */
static const struct {
    const char *word;
    const char *letters;
    const char *example;
} kinds[] = {
    [REFERENCE_SSM] = {"ssm", LETTERS DIGITS "_.-/",
                       "'${ssm:/name}', '${ssm:/name:3}' or '${ssm:/name:label}'"},
    [REFERENCE_SECRET] = {"secret", LETTERS DIGITS "/_+=.@-",
                          "'${secret:name}', '${secret:name#key}' or "
                          "'${secret:name:AWSPREVIOUS#key}'"},
    [REFERENCE_CF] = {"cf", LETTERS DIGITS "-", "'${cf:stack.Output}'"},
};

const char *reference_word(enum reference_kind kind)
{
    return kinds[kind].word;
}

static bool is_arn(const char *text)
{
    return strncmp(text, "arn:", 4) == 0;
}

/* Where a name ends: at its first colon; an ARN has five of its own, that of a secret six. */
static size_t name_length(enum reference_kind kind, const char *text)
{
    size_t colons = !is_arn(text) ? 0 : kind == REFERENCE_SECRET ? 6 : 5;
    size_t len = strcspn(text, ":");

    for (; colons > 0 && text[len]; colons--)
        len += 1 + strcspn(text + len + 1, ":");
    return len;
}

static void split(struct reference *reference)
{
    const char *text = reference->text, *dot = strrchr(text, '.');
    size_t hash = reference->kind == REFERENCE_SECRET ? strcspn(text, "#") : strlen(text);
    char *front = xstrndup(text, hash);
    size_t len = name_length(reference->kind, front);

    if (text[hash])
        reference->key = xstrdup(text + hash + 1);
    if (reference->kind == REFERENCE_CF && dot) {
        reference->name = xstrndup(text, (size_t)(dot - text));
        reference->selector = xstrdup(dot + 1);
    } else {
        reference->name = xstrndup(front, len);
        if (front[len])
            reference->selector = xstrdup(front + len + 1);
    }
    free(front);
}

static bool consists_of(const char *text, const char *letters)
{
    return text[0] && text[strspn(text, letters)] == '\0';
}

static bool is_well_formed(const struct reference *reference)
{
    const char *name = reference->name, *selector = reference->selector;

    if (strlen(reference->text) > NAME_MAX_BYTES)
        return false;
    if (!consists_of(name,
                     is_arn(name) ? LETTERS DIGITS ":/_+=.@-" : kinds[reference->kind].letters))
        return false;
    if (reference->kind == REFERENCE_CF && !selector)
        return false;
    if (selector && !consists_of(selector, LETTERS DIGITS "_.-"))
        return false;
    return !reference->key || reference->key[0];
}

static void free_reference(struct reference *reference)
{
    if (reference->value)
        memory_wipe(reference->value, strlen(reference->value));
    free(reference->text);
    free(reference->name);
    free(reference->selector);
    free(reference->key);
    free(reference->value);
    free(reference->reason);
    free(reference);
}

void references_release(struct references *references)
{
    for (size_t i = 0; i < references->count; i++)
        free_reference(references->items[i]);
    free(references->items);
    *references = (struct references){0};
}

static struct reference *find(const struct references *references, enum reference_kind kind,
                              const char *text)
{
    for (size_t i = 0; i < references->count; i++)
        if (references->items[i]->kind == kind && strcmp(references->items[i]->text, text) == 0)
            return references->items[i];
    return NULL;
}

struct reference *references_add(struct references *references, enum reference_kind kind,
                                 const char *text, struct err *err)
{
    struct reference *reference = find(references, kind, text);

    if (reference)
        return reference;
    if (references->count == MOST) {
        err_set(err, ERR_SETTINGS, "is one too many: at most %d may be asked for", MOST);
        return NULL;
    }
    reference = xcalloc(1, sizeof(*reference));
    reference->kind = kind;
    reference->text = xstrdup(text);
    split(reference);
    if (!is_well_formed(reference)) {
        err_set(err, ERR_SETTINGS, "has not the form of %s", kinds[kind].example);
        free_reference(reference);
        return NULL;
    }
    references->items =
        xreallocarray(references->items, references->count + 1, sizeof(*references->items));
    references->items[references->count++] = reference;
    return reference;
}

bool reference_is_secret(const struct reference *reference)
{
    return reference->kind != REFERENCE_CF;
}

void reference_found(struct reference *reference, const char *value)
{
    free(reference->value);
    reference->value = xstrdup(value);
    reference->state = REFERENCE_FOUND;
}

static void set_reason(struct reference *reference, enum reference_state state, const char *format,
                       va_list arguments)
{
    struct buf reason;

    buf_init(&reason, 0);
    buf_vprintf(&reason, format, arguments);
    free(reference->reason);
    reference->reason = buf_take(&reason);
    reference->state = state;
}

void reference_missing(struct reference *reference, const char *format, ...)
{
    va_list arguments;

    va_start(arguments, format);
    set_reason(reference, REFERENCE_MISSING, format, arguments);
    va_end(arguments);
}

void reference_refused(struct reference *reference, const char *format, ...)
{
    va_list arguments;

    va_start(arguments, format);
    set_reason(reference, REFERENCE_REFUSED, format, arguments);
    va_end(arguments);
}
