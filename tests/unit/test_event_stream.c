#include "core/memory.h"
#include "providers/aws/wire/event_stream.h"

// clang-format off
#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <stdint.h>
#include <cmocka.h>
// clang-format on
#include <stdlib.h>
#include <string.h>

/* What came, as "kind name payload;". */
static int note(void *context, const struct event_message *message)
{
    buf_printf(context, "%d %s %.*s;", (int)message->kind, message->name, (int)message->payload_len,
               (const char *)message->payload);
    return strcmp(message->name, "stop") == 0 ? 7 : 0;
}

/* Feeds `data` in pieces; returns what feeding returned. */
static int feed(const void *data, size_t len, size_t piece, struct buf *seen, struct err *err)
{
    struct event_stream stream;
    int result = 0;

    event_stream_init(&stream);
    for (size_t at = 0; result == 0 && at < len; at += piece)
        result = event_stream_feed(&stream, (const char *)data + at,
                                   len - at < piece ? len - at : piece, note, seen, err);
    event_stream_release(&stream);
    return result;
}

static void add(struct buf *out, enum event_kind kind, const char *name, const char *payload)
{
    struct event_message message = {
        .kind = kind, .payload = payload, .payload_len = strlen(payload)};

    strcpy(message.name, name);
    event_stream_write(out, &message);
}

/* Written by Python's struct and zlib: an int32 header, then those that say it is an event. */
static const unsigned char foreign[] = {
    0x00, 0x00, 0x00, 0x3f, 0x00, 0x00, 0x00, 0x2d, 0x03, 0x8c, 0xac, 0x4b, 0x01, 0x6e, 0x04, 0x00,
    0x00, 0xa0, 0x0c, 0x0d, 0x3a, 0x6d, 0x65, 0x73, 0x73, 0x61, 0x67, 0x65, 0x2d, 0x74, 0x79, 0x70,
    0x65, 0x07, 0x00, 0x05, 0x65, 0x76, 0x65, 0x6e, 0x74, 0x0b, 0x3a, 0x65, 0x76, 0x65, 0x6e, 0x74,
    0x2d, 0x74, 0x79, 0x70, 0x65, 0x07, 0x00, 0x01, 0x61, 0x7b, 0x7d, 0xc5, 0xaf, 0x0b, 0xe2};

static void messages_come_out_as_they_went_in(void **state)
{
    static const size_t pieces[] = {1, 2, 3, 7, 11, 12, 13, 50, 100000};
    struct buf data, seen;
    struct err err = {0};

    (void)state;
    buf_init(&data, 0);
    add(&data, EVENT_MESSAGE, "sessionStart", "{\"a\":1}");
    add(&data, EVENT_MESSAGE, "sessionUpdate", "");
    add(&data, EVENT_EXCEPTION, "SessionTimeoutException", "{}");
    for (size_t i = 0; i < sizeof(pieces) / sizeof(*pieces); i++) {
        buf_init(&seen, 0);
        assert_int_equal(feed(data.data, data.len, pieces[i], &seen, &err), 0);
        assert_string_equal(buf_string(&seen), "0 sessionStart {\"a\":1};0 sessionUpdate ;"
                                               "1 SessionTimeoutException {};");
        buf_release(&seen);
    }
    buf_release(&data);
}

static void the_callback_can_end_it(void **state)
{
    struct buf data, seen;
    struct err err = {0};

    (void)state;
    buf_init(&data, 0);
    buf_init(&seen, 0);
    add(&data, EVENT_MESSAGE, "stop", "x");
    add(&data, EVENT_MESSAGE, "never", "y");
    assert_int_equal(feed(data.data, data.len, data.len, &seen, &err), 7);
    assert_string_equal(buf_string(&seen), "0 stop x;");
    buf_release(&data);
    buf_release(&seen);
}

static void anothers_message_is_read(void **state)
{
    struct buf seen;
    struct err err = {0};

    (void)state;
    buf_init(&seen, 0);
    assert_int_equal(feed(foreign, sizeof(foreign), 5, &seen, &err), 0);
    assert_string_equal(buf_string(&seen), "0 a {};");
    buf_release(&seen);
}

static void every_spoilt_byte_is_seen(void **state)
{
    struct buf data, seen;

    (void)state;
    buf_init(&data, 0);
    add(&data, EVENT_MESSAGE, "sessionUpdate", "{\"sessionResults\":[]}");
    for (size_t i = 0; i < data.len; i++) {
        struct err err = {0};

        data.data[i] ^= 0x20;
        buf_init(&seen, 0);
        assert_int_equal(feed(data.data, data.len, 9, &seen, &err), -1);
        assert_int_equal(err.code, ERR_SERVICE);
        assert_int_equal(seen.len, 0);
        buf_release(&seen);
        data.data[i] ^= 0x20;
    }
    buf_release(&data);
}

static void lengths_that_cannot_be_are_refused_at_once(void **state)
{
    /* The checksum of the prelude is right; 4 GB are announced, then headers beyond the end. */
    static const unsigned char huge[] = {0xff, 0xff, 0xff, 0xff, 0,    0,
                                         0,    0,    0xff, 0xff, 0xff, 0xff};
    static const unsigned char beyond[] = {0, 0, 0, 0x20, 0, 0, 0, 0x40, 0xd2, 0x3f, 0xb1, 0xfd};
    struct buf seen;
    struct err err = {0};

    (void)state;
    buf_init(&seen, 0);
    assert_int_equal(feed(huge, sizeof(huge), 12, &seen, &err), -1);
    assert_non_null(strstr(err.message, "the lengths of a message cannot be"));
    assert_int_equal(feed(beyond, sizeof(beyond), 12, &seen, &err), -1);
    assert_non_null(strstr(err.message, "the lengths of a message cannot be"));
    buf_release(&seen);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(messages_come_out_as_they_went_in),
        cmocka_unit_test(the_callback_can_end_it),
        cmocka_unit_test(anothers_message_is_read),
        cmocka_unit_test(every_spoilt_byte_is_seen),
        cmocka_unit_test(lengths_that_cannot_be_are_refused_at_once),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
