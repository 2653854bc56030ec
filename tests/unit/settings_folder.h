/* What the tests of the settings share: a folder of their own, and settings loaded from it. */
#ifndef FNCTL_TESTS_UNIT_SETTINGS_FOLDER_H
#define FNCTL_TESTS_UNIT_SETTINGS_FOLDER_H

#include "core/file.h"
#include "core/settings.h"

#include <stdlib.h>
#include <string.h>
#include <unistd.h>

/* The least that a project has besides its name. */
#define FUNCTIONS "\"functions\": {\"f\": {\"runtime\": \"python3.13\", \"handler\": \"a.b\"}}"

/* Enters a new folder, with nothing in the environment that settings look at. */
static inline int enter_folder(void **state)
{
    struct err err;

    unsetenv("AWS_REGION");
    unsetenv("AWS_DEFAULT_REGION");
    unsetenv("FNCTL_STAGE");
    unsetenv("NOPE");
    *state = file_temporary_folder("fnctl-test", &err);
    return *state && chdir(*state) == 0 ? 0 : -1;
}

static inline int leave_folder(void **state)
{
    struct err err;
    int result = chdir("/") < 0 || file_remove(*state, &err) < 0 ? -1 : 0;

    free(*state);
    return result;
}

static inline void write_file(const char *path, const char *text)
{
    struct err err;

    assert_int_equal(file_write(path, text, strlen(text), 0644, &err), 0);
}

static inline struct settings loaded(const struct settings_context *context)
{
    struct settings settings;
    struct err err = {0};
    int result = settings_load(&settings, context, &err);

    assert_string_equal(err.message, "");
    assert_int_equal(result, 0);
    return settings;
}

#endif
