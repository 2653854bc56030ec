#include "packager/zip/deflate.h"

#include "core/memory.h"
#include "packager/zip/deflate_scan.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>
#include <zlib.h>

#include <cmocka.h>

enum { SIZE = 1 << 20 };

/* What contents can be like; `seed` makes each of a kind different. */
static void fill_zeros(unsigned char *data, size_t len, unsigned seed)
{
    memset(data, (int)seed, len);
}
static void fill_random(unsigned char *data, size_t len, unsigned seed)
{
    uint64_t state = seed * UINT64_C(0x9e3779b97f4a7c15) + 1;

    for (size_t i = 0; i < len; i++) {
        state ^= state << 13;
        state ^= state >> 7;
        state ^= state << 17;
        data[i] = (unsigned char)(state >> 32);
    }
}
static void fill_text(unsigned char *data, size_t len, unsigned seed)
{
    static const char words[] = "the quick brown fox jumps over a lazy dog and some 0123456789 ";

    fill_random(data, len, seed);
    for (size_t i = 0; i < len; i++)
        data[i] = (unsigned char)words[data[i] % (sizeof(words) - 1)];
}
/* Runs of all kinds, so that blocks of all types follow each other. */
static void fill_mixed(unsigned char *data, size_t len, unsigned seed)
{
    static void (*const fills[])(unsigned char *, size_t, unsigned) = {fill_text, fill_random,
                                                                       fill_zeros};

    for (size_t at = 0, i = seed; at < len; i++) {
        size_t run = 1000 + i * 7919 % 90000;

        run = run < len - at ? run : len - at;
        fills[i % 3](data + at, run, (unsigned)i);
        at += run;
    }
}

static const struct {
    void (*fill)(unsigned char *data, size_t len, unsigned seed);
} kinds[] = {{fill_zeros}, {fill_random}, {fill_text}, {fill_mixed}};

/* Inflates with zlib: a second opinion. */
static void assert_inflates(const unsigned char *data, size_t len, const unsigned char *expected,
                            size_t expected_len)
{
    unsigned char *out = xcalloc(expected_len + 1, 1);
    z_stream stream = {.next_in = (unsigned char *)(uintptr_t)data, .avail_in = (uInt)len};

    assert_int_equal(inflateInit2(&stream, -15), Z_OK);
    stream.next_out = out;
    stream.avail_out = (uInt)expected_len + 1;
    assert_int_equal(inflate(&stream, Z_FINISH), Z_STREAM_END);
    assert_int_equal(stream.total_out, expected_len);
    assert_int_equal(stream.total_in, len);
    assert_memory_equal(out, expected, expected_len);
    inflateEnd(&stream);
    free(out);
}

static void whole_inflates_or_is_stored(void **state)
{
    static const size_t sizes[] = {0, 1, 2, 3, 10, 100, 1000, 70000, SIZE};
    unsigned char *data = xcalloc(SIZE, 1), *out = xcalloc(SIZE, 1);

    (void)state;
    for (int level = 1; level <= 12; level += level < 6 ? 5 : 3) {
        struct deflater *deflater = deflater_new(level);

        for (size_t i = 0; i < sizeof(sizes) / sizeof(*sizes); i++)
            for (size_t k = 0; k < sizeof(kinds) / sizeof(*kinds); k++) {
                size_t len;

                kinds[k].fill(data, sizes[i], 5);
                len = deflate_whole(deflater, data, sizes[i], out);
                assert_true(len == 0 || len < sizes[i]);
                if (len)
                    assert_inflates(out, len, data, sizes[i]);
                else
                    assert_true(kinds[k].fill == fill_random || sizes[i] <= 10);
            }
        deflater_free(deflater);
    }
    free(out);
    free(data);
}

/* Pieces of all kinds and of odd sizes, joined, are one stream. */
static void pieces_are_one_stream(void **state)
{
    enum { PIECES = 12 };
    unsigned char *data = xcalloc(PIECES * SIZE, 1);
    unsigned char *out = xcalloc(PIECES, deflate_piece_max(SIZE));

    (void)state;
    for (int level = 1; level <= 12; level += level < 6 ? 5 : 3) {
        struct deflater *deflater = deflater_new(level);
        size_t len = 0, at = 0;

        for (unsigned i = 0; i < PIECES; i++) {
            size_t size = i % 4 == 3 ? 1 + i : SIZE / (1 + (i & 2)) - i;
            size_t written;

            kinds[i % 4].fill(data + at, size, i);
            written = deflate_piece(deflater, data + at, size, i == PIECES - 1, out + len);
            assert_true(written <= deflate_piece_max(size));
            at += size;
            len += written;
        }
        assert_inflates(out, len, data, at);
        deflater_free(deflater);
    }
    free(out);
    free(data);
}

/* Where zlib says that blocks begin: inflate(Z_BLOCK) stops between them. */
static void find_by_zlib(const unsigned char *data, size_t len, uint64_t *last, uint64_t *end)
{
    unsigned char out[4096];
    z_stream stream = {.next_in = (unsigned char *)(uintptr_t)data, .avail_in = (uInt)len};
    int result;

    *last = *end = 0;
    assert_int_equal(inflateInit2(&stream, -15), Z_OK);
    do {
        stream.next_out = out;
        stream.avail_out = sizeof(out);
        result = inflate(&stream, Z_BLOCK);
        assert_true(result == Z_OK || result == Z_STREAM_END || result == Z_BUF_ERROR);
        if (stream.data_type & 128) {
            *last = *end;
            *end = 8 * (uint64_t)stream.total_in - (stream.data_type & 7);
        }
    } while (result != Z_STREAM_END);
    inflateEnd(&stream);
}

/* Streams of zlib, with all strategies and levels, so with blocks that libdeflate never writes. */
static void finds_what_zlib_finds(void **state)
{
    static const int strategies[] = {Z_DEFAULT_STRATEGY, Z_FIXED, Z_HUFFMAN_ONLY, Z_RLE};
    unsigned char *data = xcalloc(SIZE, 1), *out = xcalloc(2 * SIZE, 1);

    (void)state;
    for (size_t k = 0; k < sizeof(kinds) / sizeof(*kinds); k++)
        for (int level = 0; level <= 9; level += 3)
            for (size_t i = 0; i < sizeof(strategies) / sizeof(*strategies); i++) {
                z_stream stream = {.next_in = data, .avail_in = SIZE / 4 - (uInt)level};
                uint64_t last, end, zlib_last, zlib_end;

                kinds[k].fill(data, SIZE, (unsigned)level);
                deflateInit2(&stream, level, Z_DEFLATED, -15, 8, strategies[i]);
                stream.next_out = out;
                stream.avail_out = 2 * SIZE;
                assert_int_equal(deflate(&stream, Z_FINISH), Z_STREAM_END);
                find_by_zlib(out, stream.total_out, &zlib_last, &zlib_end);
                assert_true(deflate_find_last(out, stream.total_out, &last, &end));
                assert_int_equal(last, zlib_last);
                assert_int_equal(end, zlib_end);
                assert_false(deflate_find_last(out, stream.total_out - 1, &last, &end));
                deflateEnd(&stream);
            }
    free(out);
    free(data);
}

static void refuses_what_is_no_stream(void **state)
{
    static const struct {
        const char *bytes;
        size_t len;
    } cases[] = {
        {"", 0},
        {"\x07", 1},     /* block type 3 */
        {"\x01\x05", 2}, /* a stored block without its length */
        {"\x01\x05\x00\xfa\xff"
         "abc",
         8},                                 /* shorter than it says */
        {"\x00\x00\x00\xff\xff", 5},         /* no last block */
        {"\x03", 1},                         /* fixed codes that do not end */
        {"\xfd\xff\xff\xff\xff\xff\xff", 7}, /* too many literals */
        {"\x05\xe0\x81\x08\x00\x00\x00\x00\x20\x20\x00", 11},
    };
    uint64_t last, end;

    (void)state;
    for (size_t i = 0; i < sizeof(cases) / sizeof(*cases); i++) {
        /* In memory of its own, where a read beyond the end is noticed. */
        unsigned char *copy = xcalloc(cases[i].len, 1);

        memcpy(copy, cases[i].bytes, cases[i].len);
        assert_false(deflate_find_last(copy, cases[i].len, &last, &end));
        free(copy);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(whole_inflates_or_is_stored),
        cmocka_unit_test(pieces_are_one_stream),
        cmocka_unit_test(finds_what_zlib_finds),
        cmocka_unit_test(refuses_what_is_no_stream),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
