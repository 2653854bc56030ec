/* A function's package in the making: what its modules hand to one another. */
#ifndef FNCTL_PACKAGER_CONTENT_H
#define FNCTL_PACKAGER_CONTENT_H

#include "core/err.h"
#include "core/out.h"
#include "core/settings.h"
#include "packager/entries.h"
#include "packager/runtime.h"

#include <stdbool.h>

struct content {
    const struct settings *settings;
    const struct function *function;
    struct out *out;
    struct runtime runtime;
    char *source;             /* the source folder's path */
    struct entries code;      /* of the function zip */
    struct entries libraries; /* lib/..., of the layer zip */
    const char *handler;      /* what the runtime is to call; borrowed or static */
};

void content_release(struct content *content);

/*
 * handler.c: fills `code` from the source and the handler, checks that the
 * handler is what the runtime can call, adds adapters. `output` is the folder
 * that the zips go to; it is no source. Errors: ERR_PACKAGE.
 */
int content_gather(struct content *content, const char *output, struct err *err);

/*
 * layer.c: fills `libraries` with what the ELF files in `code` need beyond the
 * runtime. Errors: ERR_PACKAGE: a library is not found, a symbol version that
 * the runtime lacks.
 */
int content_add_libraries(struct content *content, struct err *err);

#endif
