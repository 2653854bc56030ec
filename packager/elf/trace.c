#include "packager/elf/trace.h"

#include "core/memory.h"
#include "packager/elf/sysroot.h"
#include "packager/files/stamp.h"

#include <stdlib.h>
#include <string.h>

void trace_release(struct trace *trace)
{
    for (size_t i = 0; i < trace->count; i++) {
        free(trace->items[i].asked);
        free(trace->items[i].path);
    }
    free(trace->items);
    *trace = (struct trace){0};
}

/* Where an item of that path is, or would be; `*found` tells which. */
static size_t position(const struct trace *trace, const char *asked, bool *found)
{
    size_t low = 0, high = trace->count;

    *found = false;
    while (low < high) {
        size_t middle = low + (high - low) / 2;
        int order = strcmp(trace->items[middle].asked, asked);

        if (order < 0) {
            low = middle + 1;
        } else {
            *found = *found || order == 0;
            high = middle;
        }
    }
    return low;
}

void trace_add(struct trace *trace, const struct trace_item *item)
{
    bool found;
    size_t at = position(trace, item->asked, &found);

    if (found)
        return;
    if (trace->count == trace->capacity) {
        trace->capacity = trace->capacity ? trace->capacity * 2 : 64;
        trace->items = xreallocarray(trace->items, trace->capacity, sizeof(*trace->items));
    }
    memmove(trace->items + at + 1, trace->items + at, (trace->count - at) * sizeof(*trace->items));
    trace->items[at] = *item;
    trace->items[at].asked = xstrdup(item->asked);
    trace->items[at].path = xstrdup(item->path);
    trace->count++;
}

void trace_note(struct trace *trace, const char *asked, const char *path)
{
    struct trace_item item = {.asked = (char *)(uintptr_t)asked, .path = (char *)(uintptr_t)path};
    struct stat status;
    bool known;

    if (!trace)
        return;
    position(trace, asked, &known);
    if (!known && path && stat(path, &status) == 0) {
        item.size = (uint64_t)status.st_size;
        item.stamp = entry_stamp_of(&status);
    }
    if (!known)
        trace_add(trace, &item);
}

/* What the kernel says of `asked`: the same file has the same inode, by whatever links. */
static bool item_holds(const struct trace_item *item)
{
    struct stat status;
    struct entry_stamp stamp;

    if (stat(item->asked, &status) < 0)
        return !item->path;
    stamp = entry_stamp_of(&status);
    return item->path && item->size == (uint64_t)status.st_size &&
           stamp_equal(&item->stamp, &stamp);
}

/* In a sysroot absolute links lead elsewhere than the kernel has it. */
static bool item_holds_within(const struct trace_item *item, const char *root)
{
    const char *inside = sysroot_inside(root, item->asked);
    char *path = inside ? sysroot_resolve(root, inside) : realpath(item->asked, NULL);
    struct trace_item now = {.asked = path, .path = path, .size = item->size, .stamp = item->stamp};
    bool same = path && item->path ? strcmp(path, item->path) == 0 && item_holds(&now)
                                   : !path && !item->path;

    free(path);
    return same;
}

bool trace_holds(const struct trace *trace, const char *root)
{
    for (size_t i = 0; i < trace->count; i++)
        if (*root ? !item_holds_within(&trace->items[i], root) : !item_holds(&trace->items[i]))
            return false;
    return true;
}

bool trace_is_settled(const struct trace *trace, uint64_t moment)
{
    for (size_t i = 0; i < trace->count; i++)
        if (trace->items[i].path &&
            (!trace->items[i].stamp.inode || !stamp_is_settled(&trace->items[i].stamp, moment)))
            return false;
    return true;
}
