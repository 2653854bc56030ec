#include "cli/detect_source.h"

#include "core/memory.h"

#include <ctype.h>
#include <stdlib.h>
#include <string.h>

/* What makes an app or a handler when it is called at the top level of a module. */
static const struct {
    const char *callee;
    enum source_kind kind;
} makers[] = {
    {"Flask", SOURCE_WSGI},           {"flask.Flask", SOURCE_WSGI},
    {"create_app", SOURCE_WSGI},      {"get_wsgi_application", SOURCE_WSGI},
    {"Bottle", SOURCE_WSGI},          {"bottle.Bottle", SOURCE_WSGI},
    {"falcon.App", SOURCE_WSGI},      {"FastAPI", SOURCE_ASGI},
    {"fastapi.FastAPI", SOURCE_ASGI}, {"Starlette", SOURCE_ASGI},
    {"Quart", SOURCE_ASGI},           {"get_asgi_application", SOURCE_ASGI},
    {"Mangum", SOURCE_HANDLER},
};

static bool is_word(char c)
{
    return isalnum((unsigned char)c) || c == '_' || (unsigned char)c >= 0x80;
}

static const char *skip_space(const char *text)
{
    return text + strspn(text, " \t\r\n");
}

/* The length of the identifier at `text`, with dots when `dotted`. */
static size_t word_length(const char *text, bool dotted)
{
    size_t len = 0;

    while (is_word(text[len]) || (dotted && text[len] == '.'))
        len++;
    return len;
}

static bool word_is(const char *text, size_t len, const char *word)
{
    return strlen(word) == len && strncmp(text, word, len) == 0;
}

/* When `text` starts with `word` and white space, what follows; else NULL. */
static const char *after_word(const char *text, const char *word)
{
    size_t len = strlen(word);

    if (strncmp(text, word, len) != 0 || is_word(text[len]))
        return NULL;
    return skip_space(text + len);
}

static char *blank(char *from, const char *to)
{
    for (; from < to && *from; from++)
        if (*from != '\n')
            *from = ' ';
    return from;
}

/* The end of a string that starts at `text` with `quote` (one character or three). */
static const char *string_end(const char *text, const char *quote, size_t quote_len, bool lines)
{
    for (text += quote_len; *text; text++) {
        if (*text == '\\' && text[1])
            text++;
        else if (strncmp(text, quote, quote_len) == 0)
            return text + quote_len;
        else if (*text == '\n' && !lines)
            return text;
    }
    return text;
}

static void mask_python(char *text)
{
    while (*text) {
        if (*text == '#') {
            text = blank(text, text + strcspn(text, "\n"));
        } else if (*text == '"' || *text == '\'') {
            char quote[] = {*text, *text, *text, '\0'};
            size_t len = strncmp(text, quote, 3) == 0 ? 3 : 1;

            text = blank(text, string_end(text, quote, len, len == 3));
        } else {
            text++;
        }
    }
}

static void mask_javascript(char *text)
{
    while (*text) {
        if (text[0] == '/' && text[1] == '/') {
            text = blank(text, text + strcspn(text, "\n"));
        } else if (text[0] == '/' && text[1] == '*') {
            const char *end = strstr(text + 2, "*/");

            text = blank(text, end ? end + 2 : text + strlen(text));
        } else if (*text == '"' || *text == '\'' || *text == '`') {
            char quote[] = {*text, '\0'};

            text = blank(text, string_end(text, quote, 1, *text == '`'));
        } else {
            text++;
        }
    }
}

/* Keeps the better of what is known and what was found. */
static void offer(struct source_match *match, enum source_kind kind, const char *name, size_t len)
{
    static const int worth[] = {[SOURCE_NOTHING] = 0, [SOURCE_FACTORY] = 1, [SOURCE_PAIR] = 2,
                                [SOURCE_ASGI] = 3,    [SOURCE_HANDLER] = 4, [SOURCE_WSGI] = 5};

    if (worth[kind] <= worth[match->kind])
        return;
    free(match->name);
    match->kind = kind;
    match->name = xstrndup(name, len);
}

static bool is_parameter(const char *text, const char *const *names)
{
    for (; *names; names++)
        if (word_is(text, word_length(text, false), *names))
            return true;
    return false;
}

/* Whether a parameter list (after its parenthesis) has the two parameters of that name. */
static bool takes(const char *text, const char *const *first, const char *const *second)
{
    int depth = 0;

    text = skip_space(text);
    if (!is_parameter(text, first))
        return false;
    for (; *text && (depth > 0 || *text != ','); text++) {
        if (depth == 0 && *text == ')')
            return false;
        depth += (*text == '[' || *text == '(') - (*text == ']' || *text == ')');
    }
    return *text && is_parameter(skip_space(text + 1), second);
}

/* Whether a parameter list (after its parenthesis) has two parameters, whatever their names. */
static bool takes_two(const char *text)
{
    int depth = 0, parameters = 0;
    bool between = true;

    for (; *text && (depth > 0 || *text != ')'); text++) {
        if (depth == 0 && *text == '*')
            return false;
        if (between && is_word(*text)) {
            parameters++;
            between = false;
        }
        between = between || (depth == 0 && *text == ',');
        depth += (*text == '[' || *text == '(' || *text == '{') -
                 (*text == ']' || *text == ')' || *text == '}');
    }
    return *text && parameters == 2;
}

/* "NAME(...)" after "def". */
static void read_function(struct source_match *match, const char *text)
{
    static const char *const events[] = {"event", "_event", "evt", NULL};
    static const char *const contexts[] = {"context", "_context", "ctx", "_", NULL};
    static const char *const environs[] = {"environ", "env", NULL};
    static const char *const starts[] = {"start_response", NULL};
    size_t len = word_length(text, false);
    const char *parameters = skip_space(text + len);

    if (len == 0 || *parameters != '(')
        return;
    if (takes(parameters + 1, events, contexts))
        offer(match, SOURCE_HANDLER, text, len);
    else if (takes(parameters + 1, environs, starts))
        offer(match, SOURCE_WSGI, text, len);
    else if (word_is(text, len, "create_app"))
        offer(match, SOURCE_FACTORY, text, len);
    else if ((word_is(text, len, "handler") || word_is(text, len, "lambda_handler")) &&
             takes_two(parameters + 1))
        offer(match, SOURCE_PAIR, text, len);
}

/* What is after "=" in "NAME =", "NAME: TYPE =", within the line; NULL when it is no assignment. */
static const char *assigned(const char *text)
{
    text += strspn(text, " \t");
    if (*text == ':')
        text += strcspn(text, "=\n");
    if (*text != '=' || text[1] == '=')
        return NULL;
    return text + 1 + strspn(text + 1, " \t");
}

/* "NAME = CALLEE(...)", also "NAME = OTHER = CALLEE(...)". */
static void read_assignment(struct source_match *match, const char *text)
{
    size_t len = word_length(text, false);
    const char *value = len ? assigned(text + len) : NULL;
    const char *next;
    size_t callee;

    if (!value)
        return;
    while ((next = assigned(value + word_length(value, false))))
        value = next;
    callee = word_length(value, true);
    for (size_t i = 0; i < sizeof(makers) / sizeof(*makers); i++)
        if (word_is(value, callee, makers[i].callee) && *skip_space(value + callee) == '(') {
            offer(match, makers[i].kind, text, len);
            return;
        }
    /* What PEP 3333 servers look for by name. */
    if (word_is(text, len, "application"))
        offer(match, SOURCE_WSGI, text, len);
}

static const char *next_line(const char *text)
{
    text += strcspn(text, "\n");
    return *text ? text + 1 : NULL;
}

struct source_match source_read_python(char *text)
{
    struct source_match match = {.kind = SOURCE_NOTHING};
    const char *line = strncmp(text, "\xEF\xBB\xBF", 3) == 0 ? text + 3 : text;

    match.web = strstr(text, "statusCode") != NULL;
    mask_python(text);
    for (; line; line = next_line(line)) {
        const char *function = after_word(line, "def");

        if (function)
            read_function(&match, function);
        else if (is_word(*line))
            read_assignment(&match, line);
    }
    return match;
}

/* Whether the function that is defined from `text` on has `event` as its first parameter. */
static bool takes_event(const char *text)
{
    const char *open = text + strcspn(text, "(;\n");

    return *open == '(' &&
           word_is(skip_space(open + 1), word_length(skip_space(open + 1), false), "event");
}

static void offer_export(struct source_match *match, const char *name)
{
    size_t len = word_length(name, false);
    bool handler = word_is(name, len, "handler");

    if (len == 0 || !(handler || takes_event(name + len)))
        return;
    /* The usual name goes before others. */
    if (handler)
        match->kind = SOURCE_NOTHING;
    offer(match, SOURCE_HANDLER, name, len);
}

/* Whether "{ a, b as handler }" has `handler` in it. */
static bool lists_handler(const char *text)
{
    for (; *text && *text != '}'; text++)
        if (is_word(*text)) {
            size_t len = word_length(text, false);

            if (word_is(text, len, "handler"))
                return true;
            text += len - 1;
        }
    return false;
}

static const char *const declarations[] = {"const", "let", "var", "async", "function", NULL};

static void read_export(struct source_match *match, const char *text)
{
    const char *rest;

    if (*text == '{' && lists_handler(text + 1))
        offer_export(match, "handler");
    for (const char *const *word = declarations; *word; word++)
        if ((rest = after_word(text, *word)))
            text = rest;
    offer_export(match, text);
}

/* "exports.NAME = ...", "module.exports = { ... }". */
static void read_exports(struct source_match *match, const char *text)
{
    const char *value = assigned(text);

    if (*text == '.' && assigned(text + 1 + word_length(text + 1, false)))
        offer_export(match, text + 1);
    else if (value && *value == '{' && lists_handler(value + 1))
        offer_export(match, "handler");
}

struct source_match source_read_javascript(char *text)
{
    struct source_match match = {.kind = SOURCE_NOTHING};

    match.web = strstr(text, "statusCode") != NULL;
    mask_javascript(text);
    for (const char *line = text; line; line = next_line(line)) {
        const char *exported = after_word(line, "export");

        if (exported)
            read_export(&match, exported);
        else if (strncmp(line, "exports", 7) == 0)
            read_exports(&match, line + 7);
        else if (strncmp(line, "module.exports", 14) == 0)
            read_exports(&match, line + 14);
    }
    return match;
}
