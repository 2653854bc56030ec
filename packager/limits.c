#include "packager/limits.h"

#include "core/memory.h"
#include "packager/package.h"

#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

enum { LARGEST = 10, NEAR = 80 /* percent */ };

static bool is_larger(const struct entry *entry, const struct package_file *file)
{
    return entry->size != file->size ? entry->size > file->size
                                     : strcmp(entry->path, file->path) < 0;
}

/* Keeps the largest files of those seen, the largest first; their paths are borrowed for now. */
static void insert(struct package_file *largest, size_t *count, const struct entry *entry,
                   bool layer)
{
    size_t at = *count;

    while (at > 0 && is_larger(entry, &largest[at - 1]))
        at--;
    if (at == LARGEST)
        return;
    *count += *count < LARGEST;
    memmove(&largest[at + 1], &largest[at], (*count - at - 1) * sizeof(*largest));
    largest[at] = (struct package_file){.path = entry->path, .size = entry->size, .layer = layer};
}

static void find_largest(struct package *package, const struct entries *code,
                         const struct entries *libraries)
{
    package->largest = xcalloc(LARGEST, sizeof(*package->largest));
    for (size_t i = 0; i < code->count; i++)
        insert(package->largest, &package->largest_count, &code->items[i], false);
    for (size_t i = 0; i < libraries->count; i++)
        insert(package->largest, &package->largest_count, &libraries->items[i], true);
    for (size_t i = 0; i < package->largest_count; i++)
        package->largest[i].path = xstrdup(package->largest[i].path);
}

static double megabytes(uint64_t bytes)
{
    return (double)bytes / 1e6;
}

static void append_largest(const struct package *package, struct err *err)
{
    err_append(err, "; the largest files are");
    for (size_t i = 0; i < package->largest_count; i++)
        err_append(err, "\n  %8.1f MB  %s%s", megabytes(package->largest[i].size),
                   package->largest[i].path, package->largest[i].layer ? " (layer)" : "");
}

/* Says that it is too large, what to do, and what is large in it. */
static int fail(const struct content *content, const struct package *package, struct err *err)
{
    const char *what = content->libraries.count ? "unzipped code with its layer" : "unzipped code";
    uint64_t size = package->unzipped, max = PACKAGE_UNZIPPED_MAX;

    err_set(
        err, ERR_PACKAGE,
        "the %s of function '%s' has %.1f MB (%" PRIu64 " bytes), at most %.1f MB (%" PRIu64
        " bytes) are allowed: exclude what it does not need, split the function, or fetch large "
        "data when it starts",
        what, content->function->name, megabytes(size), size, megabytes(max), max);
    if (package->other_layers)
        err_append(err, "; its %zu other layer%s come%s on top", package->other_layers,
                   package->other_layers == 1 ? "" : "s", package->other_layers == 1 ? "s" : "");
    append_largest(package, err);
    return -1;
}

int limits_measure(const struct content *content, struct package *package, struct err *err)
{
    package->unzipped = entries_size(&content->code) + entries_size(&content->libraries);
    package->other_layers = content->function->layers.count;
    if (package->unzipped < (uint64_t)PACKAGE_UNZIPPED_MAX / 100 * NEAR)
        return 0;
    find_largest(package, &content->code, &content->libraries);
    if (package->unzipped <= PACKAGE_UNZIPPED_MAX)
        return 0;
    return fail(content, package, err);
}
