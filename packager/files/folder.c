#include "packager/files/folder.h"

#include "core/memory.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <sys/syscall.h>
#include <unistd.h>

enum { READ_SIZE = 1 << 15 /* bytes the kernel is asked for at a time */ };

/* What getdents64(2) writes; C libraries differ in what they call it. */
struct record {
    uint64_t inode;
    int64_t position;
    uint16_t len;
    uint8_t type;
    char name[];
};

static bool is_dots(const char *name)
{
    return name[0] == '.' && (!name[1] || (name[1] == '.' && !name[2]));
}

/* Reads all into `bytes`; its length, or -1. readdir(3) would have
 * memory of its own for each folder, and each name would be copied. */
static ssize_t read_all(struct folder *folder)
{
    size_t len = 0;
    long count;

    do {
        if (folder->size - len < READ_SIZE) {
            folder->size = folder->size * 2 + READ_SIZE;
            folder->bytes = xreallocarray(folder->bytes, folder->size, 1);
        }
        count = syscall(SYS_getdents64, folder->fd, folder->bytes + len, READ_SIZE);
        len += count > 0 ? (size_t)count : 0;
    } while (count > 0);
    return count < 0 ? -1 : (ssize_t)len;
}

/* Some file systems do not tell in the folder what an item is. */
static void find_type(const struct folder *folder, struct folder_item *item)
{
    struct stat status;

    if (folder_look(folder, item, &status) == 0) {
        item->is_folder = S_ISDIR(status.st_mode);
        item->is_link = S_ISLNK(status.st_mode);
    }
}

static void add(struct folder *folder, const struct record *found)
{
    struct folder_item *item;

    if (folder->count == folder->capacity) {
        folder->capacity = folder->capacity ? folder->capacity * 2 : 64;
        folder->items = xreallocarray(folder->items, folder->capacity, sizeof(*folder->items));
    }
    item = &folder->items[folder->count++];
    *item = (struct folder_item){
        .name = found->name, .is_folder = found->type == DT_DIR, .is_link = found->type == DT_LNK};
    if (found->type == DT_UNKNOWN)
        find_type(folder, item);
}

/* No two items have one name, so the slash is compared before both names are at their end. */
static int compare(const void *left, const void *right)
{
    const struct folder_item *a = left, *b = right;
    size_t i = 0;
    int first, second;

    while (a->name[i] && a->name[i] == b->name[i])
        i++;
    first = a->name[i] || !a->is_folder ? (unsigned char)a->name[i] : '/';
    second = b->name[i] || !b->is_folder ? (unsigned char)b->name[i] : '/';
    return first - second;
}

int folder_open(struct folder *folder, const char *path)
{
    ssize_t len;
    size_t next;

    folder->count = 0;
    folder->fd = open(path, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    if (folder->fd < 0)
        return -1;
    len = read_all(folder);
    if (len < 0) {
        int failure = errno;

        close(folder->fd);
        errno = failure;
        return -1;
    }
    for (size_t at = 0; at < (size_t)len; at = next) {
        const struct record *found = (const void *)(folder->bytes + at);

        next = at + found->len;
        if (!is_dots(found->name))
            add(folder, found);
    }
    if (folder->count)
        qsort(folder->items, folder->count, sizeof(*folder->items), compare);
    return 0;
}

int folder_look(const struct folder *folder, const struct folder_item *item, struct stat *status)
{
    return fstatat(folder->fd, item->name, status, AT_SYMLINK_NOFOLLOW);
}

void folder_close(struct folder *folder)
{
    close(folder->fd);
}

bool folder_has(const struct folder *folder, const char *name)
{
    for (size_t i = 0; i < folder->count; i++)
        if (folder->items[i].name[0] == name[0] && strcmp(folder->items[i].name, name) == 0)
            return true;
    return false;
}

void folder_release(struct folder *folder)
{
    free(folder->items);
    free(folder->bytes);
    *folder = (struct folder){0};
}
