/* The keys of a stage of zappa_settings.json, one by one. */
#ifndef FNCTL_CLI_IMPORT_ZAPPA_KEYS_H
#define FNCTL_CLI_IMPORT_ZAPPA_KEYS_H

#include "cli/import.h"

/* Converts the stage `zappa` to members of `stage` and to `functions`; notes what has no
 * counterpart. */
void zappa_keys_convert(struct import *import, const json_t *zappa, json_t *stage,
                        json_t *functions);

#endif
