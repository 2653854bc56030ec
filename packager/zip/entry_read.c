#include "packager/zip/entry_read.h"

#include "core/interrupt.h"
#include "core/memory.h"

#include <errno.h>
#include <fcntl.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

enum { DIGEST_CHUNK = 1 << 20 };

static int fail_system(const struct entry *entry, struct err *err)
{
    if (errno == ENOENT || errno == ENOTDIR)
        return err_set(err, ERR_PACKAGE, "'%s' vanished while it was being packaged",
                       entry->origin);
    return err_set(err, ERR_PACKAGE, "cannot read '%s': %s", entry->origin, strerror(errno));
}

static int fail_changed(const struct entry *entry, struct err *err)
{
    return err_set(err, ERR_PACKAGE,
                   "'%s' changed while it was being packaged: package again when nothing writes it",
                   entry->origin);
}

/* The time of change is not compared: a new hard link to a file in a package store changes it. */
static bool is_unchanged(int fd, const struct entry *entry)
{
    struct stat status;
    struct entry_stamp now;

    if (fstat(fd, &status) < 0)
        return false;
    now = entry_stamp_of(&status);
    return S_ISREG(status.st_mode) && (uint64_t)status.st_size == entry->size &&
           now.modified == entry->stamp.modified && now.inode == entry->stamp.inode &&
           now.device == entry->stamp.device;
}

/* Reads all; returns what could not be read, or -1. */
static ssize_t read_at(int fd, unsigned char *data, size_t len, uint64_t offset)
{
    while (len) {
        ssize_t count = pread(fd, data, len, (off_t)offset);

        if (count < 0 && errno == EINTR)
            continue;
        if (count < 0)
            return -1;
        if (count == 0)
            break;
        data += count;
        len -= (size_t)count;
        offset += (uint64_t)count;
    }
    return (ssize_t)len;
}

void entry_reader_release(struct entry_reader *reader)
{
    if (reader->fd >= 0)
        close(reader->fd);
    *reader = ENTRY_READER_INIT;
}

/* Goes to the folder of `len` bytes at the start of `origin`, once a second entry in a row is in
 * it: for one alone it does not pay. Whether it is open. */
static bool enter(struct entry_reader *reader, const char *origin, size_t len)
{
    char *folder;

    if (!reader->folder || len != reader->len || memcmp(origin, reader->folder, len) != 0) {
        entry_reader_release(reader);
        reader->folder = origin;
        reader->len = len;
    } else if (reader->fd < 0) {
        folder = xstrndup(origin, len + 1);
        reader->fd = open(folder, O_PATH | O_DIRECTORY | O_CLOEXEC);
        free(folder);
    }
    return reader->fd >= 0;
}

static int open_file(struct entry_reader *reader, const char *origin)
{
    const int flags = O_RDONLY | O_CLOEXEC | O_NONBLOCK | O_NOCTTY;
    const char *slash = strrchr(origin, '/');

    if (slash && enter(reader, origin, (size_t)(slash - origin)))
        return openat(reader->fd, slash + 1, flags);
    return open(origin, flags);
}

int entry_read(struct entry_reader *reader, const struct entry *entry, uint64_t offset, void *data,
               size_t len, struct err *err)
{
    ssize_t missing;
    int fd, result;

    if (entry->data) {
        memcpy(data, entry->data + offset, len);
        return 0;
    }
    fd = open_file(reader, entry->origin);
    if (fd < 0)
        return fail_system(entry, err);
    /* Looked at before, so that no device is read from, and after. */
    missing = is_unchanged(fd, entry) ? read_at(fd, data, len, offset) : (ssize_t)len + 1;
    if (missing < 0)
        result = fail_system(entry, err);
    else
        result = missing || !is_unchanged(fd, entry) ? fail_changed(entry, err) : 0;
    close(fd);
    return result;
}

int entry_digest(const struct entry *entry, uint8_t digest[static DIGEST_LEN], struct err *err)
{
    size_t most = entry->size < DIGEST_CHUNK ? (size_t)entry->size : DIGEST_CHUNK;
    unsigned char *data = xcalloc(most, 1);
    struct digest *running = digest_new();
    struct entry_reader reader = ENTRY_READER_INIT;
    uint64_t offset = 0;
    int result = 0;

    do {
        size_t len = entry->size - offset < most ? (size_t)(entry->size - offset) : most;

        result = interrupt_check(err) < 0 ? -1 : entry_read(&reader, entry, offset, data, len, err);
        if (result == 0)
            digest_update(running, data, len);
        offset += len;
    } while (result == 0 && offset < entry->size);
    entry_reader_release(&reader);
    digest_take(running, digest);
    digest_free(running);
    free(data);
    return result;
}
