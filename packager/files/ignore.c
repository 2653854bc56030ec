#include "packager/files/ignore.h"

#include "core/buf.h"
#include "core/memory.h"

#include <stdlib.h>
#include <string.h>

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
        pattern_release(&ignore->rules[i].pattern);
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
    pattern_compile(&rule->pattern, p, end, rule->anchored);
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

static bool rule_matches(const struct ignore_rule *rule, const struct target *target)
{
    const char *text = rule->anchored ? target->path : target->name;
    size_t len = rule->anchored ? target->path_len : target->name_len;

    if (rule->folder_only && !target->folder)
        return false;
    return pattern_may_match(&rule->pattern, text, len) &&
           pattern_matches(&rule->pattern, text, len);
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
