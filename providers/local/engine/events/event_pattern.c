#include "providers/local/engine/events/event_pattern.h"

#include <arpa/inet.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

enum { DEPTH = 32 };

/* Whether `text` is what the pattern with its '*' means; "\*" is a star. Never goes back further
 * than to the last star. */
static bool wildcard_matches(const char *pattern, const char *text)
{
    const char *star = NULL, *resume = NULL;

    while (*text) {
        bool escaped = pattern[0] == '\\' && (pattern[1] == '*' || pattern[1] == '\\');

        if (*pattern == '*') {
            star = ++pattern;
            resume = text;
        } else if (pattern[escaped] == *text) {
            pattern += escaped + 1;
            text++;
        } else if (star) {
            pattern = star;
            text = ++resume;
        } else {
            return false;
        }
    }
    while (*pattern == '*')
        pattern++;
    return *pattern == '\0';
}

static bool has_prefix(const char *text, const char *prefix, bool small)
{
    size_t len = strlen(prefix);

    return small ? strncasecmp(text, prefix, len) == 0 : strncmp(text, prefix, len) == 0;
}

static bool has_suffix(const char *text, const char *suffix, bool small)
{
    size_t len = strlen(text), suffix_len = strlen(suffix);

    return len >= suffix_len && has_prefix(text + len - suffix_len, suffix, small);
}

/* [">", 0, "<=", 5] */
static bool numbers_match(const json_t *list, const json_t *value)
{
    double number = json_number_value(value);
    bool holds = json_is_number(value);

    for (size_t i = 0; holds && i + 1 < json_array_size(list); i += 2) {
        const char *test = json_string_value(json_array_get(list, i));
        double limit = json_number_value(json_array_get(list, i + 1));

        if (!test)
            return false;
        holds = strcmp(test, "=") == 0    ? number == limit
                : strcmp(test, "<") == 0  ? number < limit
                : strcmp(test, "<=") == 0 ? number <= limit
                : strcmp(test, ">") == 0  ? number > limit
                                          : number >= limit;
    }
    return holds;
}

/* The bits of an address, 4 or 16 bytes; 0: it is none. */
static size_t read_address(const char *text, unsigned char bytes[static 16])
{
    if (inet_pton(AF_INET, text, bytes) == 1)
        return 4;
    return inet_pton(AF_INET6, text, bytes) == 1 ? 16 : 0;
}

static bool address_matches(const char *range, const char *text)
{
    unsigned char network[16], address[16];
    const char *slash = strchr(range, '/');
    char base[64] = "";
    size_t len, bits;

    if (!slash || (size_t)(slash - range) >= sizeof(base))
        return false;
    memcpy(base, range, (size_t)(slash - range));
    bits = strtoul(slash + 1, NULL, 10);
    len = read_address(base, network);
    if (!len || bits > len * 8 || read_address(text, address) != len)
        return false;
    for (size_t i = 0; i < bits; i++)
        if ((network[i / 8] ^ address[i / 8]) & (0x80 >> (i % 8)))
            return false;
    return true;
}

static bool same_value(const json_t *one, const json_t *other)
{
    if (json_is_number(one) && json_is_number(other))
        return json_number_value(one) == json_number_value(other);
    return json_equal(one, other);
}

static bool operation_holds(const char *test, const json_t *operand, const json_t *value);

/* anything-but: a value, a list of values, or an operation that must not hold. */
static bool is_other(const json_t *operand, const json_t *value)
{
    const char *test;
    json_t *item;
    size_t i;

    if (json_is_array(operand)) {
        json_array_foreach (operand, i, item)
            if (same_value(item, value))
                return false;
        return true;
    }
    if (!json_is_object(operand))
        return !same_value(operand, value);
    json_object_foreach ((json_t *)(uintptr_t)operand, test, item) {
        json_t *each;

        if (!json_is_array(item))
            return json_is_string(value) && !operation_holds(test, item, value);
        json_array_foreach (item, i, each)
            if (operation_holds(test, each, value))
                return false;
        return json_is_string(value);
    }
    return false;
}

/* The operand of prefix and suffix, which may ask for letters of any size. */
static const char *affix(const json_t *operand, bool *small)
{
    const char *text = json_string_value(operand);

    *small = text == NULL;
    return text ? text : json_string_value(json_object_get(operand, "equals-ignore-case"));
}

static bool operation_holds(const char *test, const json_t *operand, const json_t *value)
{
    const char *text = json_string_value(value);
    bool small;
    const char *wanted = affix(operand, &small);

    if (strcmp(test, "anything-but") == 0)
        return is_other(operand, value);
    if (strcmp(test, "numeric") == 0)
        return numbers_match(operand, value);
    if (!text || !wanted)
        return false;
    if (strcmp(test, "prefix") == 0)
        return has_prefix(text, wanted, small);
    if (strcmp(test, "suffix") == 0)
        return has_suffix(text, wanted, small);
    if (strcmp(test, "equals-ignore-case") == 0)
        return strcasecmp(text, wanted) == 0;
    if (strcmp(test, "wildcard") == 0)
        return wildcard_matches(wanted, text);
    return strcmp(test, "cidr") == 0 && address_matches(wanted, text);
}

/* One condition on one value, which is no list; NULL: there is none. */
static bool condition_holds(const json_t *condition, const json_t *value)
{
    void *first = json_object_iter((json_t *)(uintptr_t)condition);
    const char *test = first ? json_object_iter_key(first) : NULL;

    if (!json_is_object(condition))
        return value && same_value(condition, value);
    if (!test)
        return false;
    if (strcmp(test, "exists") == 0)
        return json_is_true(json_object_iter_value(first)) == (value != NULL);
    return value && operation_holds(test, json_object_iter_value(first), value);
}

bool event_conditions_hold(const json_t *conditions, const json_t *value)
{
    json_t *condition, *item;
    size_t i, k;

    json_array_foreach (conditions, i, condition) {
        if (!json_is_array(value)) {
            if (condition_holds(condition, value))
                return true;
            continue;
        }
        json_array_foreach (value, k, item)
            if (condition_holds(condition, item))
                return true;
    }
    return false;
}

static bool matches(const json_t *pattern, const json_t *event, int depth);

static bool any_matches(const json_t *patterns, const json_t *event, int depth)
{
    json_t *pattern;
    size_t i;

    json_array_foreach (patterns, i, pattern)
        if (matches(pattern, event, depth))
            return true;
    return false;
}

/* A pattern below a key, on an object or on any of a list of objects. */
static bool inner_matches(const json_t *pattern, const json_t *value, int depth)
{
    json_t *item;
    size_t i;

    if (!json_is_array(value))
        return matches(pattern, value, depth);
    json_array_foreach (value, i, item)
        if (matches(pattern, item, depth))
            return true;
    return false;
}

static bool matches(const json_t *pattern, const json_t *event, int depth)
{
    const char *key;
    json_t *wanted;

    if (depth > DEPTH)
        return false;
    json_object_foreach ((json_t *)(uintptr_t)pattern, key, wanted) {
        const json_t *value = json_object_get(event, key);

        if (strcmp(key, "$or") == 0 ? !any_matches(wanted, event, depth + 1)
            : json_is_array(wanted) ? !event_conditions_hold(wanted, value)
                                    : !inner_matches(wanted, value, depth + 1))
            return false;
    }
    return true;
}

bool event_pattern_matches(const json_t *pattern, const json_t *event)
{
    return matches(pattern, event, 0);
}

static int check_condition(const json_t *condition, struct err *err)
{
    static const char *const tests[] = {"prefix",   "suffix", "anything-but",
                                        "numeric",  "exists", "equals-ignore-case",
                                        "wildcard", "cidr"};
    void *first = json_object_iter((json_t *)(uintptr_t)condition);
    const char *test = first ? json_object_iter_key(first) : "";

    if (json_is_array(condition))
        return err_set(err, ERR_FAILED,
                       "Event pattern is not valid. Reason: Match value must be "
                       "String, number, true, false, or null");
    if (!json_is_object(condition))
        return 0;
    for (size_t i = 0; i < sizeof(tests) / sizeof(*tests); i++)
        if (strcmp(tests[i], test) == 0 && json_object_size(condition) == 1)
            return 0;
    return err_set(err, ERR_FAILED,
                   "Event pattern is not valid. Reason: Unrecognized match type %.40s", test);
}

static int check(const json_t *pattern, int depth, struct err *err)
{
    const char *key;
    json_t *wanted, *item;
    size_t i;

    if (!json_object_size(pattern) || depth > DEPTH)
        return err_set(err, ERR_FAILED, "Event pattern is not valid. Reason: %s",
                       depth ? "Empty objects are not allowed" : "Filter is not an object");
    json_object_foreach ((json_t *)(uintptr_t)pattern, key, wanted) {
        if (json_is_object(wanted) && check(wanted, depth + 1, err) < 0)
            return -1;
        if (!json_is_object(wanted) && !json_array_size(wanted))
            return err_set(err, ERR_FAILED,
                           "Event pattern is not valid. Reason: \"%.80s\" must be an object or an "
                           "array",
                           key);
        json_array_foreach (wanted, i, item)
            if ((strcmp(key, "$or") == 0 ? check(item, depth + 1, err)
                                         : check_condition(item, err)) < 0)
                return -1;
    }
    return 0;
}

int event_pattern_check(const json_t *pattern, struct err *err)
{
    return check(pattern, 0, err);
}
