#include "providers/local/engine/logs/function_log.h"

#include "core/clock.h"
#include "providers/local/engine/logs/logs.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stddef.h>
/* cmocka needs the headers above. */
#include <cmocka.h>

#include <stdlib.h>
#include <string.h>

/* What was written, an event after the other with "|" behind each; takes the place of logs.c. */
static struct buf written;
static int64_t last_time;

void logs_append(struct engine *engine, const char *group, const char *stream, int64_t timestamp,
                 const char *message, size_t len)
{
    (void)engine;
    assert_string_equal(group, "/aws/lambda/f");
    assert_non_null(strstr(stream, "[$LATEST]"));
    buf_append(&written, message, len);
    buf_putc(&written, '|');
    last_time = timestamp;
}

static char latest[] = "$LATEST", group[] = "/aws/lambda/f", name[] = "f", json_format[] = "JSON";

static struct engine engine;
static struct function_version version = {
    .name = name, .version = latest, .log_group = group, .memory = 128};
static struct function_log lines;

static int setup(void **state)
{
    (void)state;
    engine.clock = clock_system();
    function_log_init(&lines, &engine, &version);
    buf_clear(&written);
    return 0;
}

static int teardown(void **state)
{
    (void)state;
    function_log_release(&lines);
    buf_release(&written);
    version.log_format = NULL;
    return 0;
}

static void put(const char *text)
{
    function_log_output(&lines, text, strlen(text));
}

/* A frame as our runtime clients write it. */
static void put_frame(unsigned char kind, const char *text)
{
    unsigned char frame[256] = {0xa5, 0x5a, 0x00, kind};
    size_t len = strlen(text);

    frame[7] = (unsigned char)len;
    frame[14] = 0x27; /* 10 ms in us: 0x2710 */
    frame[15] = 0x10;
    memcpy(frame + 16, text, len);
    /* In two pieces, as a pipe may give them. */
    function_log_output(&lines, (char *)frame, 10);
    function_log_output(&lines, (char *)frame + 10, len + 6);
}

static void output_is_cut_at_newlines(void **state)
{
    (void)state;
    put("one\ntw");
    put("o\n\nthr");
    assert_string_equal(buf_string(&written), "one\n|two\n|");
    function_log_flush(&lines);
    assert_string_equal(buf_string(&written), "one\n|two\n|thr\n|");
}

static void frames_keep_their_lines_and_their_place(void **state)
{
    (void)state;
    put("before\n");
    put_frame(3, "a\nb\n");
    assert_int_equal(last_time, 10);
    put("after\n");
    put_frame(2, "c\n");
    put("between\n");
    put_frame(3, "d\n");
    assert_string_equal(buf_string(&written), "before\n|a\nb\n|after\n|between\n|c\nd\n|");
}

static void a_frame_does_not_end_a_line_that_goes_on(void **state)
{
    (void)state;
    put("x");
    put_frame(3, "frame\n");
    put("y\n");
    assert_string_equal(buf_string(&written), "frame\n|xy\n|");
}

static void bytes_that_only_look_like_a_frame_are_text(void **state)
{
    static const char bytes[] = "\xa5\x5a\x00\x03\xff\xff\xff\xff\0\0\0\0\0\0\0\0z\n";

    (void)state;
    function_log_output(&lines, bytes, sizeof(bytes) - 1);
    assert_int_equal(written.len, sizeof(bytes));
    put("caf\xc3\xa5\n");
    assert_non_null(strstr(written.data + sizeof(bytes), "caf\xc3\xa5\n|"));
}

static void long_lines_are_split_and_the_tail_is_bounded(void **state)
{
    size_t len = 300 * 1024;
    char *line = malloc(len);

    (void)state;
    memset(line, 'x', len);
    function_log_output(&lines, line, len);
    function_log_flush(&lines);
    assert_int_equal(written.len, len + 1 + 2);
    assert_int_equal(lines.tail.len, FUNCTION_LOG_TAIL);
    free(line);
}

static void lambda_s_own_lines(void **state)
{
    struct function_report report = {
        .request_id = "id", .duration = 12.345, .init = 100, .memory = 40 * 1024};

    (void)state;
    function_log_start(&lines, "id");
    function_log_report(&lines, &report);
    report.init = -1;
    report.status = "timeout";
    function_log_report(&lines, &report);
    assert_string_equal(
        buf_string(&written),
        "START RequestId: id Version: $LATEST\n|"
        "END RequestId: id\n|"
        "REPORT RequestId: id\tDuration: 12.35 ms\tBilled Duration: 113 ms\tMemory Size: 128 MB\t"
        "Max Memory Used: 40 MB\tInit Duration: 100.00 ms\t\n|"
        "END RequestId: id\n|"
        "REPORT RequestId: id\tDuration: 12.35 ms\tBilled Duration: 13 ms\tMemory Size: 128 MB\t"
        "Max Memory Used: 40 MB\tStatus: timeout\n|");
}

static void json_lines(void **state)
{
    struct function_report report = {.request_id = "id",
                                     .duration = 1.5,
                                     .init = -1,
                                     .memory = 1024,
                                     .status = "error",
                                     .error_type = "X"};

    (void)state;
    function_log_release(&lines);
    version.log_format = json_format;
    function_log_init(&lines, &engine, &version);
    function_log_start(&lines, "id");
    assert_non_null(strstr(buf_string(&written),
                           "\"type\":\"platform.start\",\"record\":{\"requestId\":\"id\","
                           "\"version\":\"$LATEST\"}}\n|"));
    buf_clear(&written);
    function_log_report(&lines, &report);
    assert_non_null(strstr(buf_string(&written),
                           "\"type\":\"platform.report\",\"record\":{\"requestId\":\"id\","
                           "\"metrics\":{\"durationMs\":1.5,\"billedDurationMs\":2,"
                           "\"memorySizeMB\":128,\"maxMemoryUsedMB\":1},\"status\":\"error\","
                           "\"errorType\":\"X\"}}\n|"));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(output_is_cut_at_newlines, setup, teardown),
        cmocka_unit_test_setup_teardown(frames_keep_their_lines_and_their_place, setup, teardown),
        cmocka_unit_test_setup_teardown(a_frame_does_not_end_a_line_that_goes_on, setup, teardown),
        cmocka_unit_test_setup_teardown(bytes_that_only_look_like_a_frame_are_text, setup,
                                        teardown),
        cmocka_unit_test_setup_teardown(long_lines_are_split_and_the_tail_is_bounded, setup,
                                        teardown),
        cmocka_unit_test_setup_teardown(lambda_s_own_lines, setup, teardown),
        cmocka_unit_test_setup_teardown(json_lines, setup, teardown),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
