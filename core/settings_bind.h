/* From the merged document to bound settings. */
#ifndef FNCTL_CORE_SETTINGS_BIND_H
#define FNCTL_CORE_SETTINGS_BIND_H

#include "core/err.h"
#include "core/settings.h"

/* Replaces the variables in settings->resolved as far as their values are known, binds and
 * validates it. Errors: ERR_SETTINGS with the place. */
int settings_bind(struct settings *settings, const struct settings_context *context,
                  struct err *err);

#endif
