/*
 * Patterns in the language of gitignore(5): a list of rules, the last that
 * matches decides. A rule starting with `!` takes back; one with a slash
 * inside or in front is anchored to the root; one with a slash at the end is
 * for folders only; `**` crosses folders.
 */
#ifndef FNCTL_PACKAGER_FILES_IGNORE_H
#define FNCTL_PACKAGER_FILES_IGNORE_H

#include "packager/files/pattern.h"

#include <stdbool.h>
#include <stddef.h>

struct ignore_rule {
    char *text;  /* as written */
    char *where; /* where it stands: "built in", ".fnctlignore:3", "exclude[0]" */
    bool negated;
    bool anchored;    /* matches the whole path; else the last name of it */
    bool folder_only; /* for folders only */
    struct pattern pattern;
};

struct ignore {
    struct ignore_rule *rules; /* owned */
    size_t count;
    size_t capacity;
};

void ignore_init(struct ignore *ignore);
void ignore_release(struct ignore *ignore);

/* Adds one line that stands at `where`. Empty lines and comments add nothing. */
void ignore_add(struct ignore *ignore, const char *line, size_t len, const char *where);

/* Adds the lines of the file `name`; a byte-order mark and CR before LF are fine. */
void ignore_add_text(struct ignore *ignore, const char *text, size_t len, const char *name);

/* Adds the pattern that matches exactly `path` below the root and, if a folder, all in it. */
void ignore_add_literal(struct ignore *ignore, const char *path, const char *where);

/* Whether one rule is about `path` (relative, no slash at either end). */
bool ignore_rule_matches(const struct ignore_rule *rule, const char *path, bool folder);

/*
 * The rule that decides on `path` (relative, no slash at either end) itself,
 * or NULL. It does not look at the folders above: git does not look below an
 * excluded folder at all, and so has the walk that asks.
 */
const struct ignore_rule *ignore_match(const struct ignore *ignore, const char *path, bool folder);

/* Whether `path` or a folder above it is excluded. */
const struct ignore_rule *ignore_excluded(const struct ignore *ignore, const char *path,
                                          bool folder);

#endif
