#include "packager/zip/zip_cache.h"

#include "core/file.h"
#include "core/memory.h"
#include "core/task.h"
#include "packager/files/stamp.h"
#include "packager/zip/entry_read.h"
#include "packager/zip/temporary.h"

#include <dirent.h>
#include <dlfcn.h>
#include <errno.h>
#include <fcntl.h>
#include <libdeflate.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

enum { INDEX_MAX = 1 << 30 };

struct zip_cache {
    char *folder;
    char *archive; /* absolute path of the zip */
    char *file;    /* its index */
    bool keep;
    uint64_t opened; /* nanoseconds, by the clock that stamps files */
    struct zip_maker maker;
    /* What was found; the descriptor is -1 when nothing was. */
    struct buf data;
    struct zip_index index;
    int fd;
    bool is_own; /* the index is of this very zip, not of another of its name */
};

/* The library, or the program that it is linked into: a new version is another file. */
static bool find_maker(struct zip_maker *maker, int level)
{
    void *address;
    void (*function)(struct libdeflate_compressor *) = libdeflate_free_compressor;
    struct stat status;
    Dl_info info;

    memcpy(&address, &function, sizeof(address));
    if (!dladdr(address, &info))
        return false;
    /* A program is called by the name it was started with, which need not be a path. */
    if (stat(strchr(info.dli_fname, '/') ? info.dli_fname : "/proc/self/exe", &status) < 0)
        return false;
    *maker = (struct zip_maker){.level = (uint64_t)level,
                                .size = (uint64_t)status.st_size,
                                .stamp = entry_stamp_of(&status)};
    return true;
}

static bool same_maker(const struct zip_maker *a, const struct zip_maker *b)
{
    return a->level == b->level && a->size == b->size && stamp_equal(&a->stamp, &b->stamp);
}

/* Opens the zip of the index that was read; -1 when it is not as the index says. */
static int open_archive(const struct zip_cache *cache)
{
    const struct zip_index *index = &cache->index;
    int fd = open(index->archive, O_RDONLY | O_CLOEXEC | O_NONBLOCK | O_NOCTTY);
    struct stat status;
    struct entry_stamp stamp;

    if (fd < 0)
        return -1;
    if (fstat(fd, &status) == 0 && S_ISREG(status.st_mode) &&
        (uint64_t)status.st_size == index->size) {
        stamp = entry_stamp_of(&status);
        if (stamp_equal(&stamp, &index->stamp))
            return fd;
    }
    close(fd);
    return -1;
}

/* Reads an index and opens its zip; whether both are good. */
static bool load(struct zip_cache *cache, const char *file)
{
    struct err ignored;

    buf_clear(&cache->data);
    if (file_read(file, INDEX_MAX, &cache->data, &ignored) < 0 ||
        !zip_index_parse(&cache->index, cache->data.data, cache->data.len) ||
        !same_maker(&cache->index.maker, &cache->maker))
        return false;
    cache->fd = open_archive(cache);
    cache->is_own = cache->fd >= 0 && strcmp(cache->index.archive, cache->archive) == 0;
    return cache->fd >= 0;
}

/* Looks for the index of another zip of that name. One that no longer fits is removed. */
static void load_other(struct zip_cache *cache)
{
    char *prefix = xasprintf("%s.", file_name(cache->archive));
    DIR *stream = opendir(cache->folder);
    struct dirent *item;

    while (cache->fd < 0 && stream && (item = readdir(stream)) != NULL) {
        char *file = file_join(cache->folder, item->d_name);

        if (strncmp(item->d_name, prefix, strlen(prefix)) == 0 && !load(cache, file) && cache->keep)
            unlink(file);
        free(file);
    }
    if (stream)
        closedir(stream);
    free(prefix);
}

/* FOLDER/NAME.HASH-OF-THE-PATH */
static char *index_file(const char *folder, const char *archive)
{
    uint8_t digest[DIGEST_LEN];
    char hex[17], *name, *file;

    digest_bytes(archive, strlen(archive), digest);
    hash_hex(digest, 8, hex);
    name = xasprintf("%s.%s", file_name(archive), hex);
    file = file_join(folder, name);
    free(name);
    return file;
}

struct zip_cache *zip_cache_new(const char *folder, const char *archive, int level, bool keep)
{
    struct zip_cache *cache = xcalloc(1, sizeof(*cache));
    char *parent = file_folder(archive), *real = realpath(parent, NULL);

    cache->fd = -1;
    cache->opened = stamp_clock();
    buf_init(&cache->data, 0);
    if (folder && real && find_maker(&cache->maker, level)) {
        cache->keep = keep;
        cache->folder = xstrdup(folder);
        cache->archive = file_join(real, file_name(archive));
        cache->file = index_file(folder, cache->archive);
        if (!load(cache, cache->file))
            load_other(cache);
    }
    free(real);
    free(parent);
    return cache;
}

void zip_cache_free(struct zip_cache *cache)
{
    if (!cache)
        return;
    if (cache->fd >= 0)
        close(cache->fd);
    buf_release(&cache->data);
    free(cache->file);
    free(cache->archive);
    free(cache->folder);
    free(cache);
}

/* A walk over entries and index side by side. */
struct walk {
    const struct zip_cache *cache;
    struct zip_index_cursor cursor;
    struct zip_index_entry known;
    bool ended;
};

static struct walk walk_begin(const struct zip_cache *cache)
{
    struct walk walk = {.cache = cache};

    walk.ended = cache->fd < 0 || !zip_index_next(&cache->index, &walk.cursor, &walk.known);
    return walk;
}

/* Whether the index knows an entry of that path: walk->known. To be asked in the paths' order. */
static bool walk_to(struct walk *walk, const char *path)
{
    int order = -1;

    while (!walk->ended && (order = strcmp(walk->known.path, path)) < 0)
        walk->ended = !zip_index_next(&walk->cache->index, &walk->cursor, &walk->known);
    return !walk->ended && order == 0;
}

static bool is_as_it_was(const struct entry *entry, const struct zip_index_entry *known)
{
    return !entry->data && known->stamp.inode && entry->size == known->size &&
           stamp_equal(&entry->stamp, &known->stamp);
}

void zip_cache_recall(const struct zip_cache *cache, struct entries *entries)
{
    struct walk walk = walk_begin(cache);

    for (size_t i = 0; i < entries->count; i++)
        if (walk_to(&walk, entries->items[i].path) &&
            is_as_it_was(&entries->items[i], &walk.known) && walk.known.elf <= ENTRY_ELF_YES)
            entries->items[i].elf = (enum entry_elf)walk.known.elf;
}

/* Entries that may be what they were, though their stamps differ. */
struct doubts {
    const struct entries *entries;
    struct zip_item *items;
    size_t *indexes;
    size_t count;
};

static void keep_item(struct zip_item *item, const struct zip_index_entry *known)
{
    item->kept = true;
    item->source = known->offset;
    item->compressed = known->compressed;
    item->crc = known->crc;
    item->method = known->method;
    memcpy(item->digest, known->digest, DIGEST_LEN);
}

/* A task: keeps the item whose contents have the digest of before, forgets it otherwise. */
static int resolve(void *context, size_t index, struct err *err)
{
    const struct doubts *doubts = context;
    size_t i = doubts->indexes[index];
    struct zip_item *item = &doubts->items[i];
    uint8_t digest[DIGEST_LEN];

    if (entry_digest(&doubts->entries->items[i], digest, err) < 0)
        return -1;
    if (memcmp(digest, item->digest, DIGEST_LEN) != 0)
        *item = (struct zip_item){0};
    return 0;
}

/* Whether the kept items are all that the zip has, and the zip is where it belongs. */
static bool is_complete(const struct zip_cache *cache, const struct entries *entries,
                        const struct zip_item *items)
{
    if (!cache->is_own || cache->index.count != entries->count)
        return false;
    for (size_t i = 0; i < entries->count; i++)
        if (!items[i].kept)
            return false;
    return true;
}

int zip_cache_plan(struct zip_cache *cache, const struct entries *entries, struct zip_item *items,
                   enum zip_plan *plan, struct err *err)
{
    struct walk walk = walk_begin(cache);
    struct doubts doubts = {.entries = entries, .items = items};
    bool touched = false, same_modes = true;
    int result;

    doubts.indexes = xcalloc(entries->count, sizeof(*doubts.indexes));
    for (size_t i = 0; i < entries->count; i++) {
        const struct entry *entry = &entries->items[i];

        if (!walk_to(&walk, entry->path) || walk.known.size != entry->size ||
            (walk.known.mode == ENTRY_LINK) != (entry->mode == ENTRY_LINK))
            continue;
        keep_item(&items[i], &walk.known);
        same_modes = same_modes && walk.known.mode == entry->mode;
        if (is_as_it_was(entry, &walk.known))
            continue;
        doubts.indexes[doubts.count++] = i;
        touched = touched || !entry->data;
    }
    result = task_run_all(resolve, &doubts, doubts.count, task_processors(), err);
    free(doubts.indexes);
    *plan = ZIP_PLAN_WRITE;
    if (result == 0 && same_modes && is_complete(cache, entries, items))
        *plan = touched ? ZIP_PLAN_REFRESH : ZIP_PLAN_NOTHING;
    return result;
}

int zip_cache_source(const struct zip_cache *cache)
{
    return cache->fd;
}

void zip_cache_artifact(const struct zip_cache *cache, struct artifact *artifact)
{
    const struct zip_index *index = &cache->index;

    artifact->size = index->size;
    artifact->unzipped_size = index->unzipped_size;
    artifact->entries = (size_t)index->count;
    memcpy(artifact->sha256, index->sha256, sizeof(artifact->sha256));
    memcpy(artifact->identity, index->identity, sizeof(artifact->identity));
}

static void build_index(const struct zip_cache *cache, const struct zip_index *head,
                        const struct entries *entries, const struct zip_item *items,
                        struct buf *out)
{
    zip_index_begin(head, out);
    for (size_t i = 0; i < entries->count; i++) {
        const struct entry *entry = &entries->items[i];
        struct zip_index_entry record = {.path = entry->path,
                                         .size = entry->size,
                                         .compressed = items[i].compressed,
                                         .crc = items[i].crc,
                                         .mode = entry->mode,
                                         .method = items[i].method,
                                         .elf = (uint8_t)entry->elf};

        if (!entry->data && stamp_is_settled(&entry->stamp, cache->opened))
            record.stamp = entry->stamp;
        memcpy(record.digest, items[i].digest, DIGEST_LEN);
        zip_index_add(&record, out);
    }
    zip_index_end(out);
}

/* Waits until the file system's clock has moved on, so that whoever changes the zip from now on
 * gives it another stamp: a few milliseconds. */
static void pass_moment(uint64_t moment)
{
    const struct timespec pause = {.tv_nsec = 1000000};

    for (int i = 0; i < 20 && stamp_clock() <= moment; i++)
        nanosleep(&pause, NULL);
}

void zip_cache_store(struct zip_cache *cache, const struct entries *entries,
                     const struct zip_item *items, const struct artifact *made)
{
    struct zip_index head = {.maker = cache->maker,
                             .archive = cache->archive,
                             .size = made->size,
                             .unzipped_size = made->unzipped_size,
                             .count = entries->count};
    struct stat status;
    struct err ignored;
    struct buf data;

    if (!cache->keep || stat(cache->archive, &status) < 0 || (uint64_t)status.st_size != made->size)
        return;
    buf_release(&cache->data); /* its memory is better used for the new one */
    head.stamp = entry_stamp_of(&status);
    memcpy(head.sha256, made->sha256, sizeof(head.sha256));
    memcpy(head.identity, made->identity, sizeof(head.identity));
    buf_init(&data, 0);
    build_index(cache, &head, entries, items, &data);
    pass_moment(head.stamp.changed);
    temporary_replace(cache->file, data.data, data.len, &ignored);
    buf_release(&data);
}
