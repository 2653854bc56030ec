/* What Python packages must suit: a version of Python, a C library, a machine. */
#ifndef FNCTL_PACKAGER_PYTHON_TARGET_H
#define FNCTL_PACKAGER_PYTHON_TARGET_H

#include "core/strlist.h"
#include "packager/content.h"

struct python_target {
    int minor;           /* 13 of Python 3.13 */
    int glibc;           /* 34 of glibc 2.34; 0: musl */
    const char *machine; /* in Python's words: "x86_64", "aarch64" */
    char name[64];       /* for messages: "Python 3.13 on x86_64" */
};

/*
 * On AWS what the runtime has. With provider "local" it is this machine: its
 * C library, and the Python that the engine will run the function with, which
 * is said where it is not the runtime's version. ERR_PACKAGE when the runtime
 * tells no version.
 */
int python_target_find(const struct content *content, struct python_target *target,
                       struct err *err);

/* The platform tags of wheels that run there, the best first: PEP 600's manylinux and its older
 * names, and what somebody built without a promise; its symbol versions are checked later. */
void python_target_tags(const struct python_target *target, struct strlist *tags);

/* The platform in the words of uv, to free(). It knows some versions only: the nearest below. */
char *python_target_uv(const struct python_target *target);

#endif
