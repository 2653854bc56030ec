/* Pages of lists: a token is where the next one begins. */
#ifndef FNCTL_ENGINE_PAGE_H
#define FNCTL_ENGINE_PAGE_H

#include <jansson.h>
#include <stdint.h>

/*
 * Cuts the page out of `items` (taken) that begins at `token` ("": the first)
 * and has at most `max` items. Returns an object with the page under `key`
 * and, when there is more, the token of the next page under `next`.
 */
json_t *page_cut(json_t *items, const char *token, int64_t max, const char *key, const char *next);

#endif
