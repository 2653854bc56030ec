/* Event sources of zappa_settings.json (queues, buckets, topics, streams) as triggers. */
#ifndef FNCTL_CLI_IMPORT_ZAPPA_SOURCE_H
#define FNCTL_CLI_IMPORT_ZAPPA_SOURCE_H

#include "cli/import.h"

/* Adds the event's `event_source` to the function's triggers; notes what cannot be one. */
void zappa_source_convert(struct import *import, const json_t *event, json_t *function);

#endif
