/*
 * ${...} in the strings of the settings.
 *
 * ${env:NAME} ${env:NAME:-default} ${stage} ${project} ${region} ${account}
 * ${git:sha} ${file:path}; "$${" is a literal "${". A default may hold
 * variables itself. What a variable stands for is not looked into again.
 */
#ifndef FNCTL_CORE_VARIABLES_H
#define FNCTL_CORE_VARIABLES_H

#include "core/err.h"
#include "core/json.h"
#include "core/schema.h"

#include <stdbool.h>
#include <stddef.h>

/* What variables stand for. All borrowed. */
struct variables {
    const char *stage;
    const char *folder; /* of ${file:...} and ${git:...} */
    bool sealed;        /* nothing outside the settings is asked: each such variable is an error */
    /* As in struct settings_context. */
    char *(*account)(void *context, struct err *err);
    void *context;
};

/*
 * Replaces the variables in every string of the settings at `root`, an object
 * with `project` and `region` where they are known. Errors: ERR_SETTINGS with
 * the place of the string; what account() reports as it is.
 */
int variables_replace(const struct variables *variables, json_t *root,
                      const struct schema_source *source, struct err *err);

#endif
