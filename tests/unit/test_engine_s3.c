/* What the engine's S3 is made of: checksums, bodies in chunks of their own, bodies on disk. */
#include "core/file.h"
#include "core/memory.h"
#include "providers/local/engine/http/aws_chunked.h"
#include "providers/local/engine/http/spool.h"
#include "providers/local/engine/loop.h"
#include "providers/local/engine/services/s3.h"
#include "providers/local/engine/store/checksum.h"

// clang-format off
#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <stdint.h>
#include <cmocka.h>
// clang-format on
#include <stdlib.h>
#include <string.h>

/* The check values of the algorithms' catalogues, for "123456789". */
static void computes_checksums(void **state)
{
    static const char *const rows[][2] = {
        {"CRC32", "y/Q5Jg=="},
        {"crc32c", "4waSgw=="},
        {"CRC64NVME", "rosUhgp5mIg="},
        {"sha1", "98O8HYCOBHMq32eZZczDTKeuNEE="},
        {"SHA256", "FeKw08M4keuw8e9gnsQZQgwg4yDOlMZfvIwzEkSOsiU="}};

    (void)state;
    for (size_t i = 0; i < sizeof(rows) / sizeof(*rows); i++) {
        struct checksum *checksum = checksum_new(rows[i][0]);
        char text[CHECKSUM_LEN];

        checksum_update(checksum, "1234", 4);
        checksum_update(checksum, "56789", 5);
        checksum_finish(checksum, text);
        assert_string_equal(text, rows[i][1]);
    }
    assert_null(checksum_new("MD5"));
    assert_string_equal(checksum_name("crc64nvme"), "CRC64NVME");
    checksum_free(NULL);
}

static int collect(void *context, const void *data, size_t len)
{
    return buf_append(context, data, len);
}

/* Reads `text`, in pieces of `size`; what it holds, to free(), NULL when it is refused. */
static char *read_chunks(const char *text, size_t len, size_t size, bool *done, char **trailer)
{
    struct aws_chunked reader;
    struct buf out;
    int result = 0;

    buf_init(&out, 0);
    aws_chunked_init(&reader, collect, &out);
    for (size_t at = 0; at < len && result == 0; at += size)
        result = aws_chunked_read(&reader, text + at, len - at < size ? len - at : size);
    *done = aws_chunked_done(&reader);
    if (trailer)
        *trailer = xstrdup(reader.trailers.count ? reader.trailers.items[0] : NULL);
    aws_chunked_release(&reader);
    if (result == 0)
        return buf_take(&out);
    buf_release(&out);
    return NULL;
}

static void reads_chunks(void **state)
{
    static const char text[] =
        "5\r\nhello\r\n7;x=y\r\n\r\nworld\r\n0\r\nX-Amz-Checksum: abc \r\n\r\n";
    char *content, *trailer;
    bool done;

    (void)state;
    for (size_t size = 1; size < sizeof(text); size++) {
        content = read_chunks(text, sizeof(text) - 1, size, &done, &trailer);
        assert_string_equal(content, "hello\r\nworld");
        assert_true(done);
        assert_string_equal(trailer, "x-amz-checksum: abc ");
        free(content);
        free(trailer);
    }
    content = read_chunks("0\r\n\r\n", 5, 5, &done, NULL);
    assert_string_equal(content, "");
    assert_true(done);
    free(content);
    /* What ends too early is no error yet, but not at its end. */
    content = read_chunks(text, 20, 20, &done, NULL);
    assert_non_null(content);
    assert_false(done);
    free(content);
}

static void refuses_what_are_no_chunks(void **state)
{
    static const char *const texts[] = {"\r\n",
                                        "x\r\n",
                                        "5 \r\nhello\r\n",
                                        "1\r\nab\r\n",
                                        "-1\r\na\r\n",
                                        "0\r\nno colon\r\n",
                                        "0\r\n\r\nmore",
                                        "ffffffffffffffff0\r\n"};
    char line[2 * AWS_CHUNKED_LINE];
    bool done;

    (void)state;
    for (size_t i = 0; i < sizeof(texts) / sizeof(*texts); i++)
        assert_null(read_chunks(texts[i], strlen(texts[i]), 3, &done, NULL));
    memset(line, '0', sizeof(line));
    assert_null(read_chunks(line, sizeof(line), 100, &done, NULL));
    assert_null(read_chunks("5\0\r\nhello\r\n", 11, 11, &done, NULL));
}

struct place {
    char *folder;
    struct store *store;
};

static int set_up(void **state)
{
    struct place *place = xcalloc(1, sizeof(*place));
    struct err err = {0};

    *state = place;
    place->folder = file_temporary_folder("fnctl-s3", &err);
    place->store = store_open(place->folder, &err);
    return place->store ? 0 : -1;
}

static int tear_down(void **state)
{
    struct place *place = *state;
    struct err err = {0};

    store_close(place->store);
    file_remove(place->folder, &err);
    free(place->folder);
    free(place);
    return 0;
}

static void keeps_bodies_as_blobs(void **state)
{
    struct place *place = *state;
    struct spool_options options = {.algorithm = "CRC32", .max = 9};
    struct spool_result result;
    struct err err = {0};
    struct spool *spool;
    char *path;

    spool = spool_new(place->store, &options, &err);
    spool_write(spool, "1234", 4);
    spool_write(spool, "56789", 5);
    assert_int_equal(spool_finish(spool, &result, &err), 0);
    assert_int_equal(result.size, 9);
    assert_string_equal(result.checksum, "y/Q5Jg==");
    assert_string_equal(result.md5, "25f9e794323b453885f5181f1b624d0b");
    assert_string_equal(result.blob,
                        "15e2b0d3c33891ebb0f1ef609ec419420c20e320ce94c65fbc8c3312448eb225");
    assert_int_equal(spool_keep(spool, &err), 0);
    spool_free(spool);
    path = store_blob_path(place->store, result.blob);
    assert_true(file_exists(path));
    /* Nothing refers to it. */
    store_drop(place->store, "");
    store_drop(place->store, result.blob);
    assert_false(file_exists(path));
    free(path);
}

static void says_what_is_wrong_with_a_body(void **state)
{
    struct place *place = *state;
    struct spool_options options = {.max = 4};
    struct spool_result result;
    struct err err = {0};
    struct spool *spool = spool_new(place->store, &options, &err);

    spool_write(spool, "1234", 4);
    spool_write(spool, "5", 1);
    assert_int_equal(spool_finish(spool, &result, &err), -1);
    assert_true(strncmp(err.message, "EntityTooLarge: ", 16) == 0);
    spool_free(spool);
    options.chunked = true;
    for (int i = 0; i < 2; i++) {
        spool = spool_new(place->store, &options, &err);
        spool_write(spool, i ? "2\r\nab\r\n" : "what", 7 - (i ? 0 : 3));
        assert_int_equal(spool_finish(spool, &result, &err), -1);
        assert_true(strncmp(err.message, "IncompleteBody: ", 16) == 0);
        spool_free(spool);
    }
}

static int64_t days; /* that the clock is ahead */

static int64_t shifted_now(void *context)
{
    (void)context;
    return clock_now(clock_system()) + days * 24 * 3600 * 1000;
}

static int64_t right_monotonic(void *context)
{
    (void)context;
    return clock_monotonic(clock_system());
}

/* An object, its blob kept. */
static void put(struct engine *engine, const char *bucket, const char *key, const char *content)
{
    char blob[HASH_HEX_LEN];
    struct err err = {0};
    json_t *document, *old;

    assert_int_equal(store_put_blob(engine->store, content, strlen(content), blob, &err), 0);
    document = json_pack("{s:s, s:i, s:s, s:{}, s:{}}", "blob", blob, "size", 1, "etag", "x",
                         "headers", "checksum");
    old = s3_put_row(engine, bucket, key, document);
    assert_non_null(old);
    s3_drop_blobs(engine->store, old);
    json_decref(document);
}

static size_t count(struct engine *engine, const char *sql)
{
    json_t *rows = store_rows(engine->store, sql, "");
    size_t found = json_array_size(rows);

    json_decref(rows);
    return found;
}

#define OBJECTS "SELECT key FROM s3_objects"

static void applies_lifecycle_rules(void **state)
{
    static const struct clock clock = {.now = shifted_now, .monotonic = right_monotonic};
    struct place *place = *state;
    struct err err = {0};
    struct engine engine = {
        .store = place->store, .clock = &clock, .folder = place->folder, .loop = loop_new(&err)};

    store_run(engine.store, "INSERT INTO s3_buckets (name, region, created) VALUES ('free','x',0)",
              "");
    store_run(engine.store,
              "INSERT INTO s3_buckets (name, region, created, lifecycle) VALUES ('ruled','x',0,?)",
              "s",
              "{\"Rule\": [{\"Status\": \"Enabled\", \"Filter\": {\"Prefix\": \"old/\"},"
              " \"Expiration\": {\"Days\": \"3\"}, \"AbortIncompleteMultipartUpload\":"
              " {\"DaysAfterInitiation\": \"2\"}},"
              " {\"Status\": \"Disabled\", \"Prefix\": \"\", \"Expiration\": {\"Days\": \"1\"}},"
              " {\"Status\": \"Enabled\", \"Filter\": {\"Tag\": {\"Key\": \"a\"}},"
              " \"Expiration\": {\"Days\": \"1\"}}]}");
    put(&engine, "free", "old/a", "1");
    put(&engine, "ruled", "old/a", "2");
    put(&engine, "ruled", "older", "3");
    store_run(engine.store,
              "INSERT INTO s3_uploads (id, bucket, key, headers, created)"
              " VALUES ('u', 'ruled', 'old/b', '{}', ?)",
              "i", shifted_now(NULL));
    store_run(engine.store,
              "INSERT INTO s3_parts (upload, number, blob, size, etag, modified)"
              " SELECT 'u', 1, blob, 1, 'x', 0 FROM s3_objects WHERE bucket = 'free'",
              "");
    s3_expire(&engine);
    assert_true(engine.s3_timer != 0);
    assert_int_equal(count(&engine, OBJECTS), 3);
    days = 1;
    s3_expire(&engine);
    assert_int_equal(count(&engine, "SELECT id FROM s3_uploads"), 1);
    days = 4;
    s3_expire(&engine);
    assert_int_equal(count(&engine, OBJECTS), 2);
    assert_int_equal(count(&engine, OBJECTS " WHERE bucket = 'ruled' AND key = 'older'"), 1);
    assert_int_equal(count(&engine, "SELECT id FROM s3_uploads"), 0);
    assert_int_equal(count(&engine, "SELECT number FROM s3_parts"), 0);
    days = 0;
    store_sweep(engine.store);
    assert_int_equal(count(&engine, OBJECTS), 2);
    loop_free(engine.loop);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(computes_checksums),
        cmocka_unit_test(reads_chunks),
        cmocka_unit_test(refuses_what_are_no_chunks),
        cmocka_unit_test_setup_teardown(keeps_bodies_as_blobs, set_up, tear_down),
        cmocka_unit_test_setup_teardown(says_what_is_wrong_with_a_body, set_up, tear_down),
        cmocka_unit_test_setup_teardown(applies_lifecycle_rules, set_up, tear_down),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
