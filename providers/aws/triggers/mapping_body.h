/* Event source mappings as the settings want them, and as Lambda describes them. */
#ifndef FNCTL_PROVIDERS_AWS_MAPPING_BODY_H
#define FNCTL_PROVIDERS_AWS_MAPPING_BODY_H

#include "core/settings.h"

#include <jansson.h>

/* What UpdateEventSourceMapping would be sent for the whole trigger; the caller's. */
json_t *mapping_wanted(const struct trigger *trigger);

/* The same of a mapping that is there. */
json_t *mapping_found(const json_t *mapping);

/* `wanted` without what is as it is when nothing is said, for CreateEventSourceMapping. */
json_t *mapping_for_create(const json_t *wanted);

/* The members in which they differ, as `wanted` has them; the caller's. */
json_t *mapping_difference(const json_t *found, const json_t *wanted);

/* What the plan shows: each member under its name, patterns as JSON. The caller's. */
json_t *mapping_told(const json_t *body);

#endif
