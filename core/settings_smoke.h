/*
 * The setting "smoke": a call that a new version of a function must answer
 * well before it becomes live.
 */
#ifndef FNCTL_CORE_SETTINGS_SMOKE_H
#define FNCTL_CORE_SETTINGS_SMOKE_H

#include "core/schema.h"
#include "core/settings.h"

extern const struct field settings_smoke_fields[];

/* Whether the function has a smoke test. */
bool settings_smoke_is_set(const struct smoke *smoke);

/* Exactly one of payload and path; method and status only with a path. `written` is the object of
 * the settings, NULL: there is none; `path` is that of the function. */
int settings_smoke_check(const struct smoke *smoke, const json_t *written,
                         const struct schema_source *source, const struct json_path *path,
                         struct err *err);

/* The status that is expected of a path. */
int settings_smoke_status(const struct smoke *smoke);

/* "GET /time gives 200", for people; to free(). */
char *settings_smoke_text(const struct smoke *smoke);

#endif
