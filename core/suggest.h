/* "Did you mean": the nearest of some words. */
#ifndef FNCTL_CORE_SUGGEST_H
#define FNCTL_CORE_SUGGEST_H

#include <stddef.h>

/*
 * A running search: start with {.word = what was typed}, offer each candidate,
 * then read `best`: the nearest candidate (borrowed), or NULL when none is near
 * enough (Damerau-Levenshtein distance above a third of the length; a
 * difference in case alone counts as none).
 */
struct suggest {
    const char *word;
    const char *best;
    size_t distance;
};

void suggest_offer(struct suggest *suggest, const char *candidate);

#endif
