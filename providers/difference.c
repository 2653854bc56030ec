#include "providers/difference.h"

#include "core/json.h"
#include "core/memory.h"
#include "core/settings.h"

#include <stdlib.h>
#include <string.h>

enum { TEXT_DEPTH = 32 };

/* Where the walk is, and what it adds to. */
struct walk {
    struct changes *changes;
    struct change *change;
    size_t count;
};

/* A pair of values that stand in the same place; NULL: not there. */
struct pair {
    const char *path;
    const char *key; /* the last of the path: what a secret is known by */
    const json_t *before;
    const json_t *after;
    bool free_form; /* inside a text of the user's: any key may name a secret */
};

static void walk_pair(struct walk *walk, const struct pair *pair);

static bool is_absent(const json_t *value)
{
    return !value || json_is_null(value);
}

static bool is_empty(const json_t *value)
{
    return is_absent(value) || (json_is_object(value) && !json_object_size(value)) ||
           (json_is_array(value) && !json_array_size(value));
}

/* The value as text, to free(); NULL when there is none. */
static char *value_text(const struct pair *pair, const json_t *value)
{
    const char *text = json_string_value(value);

    if (is_absent(value))
        return NULL;
    if (settings_looks_secret(pair->free_form ? pair->key : "", text))
        return xstrdup("******");
    return text ? xstrdup(text) : json_canonical(value);
}

static void add_leaf(struct walk *walk, const struct pair *pair)
{
    char *before = value_text(pair, pair->before);
    char *after = value_text(pair, pair->after);

    change_field(walk->changes, walk->change, pair->path, before, after);
    walk->count++;
    free(before);
    free(after);
}

static void walk_child(struct walk *walk, const struct pair *parent, const char *key,
                       const json_t *before, const json_t *after)
{
    char *path = *parent->path ? xasprintf("%s.%s", parent->path, key) : xstrdup(key);

    walk_pair(walk, &(struct pair){.path = path,
                                   .key = key,
                                   .before = before,
                                   .after = after,
                                   .free_form = parent->free_form});
    free(path);
}

static void walk_objects(struct walk *walk, const struct pair *pair)
{
    const char *key;
    json_t *value;

    json_object_foreach ((json_t *)pair->after, key, value)
        walk_child(walk, pair, key, json_object_get(pair->before, key), value);
    json_object_foreach ((json_t *)pair->before, key, value) {
        if (!json_object_get(pair->after, key))
            walk_child(walk, pair, key, value, NULL);
    }
}

/* What an item of a list is known by among its kind; NULL: nothing. */
static const char *item_name(const json_t *item)
{
    static const char *const keys[] = {"Sid", "Id", "name"};
    const char *name = NULL;

    for (size_t i = 0; i < sizeof(keys) / sizeof(*keys) && !name; i++)
        name = json_string_value(json_object_get(item, keys[i]));
    return name;
}

/* Whether two items are one and the same, before and after. */
static bool same_item(const json_t *left, const json_t *right)
{
    const char *name = item_name(left);
    const char *other = item_name(right);

    return name && other ? strcmp(name, other) == 0 : json_equal(left, right);
}

/* The index of `item` in `list`, past those in `taken`; the list's size when it is not there. */
static size_t find_item(const json_t *list, const json_t *item, const bool *taken)
{
    size_t i;
    json_t *other;

    json_array_foreach (list, i, other) {
        if (!taken[i] && same_item(item, other))
            break;
    }
    return i;
}

static void walk_item(struct walk *walk, const struct pair *pair, size_t index,
                      const json_t *before, const json_t *after)
{
    const char *name = item_name(after ? after : before);
    char *path =
        name ? xasprintf("%s[%s]", pair->path, name) : xasprintf("%s[%zu]", pair->path, index);

    walk_pair(walk, &(struct pair){.path = path,
                                   .key = pair->key,
                                   .before = before,
                                   .after = after,
                                   .free_form = pair->free_form});
    free(path);
}

/* The first item of `list` that is not taken, which it takes; NULL: there is none. */
static json_t *take_next(const json_t *list, bool *taken, size_t *index)
{
    for (size_t i = 0; i < json_array_size(list); i++) {
        if (!taken[i]) {
            taken[i] = true;
            *index = i;
            return json_array_get(list, i);
        }
    }
    return NULL;
}

static void walk_lists(struct walk *walk, const struct pair *pair)
{
    bool *old_taken = xcalloc(json_array_size(pair->before) + 1, sizeof(*old_taken));
    bool *new_taken = xcalloc(json_array_size(pair->after) + 1, sizeof(*new_taken));
    size_t i;
    json_t *item;

    json_array_foreach (pair->after, i, item) {
        size_t at = find_item(pair->before, item, old_taken);

        if (at == json_array_size(pair->before))
            continue;
        old_taken[at] = new_taken[i] = true;
        walk_item(walk, pair, i, json_array_get(pair->before, at), item);
    }
    while ((item = take_next(pair->after, new_taken, &i))) {
        size_t at;

        /* What has a name of its own is not another one changed. */
        walk_item(walk, pair, i, item_name(item) ? NULL : take_next(pair->before, old_taken, &at),
                  item);
    }
    while ((item = take_next(pair->before, old_taken, &i)))
        walk_item(walk, pair, i, item, NULL);
    free(old_taken);
    free(new_taken);
}

static bool has_objects(const json_t *list)
{
    return json_is_array(list) && json_is_object(json_array_get(list, 0));
}

/* The object that a text is the JSON of, the caller's; NULL: it is no such text. */
static json_t *parse_text(const json_t *value)
{
    const char *text = json_string_value(value);
    struct err err = {0};
    json_t *parsed = text && *text == '{' ? json_parse(text, strlen(text), TEXT_DEPTH, &err) : NULL;

    return parsed;
}

/* Enters texts that are JSON objects, where both are, or the only one. */
static bool walk_texts(struct walk *walk, const struct pair *pair)
{
    json_t *before = parse_text(pair->before);
    json_t *after = parse_text(pair->after);
    size_t count = walk->count;
    bool entered = (before || is_absent(pair->before)) && (after || is_absent(pair->after)) &&
                   (json_object_size(before) || json_object_size(after));

    if (entered) {
        walk_objects(walk, &(struct pair){.path = pair->path,
                                          .key = pair->key,
                                          .before = before,
                                          .after = after,
                                          .free_form = true});
        /* Two texts of one value: the texts are what differs. */
        entered = walk->count > count;
    }
    json_decref(before);
    json_decref(after);
    return entered;
}

static void walk_pair(struct walk *walk, const struct pair *pair)
{
    const json_t *before = pair->before;
    const json_t *after = pair->after;

    if (json_equal(before, after) || (is_empty(before) && is_empty(after)))
        return;
    if ((json_is_object(before) || is_absent(before)) &&
        (json_is_object(after) || is_absent(after)))
        walk_objects(walk, pair);
    else if ((has_objects(before) || is_empty(before)) && (has_objects(after) || is_empty(after)))
        walk_lists(walk, pair);
    else if (!walk_texts(walk, pair))
        add_leaf(walk, pair);
}

size_t change_fields_differing(struct changes *changes, struct change *change, const json_t *before,
                               const json_t *after)
{
    struct walk walk = {.changes = changes, .change = change};

    walk_objects(&walk, &(struct pair){.path = "", .key = "", .before = before, .after = after});
    return walk.count;
}
