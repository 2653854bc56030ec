#include "packager/ignore.h"

#include "core/buf.h"
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

struct ignore_token {
    enum token_kind kind;
    unsigned char byte;
    uint64_t set[4];
};

static void set_add(struct ignore_token *token, unsigned char byte)
{
    token->set[byte / 64] |= UINT64_C(1) << byte % 64;
}

static bool set_has(const struct ignore_token *token, unsigned char byte)
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

static bool add_class(struct ignore_token *token, const char *name, size_t len)
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
static const char *take_class(struct ignore_token *token, const char *p, const char *end)
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
static const char *take_set(struct ignore_token *token, const char *p, const char *end)
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

static void take_any_byte(struct ignore_token *token)
{
    token->kind = TOKEN_SET;
    memset(token->set, 0xff, sizeof(token->set));
    token->set['/' / 64] &= ~(UINT64_C(1) << '/' % 64);
}

/* Compiles the stars at `p`; `opens`: they are the first in a name. Returns what follows. */
static const char *take_stars(struct ignore_token *token, const char *p, const char *end,
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

/* Compiles `p` into the rule; leaves it without tokens when it is malformed. */
static void compile(struct ignore_rule *rule, const char *p, const char *end)
{
    /* git compares what is before the first special character by itself, so that stars after it
     * count as the first in a name. */
    const char *start = p;
    bool opens = true;

    while (start < end && !memchr("*?[\\", *start, 4))
        start++;
    rule->tokens = xcalloc((size_t)(end - p) + 1, sizeof(*rule->tokens));
    while (p && p < end) {
        struct ignore_token *token = &rule->tokens[rule->count++];

        if (*p == '*') {
            p = take_stars(token, p, end, rule->anchored && (opens || p == start));
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
    if (!p || rule->count > TOKENS_MAX) {
        free(rule->tokens);
        rule->tokens = NULL;
    }
}

/* Fills in the tail of a rule that is plain bytes, with at most a star in front. A star stops at
 * slashes, so that only a name (which has none) may have one. */
static void find_tail(struct ignore_rule *rule)
{
    bool star =
        rule->tokens && rule->count && !rule->anchored && rule->tokens[0].kind == TOKEN_NAME;
    char *tail;

    for (size_t i = star; rule->tokens && i < rule->count; i++)
        if (rule->tokens[i].kind != TOKEN_CHAR)
            return;
    if (!rule->tokens)
        return;
    tail = xcalloc(rule->count + 1, 1);
    for (size_t i = star; i < rule->count; i++)
        tail[i - star] = (char)rule->tokens[i].byte;
    rule->tail = tail;
    rule->tail_len = rule->count - star;
    rule->whole = !star;
}

/* The end of the line without the blanks that no backslash protects. */
static const char *trim(const char *line, const char *end)
{
    const char *last = line;

    for (const char *p = line; p < end; p++) {
        if (*p == '\\' && p + 1 < end)
            last = ++p + 1;
        else if (*p != ' ')
            last = p + 1;
    }
    return last;
}

void ignore_init(struct ignore *ignore)
{
    *ignore = (struct ignore){0};
}

void ignore_release(struct ignore *ignore)
{
    for (size_t i = 0; i < ignore->count; i++) {
        free(ignore->rules[i].text);
        free(ignore->rules[i].where);
        free(ignore->rules[i].tail);
        free(ignore->rules[i].tokens);
    }
    free(ignore->rules);
    ignore_init(ignore);
}

void ignore_add(struct ignore *ignore, const char *line, size_t len, const char *where)
{
    const char *end = trim(line, line + strnlen(line, len));
    const char *p = line;
    struct ignore_rule *rule;

    if (p == end || *p == '#')
        return;
    if (ignore->count == ignore->capacity) {
        ignore->capacity = ignore->capacity ? ignore->capacity * 2 : 32;
        ignore->rules = xreallocarray(ignore->rules, ignore->capacity, sizeof(*ignore->rules));
    }
    rule = &ignore->rules[ignore->count++];
    *rule =
        (struct ignore_rule){.text = xstrndup(line, (size_t)(end - line)), .where = xstrdup(where)};
    rule->negated = *p == '!';
    p += rule->negated;
    rule->folder_only = p < end && end[-1] == '/';
    end -= rule->folder_only;
    rule->anchored = p < end && memchr(p, '/', (size_t)(end - p)) != NULL;
    p += p < end && *p == '/';
    compile(rule, p, end);
    find_tail(rule);
}

void ignore_add_text(struct ignore *ignore, const char *text, size_t len, const char *name)
{
    const char *end = text + len;
    size_t number = 0;

    if (len >= 3 && memcmp(text, "\xef\xbb\xbf", 3) == 0)
        text += 3;
    while (text < end) {
        const char *feed = memchr(text, '\n', (size_t)(end - text));
        const char *stop = feed ? feed : end;
        char *where = xasprintf("%s:%zu", name, ++number);

        ignore_add(ignore, text, (size_t)(stop - text - (stop > text && stop[-1] == '\r')), where);
        free(where);
        text = stop + 1;
    }
}

void ignore_add_literal(struct ignore *ignore, const char *path, const char *where)
{
    struct buf line;

    buf_init(&line, 0);
    buf_putc(&line, '/');
    for (; *path; path++) {
        if (strchr("*?[\\ ", *path))
            buf_putc(&line, '\\');
        buf_putc(&line, *path);
    }
    ignore_add(ignore, buf_string(&line), line.len, where);
    buf_release(&line);
}

/* Enters the state in front of token `i`, and those behind what may match nothing. */
static void enter(const struct ignore_rule *rule, bool *states, size_t i)
{
    states[i] = true;
    while (i < rule->count && rule->tokens[i].kind >= TOKEN_NAME)
        states[++i] = true;
}

/* Takes `byte` with token `i`. */
static void step(const struct ignore_rule *rule, bool *next, size_t i, unsigned char byte)
{
    const struct ignore_token *token = &rule->tokens[i];

    switch (token->kind) {
    case TOKEN_CHAR:
        if (token->byte == byte)
            enter(rule, next, i + 1);
        break;
    case TOKEN_SET:
        if (set_has(token, byte))
            enter(rule, next, i + 1);
        break;
    case TOKEN_NAME:
        if (byte != '/')
            enter(rule, next, i);
        break;
    case TOKEN_ANY:
        enter(rule, next, i);
        break;
    case TOKEN_FOLDERS:
        next[i] = true;
        if (byte == '/')
            enter(rule, next, i + 1);
        break;
    }
}

/* Follows all ways through the pattern at once, so that no pattern takes long. */
static bool matches(const struct ignore_rule *rule, const char *text)
{
    bool states[2][TOKENS_MAX + 1];
    bool *current = states[0], *next = states[1];

    memset(current, 0, rule->count + 1);
    enter(rule, current, 0);
    for (; *text; text++) {
        bool *swap = current;
        bool alive = false;

        memset(next, 0, rule->count + 1);
        for (size_t i = 0; i < rule->count; i++) {
            if (!current[i])
                continue;
            step(rule, next, i, (unsigned char)*text);
            alive = true;
        }
        if (!alive)
            return false;
        current = next;
        next = swap;
    }
    return current[rule->count];
}

/* A path, and where its last name begins: rules are about one or the other. */
struct target {
    const char *path, *name;
    size_t path_len, name_len;
    bool folder;
};

static struct target aim(const char *path, bool folder)
{
    const char *slash = strrchr(path, '/');
    const char *name = slash ? slash + 1 : path;
    size_t len = strlen(name);

    return (struct target){.path = path,
                           .name = name,
                           .path_len = (size_t)(name - path) + len,
                           .name_len = len,
                           .folder = folder};
}

/* Most patterns are a name or an ending: comparing is enough for these. Of the others most tell by
 * their first byte that they are not meant. */
static bool rule_matches(const struct ignore_rule *rule, const struct target *target)
{
    const char *text = rule->anchored ? target->path : target->name;
    size_t len = rule->anchored ? target->path_len : target->name_len;

    if (!rule->tokens || (rule->folder_only && !target->folder))
        return false;
    if (rule->tail)
        return len >= rule->tail_len && (!rule->whole || len == rule->tail_len) &&
               memcmp(text + len - rule->tail_len, rule->tail, rule->tail_len) == 0;
    if (rule->count && rule->tokens[0].kind == TOKEN_CHAR &&
        rule->tokens[0].byte != (unsigned char)*text)
        return false;
    return matches(rule, text);
}

bool ignore_rule_matches(const struct ignore_rule *rule, const char *path, bool folder)
{
    struct target target = aim(path, folder);

    return rule_matches(rule, &target);
}

const struct ignore_rule *ignore_match(const struct ignore *ignore, const char *path, bool folder)
{
    struct target target = aim(path, folder);

    for (size_t i = ignore->count; i-- > 0;) {
        if (rule_matches(&ignore->rules[i], &target))
            return &ignore->rules[i];
    }
    return NULL;
}

const struct ignore_rule *ignore_excluded(const struct ignore *ignore, const char *path,
                                          bool folder)
{
    char *copy = xstrdup(path);
    const struct ignore_rule *rule = NULL;

    for (char *slash = strchr(copy, '/'); slash; slash = strchr(slash + 1, '/')) {
        *slash = '\0';
        rule = ignore_match(ignore, copy, true);
        *slash = '/';
        if (rule && !rule->negated)
            break;
    }
    if (!rule || rule->negated)
        rule = ignore_match(ignore, path, folder);
    free(copy);
    return rule && !rule->negated ? rule : NULL;
}
