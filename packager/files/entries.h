/* The files that go into one zip, whatever put them there. */
#ifndef FNCTL_PACKAGER_FILES_ENTRIES_H
#define FNCTL_PACKAGER_FILES_ENTRIES_H

#include <stddef.h>
#include <stdint.h>
#include <sys/stat.h>

enum { ENTRY_PROGRAM = S_IFREG | 0755, ENTRY_FILE = S_IFREG | 0644, ENTRY_LINK = S_IFLNK | 0777 };

/* Whether a file is an ELF file. */
enum entry_elf { ENTRY_ELF_UNKNOWN, ENTRY_ELF_NO, ENTRY_ELF_YES };

/* Which file it was and when it last changed: a file with the same stamp and size has the same
 * contents, but for a change in the moment the stamp was taken. */
struct entry_stamp {
    uint64_t modified; /* st_mtim, in nanoseconds, modulo 2^64 */
    uint64_t changed;  /* st_ctim, likewise */
    uint64_t inode;
    uint64_t device;
};

struct entry {
    char *path;               /* in the zip, UTF-8, no leading slash */
    char *origin;             /* on disk; NULL: made by fnctl, the contents are `data` */
    char *data;               /* contents, or the target of a symbolic link; NULL: read `origin` */
    char *reason;             /* why it is in: "source", "needed by bot" */
    uint64_t size;            /* bytes */
    struct entry_stamp stamp; /* of `origin` when it was found; zero with `data` */
    uint64_t compressed;      /* bytes in the zip; known when it is written */
    unsigned mode;            /* ENTRY_PROGRAM, ENTRY_FILE or ENTRY_LINK */
    enum entry_elf elf; /* set by who looked; known beforehand, the file is not opened for it */
};

/* A block of strings, private: tens of thousands of entries make as few allocations as they can. */
struct entries_block;

struct entries {
    struct entry *items; /* owned, with all that is in them */
    size_t count;
    size_t capacity;
    struct entries_block *blocks;
};

void entries_release(struct entries *entries);

/* Adds the file at `origin` as `path`; its mode is 0755 when its owner may execute it, else 0644.
 * The new entry is borrowed until the next one is added. */
struct entry *entries_add_file(struct entries *entries, const char *path, const char *origin,
                               const struct stat *status, const char *reason);

/* Adds a symbolic link. */
void entries_add_link(struct entries *entries, const char *path, const char *origin,
                      const char *target, const char *reason);

/* Adds a file with the given contents, which are copied. */
void entries_add_data(struct entries *entries, const char *path, const void *data, size_t len,
                      const char *reason);

/* Lets the contents of an entry come from another file; place and mode stay. */
void entries_redirect(struct entries *entries, struct entry *entry, const char *origin,
                      const struct stat *status, const char *reason);

/* Makes room for `count` entries, so that they are added without moving. */
void entries_reserve(struct entries *entries, size_t count);

/* Copies `count` items of `from`, beginning at `first`, to the end of `to`; what they point to
 * still belongs to `from`. */
void entries_append(struct entries *to, const struct entries *from, size_t first, size_t count);

/* Moves all of `from` to the end of `to`. */
void entries_move(struct entries *to, struct entries *from);

/* Removes the entry at `index`. */
void entries_remove(struct entries *entries, size_t index);

/* Sorts by the bytes of the path. Entries that are in order already cost one look each. */
void entries_sort(struct entries *entries);

/* The entry of that path, or NULL. The entries must be sorted. */
struct entry *entries_find(const struct entries *entries, const char *path);

/* The sum of all sizes. */
uint64_t entries_size(const struct entries *entries);

/* The stamp of a file. */
struct entry_stamp entry_stamp_of(const struct stat *status);

#endif
