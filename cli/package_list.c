#include "cli/package_list.h"

#include <stdlib.h>
#include <string.h>

static bool is_listed(const struct package_list *list, const struct package_entry *entry)
{
    return !list->why.path || entry->asked;
}

void package_list_print(struct out *out, const struct package_list *list)
{
    for (size_t i = 0; i < list->count; i++) {
        const struct package_entry *entry = &list->entries[i];
        char *path = out_visible(entry->path, strlen(entry->path));

        if (is_listed(list, entry))
            out_print(out, "%10llu %10llu  %-8s  %s  (%s)\n", (unsigned long long)entry->size,
                      (unsigned long long)entry->compressed, entry->layer ? "layer" : "function",
                      path, entry->reason);
        free(path);
    }
}

void package_left_out_print(struct out *out, const struct package_list *list)
{
    for (size_t i = 0; i < list->left_out_count; i++) {
        const struct package_entry *entry = &list->left_out[i];
        char *path = out_visible(entry->path, strlen(entry->path));

        if (is_listed(list, entry))
            out_print(out, "%10llu %10s  %-8s  %s  (%s)\n", (unsigned long long)entry->size, "-",
                      "left out", path, entry->reason);
        free(path);
    }
}

json_t *package_left_out_json(const struct package_list *list)
{
    json_t *entries = json_array();

    for (size_t i = 0; i < list->left_out_count; i++) {
        const struct package_entry *entry = &list->left_out[i];

        if (is_listed(list, entry))
            json_array_append_new(entries,
                                  json_pack("{s:s, s:I, s:s}", "path", entry->path, "size",
                                            (json_int_t)entry->size, "reason", entry->reason));
    }
    return entries;
}

json_t *package_list_json(const struct package_list *list)
{
    json_t *entries = json_array();

    for (size_t i = 0; i < list->count; i++) {
        const struct package_entry *entry = &list->entries[i];

        if (is_listed(list, entry))
            json_array_append_new(entries,
                                  json_pack("{s:s, s:I, s:I, s:s, s:s}", "path", entry->path,
                                            "size", (json_int_t)entry->size, "compressed",
                                            (json_int_t)entry->compressed, "reason", entry->reason,
                                            "in", entry->layer ? "layer" : "function"));
    }
    return entries;
}

/* The rules that are about the path; those that have no say are in brackets. */
static void print_reasons(struct out *out, const struct package_why *why)
{
    for (size_t i = 0; i < why->count; i++) {
        const struct package_reason *reason = &why->reasons[i];
        char *path = out_visible(reason->path, strlen(reason->path));
        char *rule = out_visible(reason->rule, strlen(reason->rule));
        char *where = out_visible(reason->where, strlen(reason->where));

        out_print(out, "  %s%s: %s '%s' %s%s\n", reason->decides ? "" : "(",
                  *path ? path : "everything", where, rule, reason->effect,
                  reason->decides ? "" : ", but is overruled)");
        free(path);
        free(rule);
        free(where);
    }
    if (!why->count && why->exists)
        out_print(out, "  no rule is about it\n");
}

/* What of dependencies stays out is listed with its rule. */
static bool is_of_dependencies(const struct package_list *list)
{
    for (size_t i = 0; i < list->left_out_count; i++)
        if (list->left_out[i].asked)
            return true;
    return false;
}

/* "in: 3 files, 12 KB" */
static void print_outcome(struct out *out, const struct package_list *list)
{
    size_t count = 0;
    uint64_t size = 0;
    char text[OUT_SIZE_LEN];

    for (size_t i = 0; i < list->count; i++) {
        count += list->entries[i].asked;
        size += list->entries[i].asked ? list->entries[i].size : 0;
    }
    out_size(size, text);
    if (count)
        out_print(out, "  in: %zu file%s, %s\n", count, count == 1 ? "" : "s", text);
    else if (list->why.exists || is_of_dependencies(list))
        out_print(out, "  left out\n");
    else
        out_print(out, "  left out: it is not in the source\n");
}

void package_why_print(struct out *out, const char *name, const struct package_list *list)
{
    char *path = out_visible(list->why.path, strlen(list->why.path));

    out_print(out, "%s: '%s'%s\n", name, *path ? path : ".", list->why.folder ? ", a folder" : "");
    print_reasons(out, &list->why);
    print_outcome(out, list);
    free(path);
}

bool package_why_found(const struct package_list *list)
{
    bool found = list->why.exists;

    for (size_t i = 0; i < list->count && !found; i++)
        found = list->entries[i].asked;
    for (size_t i = 0; i < list->left_out_count && !found; i++)
        found = list->left_out[i].asked;
    return found;
}

/* Text from outside as JSON, which must be UTF-8. */
static json_t *visible_json(const char *text)
{
    char *visible = out_visible(text, strlen(text));
    json_t *value = json_string(visible);

    free(visible);
    return value;
}

json_t *package_why_json(const struct package_why *why)
{
    json_t *rules = json_array();

    for (size_t i = 0; i < why->count; i++) {
        const struct package_reason *reason = &why->reasons[i];

        json_array_append_new(rules, json_pack("{s:o, s:o, s:o, s:s, s:b}", "path",
                                               visible_json(reason->path), "where",
                                               visible_json(reason->where), "rule",
                                               visible_json(reason->rule), "effect", reason->effect,
                                               "decides", reason->decides));
    }
    return json_pack("{s:o, s:b, s:o}", "path", visible_json(why->path), "exists", why->exists,
                     "rules", rules);
}
