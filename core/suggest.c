#include "core/suggest.h"

#include <ctype.h>
#include <string.h>

/* Longer words are no slips of the finger. */
enum { WORD_MAX = 64 };

static size_t least(size_t a, size_t b)
{
    return a < b ? a : b;
}

static int lower(char c)
{
    return tolower((unsigned char)c);
}

/* Edits (insert, drop, replace, swap neighbours) between two words; case does not count. */
static size_t edits(const char *a, size_t a_len, const char *b, size_t b_len)
{
    size_t rows[3][WORD_MAX + 1];
    size_t *before = rows[0], *above = rows[1], *row = rows[2];

    for (size_t j = 0; j <= b_len; j++)
        above[j] = j;
    for (size_t i = 1; i <= a_len; i++) {
        size_t *spare = before;

        row[0] = i;
        for (size_t j = 1; j <= b_len; j++) {
            size_t cost = lower(a[i - 1]) == lower(b[j - 1]) ? 0 : 1;

            row[j] = least(least(above[j], row[j - 1]) + 1, above[j - 1] + cost);
            if (i > 1 && j > 1 && lower(a[i - 1]) == lower(b[j - 2]) &&
                lower(a[i - 2]) == lower(b[j - 1]))
                row[j] = least(row[j], before[j - 2] + 1);
        }
        before = above;
        above = row;
        row = spare;
    }
    return above[b_len];
}

void suggest_offer(struct suggest *suggest, const char *candidate)
{
    size_t word_len = strlen(suggest->word), len = strlen(candidate);
    size_t longer = word_len > len ? word_len : len;
    size_t distance;

    if (longer > WORD_MAX || word_len == 0)
        return;
    distance = edits(suggest->word, word_len, candidate, len);
    if (distance > longer / 3 || (suggest->best && distance >= suggest->distance))
        return;
    suggest->best = candidate;
    suggest->distance = distance;
}
