/* The `events` of a stage of zappa_settings.json: schedules and triggers. */
#ifndef FNCTL_CLI_IMPORT_ZAPPA_EVENTS_H
#define FNCTL_CLI_IMPORT_ZAPPA_EVENTS_H

#include "cli/import.h"

/* Adds a function to `functions` for each one that an event of the stage `zappa` names, with what
 * `function` has, and the event to it. */
void zappa_events_convert(struct import *import, const json_t *zappa, const json_t *function,
                          json_t *functions);

#endif
