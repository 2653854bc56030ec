#include "providers/local/engine/run/unpack.h"

#include "core/file.h"
#include "core/memory.h"
#include "core/strlist.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

enum kind { KIND_FILE, KIND_FOLDER, KIND_LINK };

struct entry {
    char *path; /* without ".", empty parts and the last slash; owned */
    enum kind kind;
    mode_t mode;
    uint64_t size;
    zip_uint64_t index;
};

struct entries {
    struct entry *items; /* sorted by path */
    size_t count;
    uint64_t size;
};

static void entries_release(struct entries *entries)
{
    for (size_t i = 0; i < entries->count; i++)
        free(entries->items[i].path);
    free(entries->items);
}

/* Drops ".", empty parts and the last slash; to free(). Errors: a name that leads out. */
static char *clean_path(const char *name, struct err *err)
{
    char *clean = xcalloc(strlen(name) + 1, 1);
    size_t len = 0;

    if (name[0] == '/') {
        err_set(err, ERR_PACKAGE, "entry '%s': its name is absolute", name);
        goto fail;
    }
    for (const char *part = name; *part;) {
        size_t part_len = strcspn(part, "/");

        if (part_len == 2 && memcmp(part, "..", 2) == 0) {
            err_set(err, ERR_PACKAGE, "entry '%s': its name leads out of the folder", name);
            goto fail;
        }
        if (part_len && !(part_len == 1 && part[0] == '.')) {
            if (len)
                clean[len++] = '/';
            memcpy(clean + len, part, part_len);
            len += part_len;
        }
        part += part_len + (part[part_len] == '/');
    }
    return clean;
fail:
    free(clean);
    return NULL;
}

static int entry_type(zip_t *zip, const char *name, struct entry *entry, struct err *err)
{
    zip_uint8_t system = 0;
    zip_uint32_t attributes = 0;
    size_t len = strlen(name);

    entry->kind = len && name[len - 1] == '/' ? KIND_FOLDER : KIND_FILE;
    entry->mode = 0644;
    zip_file_get_external_attributes(zip, entry->index, 0, &system, &attributes);
    if (system != ZIP_OPSYS_UNIX || attributes >> 16 == 0)
        return 0;
    entry->mode = (mode_t)((attributes >> 16) & 0777);
    switch ((attributes >> 16) & S_IFMT) {
    case 0:
    case S_IFREG:
        return 0;
    case S_IFDIR:
        entry->kind = KIND_FOLDER;
        return 0;
    case S_IFLNK:
        entry->kind = KIND_LINK;
        return 0;
    default:
        return err_set(err, ERR_PACKAGE, "entry '%s': it is a device, pipe or socket", name);
    }
}

static int read_entry(zip_t *zip, zip_uint64_t index, struct entries *entries, struct err *err)
{
    struct entry *entry = &entries->items[entries->count];
    zip_stat_t status;

    if (zip_stat_index(zip, index, ZIP_FL_ENC_RAW, &status) < 0 || !(status.valid & ZIP_STAT_NAME))
        return err_set(err, ERR_PACKAGE, "entry %llu: %s", (unsigned long long)index,
                       zip_strerror(zip));
    if (!(status.valid & ZIP_STAT_SIZE) ||
        (status.valid & ZIP_STAT_ENCRYPTION_METHOD && status.encryption_method != ZIP_EM_NONE))
        return err_set(err, ERR_PACKAGE, "entry '%s': it is encrypted", status.name);
    entry->index = index;
    entry->size = status.size;
    if (status.size > UNPACK_MAX - entries->size)
        return err_set(err, ERR_PACKAGE, "unzipped size must be smaller than %d bytes", UNPACK_MAX);
    if (entry_type(zip, status.name, entry, err) < 0)
        return -1;
    entry->path = clean_path(status.name, err);
    if (!entry->path)
        return -1;
    entries->size += status.size;
    entries->count++;
    return 0;
}

static int compare_entries(const void *a, const void *b)
{
    return strcmp(((const struct entry *)a)->path, ((const struct entry *)b)->path);
}

static const struct entry *find(const struct entries *entries, const char *path)
{
    struct entry wanted = {.path = (char *)(uintptr_t)path};

    if (!entries->count)
        return NULL;
    return bsearch(&wanted, entries->items, entries->count, sizeof(wanted), compare_entries);
}

/* Reads all of an entry into `data` of entry->size bytes. */
static int read_whole(zip_t *zip, const struct entry *entry, char *data, struct err *err)
{
    zip_file_t *file = zip_fopen_index(zip, entry->index, 0);
    uint64_t done = 0;
    int result = -1;

    if (!file)
        return err_set(err, ERR_PACKAGE, "entry '%s': %s", entry->path, zip_strerror(zip));
    while (done < entry->size) {
        zip_int64_t len = zip_fread(file, data + done, entry->size - done);

        if (len <= 0)
            break;
        done += (uint64_t)len;
    }
    if (done < entry->size)
        err_set(err, ERR_PACKAGE, "entry '%s': it is damaged", entry->path);
    else
        result = 0;
    zip_fclose(file);
    return result;
}

/* The target of a link, to free(). */
static char *read_link(zip_t *zip, const struct entry *entry, struct err *err)
{
    char *target;

    if (entry->size == 0 || entry->size >= PATH_MAX) {
        err_set(err, ERR_PACKAGE, "entry '%s': the link's target is empty or too long",
                entry->path);
        return NULL;
    }
    target = xcalloc(entry->size + 1, 1);
    if (read_whole(zip, entry, target, err) == 0)
        return target;
    free(target);
    return NULL;
}

/*
 * A link may climb as far as the root, at its beginning only: ".." after a name could follow
 * another link and then climb out of the root.
 */
static bool leads_out(const char *path, const char *target)
{
    size_t depth = 0;
    bool named = false;

    for (const char *slash = strchr(path, '/'); slash; slash = strchr(slash + 1, '/'))
        depth++;
    if (target[0] == '/')
        return true;
    for (const char *part = target; *part;) {
        size_t len = strcspn(part, "/");

        if (len == 2 && memcmp(part, "..", 2) == 0) {
            if (named || depth == 0)
                return true;
            depth--;
        } else if (len && !(len == 1 && part[0] == '.')) {
            named = true;
        }
        part += len + (part[len] == '/');
    }
    return false;
}

static int check_link(zip_t *zip, const struct entry *entry, struct err *err)
{
    char *target = read_link(zip, entry, err);
    int result = target ? 0 : -1;

    if (target && leads_out(entry->path, target))
        result = err_set(err, ERR_PACKAGE, "entry '%s': the link to '%s' leads out of the folder",
                         entry->path, target);
    free(target);
    return result;
}

/* Every folder on the way to an entry must be one. */
static int check_way(const struct entries *entries, const struct entry *entry, struct err *err)
{
    char *path = xstrdup(entry->path);
    int result = 0;

    for (char *slash = strchr(path, '/'); slash && result == 0; slash = strchr(slash + 1, '/')) {
        const struct entry *parent;

        *slash = '\0';
        parent = find(entries, path);
        if (parent && parent->kind == KIND_LINK)
            result = err_set(err, ERR_PACKAGE,
                             "entry '%s': it would be written through the link "
                             "'%s'",
                             entry->path, path);
        else if (parent && parent->kind == KIND_FILE)
            result = err_set(err, ERR_PACKAGE, "entry '%s': '%s' is a file", entry->path, path);
        *slash = '/';
    }
    free(path);
    return result;
}

static int check_entry(zip_t *zip, const struct entries *entries, size_t i, struct err *err)
{
    const struct entry *entry = &entries->items[i];

    if (entry->path[0] == '\0' && entry->kind != KIND_FOLDER)
        return err_set(err, ERR_PACKAGE, "entry %llu: it has no name",
                       (unsigned long long)entry->index);
    if (i > 0 && strcmp(entry->path, entries->items[i - 1].path) == 0 && entry->path[0])
        return err_set(err, ERR_PACKAGE, "entry '%s': it is there twice", entry->path);
    if (check_way(entries, entry, err) < 0)
        return -1;
    return entry->kind == KIND_LINK ? check_link(zip, entry, err) : 0;
}

/* Reads and checks the directory of the zip; `entries` is released by the caller in any case. */
static int read_entries(zip_t *zip, struct entries *entries, struct err *err)
{
    zip_int64_t count = zip_get_num_entries(zip, 0);

    if (count > UNPACK_ENTRIES)
        return err_set(err, ERR_PACKAGE, "it has %lld entries, at most %d are allowed",
                       (long long)count, UNPACK_ENTRIES);
    entries->items = xcalloc((size_t)count + 1, sizeof(*entries->items));
    for (zip_uint64_t i = 0; i < (zip_uint64_t)count; i++) {
        if (read_entry(zip, i, entries, err) < 0)
            return -1;
    }
    qsort(entries->items, entries->count, sizeof(*entries->items), compare_entries);
    for (size_t i = 0; i < entries->count; i++) {
        if (check_entry(zip, entries, i, err) < 0)
            return -1;
    }
    return 0;
}

int unpack_check(zip_t *zip, uint64_t *unzipped, struct err *err)
{
    struct entries entries = {0};
    int result = read_entries(zip, &entries, err);

    *unzipped = entries.size;
    entries_release(&entries);
    return result;
}

/* Opens the folder of `path` below `root`, making what is missing, never following a link. */
static int open_way(int root, const char *path, struct err *err)
{
    int folder = dup(root);
    const char *part = path;

    for (size_t len; folder >= 0 && part[len = strcspn(part, "/")] == '/'; part += len + 1) {
        char *name = xstrndup(part, len);
        int next;

        if (mkdirat(folder, name, 0755) < 0 && errno != EEXIST)
            err_set(err, ERR_FAILED, "cannot make '%s': %s", name, strerror(errno));
        next = openat(folder, name, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
        free(name);
        close(folder);
        folder = next;
    }
    if (folder < 0)
        err_set(err, ERR_FAILED, "cannot make the folder of '%s': %s", path, strerror(errno));
    return folder;
}

/* Copies an entry's bytes, no more than its directory announced. */
static int copy(zip_file_t *file, int fd, const struct entry *entry, struct err *err)
{
    char chunk[65536];
    uint64_t done = 0;
    zip_int64_t len;

    while ((len = zip_fread(file, chunk, sizeof(chunk))) > 0) {
        done += (uint64_t)len;
        if (done > entry->size)
            break;
        if (file_write_all(fd, chunk, (size_t)len) < 0)
            return err_set(err, ERR_FAILED, "cannot write '%s': %s", entry->path, strerror(errno));
    }
    if (len < 0 || done != entry->size)
        return err_set(err, ERR_PACKAGE, "entry '%s': it is damaged", entry->path);
    return 0;
}

static int write_file(zip_t *zip, int folder, const char *name, const struct entry *entry,
                      struct err *err)
{
    zip_file_t *file = zip_fopen_index(zip, entry->index, 0);
    int result = -1, fd;

    if (!file)
        return err_set(err, ERR_PACKAGE, "entry '%s': %s", entry->path, zip_strerror(zip));
    fd = openat(folder, name, O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC, 0600);
    if (fd < 0) {
        err_set(err, ERR_FAILED, "cannot write '%s': %s", entry->path, strerror(errno));
        goto out;
    }
    result = copy(file, fd, entry, err);
    /* The owner can always read, else the function could not be run again or removed. */
    if (result == 0 && fchmod(fd, entry->mode | S_IRUSR) < 0)
        result = err_set(err, ERR_FAILED, "cannot write '%s': %s", entry->path, strerror(errno));
    close(fd);
out:
    zip_fclose(file);
    return result;
}

static int write_link(zip_t *zip, int folder, const char *name, const struct entry *entry,
                      struct err *err)
{
    char *target = read_link(zip, entry, err);
    int result = target ? 0 : -1;

    if (target && symlinkat(target, folder, name) < 0)
        result = err_set(err, ERR_FAILED, "cannot write '%s': %s", entry->path, strerror(errno));
    free(target);
    return result;
}

static int write_entry(zip_t *zip, int root, const struct entry *entry, struct err *err)
{
    const char *slash = strrchr(entry->path, '/');
    const char *name = slash ? slash + 1 : entry->path;
    int result = 0;
    int folder = open_way(root, entry->path, err);

    if (folder < 0)
        return -1;
    if (entry->kind == KIND_FILE)
        result = write_file(zip, folder, name, entry, err);
    else if (entry->kind == KIND_LINK)
        result = write_link(zip, folder, name, entry, err);
    else if (*name && mkdirat(folder, name, 0755) < 0 && errno != EEXIST)
        result = err_set(err, ERR_FAILED, "cannot make '%s': %s", entry->path, strerror(errno));
    close(folder);
    return result;
}

int unpack_into(zip_t *zip, const char *folder, struct err *err)
{
    struct entries entries = {0};
    int result = -1;
    int root = open(folder, O_RDONLY | O_DIRECTORY | O_CLOEXEC);

    if (root < 0) {
        err_set(err, ERR_FAILED, "cannot open '%s': %s", folder, strerror(errno));
        goto out;
    }
    if (read_entries(zip, &entries, err) < 0)
        goto out;
    result = 0;
    for (size_t i = 0; i < entries.count && result == 0; i++)
        result = write_entry(zip, root, &entries.items[i], err);
out:
    entries_release(&entries);
    if (root >= 0)
        close(root);
    return result;
}
