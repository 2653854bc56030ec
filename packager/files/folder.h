/* A folder while it is read: its names, in order, and then what is under those that matter. */
#ifndef FNCTL_PACKAGER_FILES_FOLDER_H
#define FNCTL_PACKAGER_FILES_FOLDER_H

#include <stdbool.h>
#include <stddef.h>
#include <sys/stat.h>

struct folder_item {
    const char *name; /* borrowed until the next folder is read */
    bool is_folder;
    bool is_link; /* a symbolic link */
};

/* All zero at first. One after the other, folders are read into the same memory. */
struct folder {
    struct folder_item *items;
    size_t count;
    /* Private. */
    size_t capacity;
    char *bytes; /* as the kernel gives them */
    size_t size;
    int fd;
};

/*
 * Opens the folder and reads its names, sorted as the paths below them sort: a
 * folder's as if it ended in a slash. -1 with errno, and nothing is open, when
 * not all of it can be read: half a folder must not be deployed.
 */
int folder_open(struct folder *folder, const char *path);

/* Looks at an item, links not followed; -1 with errno. */
int folder_look(const struct folder *folder, const struct folder_item *item, struct stat *status);

void folder_close(struct folder *folder);

/* Whether there is an item of that name. */
bool folder_has(const struct folder *folder, const char *name);

/* Frees the memory, after the last folder. */
void folder_release(struct folder *folder);

#endif
