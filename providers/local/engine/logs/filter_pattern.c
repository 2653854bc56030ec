#include "providers/local/engine/logs/filter_pattern.h"

#include "core/memory.h"
#include "core/strlist.h"

#include <ctype.h>
#include <jansson.h>
#include <stdlib.h>
#include <string.h>

struct filter_pattern {
    struct strlist all, any, none; /* words */
    struct strlist path;           /* of the JSON member; empty: words alone */
    bool unequal;
    bool number;
    double value;
    char *text; /* what the member is compared with, "*" at its ends standing for anything */
};

static const char *skip_space(const char *at)
{
    while (isspace((unsigned char)*at))
        at++;
    return at;
}

/* Reads a quoted text behind its opening quote; to free(), NULL when it does not end. */
static char *read_quoted(const char **at)
{
    char *text = xcalloc(strlen(*at) + 1, 1);
    size_t len = 0;
    const char *c = *at;

    while (*c && *c != '"') {
        if (*c == '\\' && (c[1] == '"' || c[1] == '\\'))
            c++;
        text[len++] = *c++;
    }
    if (*c == '"') {
        *at = c + 1;
        return text;
    }
    free(text);
    return NULL;
}

/* Reads a word, bare or quoted; to free(). */
static char *read_word(const char **at, struct err *err)
{
    size_t len = 0;
    char *word;

    if (**at == '"') {
        (*at)++;
        word = read_quoted(at);
        if (!word)
            err_set(err, ERR_FAILED, "Invalid filter pattern: a quoted term does not end");
        return word;
    }
    while (isalnum((unsigned char)(*at)[len]) || (*at)[len] == '_' ||
           (unsigned char)(*at)[len] >= 0x80)
        len++;
    if (len == 0 || ((*at)[len] && !isspace((unsigned char)(*at)[len]))) {
        err_set(err, ERR_FAILED,
                "Invalid character(s) in term '%.100s': terms with other characters than letters, "
                "digits and underscores must be in double quotes",
                *at);
        return NULL;
    }
    word = xstrndup(*at, len);
    *at += len;
    return word;
}

static int read_words(struct filter_pattern *pattern, const char *at, struct err *err)
{
    while (*(at = skip_space(at))) {
        struct strlist *list = &pattern->all;
        char *word;

        if (*at == '?' || *at == '-')
            list = *at++ == '?' ? &pattern->any : &pattern->none;
        word = read_word(&at, err);
        if (!word)
            return -1;
        strlist_take(list, word);
    }
    return 0;
}

static int unsupported(const char *at, struct err *err)
{
    return err_set(err, ERR_FAILED,
                   "Invalid filter pattern at '%.100s': of JSON patterns the local engine knows "
                   "{ $.name.name = \"text\" } and { $.name = 1 }, also with !=",
                   at);
}

/* "$.a.b" */
static int read_path(struct filter_pattern *pattern, const char **at, struct err *err)
{
    const char *start = *at;

    if (**at != '$')
        return unsupported(start, err);
    (*at)++;
    while (**at == '.') {
        size_t len = 0;

        (*at)++;
        while (isalnum((unsigned char)(*at)[len]) || ((*at)[len] && strchr("_-@", (*at)[len])))
            len++;
        if (len == 0)
            return unsupported(start, err);
        strlist_take(&pattern->path, xstrndup(*at, len));
        *at += len;
    }
    return pattern->path.count ? 0 : unsupported(start, err);
}

static int read_value(struct filter_pattern *pattern, const char **at, struct err *err)
{
    size_t len;
    char *end;

    if (**at == '"') {
        (*at)++;
        pattern->text = read_quoted(at);
        return pattern->text ? 0 : unsupported(*at, err);
    }
    pattern->value = strtod(*at, &end);
    pattern->number = end > *at;
    len = pattern->number ? (size_t)(end - *at) : strcspn(*at, " \t}");
    if (!pattern->number && len)
        pattern->text = xstrndup(*at, len);
    *at += len;
    return len ? 0 : unsupported(*at, err);
}

/* What is between the braces. */
static int read_json(struct filter_pattern *pattern, const char *at, struct err *err)
{
    at = skip_space(at);
    if (read_path(pattern, &at, err) < 0)
        return -1;
    at = skip_space(at);
    pattern->unequal = *at == '!';
    at += pattern->unequal;
    if (*at != '=')
        return unsupported(at, err);
    at = skip_space(at + 1);
    if (read_value(pattern, &at, err) < 0)
        return -1;
    at = skip_space(at);
    if (*at != '}' || *skip_space(at + 1))
        return unsupported(at, err);
    return 0;
}

struct filter_pattern *filter_pattern_new(const char *text, struct err *err)
{
    struct filter_pattern *pattern = xcalloc(1, sizeof(*pattern));
    const char *at = skip_space(text);
    int result;

    strlist_init(&pattern->all);
    strlist_init(&pattern->any);
    strlist_init(&pattern->none);
    strlist_init(&pattern->path);
    if (*at == '{')
        result = read_json(pattern, at + 1, err);
    else if (*at == '[' || *at == '%')
        result = err_set(err, ERR_FAILED,
                         "Invalid filter pattern: the local engine knows no %s patterns",
                         *at == '[' ? "column" : "regular expression");
    else
        result = read_words(pattern, at, err);
    if (result == 0)
        return pattern;
    filter_pattern_free(pattern);
    return NULL;
}

void filter_pattern_free(struct filter_pattern *pattern)
{
    if (!pattern)
        return;
    strlist_release(&pattern->all);
    strlist_release(&pattern->any);
    strlist_release(&pattern->none);
    strlist_release(&pattern->path);
    free(pattern->text);
    free(pattern);
}

static bool matches_words(const struct filter_pattern *pattern, const char *message)
{
    bool any = pattern->any.count == 0;

    for (size_t i = 0; i < pattern->all.count; i++) {
        if (!strstr(message, pattern->all.items[i]))
            return false;
    }
    for (size_t i = 0; i < pattern->none.count; i++) {
        if (strstr(message, pattern->none.items[i]))
            return false;
    }
    for (size_t i = 0; i < pattern->any.count && !any; i++)
        any = strstr(message, pattern->any.items[i]) != NULL;
    return any;
}

static bool matches_text(const char *wanted, const char *text)
{
    size_t len = strlen(wanted), text_len = strlen(text);
    bool front = len && wanted[0] == '*', back = len && wanted[len - 1] == '*';
    const char *core = wanted + front;
    size_t core_len = len > (size_t)front + back ? len - front - back : 0;

    if (front && back)
        return core_len == 0 || memmem(text, text_len, core, core_len) != NULL;
    if (text_len < core_len || (!front && !back && text_len != core_len))
        return false;
    return memcmp(front ? text + text_len - core_len : text, core, core_len) == 0;
}

static bool matches_json(const struct filter_pattern *pattern, const char *message)
{
    json_t *root = json_loads(message, 0, NULL), *value = root;
    bool equal = false, known;

    for (size_t i = 0; i < pattern->path.count; i++)
        value = json_object_get(value, pattern->path.items[i]);
    known = value != NULL;
    if (pattern->number)
        equal = json_is_number(value) && json_number_value(value) >= pattern->value &&
                json_number_value(value) <= pattern->value;
    else if (json_is_string(value))
        equal = matches_text(pattern->text, json_string_value(value));
    else if (json_is_boolean(value))
        equal = strcmp(pattern->text, json_is_true(value) ? "true" : "false") == 0;
    json_decref(root);
    return known && equal != pattern->unequal;
}

bool filter_pattern_matches(const struct filter_pattern *pattern, const char *message)
{
    return pattern->path.count ? matches_json(pattern, message) : matches_words(pattern, message);
}
