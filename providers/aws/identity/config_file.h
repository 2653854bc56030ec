/* Reads one of AWS's INI files into a flat list. For config.c, and for tests of the parser. */
#ifndef FNCTL_PROVIDERS_AWS_CONFIG_FILE_H
#define FNCTL_PROVIDERS_AWS_CONFIG_FILE_H

#include "core/err.h"

#include <stdbool.h>
#include <stddef.h>

/* One `key = value`; all strings owned by the file. */
struct config_item {
    char *section; /* as in the brackets, blanks squeezed, quotes removed: "profile x" */
    char *group;   /* the key that a nested item is below, NULL for others */
    char *key;     /* lower case; NULL: stands for the section itself */
    char *value;
};

struct config_file {
    char *path; /* for messages */
    struct config_item *items;
    size_t count;
};

/*
 * Parses `len` bytes. As the AWS command line reads it: `key = value` or
 * `key: value`; lines that start with # or ; are comments; indented lines
 * below `key =` are nested `key = value`, below a value they continue it.
 * Further than that, ` #` and ` ;` start a comment after a value, as other AWS
 * tools have it, but not after credential_process, where they may belong to
 * the command. Keys given twice: the last one counts.
 * Errors: ERR_CREDENTIALS, "PATH: line N: ...".
 */
int config_file_parse(struct config_file *file, const char *path, const char *text, size_t len,
                      struct err *err);

/* Reads and parses the file at `path`; a missing one is an empty one. */
int config_file_read(struct config_file *file, const char *path, struct err *err);

void config_file_release(struct config_file *file);

/* The value of `key` (below `group`, NULL: not nested) in `section`, or NULL; borrowed. */
const char *config_file_get(const struct config_file *file, const char *section, const char *group,
                            const char *key);

bool config_file_has(const struct config_file *file, const char *section);

#endif
