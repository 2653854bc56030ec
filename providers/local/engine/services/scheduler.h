/* What the files of EventBridge Scheduler's operations share. */
#ifndef FNCTL_ENGINE_SCHEDULER_H
#define FNCTL_ENGINE_SCHEDULER_H

#include "providers/local/engine/services/operations.h"

/* The group that the input names, "default" without one; borrowed. */
const char *scheduler_group(const json_t *input);

/* {"name", "arn", "tags", "created"} of a group; the caller owns it. NULL: there is none. The group
 * "default" is always there. */
json_t *scheduler_find_group(struct engine *engine, const char *name);

/* A page of `items` (taken) under `key`, as NextToken and MaxResults say. */
void scheduler_page(struct request *request, const json_t *input, const char *key, json_t *items);

/* Groups and their tags. */
void scheduler_create_group(struct request *request, json_t *input);
void scheduler_get_group(struct request *request, json_t *input);
void scheduler_delete_group(struct request *request, json_t *input);
void scheduler_list_groups(struct request *request, json_t *input);
void scheduler_tag(struct request *request, json_t *input);
void scheduler_untag(struct request *request, json_t *input);
void scheduler_list_tags(struct request *request, json_t *input);

#endif
