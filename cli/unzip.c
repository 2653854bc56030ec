#include "cli/unzip.h"

#include "core/file.h"
#include "core/interrupt.h"
#include "core/memory.h"

#include <archive.h>
#include <archive_entry.h>
#include <errno.h>
#include <fcntl.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

enum { ENTRIES_MAX = 100000, BLOCK = 65536 };
#define BYTES_MAX ((int64_t)262144000) /* Lambda's 250 MB */

/* One unzip_file(). */
struct unzip {
    struct archive *archive;
    const char *folder;
    int64_t bytes;
    size_t entries;
};

/* Whether a name stays below the folder: relative, without "..", and plain text. */
static bool stays_inside(const char *name)
{
    if (!name || !*name || name[0] == '/' || strlen(name) > 4096)
        return false;
    for (const char *part = name; *part;) {
        size_t len = strcspn(part, "/");

        if (len == 2 && strncmp(part, "..", 2) == 0)
            return false;
        for (size_t i = 0; i < len; i++)
            if ((unsigned char)part[i] < 0x20 || part[i] == 0x7f || part[i] == '\\')
                return false;
        part += len + (part[len] == '/');
    }
    return true;
}

/* The folder that the file `path` is in, made when missing. No link is ever made, so none can lead
 * elsewhere. */
static int make_parent(const char *path, struct err *err)
{
    char *parent = xstrndup(path, (size_t)(strrchr(path, '/') - path));
    int result = file_make_folder(parent, 0755, err);

    free(parent);
    return result;
}

static int copy_data(struct unzip *unzip, int fd, const char *name, struct err *err)
{
    char block[BLOCK];
    la_ssize_t len;

    while ((len = archive_read_data(unzip->archive, block, sizeof(block))) > 0) {
        unzip->bytes += len;
        if (unzip->bytes > BYTES_MAX)
            return err_set(err, ERR_FAILED, "it has more than 250 MB, which Lambda does not allow");
        if (file_write_all(fd, block, (size_t)len) < 0)
            return err_set(err, ERR_FAILED, "cannot write '%s': %s", name, strerror(errno));
        if (interrupt_check(err) < 0)
            return -1;
    }
    return len < 0
               ? err_set(err, ERR_FAILED, "'%s': %s", name, archive_error_string(unzip->archive))
               : 0;
}

static int take_file(struct unzip *unzip, const char *path, const char *name, mode_t mode,
                     struct err *err)
{
    int fd, result;

    if (make_parent(path, err) < 0)
        return -1;
    fd =
        open(path, O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC, mode & 0100 ? 0755 : 0644);
    if (fd < 0)
        return err_set(err, ERR_FAILED, "cannot make '%s': %s", name, strerror(errno));
    result = copy_data(unzip, fd, name, err);
    if (close(fd) < 0 && result == 0)
        result = err_set(err, ERR_FAILED, "cannot write '%s': %s", name, strerror(errno));
    return result;
}

static int take_entry(struct unzip *unzip, struct archive_entry *entry, struct err *err)
{
    const char *name = archive_entry_pathname(entry);
    char *path;
    int result;

    if (++unzip->entries > ENTRIES_MAX)
        return err_set(err, ERR_FAILED, "it has more than %d entries", ENTRIES_MAX);
    if (!stays_inside(name))
        return err_set(err, ERR_FAILED, "the name of the entry '%.200s' is not safe",
                       name ? name : "");
    path = file_join(unzip->folder, name);
    if (archive_entry_filetype(entry) == AE_IFDIR)
        result = file_make_folder(path, 0755, err);
    else if (archive_entry_filetype(entry) == AE_IFREG && !archive_entry_hardlink(entry))
        result = take_file(unzip, path, name, archive_entry_perm(entry), err);
    else
        result = err_set(err, ERR_FAILED, "the entry '%.200s' is no plain file", name);
    free(path);
    return result;
}

static int take_all(struct unzip *unzip, const char *zip, struct err *err)
{
    struct archive_entry *entry;
    int status = archive_read_open_filename(unzip->archive, zip, BLOCK);

    while (status == ARCHIVE_OK) {
        status = archive_read_next_header(unzip->archive, &entry);
        if (status == ARCHIVE_OK && take_entry(unzip, entry, err) < 0)
            return -1;
    }
    if (status == ARCHIVE_EOF)
        return 0;
    return err_set(err, ERR_FAILED, "%s", archive_error_string(unzip->archive));
}

int unzip_file(const char *zip, const char *folder, struct err *err)
{
    struct unzip unzip = {.archive = archive_read_new(), .folder = folder};
    struct err ignored = {0};
    int result = -1;

    if (file_exists(folder)) {
        err_set(err, ERR_FAILED, "'%s' is there already", folder);
        goto out;
    }
    archive_read_support_format_zip(unzip.archive);
    result = file_make_folder(folder, 0755, err);
    if (result == 0)
        result = take_all(&unzip, zip, err);
    if (result < 0) {
        err_context(err, "cannot unpack the code");
        file_remove(folder, &ignored);
    }
out:
    archive_read_free(unzip.archive);
    return result;
}
