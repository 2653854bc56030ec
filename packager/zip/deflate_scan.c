#include "packager/zip/deflate_scan.h"

#include <string.h>

enum {
    LITERALS = 288, /* codes of literals and lengths */
    DISTANCES = 32,
    PRECODES = 19,
    CODE_MAX = 15, /* bits */
    END_OF_BLOCK = 256,
    /* An entry of a table: how many bits the code and the bits that follow it take, and: */
    BITS = 31,
    IS_MATCH = 32, /* a distance follows */
    IS_END = 64,
};

struct table {
    unsigned char entries[1 << CODE_MAX]; /* 0: no code starts with these bits */
    unsigned mask;
};

struct scan {
    const unsigned char *data;
    uint64_t size; /* bits */
    uint64_t at;   /* bit */
    struct table literals, distances;
};

/* At least 56 bits from where the scan is; zeros beyond the end. */
static inline uint64_t peek(const struct scan *scan)
{
    uint64_t byte = scan->at / 8, left = scan->size / 8 - byte;
    unsigned char padded[8] = {0};
    const unsigned char *p = scan->data + byte;
    uint64_t bits = 0;

    if (left < sizeof(padded))
        p = memcpy(padded, p, left);
    for (unsigned i = 0; i < 8; i++) /* one load, as compilers see */
        bits |= (uint64_t)p[i] << 8 * i;
    return bits >> scan->at % 8;
}

/* Passes over `count` bits; false beyond the end. */
static inline bool skip(struct scan *scan, uint64_t count)
{
    scan->at += count;
    return scan->at <= scan->size;
}

/* The bits that follow the code of a length, a distance. */
static unsigned extra_of_literal(unsigned symbol)
{
    return symbol < 265 || symbol == 285 ? 0 : (symbol - 261) / 4;
}
static unsigned extra_of_distance(unsigned symbol)
{
    return symbol < 4 ? 0 : symbol / 2 - 1;
}

static unsigned reverse(unsigned code, unsigned len)
{
    unsigned reversed = 0;

    for (; len; len--, code >>= 1)
        reversed = reversed << 1 | (code & 1);
    return reversed;
}

/* Fills the table with canonical codes of these lengths; false when there are more than fit.
 * `entries` says what stands at each symbol besides the length of its code. */
static bool fill(struct table *table, const unsigned char *lengths, unsigned count,
                 const unsigned char *entries)
{
    unsigned counts[CODE_MAX + 1] = {0}, next[CODE_MAX + 2] = {0};
    unsigned longest = 0;

    for (unsigned i = 0; i < count; i++)
        counts[lengths[i]]++;
    counts[0] = 0;
    for (unsigned len = 1; len <= CODE_MAX; len++) {
        if (next[len] + counts[len] > 1U << len)
            return false;
        next[len + 1] = (next[len] + counts[len]) << 1;
        longest = counts[len] ? len : longest;
    }
    table->mask = (1U << longest) - 1;
    memset(table->entries, 0, table->mask + 1U);
    for (unsigned i = 0; i < count; i++)
        if (lengths[i])
            for (unsigned at = reverse(next[lengths[i]]++, lengths[i]); at <= table->mask;
                 at += 1U << lengths[i])
                table->entries[at] = (unsigned char)(entries[i] + lengths[i]);
    return true;
}

static bool fill_tables(struct scan *scan, const unsigned char *lengths, unsigned literals,
                        unsigned distances)
{
    unsigned char entries[LITERALS + DISTANCES];

    for (unsigned i = 0; i < LITERALS; i++)
        entries[i] = (unsigned char)(i > END_OF_BLOCK ? IS_MATCH + extra_of_literal(i) : 0);
    entries[END_OF_BLOCK] = IS_END;
    for (unsigned i = 0; i < DISTANCES; i++)
        entries[LITERALS + i] = (unsigned char)extra_of_distance(i);
    return fill(&scan->literals, lengths, literals, entries) &&
           fill(&scan->distances, lengths + literals, distances, entries + LITERALS);
}

/* Reads the lengths of `count` codes, which are coded themselves: 16 repeats the last length, 17
 * and 18 repeat 0. */
static bool read_coded(struct scan *scan, const struct table *codes, unsigned char *lengths,
                       unsigned count)
{
    static const struct {
        unsigned least, bits;
    } repeats[] = {{3, 2}, {3, 3}, {11, 7}};
    unsigned done = 0;

    while (done < count) {
        uint64_t bits = peek(scan);
        unsigned entry = codes->entries[bits & codes->mask];
        unsigned len = entry & 7, symbol = entry >> 3, times = 1, extra = 0, value = symbol;

        if (symbol >= 16) {
            extra = repeats[symbol - 16].bits;
            times = repeats[symbol - 16].least + (unsigned)(bits >> len & ((1U << extra) - 1));
            value = symbol == 16 && done ? lengths[done - 1] : 0;
        }
        if (!entry || (symbol == 16 && !done) || times > count - done || !skip(scan, len + extra))
            return false;
        memset(lengths + done, (int)value, times);
        done += times;
    }
    return true;
}

/* The codes at the start of a dynamic block. */
static bool read_codes(struct scan *scan)
{
    static const unsigned char order[PRECODES] = {16, 17, 18, 0, 8,  7, 9,  6, 10, 5,
                                                  11, 4,  12, 3, 13, 2, 14, 1, 15};
    unsigned char lengths[LITERALS + DISTANCES] = {0}, precodes[PRECODES] = {0}, entries[PRECODES];
    uint64_t bits = peek(scan);
    unsigned literals = 257 + (bits & 31), distances = 1 + (bits >> 5 & 31);
    unsigned count = 4 + (bits >> 10 & 15);
    struct table *codes = &scan->literals; /* not in use yet */

    if (literals > LITERALS || !skip(scan, 14))
        return false;
    bits = peek(scan);
    for (unsigned i = 0; i < count; i++)
        precodes[order[i]] = bits >> 3 * i & 7;
    for (unsigned i = 0; i < PRECODES; i++)
        entries[i] = (unsigned char)(i << 3);
    return skip(scan, 3 * (uint64_t)count) && fill(codes, precodes, PRECODES, entries) &&
           read_coded(scan, codes, lengths, literals + distances) &&
           fill_tables(scan, lengths, literals, distances);
}

static bool use_fixed_codes(struct scan *scan)
{
    unsigned char lengths[LITERALS + DISTANCES];

    memset(lengths, 8, 144);
    memset(lengths + 144, 9, 112);
    memset(lengths + 256, 7, 24);
    memset(lengths + 280, 8, 8);
    memset(lengths + LITERALS, 5, DISTANCES);
    return fill_tables(scan, lengths, LITERALS, DISTANCES);
}

/* Passes over the codes of a block up to its end. */
static bool skip_codes(struct scan *scan)
{
    const unsigned char *literals = scan->literals.entries, *distances = scan->distances.entries;
    unsigned literal_mask = scan->literals.mask, distance_mask = scan->distances.mask;

    for (;;) {
        uint64_t bits = peek(scan);
        unsigned entry = literals[bits & literal_mask], len = entry & BITS;

        if (entry & IS_MATCH) {
            unsigned distance = distances[bits >> len & distance_mask];

            if (!distance)
                return false;
            len += distance;
        } else if (!(entry & IS_END)) { /* a literal is followed by another more often than not */
            unsigned second = literals[bits >> len & literal_mask];

            len += second & (IS_MATCH | IS_END) ? 0 : second;
        }
        if (!entry || !skip(scan, len))
            return false;
        if (entry & IS_END)
            return true;
    }
}

static bool skip_stored(struct scan *scan)
{
    scan->at = (scan->at + 7) / 8 * 8;
    if (scan->at + 32 > scan->size)
        return false;
    return skip(scan, 32 + 8 * (peek(scan) & 0xffff));
}

static bool skip_block(struct scan *scan, unsigned type)
{
    if (type == 0)
        return skip_stored(scan);
    return (type == 1 ? use_fixed_codes(scan) : type == 2 && read_codes(scan)) && skip_codes(scan);
}

bool deflate_find_last(const unsigned char *data, size_t len, uint64_t *last, uint64_t *end)
{
    struct scan scan;
    uint64_t bits;

    scan.data = data;
    scan.size = 8 * (uint64_t)len;
    scan.at = 0;
    do {
        *last = scan.at;
        bits = peek(&scan);
        if (!skip(&scan, 3) || !skip_block(&scan, bits >> 1 & 3))
            return false;
    } while (!(bits & 1));
    *end = scan.at;
    return true;
}
