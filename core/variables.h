/*
 * ${...} in the strings of the settings.
 *
 * ${env:NAME} ${env:NAME:-default} ${stage} ${project} ${region} ${account}
 * ${git:sha} ${file:path}; "$${" is a literal "${". A default may hold
 * variables itself. What a variable stands for is not looked into again.
 *
 * ${ssm:...} ${secret:...} ${cf:...}, see references.h, with ":-default" too:
 * collected, and replaced when their values are known. Their names may hold the
 * variables of the other kinds. They may stand where neither packaging nor the
 * way to the provider depends on them.
 */
#ifndef FNCTL_CORE_VARIABLES_H
#define FNCTL_CORE_VARIABLES_H

#include "core/err.h"
#include "core/json.h"
#include "core/references.h"
#include "core/schema.h"

#include <stdbool.h>
#include <stddef.h>

/* What variables stand for. All borrowed. */
struct variables {
    const char *stage;
    const char *folder; /* of ${file:...} and ${git:...} */
    bool sealed;        /* nothing outside the settings is asked: each such variable is an error */
    /* What only the provider knows; NULL: such variables are errors. A string with one that was not
     * asked for stays as it is, and its path (as of json_path_text()) becomes a key of `unknown`;
     * that of a string with a value not to be shown, a key of `secret`. */
    struct references *references;
    json_t *unknown, *secret;
    /* As in struct settings_context. */
    char *(*account)(void *context, struct err *err);
    char **known_account; /* kept here once asked for, the caller's to free() */
    void *context;
};

/*
 * Replaces the variables in every string of the settings at `root`, an object
 * with `project` and `region` where they are known. Errors: ERR_SETTINGS with
 * the place of the string; ERR_CREDENTIALS, with the place, for a value that may not
 * be read; what account() reports as it is.
 */
int variables_replace(const struct variables *variables, json_t *root,
                      const struct schema_source *source, struct err *err);

#endif
