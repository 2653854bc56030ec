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
    char *tail; /* the plain bytes that a text must end with; NULL when malformed */
    size_t tail_len;
    char last;   /* of these; NUL: there are none */
    bool whole;  /* it is the tail and nothing else: "x" */
    bool ending; /* it is a star and the tail, for a name: "*x" */
};

/* Compiles what is from `p` to `end`. `anchored`: it is for whole paths, where `**` crosses
 * folders; else for names. */
void pattern_compile(struct pattern *pattern, const char *p, const char *end, bool anchored);
void pattern_release(struct pattern *pattern);

/* Whether the end of the text does not speak against it: most patterns are not meant, and this
 * costs next to nothing. */
static inline bool pattern_may_match(const struct pattern *pattern, const char *text, size_t len)
{
    return !pattern->last || (len && text[len - 1] == pattern->last);
}

/* Whether all of the text, `len` bytes and a NUL, matches. The time is bounded by the product of
 * both lengths. */
bool pattern_matches(const struct pattern *pattern, const char *text, size_t len);

#endif
