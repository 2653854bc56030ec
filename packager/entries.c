#include "packager/entries.h"

#include "core/memory.h"

#include <stdlib.h>
#include <string.h>

static void release(struct entry *entry)
{
    free(entry->path);
    free(entry->origin);
    free(entry->data);
    free(entry->reason);
}

void entries_release(struct entries *entries)
{
    for (size_t i = 0; i < entries->count; i++)
        release(&entries->items[i]);
    free(entries->items);
    *entries = (struct entries){0};
}

static struct entry *add(struct entries *entries, const char *path, const char *origin,
                         const char *reason)
{
    struct entry *entry;

    if (entries->count == entries->capacity) {
        entries->capacity = entries->capacity ? entries->capacity * 2 : 64;
        entries->items = xreallocarray(entries->items, entries->capacity, sizeof(*entries->items));
    }
    entry = &entries->items[entries->count++];
    *entry =
        (struct entry){.path = xstrdup(path), .origin = xstrdup(origin), .reason = xstrdup(reason)};
    return entry;
}

struct entry *entries_add_file(struct entries *entries, const char *path, const char *origin,
                               const struct stat *status, const char *reason)
{
    struct entry *entry = add(entries, path, origin, reason);

    entry->size = (uint64_t)status->st_size;
    entry->modified = status->st_mtim;
    entry->mode = status->st_mode & S_IXUSR ? ENTRY_PROGRAM : ENTRY_FILE;
    return entry;
}

void entries_add_link(struct entries *entries, const char *path, const char *origin,
                      const char *target, const char *reason)
{
    struct entry *entry = add(entries, path, origin, reason);

    entry->data = xstrdup(target);
    entry->size = strlen(target);
    entry->mode = ENTRY_LINK;
}

void entries_add_data(struct entries *entries, const char *path, const void *data, size_t len,
                      const char *reason)
{
    struct entry *entry = add(entries, path, NULL, reason);

    entry->data = xcalloc(len + 1, 1);
    memcpy(entry->data, data, len);
    entry->size = len;
    entry->mode = ENTRY_FILE;
}

void entries_move(struct entries *to, struct entries *from)
{
    if (to->count + from->count > to->capacity) {
        to->capacity = to->count + from->count;
        to->items = xreallocarray(to->items, to->capacity, sizeof(*to->items));
    }
    if (from->count)
        memcpy(to->items + to->count, from->items, from->count * sizeof(*from->items));
    to->count += from->count;
    free(from->items);
    *from = (struct entries){0};
}

void entries_remove(struct entries *entries, size_t index)
{
    release(&entries->items[index]);
    entries->count--;
    memmove(&entries->items[index], &entries->items[index + 1],
            (entries->count - index) * sizeof(*entries->items));
}

static int compare(const void *a, const void *b)
{
    return strcmp(((const struct entry *)a)->path, ((const struct entry *)b)->path);
}

void entries_sort(struct entries *entries)
{
    if (entries->count)
        qsort(entries->items, entries->count, sizeof(*entries->items), compare);
}

struct entry *entries_find(const struct entries *entries, const char *path)
{
    struct entry key = {.path = (char *)(uintptr_t)path};

    if (!entries->count)
        return NULL;
    return bsearch(&key, entries->items, entries->count, sizeof(key), compare);
}

uint64_t entries_size(const struct entries *entries)
{
    uint64_t size = 0;

    for (size_t i = 0; i < entries->count; i++)
        size += entries->items[i].size;
    return size;
}
