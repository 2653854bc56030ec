#include "packager/files/pattern.h"

#include "core/memory.h"

#include <ctype.h>
#include <limits.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

/* A longer pattern matches nothing: no path is that long. */
enum { TOKENS_MAX = PATH_MAX };

enum token_kind {
    TOKEN_CHAR,    /* this byte */
    TOKEN_SET,     /* one of these bytes, never a slash */
    TOKEN_NAME,    /* any bytes but slashes: `*` */
    TOKEN_ANY,     /* any bytes: a `**` at the end */
    TOKEN_FOLDERS, /* nothing, or any bytes and a slash: `**` and a slash */
};

struct pattern_token {
    enum token_kind kind;
    unsigned char byte;
    uint64_t set[4];
};

static void set_add(struct pattern_token *token, unsigned char byte)
{
    token->set[byte / 64] |= UINT64_C(1) << byte % 64;
}

static bool set_has(const struct pattern_token *token, unsigned char byte)
{
    return token->set[byte / 64] >> byte % 64 & 1;
}

static const struct {
    const char *name;
    int (*has)(int);
} classes[] = {
    {"alnum", isalnum}, {"alpha", isalpha}, {"blank", isblank}, {"cntrl", iscntrl},
    {"digit", isdigit}, {"graph", isgraph}, {"lower", islower}, {"print", isprint},
    {"punct", ispunct}, {"space", isspace}, {"upper", isupper}, {"xdigit", isxdigit},
};

static bool add_class(struct pattern_token *token, const char *name, size_t len)
{
    for (size_t i = 0; i < sizeof(classes) / sizeof(*classes); i++) {
        if (strlen(classes[i].name) != len || strncmp(classes[i].name, name, len) != 0)
            continue;
        for (int byte = 0; byte < 128; byte++)
            if (classes[i].has(byte))
                set_add(token, (unsigned char)byte);
        return true;
    }
    return false;
}

/* Takes one byte of a set, after an optional backslash; NULL when the pattern ends there. */
static const char *take_byte(const char *p, const char *end, unsigned char *byte)
{
    if (p < end && *p == '\\')
        p++;
    if (p == end)
        return NULL;
    *byte = (unsigned char)*p;
    return p + 1;
}

/* `[:name:]` at `p`; returns what follows it. `p` itself: it is no class. NULL: malformed. */
static const char *take_class(struct pattern_token *token, const char *p, const char *end)
{
    const char *close;

    if (end - p < 2 || p[0] != '[' || p[1] != ':')
        return p;
    close = memchr(p + 2, ']', (size_t)(end - p - 2));
    if (!close)
        return NULL;
    if (close == p + 2 || close[-1] != ':')
        return p;
    return add_class(token, p + 2, (size_t)(close - p - 3)) ? close + 1 : NULL;
}

/* Compiles the set after `[`; returns what follows its `]`, NULL when it has none. */
static const char *take_set(struct pattern_token *token, const char *p, const char *end)
{
    bool negated = p < end && (*p == '!' || *p == '^');
    const char *start = p += negated;
    int previous = -1; /* the byte a range may start from */

    token->kind = TOKEN_SET;
    while (p && p < end && (*p != ']' || p == start)) {
        unsigned char byte;
        const char *next = take_class(token, p, end);

        if (next != p) {
            previous = -1;
            p = next;
        } else if (*p == '-' && previous > 0 && p + 1 < end && p[1] != ']') {
            p = take_byte(p + 1, end, &byte);
            for (int c = previous; p && c <= byte; c++)
                set_add(token, (unsigned char)c);
            previous = -1;
        } else if ((p = take_byte(p, end, &byte)) != NULL) {
            set_add(token, byte);
            previous = byte;
        }
    }
    if (!p || p == end)
        return NULL;
    for (int i = 0; negated && i < 4; i++)
        token->set[i] = ~token->set[i];
    token->set['/' / 64] &= ~(UINT64_C(1) << '/' % 64);
    return p + 1;
}

static void take_any_byte(struct pattern_token *token)
{
    token->kind = TOKEN_SET;
    memset(token->set, 0xff, sizeof(token->set));
    token->set['/' / 64] &= ~(UINT64_C(1) << '/' % 64);
}

/* Compiles the stars at `p`; `opens`: they are the first in a name. Returns what follows. */
static const char *take_stars(struct pattern_token *token, const char *p, const char *end,
                              bool opens)
{
    const char *after = p;

    while (after < end && *after == '*')
        after++;
    token->kind = TOKEN_NAME;
    if (after - p < 2 || !opens)
        return after;
    if (after == end || (end - after > 1 && after[0] == '\\' && after[1] == '/')) {
        token->kind = TOKEN_ANY;
    } else if (*after == '/') {
        token->kind = TOKEN_FOLDERS;
        after++;
    }
    return after;
}

/* Leaves the pattern without tokens when it is malformed. */
static void compile(struct pattern *pattern, const char *p, const char *end, bool anchored)
{
    /* git compares what is before the first special character by itself, so that stars after it
     * count as the first in a name. */
    const char *start = p;
    bool opens = true;

    while (start < end && !memchr("*?[\\", *start, 4))
        start++;
    pattern->tokens = xcalloc((size_t)(end - p) + 1, sizeof(*pattern->tokens));
    while (p && p < end) {
        struct pattern_token *token = &pattern->tokens[pattern->count++];

        if (*p == '*') {
            p = take_stars(token, p, end, anchored && (opens || p == start));
        } else if (*p == '[') {
            p = take_set(token, p + 1, end);
        } else if (*p == '?') {
            take_any_byte(token);
            p++;
        } else {
            p = take_byte(p, end, &token->byte);
        }
        opens = p && (p[-1] == '/');
    }
    if (!p || pattern->count > TOKENS_MAX) {
        free(pattern->tokens);
        pattern->tokens = NULL;
    }
}

/* Fills in the tail: the plain bytes at the end. A star stops at slashes, so that only for a name
 * (which has none) a star and a tail are the same as an ending. */
static void find_tail(struct pattern *pattern, bool anchored)
{
    size_t first = pattern->count;
    char *tail;

    if (!pattern->tokens)
        return;
    while (first && pattern->tokens[first - 1].kind == TOKEN_CHAR)
        first--;
    tail = xcalloc(pattern->count - first + 1, 1);
    for (size_t i = first; i < pattern->count; i++)
        tail[i - first] = (char)pattern->tokens[i].byte;
    pattern->tail = tail;
    pattern->tail_len = pattern->count - first;
    pattern->last = pattern->tail_len ? tail[pattern->tail_len - 1] : '\0';
    pattern->whole = first == 0;
    pattern->ending = first == 1 && !anchored && pattern->tokens[0].kind == TOKEN_NAME;
}

/* Enters the state in front of token `i`, and those behind what may match nothing. */
static void enter(const struct pattern *pattern, bool *states, size_t i)
{
    states[i] = true;
    while (i < pattern->count && pattern->tokens[i].kind >= TOKEN_NAME)
        states[++i] = true;
}

/* Takes `byte` with token `i`. */
static void step(const struct pattern *pattern, bool *next, size_t i, unsigned char byte)
{
    const struct pattern_token *token = &pattern->tokens[i];

    switch (token->kind) {
    case TOKEN_CHAR:
        if (token->byte == byte)
            enter(pattern, next, i + 1);
        break;
    case TOKEN_SET:
        if (set_has(token, byte))
            enter(pattern, next, i + 1);
        break;
    case TOKEN_NAME:
        if (byte != '/')
            enter(pattern, next, i);
        break;
    case TOKEN_ANY:
        enter(pattern, next, i);
        break;
    case TOKEN_FOLDERS:
        next[i] = true;
        if (byte == '/')
            enter(pattern, next, i + 1);
        break;
    }
}

/* Follows all ways through the pattern at once, so that no pattern takes long. */
static bool follow(const struct pattern *pattern, const char *text)
{
    bool states[2][TOKENS_MAX + 1];
    bool *current = states[0], *next = states[1];

    memset(current, 0, pattern->count + 1);
    enter(pattern, current, 0);
    for (; *text; text++) {
        bool *swap = current;
        bool alive = false;

        memset(next, 0, pattern->count + 1);
        for (size_t i = 0; i < pattern->count; i++) {
            if (!current[i])
                continue;
            step(pattern, next, i, (unsigned char)*text);
            alive = true;
        }
        if (!alive)
            return false;
        current = next;
        next = swap;
    }
    return current[pattern->count];
}

void pattern_compile(struct pattern *pattern, const char *p, const char *end, bool anchored)
{
    *pattern = (struct pattern){0};
    compile(pattern, p, end, anchored);
    find_tail(pattern, anchored);
}

void pattern_release(struct pattern *pattern)
{
    free(pattern->tokens);
    free(pattern->tail);
    *pattern = (struct pattern){0};
}

/* Most patterns are a name or an ending: comparing is enough for these. Of the others most tell by
 * their plain bytes at either end that they are not meant. */
bool pattern_matches(const struct pattern *pattern, const char *text, size_t len)
{
    if (!pattern->tokens || len < pattern->tail_len || (pattern->whole && len != pattern->tail_len))
        return false;
    if (memcmp(text + len - pattern->tail_len, pattern->tail, pattern->tail_len) != 0)
        return false;
    if (pattern->whole || pattern->ending)
        return true;
    if (pattern->tokens[0].kind == TOKEN_CHAR && pattern->tokens[0].byte != (unsigned char)*text)
        return false;
    return follow(pattern, text);
}
