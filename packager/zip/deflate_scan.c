#include "packager/zip/deflate_scan.h"

#include <endian.h>
#include <string.h>

enum {
    LITERALS = 288, /* codes of literals and lengths */
    DISTANCES = 32,
    PRECODES = 19,
    CODE_MAX = 15, /* bits */
    PRECODE_MAX = 7,
    END_OF_BLOCK = 256,
    QUICK = 11, /* bits that are looked up at once */
    QUICK_MASK = (1 << QUICK) - 1,
    /* An entry of a table: how many bits the code and the bits that follow it take, and: */
    BITS = 63,
    IS_MATCH = 64,    /* a distance follows */
    IS_SPECIAL = 128, /* with bits: the end of the block; without: look into `longs` */
};

struct table {
    unsigned char quick[1 << QUICK];    /* small, to stay in the nearest cache */
    unsigned char longs[1 << CODE_MAX]; /* codes with more than QUICK bits; 0: there is no such */
    unsigned mask;                      /* of `longs` */
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
    uint64_t byte = scan->at / 8, left = scan->size / 8 - byte, bits = 0;

    if (left >= sizeof(bits))
        memcpy(&bits, scan->data + byte, sizeof(bits)); /* one load */
    else
        memcpy(&bits, scan->data + byte, left);
    return le64toh(bits) >> scan->at % 8;
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

/* Where the codes of each length begin, by RFC 1951, 3.2.2; false when there are more codes of
 * these lengths than fit. */
static bool begin_codes(const unsigned char *lengths, unsigned count,
                        unsigned next[static CODE_MAX + 2])
{
    unsigned counts[CODE_MAX + 1] = {0};

    for (unsigned i = 0; i < count; i++)
        counts[lengths[i]]++;
    next[0] = next[1] = 0;
    for (unsigned len = 1; len <= CODE_MAX; len++) {
        if (next[len] + counts[len] > 1U << len)
            return false;
        next[len + 1] = (next[len] + counts[len]) << 1;
    }
    return true;
}

/* Fills the table with canonical codes of these lengths; false when there are more than fit.
 * `entries` says what stands at each symbol besides the length of its code. */
static bool fill(struct table *table, const unsigned char *lengths, unsigned count,
                 const unsigned char *entries)
{
    unsigned next[CODE_MAX + 2], longest = 0;

    if (!begin_codes(lengths, count, next))
        return false;
    for (unsigned i = 0; i < count; i++)
        longest = lengths[i] > longest ? lengths[i] : longest;
    table->mask = (1U << longest) - 1;
    memset(table->quick, IS_SPECIAL, sizeof(table->quick));
    memset(table->longs, 0, table->mask + 1U);
    for (unsigned i = 0; i < count; i++) {
        unsigned len = lengths[i], at = len ? reverse(next[len]++, len) : 0;
        unsigned char *place = len > QUICK ? table->longs : table->quick;
        unsigned size = len > QUICK ? table->mask + 1U : 1U << QUICK;

        for (; len && at < size; at += 1U << len)
            place[at] = (unsigned char)(entries[i] + len);
    }
    return true;
}

static bool fill_tables(struct scan *scan, const unsigned char *lengths, unsigned literals,
                        unsigned distances)
{
    unsigned char entries[LITERALS + DISTANCES];

    for (unsigned i = 0; i < LITERALS; i++)
        entries[i] = (unsigned char)(i > END_OF_BLOCK ? IS_MATCH + extra_of_literal(i) : 0);
    entries[END_OF_BLOCK] = IS_SPECIAL;
    for (unsigned i = 0; i < DISTANCES; i++)
        entries[LITERALS + i] = (unsigned char)extra_of_distance(i);
    return fill(&scan->literals, lengths, literals, entries) &&
           fill(&scan->distances, lengths + literals, distances, entries + LITERALS);
}

/* The codes that the lengths of codes are coded in. */
struct precodes {
    unsigned char symbols[1 << PRECODE_MAX], lengths[1 << PRECODE_MAX]; /* 0: no code */
};

static bool fill_precodes(struct precodes *codes, const unsigned char *lengths)
{
    unsigned next[CODE_MAX + 2];

    *codes = (struct precodes){.lengths = {0}};
    if (!begin_codes(lengths, PRECODES, next))
        return false;
    for (unsigned i = 0; i < PRECODES; i++)
        if (lengths[i])
            for (unsigned at = reverse(next[lengths[i]]++, lengths[i]); at < 1U << PRECODE_MAX;
                 at += 1U << lengths[i]) {
                codes->symbols[at] = (unsigned char)i;
                codes->lengths[at] = lengths[i];
            }
    return true;
}

/* Reads the lengths of `count` codes, which are coded themselves: 16 repeats the last length, 17
 * and 18 repeat 0. */
static bool read_coded(struct scan *scan, const struct precodes *codes, unsigned char *lengths,
                       unsigned count)
{
    static const struct {
        unsigned least, bits;
    } repeats[] = {{3, 2}, {3, 3}, {11, 7}};
    unsigned done = 0;

    while (done < count) {
        uint64_t bits = peek(scan);
        unsigned at = bits & ((1U << PRECODE_MAX) - 1);
        unsigned len = codes->lengths[at], symbol = codes->symbols[at];
        unsigned times = 1, extra = 0, value = symbol;

        if (symbol >= 16) {
            extra = repeats[symbol - 16].bits;
            times = repeats[symbol - 16].least + (unsigned)(bits >> len & ((1U << extra) - 1));
            value = symbol == 16 && done ? lengths[done - 1] : 0;
        }
        if (!len || (symbol == 16 && !done) || times > count - done || !skip(scan, len + extra))
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
    unsigned char lengths[LITERALS + DISTANCES] = {0}, precodes[PRECODES] = {0};
    uint64_t bits = peek(scan);
    unsigned literals = 257 + (bits & 31), distances = 1 + (bits >> 5 & 31);
    unsigned count = 4 + (bits >> 10 & 15);
    struct precodes codes;

    if (literals > LITERALS || !skip(scan, 14))
        return false;
    bits = peek(scan);
    for (unsigned i = 0; i < count; i++)
        precodes[order[i]] = bits >> 3 * i & 7;
    return skip(scan, 3 * (uint64_t)count) && fill_precodes(&codes, precodes) &&
           read_coded(scan, &codes, lengths, literals + distances) &&
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

static inline unsigned look_up(const struct table *table, uint64_t bits)
{
    unsigned entry = table->quick[bits & ((1U << QUICK) - 1)];

    return entry == IS_SPECIAL ? table->longs[bits & table->mask] : entry;
}

/* Bits on their way to be looked up. */
struct window {
    const unsigned char *next; /* the first byte that is not in `bits` as a whole */
    uint64_t bits;
    unsigned count; /* of those in `bits` that count */
};

/* 56 bits at least; 8 bytes must be there. */
static inline void refill(struct window *window)
{
    uint64_t bytes;

    memcpy(&bytes, window->next, sizeof(bytes));
    window->bits |= le64toh(bytes) << window->count;
    window->next += (63 - window->count) / 8;
    window->count |= 56;
}

static inline void drop(struct window *window, unsigned entry)
{
    window->bits >>= entry & BITS;
    window->count -= entry & BITS;
}

/*
 * Passes over codes until few bytes are left, or something special comes: a
 * long code, the end of the block. What is looked up next is known before the
 * window is refilled, so that neither waits for the other.
 */
static void skip_fast(struct scan *scan)
{
    const unsigned char *literals = scan->literals.quick, *distances = scan->distances.quick;
    const unsigned char *end = scan->data + scan->size / 8;
    struct window window = {.next = scan->data + scan->at / 8};
    unsigned entry, distance;

    if (end - window.next < 32)
        return;
    refill(&window);
    drop(&window, scan->at % 8);
    entry = literals[window.bits & QUICK_MASK];
    while (end - window.next >= 16) {
        refill(&window);
        for (int i = 0; i < 3 && entry < IS_MATCH; i++) {
            drop(&window, entry);
            entry = literals[window.bits & QUICK_MASK];
        }
        if (entry < IS_MATCH)
            continue;
        if (entry & IS_SPECIAL)
            break;
        distance = distances[window.bits >> (entry & BITS) & QUICK_MASK];
        if (distance & IS_SPECIAL)
            break;
        drop(&window, entry);
        refill(&window);
        drop(&window, distance);
        entry = literals[window.bits & QUICK_MASK];
    }
    scan->at = 8 * (uint64_t)(window.next - scan->data) - window.count;
}

/* Passes over the codes of a block up to its end. */
static bool skip_codes(struct scan *scan)
{
    for (;;) {
        uint64_t bits;
        unsigned entry, len;

        skip_fast(scan);
        bits = peek(scan);
        entry = look_up(&scan->literals, bits);
        len = entry & BITS;
        if (entry & IS_MATCH) {
            unsigned distance = look_up(&scan->distances, bits >> len);

            if (!distance)
                return false;
            len += distance;
        }
        if (!entry || !skip(scan, len))
            return false;
        if (entry & IS_SPECIAL)
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
