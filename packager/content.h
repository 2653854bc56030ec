/* A function's package in the making: what its modules hand to one another. */
#ifndef FNCTL_PACKAGER_CONTENT_H
#define FNCTL_PACKAGER_CONTENT_H

#include "core/err.h"
#include "core/out.h"
#include "core/settings.h"
#include "packager/elf/runtime.h"
#include "packager/files/entries.h"

#include <stdbool.h>

struct package_why;
struct zip_cache;

struct content {
    const struct settings *settings;
    const struct function *function;
    struct out *out;
    struct runtime runtime;
    char *source;             /* the source folder's path */
    struct entries code;      /* of the function zip */
    struct entries libraries; /* lib/..., python/..., nodejs/..., of the layer zip */
    struct entries left_out;  /* of dependencies: what no zip has, and the rule; folders end in / */
    struct zip_cache *code_cache, *libraries_cache; /* what is known of earlier zips */
    char *memo;              /* the file of what is known of libraries; NULL: nothing is kept */
    bool keep_memo;          /* else it is only read */
    const char *handler;     /* what the runtime is to call; borrowed or static */
    struct package_why *why; /* filled for its path; NULL: nobody asks */
};

void content_release(struct content *content);

/* source.c: the path of `path` below the source folder, links resolved, to free(): "" when it is
 * that folder, NULL when it is not below. */
char *content_relative(const struct content *content, const char *path);

/* source.c: fills `code` with the source, or only with what `include` names. */
int content_collect(struct content *content, const char *output, bool only_included,
                    struct err *err);

/*
 * handler.c: fills `code` from the source and the handler, checks that the
 * handler is what the runtime can call, adds adapters. `output` is the folder
 * that the zips go to; it is no source. Errors: ERR_PACKAGE.
 */
int content_gather(struct content *content, const char *output, struct err *err);

/*
 * dependencies.c: adds the packages that the settings ask for, in the layout the runtime looks in:
 * python/ and nodejs/node_modules/ of the layer, or the root of the code. `install`: those that are
 * not in the cache are installed; else they are left away with a note, since that takes programs
 * and a network. Errors: ERR_PACKAGE, ERR_SERVICE when the network failed.
 */
int content_add_dependencies(struct content *content, bool install, struct err *err);

/* dependencies.c: whether a pattern of `include` or `exclude` speaks of dependencies, as
 * "python/numpy/f2py/" does. Only such ones reach into them: "docs/" means the project's, not
 * botocore's. */
bool content_of_dependencies(const char *pattern);

/*
 * libraries.c: fills `libraries`, or `code`, with what the ELF files in `code` need beyond the
 * runtime. Errors: ERR_PACKAGE: a library is not found, a symbol version that
 * the runtime lacks.
 */
int content_add_libraries(struct content *content, struct err *err);

/*
 * strip.c: lets the ELF files for the function's machine come from copies without symbols, when the
 * settings say so; the user's files stay as they are. `make`: copies that are not in the cache are
 * made. Errors: ERR_PACKAGE: there is no tool for the machine, or it failed.
 */
int content_strip(struct content *content, bool make, struct err *err);

#endif
