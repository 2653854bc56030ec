#include "packager/files/entries.h"

#include "core/memory.h"

#include <stdlib.h>
#include <string.h>

enum { BLOCK_SIZE = 1 << 16 };

struct entries_block {
    struct entries_block *next;
    size_t used, size;
    char text[];
};

void entries_release(struct entries *entries)
{
    struct entries_block *next;

    for (struct entries_block *block = entries->blocks; block; block = next) {
        next = block->next;
        free(block);
    }
    free(entries->items);
    *entries = (struct entries){0};
}

/* Memory that lives as long as the entries. Not zeroed beforehand: a page not used is no memory. */
static char *reserve(struct entries *entries, size_t len)
{
    struct entries_block *block = entries->blocks;

    if (!block || block->size - block->used < len) {
        size_t size = len > BLOCK_SIZE ? len : BLOCK_SIZE;

        block = xreallocarray(NULL, 1, sizeof(*block) + size);
        *block = (struct entries_block){.next = entries->blocks, .size = size};
        entries->blocks = block;
    }
    block->used += len;
    return block->text + block->used - len;
}

static char *keep(struct entries *entries, const void *text, size_t len)
{
    char *copy = reserve(entries, len + 1);

    memcpy(copy, text, len);
    copy[len] = '\0';
    return copy;
}

static char *keep_string(struct entries *entries, const char *text)
{
    return keep(entries, text, strlen(text));
}

/* The end of `origin` when that is `path`, as of all files of a source folder. */
static char *find_path(char *origin, const char *path)
{
    size_t path_len = strlen(path), len = strlen(origin);

    if (len > path_len && origin[len - path_len - 1] == '/' &&
        memcmp(origin + len - path_len, path, path_len) == 0)
        return origin + len - path_len;
    return NULL;
}

static struct entry *add(struct entries *entries, const char *path, const char *origin,
                         const char *reason)
{
    struct entry *entry;

    if (entries->count == entries->capacity) {
        entries->capacity += entries->capacity / 2 + 64;
        entries->items = xreallocarray(entries->items, entries->capacity, sizeof(*entries->items));
    }
    entry = &entries->items[entries->count];
    *entry = (struct entry){0};
    if (origin) {
        entry->origin = keep_string(entries, origin);
        entry->path = find_path(entry->origin, path);
    }
    if (!entry->path)
        entry->path = keep_string(entries, path);
    /* Neighbours are mostly there for the same reason. */
    if (entries->count && strcmp(entry[-1].reason, reason) == 0)
        entry->reason = entry[-1].reason;
    else
        entry->reason = keep_string(entries, reason);
    entries->count++;
    return entry;
}

static uint64_t nanoseconds(struct timespec time)
{
    return (uint64_t)time.tv_sec * 1000000000 + (uint64_t)time.tv_nsec;
}

struct entry_stamp entry_stamp_of(const struct stat *status)
{
    return (struct entry_stamp){.modified = nanoseconds(status->st_mtim),
                                .changed = nanoseconds(status->st_ctim),
                                .inode = (uint64_t)status->st_ino,
                                .device = (uint64_t)status->st_dev};
}

struct entry *entries_add_file(struct entries *entries, const char *path, const char *origin,
                               const struct stat *status, const char *reason)
{
    struct entry *entry = add(entries, path, origin, reason);

    entry->size = (uint64_t)status->st_size;
    entry->stamp = entry_stamp_of(status);
    entry->mode = status->st_mode & S_IXUSR ? ENTRY_PROGRAM : ENTRY_FILE;
    return entry;
}

void entries_add_link(struct entries *entries, const char *path, const char *origin,
                      const char *target, const char *reason)
{
    struct entry *entry = add(entries, path, origin, reason);

    entry->data = keep_string(entries, target);
    entry->size = strlen(target);
    entry->mode = ENTRY_LINK;
}

void entries_add_data(struct entries *entries, const char *path, const void *data, size_t len,
                      const char *reason)
{
    struct entry *entry = add(entries, path, NULL, reason);

    entry->data = keep(entries, data, len);
    entry->size = len;
    entry->mode = ENTRY_FILE;
}

void entries_reserve(struct entries *entries, size_t count)
{
    if (count <= entries->capacity)
        return;
    entries->capacity = count;
    entries->items = xreallocarray(entries->items, count, sizeof(*entries->items));
}

void entries_append(struct entries *to, const struct entries *from, size_t first, size_t count)
{
    entries_reserve(to, to->count + count);
    if (count)
        memcpy(to->items + to->count, from->items + first, count * sizeof(*from->items));
    to->count += count;
}

void entries_move(struct entries *to, struct entries *from)
{
    struct entries_block **end = &to->blocks;

    entries_append(to, from, 0, from->count);
    while (*end)
        end = &(*end)->next;
    *end = from->blocks;
    free(from->items);
    *from = (struct entries){0};
}

void entries_redirect(struct entries *entries, struct entry *entry, const char *origin,
                      const struct stat *status, const char *reason)
{
    entry->path = keep_string(entries, entry->path);
    entry->origin = keep_string(entries, origin);
    entry->reason = keep_string(entries, reason);
    entry->size = (uint64_t)status->st_size;
    entry->stamp = entry_stamp_of(status);
}

void entries_remove(struct entries *entries, size_t index)
{
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
    for (size_t i = 1; i < entries->count; i++) {
        if (compare(&entries->items[i - 1], &entries->items[i]) <= 0)
            continue;
        qsort(entries->items, entries->count, sizeof(*entries->items), compare);
        return;
    }
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
