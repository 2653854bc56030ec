#include "packager/zipfile.h"

#include "core/file.h"
#include "core/hash.h"
#include "core/interrupt.h"
#include "core/memory.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <libdeflate.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>
#include <zip.h>

enum { LEVEL = 6, DOS_TIME = 0, DOS_DATE = 1 << 5 | 1 /* 1980-01-01, where zip's time begins */ };

struct writer {
    zip_t *zip;
    struct libdeflate_compressor *compressor;
    struct entries *entries;
    struct source *sources;
    struct out *out;
    const char *label;
    uint64_t done, total;  /* bytes, for the progress bar */
    struct hash *identity; /* of the content, see struct artifact */
    struct err *err;       /* of a source */
};

/* An entry as libzip reads it: compressed by us when it is its turn, so that one is in memory at
 * a time. */
struct source {
    struct writer *writer;
    struct entry *entry;
    unsigned char *data; /* as it goes into the zip */
    size_t len, taken;
    uint32_t crc;
    bool loaded; /* size and CRC are known */
};

static int fail_changed(const struct entry *entry, struct err *err)
{
    return err_set(err, ERR_PACKAGE,
                   "'%s' changed while it was being packaged: package again when nothing writes it",
                   entry->origin);
}

static int read_exactly(int fd, unsigned char *data, size_t len)
{
    while (len) {
        ssize_t count = read(fd, data, len);

        if (count < 0 && errno == EINTR)
            continue;
        if (count <= 0)
            return (int)count - 1;
        data += count;
        len -= (size_t)count;
    }
    return 0;
}

static bool is_unchanged(int fd, const struct entry *entry)
{
    struct stat status;

    return fstat(fd, &status) == 0 && S_ISREG(status.st_mode) &&
           (uint64_t)status.st_size == entry->size &&
           status.st_mtim.tv_sec == entry->modified.tv_sec &&
           status.st_mtim.tv_nsec == entry->modified.tv_nsec;
}

/* The contents of the entry, to free(). */
static unsigned char *read_entry(const struct entry *entry, struct err *err)
{
    size_t size = (size_t)entry->size;
    unsigned char *data = xcalloc(size + 1, 1);
    int fd = -1;
    int result = -1;

    if (entry->data) {
        memcpy(data, entry->data, size);
        return data;
    }
    fd = open(entry->origin, O_RDONLY | O_CLOEXEC | O_NONBLOCK | O_NOCTTY);
    if (fd < 0) {
        err_set(err, ERR_PACKAGE, "cannot read '%s': %s", entry->origin, strerror(errno));
        goto out;
    }
    if (!is_unchanged(fd, entry)) {
        fail_changed(entry, err);
        goto out;
    }
    result = read_exactly(fd, data, size);
    if (result == -2)
        err_set(err, ERR_PACKAGE, "cannot read '%s': %s", entry->origin, strerror(errno));
    else if (result == -1 || !is_unchanged(fd, entry))
        result = fail_changed(entry, err);
out:
    if (fd >= 0)
        close(fd);
    if (result == 0)
        return data;
    free(data);
    return NULL;
}

/* Adds an entry to the content's identity. A name cannot hold a NUL, so that no two lists of
 * entries read the same. */
static void identify(struct hash *identity, const struct entry *entry, const unsigned char *raw)
{
    uint8_t digest[HASH_LEN];
    char mode[8]; /* in octal, six digits */
    int len = snprintf(mode, sizeof(mode), "%06o", entry->mode);

    hash_sha256(raw, (size_t)entry->size, digest);
    hash_update(identity, entry->path, strlen(entry->path) + 1);
    hash_update(identity, mode, (size_t)len);
    hash_update(identity, digest, sizeof(digest));
}

/* Reads and compresses; links and empty files are stored as they are. */
static int load(struct source *source)
{
    struct writer *writer = source->writer;
    struct entry *entry = source->entry;
    size_t size = (size_t)entry->size;
    unsigned char *raw;

    if (interrupt_check(writer->err) < 0 || !(raw = read_entry(entry, writer->err)))
        return -1;
    source->crc = libdeflate_crc32(0, raw, size);
    identify(writer->identity, entry, raw);
    if (entry->mode == ENTRY_LINK || !size) {
        source->data = raw;
        source->len = size;
    } else {
        size_t bound = libdeflate_deflate_compress_bound(writer->compressor, size);

        source->data = xcalloc(bound, 1);
        source->len =
            libdeflate_deflate_compress(writer->compressor, raw, size, source->data, bound);
        free(raw);
    }
    source->loaded = true;
    entry->compressed = source->len;
    return 0;
}

static zip_int64_t stat_source(struct source *source, zip_stat_t *status)
{
    bool stored = source->entry->mode == ENTRY_LINK || !source->entry->size;

    if (!source->loaded && load(source) < 0)
        return -1;
    zip_stat_init(status);
    status->size = source->entry->size;
    status->comp_size = source->len;
    status->crc = source->crc;
    status->comp_method = stored ? ZIP_CM_STORE : ZIP_CM_DEFLATE;
    status->valid = ZIP_STAT_SIZE | ZIP_STAT_COMP_SIZE | ZIP_STAT_CRC | ZIP_STAT_COMP_METHOD;
    return sizeof(*status);
}

static zip_int64_t read_source(struct source *source, void *data, zip_uint64_t len)
{
    size_t left = source->len - source->taken;
    size_t count = len < left ? (size_t)len : left;

    memcpy(data, source->data + source->taken, count);
    source->taken += count;
    return (zip_int64_t)count;
}

static void close_source(struct source *source)
{
    struct writer *writer = source->writer;

    free(source->data);
    source->data = NULL;
    writer->done += source->entry->size;
    out_progress(writer->out, writer->label, (int64_t)writer->done, (int64_t)writer->total);
}

/* What libzip calls. It asks for the size and CRC of an entry just before it writes it. */
static zip_int64_t serve(void *context, void *data, zip_uint64_t len, zip_source_cmd_t command)
{
    struct source *source = context;

    switch (command) {
    case ZIP_SOURCE_OPEN:
        source->taken = 0;
        return source->data || load(source) == 0 ? 0 : -1;
    case ZIP_SOURCE_READ:
        return read_source(source, data, len);
    case ZIP_SOURCE_CLOSE:
        close_source(source);
        return 0;
    case ZIP_SOURCE_STAT:
        return stat_source(source, data);
    case ZIP_SOURCE_ERROR:
        ((int *)data)[0] = ZIP_ER_READ;
        ((int *)data)[1] = EIO;
        return 2 * sizeof(int);
    case ZIP_SOURCE_FREE:
        free(source->data);
        source->data = NULL;
        return 0;
    case ZIP_SOURCE_SUPPORTS:
        return ZIP_SOURCE_SUPPORTS_READABLE;
    default:
        return -1;
    }
}

static int add(struct writer *writer, size_t index, struct err *err)
{
    struct source *source = &writer->sources[index];
    struct entry *entry = &writer->entries->items[index];
    zip_source_t *made;
    zip_int64_t place;

    *source = (struct source){.writer = writer, .entry = entry};
    made = zip_source_function(writer->zip, serve, source);
    place = made ? zip_file_add(writer->zip, entry->path, made, ZIP_FL_ENC_UTF_8) : -1;
    if (place < 0) {
        zip_source_free(made);
        return err_set(err, ERR_PACKAGE, "cannot add '%s' to the zip: %s", entry->path,
                       zip_strerror(writer->zip));
    }
    if (zip_file_set_dostime(writer->zip, (zip_uint64_t)place, DOS_TIME, DOS_DATE, 0) < 0 ||
        zip_file_set_external_attributes(writer->zip, (zip_uint64_t)place, 0, ZIP_OPSYS_UNIX,
                                         (zip_uint32_t)entry->mode << 16) < 0 ||
        ((entry->mode == ENTRY_LINK || !entry->size) &&
         zip_set_file_compression(writer->zip, (zip_uint64_t)place, ZIP_CM_STORE, 0) < 0))
        return err_set(err, ERR_PACKAGE, "cannot add '%s' to the zip: %s", entry->path,
                       zip_strerror(writer->zip));
    return 0;
}

static int write_entries(struct writer *writer, const char *temporary, const char *path,
                         struct err *err)
{
    int code = 0;

    writer->zip = zip_open(temporary, ZIP_CREATE | ZIP_EXCL, &code);
    if (!writer->zip) {
        zip_error_t error;

        zip_error_init_with_code(&error, code);
        err_set(err, ERR_PACKAGE, "cannot write '%s': %s", path, zip_error_strerror(&error));
        zip_error_fini(&error);
        return -1;
    }
    for (size_t i = 0; i < writer->entries->count; i++)
        if (add(writer, i, err) < 0)
            return -1;
    err_clear(err);
    if (zip_close(writer->zip) < 0) {
        if (err->code == ERR_NONE)
            err_set(err, ERR_PACKAGE, "cannot write '%s': %s", path, zip_strerror(writer->zip));
        return -1;
    }
    writer->zip = NULL;
    return 0;
}

/* Hashes and measures the finished zip, and gives it its name. */
static int finish(struct writer *writer, const char *temporary, const char *path,
                  struct artifact *artifact, struct err *err)
{
    const struct entries *entries = writer->entries;
    uint8_t digest[HASH_LEN];
    struct stat status;
    char *base64;

    if (hash_file(temporary, digest, err) < 0)
        return -1;
    if (stat(temporary, &status) < 0 || rename(temporary, path) < 0)
        return err_set(err, ERR_PACKAGE, "cannot write '%s': %s", path, strerror(errno));
    base64 = hash_base64(digest, sizeof(digest));
    snprintf(artifact->sha256, sizeof(artifact->sha256), "%s", base64);
    free(base64);
    hash_finish(writer->identity, digest);
    writer->identity = NULL;
    hash_hex(digest, sizeof(digest), artifact->identity);
    artifact->path = xstrdup(path);
    artifact->size = (uint64_t)status.st_size;
    artifact->unzipped_size = entries_size(entries);
    artifact->entries = entries->count;
    return 0;
}

/* Temporary files are named after the process, so that those of the dead can be told. */
static bool is_leftover(const char *name, const char *prefix)
{
    size_t len = strlen(prefix);
    long pid;

    if (strncmp(name, prefix, len) != 0)
        return false;
    pid = strtol(name + len, NULL, 10);
    return pid <= 0 || pid == getpid() || (kill((pid_t)pid, 0) < 0 && errno == ESRCH);
}

static void remove_leftovers(const char *folder, const char *prefix)
{
    DIR *stream = opendir(folder);
    struct dirent *item;

    while (stream && (item = readdir(stream)) != NULL)
        if (is_leftover(item->d_name, prefix))
            unlinkat(dirfd(stream), item->d_name, 0);
    if (stream)
        closedir(stream);
}

int zipfile_write(const char *path, struct entries *entries, struct out *out, const char *label,
                  struct artifact *artifact, struct err *err)
{
    char *folder = file_folder(path);
    char *prefix = xasprintf(".%s.", file_name(path));
    char *temporary = xasprintf("%s/%s%ld", folder, prefix, (long)getpid());
    struct writer writer = {.entries = entries, .out = out, .label = label, .err = err};
    int result;

    remove_leftovers(folder, prefix);
    writer.total = entries_size(entries);
    writer.identity = hash_new();
    writer.compressor = libdeflate_alloc_compressor(LEVEL);
    writer.sources = xcalloc(entries->count + 1, sizeof(*writer.sources));
    result = write_entries(&writer, temporary, path, err);
    if (writer.zip)
        zip_discard(writer.zip);
    if (result == 0)
        result = finish(&writer, temporary, path, artifact, err);
    if (result < 0)
        unlink(temporary);
    out_progress(out, label, 0, 0);
    for (size_t i = 0; i < entries->count; i++)
        free(writer.sources[i].data);
    free(writer.sources);
    hash_free(writer.identity);
    libdeflate_free_compressor(writer.compressor);
    free(temporary);
    free(prefix);
    free(folder);
    return result;
}
