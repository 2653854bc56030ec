/*
 * Tags of what we make: those of project, stage and function, and the user's.
 *
 * Others tag resources too (cost allocation, policies of the organisation), and
 * their tags are left alone. So that a tag which the settings no longer name can
 * be told from one of others, the tag fnctl:tags notes which keys were the
 * settings': the first six hex digits of the SHA-256 of each. All tags are
 * objects of strings.
 */
#ifndef FNCTL_PROVIDERS_AWS_TAGS_H
#define FNCTL_PROVIDERS_AWS_TAGS_H

#include "providers/changes.h"

#define TAG_TAGS "fnctl:tags"

/* Adds the note about the keys of `own` (the settings' tags; NULL: none) to `tags`. */
void tags_note(json_t *tags, const json_t *own);

/* Whether `found` has all that is wanted, and nothing that the settings named once. */
bool tags_right(const json_t *found, const json_t *wanted);

/* The keys to take away from `found`: noted, or the note itself, but no longer wanted. An array of
 * strings, the caller's. */
json_t *tags_stale(const json_t *found, const json_t *wanted);

/* Of `tags` what is ours: wanted, or stale. Without the note, which goes without saying. For the
 * fields of a change; the caller's. */
json_t *tags_told(const json_t *tags, const json_t *found, const json_t *wanted);

/* As the list [{"Key","Value"}], and the other way round. */
json_t *tags_to_list(const json_t *tags);
json_t *tags_from_list(const json_t *list);

/* "tagKeys=a&tagKeys=b" of an array of keys, encoded, under the parameter's name; to free(). */
char *tags_query(const char *parameter, const json_t *keys);

#endif
