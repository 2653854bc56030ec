/*
 * The files below templates/, part of the program: sample projects, adapters
 * that go into packages, runtime clients of the local engine. Made at build
 * time.
 */
#ifndef FNCTL_CORE_EMBEDDED_H
#define FNCTL_CORE_EMBEDDED_H

#include <stddef.h>

struct embedded_file {
    const char *path; /* below templates/: "python/app.py"; NULL ends the table */
    const unsigned char *start;
    const unsigned char *end; /* one past the last byte, where a NUL stands */
    unsigned mode;            /* 0644 or 0755 */
};

/* Sorted by path. */
extern const struct embedded_file embedded_files[];

/* The file of that path, or NULL. */
const struct embedded_file *embedded_find(const char *path);

#endif
