/*
 * The files of a new project, collected in memory before any is written, so
 * that a conflict or a bad template leaves the folder as it was.
 */
#ifndef FNCTL_CLI_SCAFFOLD_H
#define FNCTL_CLI_SCAFFOLD_H

#include "core/buf.h"
#include "core/err.h"

#include <stdbool.h>
#include <stddef.h>
#include <sys/types.h>

struct scaffold_file {
    char *path; /* below the project's folder; owned */
    struct buf data;
    mode_t mode; /* 0644 or 0755 */
};

/* Start with all zeros. */
struct scaffold {
    struct scaffold_file *files; /* owned */
    size_t count;
    size_t size; /* bytes of all files */
};
void scaffold_release(struct scaffold *scaffold);

/*
 * Adds a file, with a copy of the data. ERR_FAILED when the path is absolute,
 * has ".." or control characters in it, is there already, or when there are more than 1000 files or
 * 20 MB: no template needs that.
 */
int scaffold_add(struct scaffold *scaffold, const char *path, const void *data, size_t len,
                 bool executable, struct err *err);

/* The file of that path, or NULL; borrowed until the next scaffold_add(). */
struct scaffold_file *scaffold_find(const struct scaffold *scaffold, const char *path);

/* ERR_FAILED, with their names, when files of the scaffold exist below `folder`. .gitignore may. */
int scaffold_check(const struct scaffold *scaffold, const char *folder, struct err *err);

/*
 * Adds a .gitignore with `line`, when there is none in the scaffold, for a
 * current folder that has one or is in a git work tree (.git in it or above,
 * up to HOME). Fails as scaffold_add().
 */
int scaffold_add_gitignore(struct scaffold *scaffold, const char *line, struct err *err);

/*
 * Writes the files below `folder`, over those that are there; .gitignore is
 * never overwritten, it gets the lines that it lacks. When a write fails, the
 * files that were new are removed again.
 */
int scaffold_write(struct scaffold *scaffold, const char *folder, struct err *err);

#endif
