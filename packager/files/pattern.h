/*
 * One pattern of gitignore(5), without what stands around it in a rule (`!`,
 * slashes at either end): `*`, `?`, sets, `**` across folders, backslashes.
 */
#ifndef FNCTL_PACKAGER_FILES_PATTERN_H
#define FNCTL_PACKAGER_FILES_PATTERN_H

#include <stdbool.h>
#include <stddef.h>

/* One step of a pattern; private. */
struct pattern_token;

struct pattern {
    struct pattern_token *tokens; /* NULL: malformed, matches nothing */
    size_t count;
    char *tail; /* what a text must end with, where that is all of it: "x" or "*x"; or NULL */
    size_t tail_len;
    bool whole; /* it must be the tail and nothing else: no star in front */
};

/* Compiles what is from `p` to `end`. `anchored`: it is for whole paths, where `**` crosses
 * folders; else for names. */
void pattern_compile(struct pattern *pattern, const char *p, const char *end, bool anchored);
void pattern_release(struct pattern *pattern);

/* Whether all of the text, `len` bytes and a NUL, matches. The time is bounded by the product of
 * both lengths. */
bool pattern_matches(const struct pattern *pattern, const char *text, size_t len);

#endif
