/* What buckets tell, by their notification configuration. */
#ifndef FNCTL_ENGINE_BUCKET_EVENTS_H
#define FNCTL_ENGINE_BUCKET_EVENTS_H

#include "providers/local/engine/engine.h"

#include <jansson.h>
#include <stdbool.h>
#include <stdint.h>

/* Something that happened to an object. Borrowed. */
struct bucket_event {
    const char *name; /* "ObjectCreated:Put" */
    const char *bucket, *key;
    const char *etag; /* NULL: it is gone */
    int64_t size;
};

/* Sends the event to those whom the bucket's configuration names for it; within the transaction
 * that is open, if any. Who cannot be reached is told in the engine's log. */
void bucket_events_tell(struct engine *engine, const struct bucket_event *event);

/* The lists of a notification configuration, whose entries have an Id, Event and Filter: their
 * names, and the member that says where to. */
enum { BUCKET_TARGETS = 3 };
extern const char *const bucket_targets[BUCKET_TARGETS][2];

/* Whether an entry (a part of a configuration) is about the event and the key. */
bool bucket_events_match(const json_t *entry, const char *name, const char *key);

#endif
