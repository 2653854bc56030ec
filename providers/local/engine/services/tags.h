/* Tags as most services have them: [{"Key", "Value"}] outside, an object inside. */
#ifndef FNCTL_ENGINE_TAGS_H
#define FNCTL_ENGINE_TAGS_H

#include <jansson.h>

/* Puts a list of tags into an object. */
void tags_add(json_t *tags, const json_t *list);

/* Takes the named ones out. */
void tags_remove(json_t *tags, const json_t *keys);

/* The object as a list, the caller's. */
json_t *tags_list(const json_t *tags);

#endif
