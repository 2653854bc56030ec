#include "cli/log_view.h"
#include "core/memory.h"

// clang-format off
#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <stdint.h>
#include <cmocka.h>
// clang-format on
#include <stdlib.h>
#include <string.h>
#include <time.h>

#define ID1 "11111111-2222-3333-4444-555555555555"
#define ID2 "aaaaaaaa-bbbb-cccc-dddd-eeeeeeeeeeee"
#define START(id) "START RequestId: " id " Version: 7"
#define REPORT(id)                                                                                 \
    "REPORT RequestId: " id "\tDuration: 12.34 ms\tBilled Duration: 13 ms\tMemory Size: 128 MB\t"  \
    "Max Memory Used: 40 MB\t"

static struct out out;
static const struct function api = {.name = "api", .runtime = "python3.13"},
                             other = {.name = "other"};
static struct log_view_options options;
static struct log_view *view;
static struct buf text;
static int64_t now;

static int set_up(void **state)
{
    (void)state;
    options = (struct log_view_options){.style = {.out = &out, .times = LOG_UTC}};
    view = NULL;
    now = (int64_t)1795165200 * 1000;
    buf_init(&text, 0);
    return 0;
}

static int tear_down(void **state)
{
    (void)state;
    log_view_free(view);
    buf_release(&text);
    return 0;
}

/* An event, a millisecond after the one before. */
static void add_to(const struct function *function, const char *stream, const char *message,
                   size_t len)
{
    struct log_event event = {.function = function, .timestamp = now++};
    struct err err;

    if (!view)
        view = log_view_new(&options, &err);
    log_event_set(&event, stream, "id", message, len);
    log_view_add(view, &event, &text);
    log_event_release(&event);
}

static void add(const char *message)
{
    add_to(&api, "s", message, strlen(message));
}

/* What one message looks like, without time and name. */
static const char *shown(const char *message)
{
    buf_clear(&text);
    add(message);
    return text.len > 17 ? text.data + 17 : buf_string(&text);
}

static void lines_are_shown_compactly(void **state)
{
    static const struct {
        const char *message, *shown;
    } lines[] = {
        {"plain", "plain\n"},
        {"plain\n", "plain\n"},
        {"", "\n"},
        {START(ID1), ""},
        {"[ERROR]\t2026-11-20T09:00:00.123Z\t" ID1 "\tno such thing", "ERROR no such thing\n"},
        {"2026-11-20T09:00:00.123Z\t" ID1 "\tINFO\thello", "INFO hello\n"},
        {"2026-11-20T09:00:00.123Z\tundefined\tWARN\tcold", "WARN cold\n"},
        {"WARNING:root:odd", "WARN root:odd\n"},
        {"INFORMATION is no level", "INFORMATION is no level\n"},
        {"[x] y", "[x] y\n"},
        {"2026-11-20T09:00:00.123Z " ID1 " Task timed out after 3.00 seconds",
         "Task timed out after 3.00 seconds\n"},
        {"{\"level\":\"info\",\"message\":\"hi\",\"n\":1,\"s\":\"a b\",\"t\":\"c\","
         "\"timestamp\":\"2026\",\"requestId\":\"" ID1 "\",\"o\":{\"x\":[1]}}",
         "INFO hi n=1 s=\"a b\" t=c o={\"x\":[1]}\n"},
        {"{\"level\":50,\"msg\":\"pino\"}", "ERROR pino\n"},
        {"{\"a\":true}", " a=true\n"},
        {"{not json}", "{not json}\n"},
        {"[1,2]", "[1,2]\n"},
        {"{\"level\":\"ERROR\",\"errorType\":\"E\",\"errorMessage\":\"m\","
         "\"stackTrace\":[\"  File a\",\"    x\"]}",
         "ERROR m errorType=E\n                   File a\n                     x\n"},
        {REPORT(ID1), "REPORT 12.34 ms, billed 13 ms, memory 40 of 128 MB  11111111\n"},
        {"REPORT RequestId: " ID1 "\tDuration: 3000.00 ms\tBilled Duration: 3000 ms\t"
         "Memory Size: 128 MB\tMax Memory Used: 40 MB\tInit Duration: 101.5 ms\tStatus: timeout",
         "REPORT timeout 3000 ms, billed 3000 ms, memory 40 of 128 MB, init 102 ms  11111111\n"},
        {"{\"time\":\"t\",\"type\":\"platform.report\",\"record\":{\"requestId\":\"" ID1 "\","
         "\"metrics\":{\"durationMs\":1.5,\"billedDurationMs\":2,\"memorySizeMB\":128,"
         "\"maxMemoryUsedMB\":40},\"status\":\"success\"}}",
         "REPORT 1.50 ms, billed 2 ms, memory 40 of 128 MB  11111111\n"},
        {"INIT_START Runtime Version: python:3.13.v1\tRuntime Version ARN: arn:x",
         "INIT_START Runtime Version: python:3.13.v1\n"},
        {"one\r  two\r\nthree", "one\n                   two\n                 three\n"},
    };

    (void)state;
    options.style.name_width = 3;
    for (size_t i = 0; i < sizeof(lines) / sizeof(*lines); i++)
        assert_string_equal(shown(lines[i].message), lines[i].shown);
}

static void nothing_drives_the_terminal(void **state)
{
    static const enum log_format formats[] = {LOG_SHORT, LOG_LONG, LOG_RAW, LOG_AS_JSON};
    static const char hostile[] = "a\0b\x1b[2J\x07\x9b\x7f\xff\xc2\x9b\x08 {\x1b}";
    char record[] = "{\"message\":\"\\u001b[2J\\u009b\",\"\\u001bk\":\"\x7f\"}";

    (void)state;
    for (size_t f = 0; f < sizeof(formats) / sizeof(*formats); f++) {
        options.style.format = formats[f];
        add_to(&api, "s\x1b", hostile, sizeof(hostile) - 1);
        add(record);
        log_view_free(view);
        view = NULL;
    }
    for (size_t i = 0; i < text.len; i++)
        if (((unsigned char)text.data[i] < ' ' && text.data[i] != '\n') || text.data[i] == 0x7f)
            fail_msg("byte %02x at %zu: %s", (unsigned char)text.data[i], i, text.data + i);
    assert_null(strstr(text.data, "\xc2\x9b"));
}

static void errors_are_found(void **state)
{
    (void)state;
    options.errors = true;
    options.style.format = LOG_RAW;
    add("fine");
    add("ERROR one");
    add("INFO no ERROR here");
    add("Traceback (most recent call last):");
    add_to(&api, "another", "  not of it", 11);
    add("  File \"x\", line 1");
    add("KeyError");
    add("fine again");
    add("{\"level\":\"error\",\"message\":\"two\"}");
    add("{\"level\":\"warn\",\"message\":\"no\"}");
    add("2026-11-20T09:00:00.123Z x Task timed out after 3.00 seconds");
    add(REPORT(ID1));
    add(REPORT(ID1) "Status: error\tError Type: Runtime.ExitError");
    assert_string_equal(buf_string(&text),
                        "ERROR one\nTraceback (most recent call last):\n  File \"x\", line 1\n"
                        "KeyError\n{\"level\":\"error\",\"message\":\"two\"}\n"
                        "2026-11-20T09:00:00.123Z x Task timed out after 3.00 seconds\n" REPORT(
                            ID1) "Status: error\tError Type: Runtime.ExitError\n");
}

static void grep_and_no_report_choose(void **state)
{
    (void)state;
    options.grep = "^l.ne [0-9]+$|REPORT";
    options.no_report = true;
    options.style.format = LOG_RAW;
    add("line 12");
    add("line x");
    add(REPORT(ID1));
    add_to(&api, "s", "line 1\0x", 8);
    assert_string_equal(buf_string(&text), "line 12\n");
}

static void a_request_is_followed_through_its_stream(void **state)
{
    (void)state;
    options.request = "1111";
    options.style.format = LOG_RAW;
    add("before");
    add(START(ID1));
    add("one");
    add_to(&api, "t", START(ID2), strlen(START(ID2)));
    add_to(&api, "t", "not mine", 8);
    add_to(&other, "s", "nor this", 8);
    add("two");
    add(REPORT(ID1));
    add("after");
    add("2026-11-20T09:00:00.123Z\t" ID1 "\tINFO\tby its id");
    assert_string_equal(buf_string(&text),
                        START(ID1) "\none\ntwo\n" REPORT(ID1) "\n2026-11-20T09:00:00.123Z\t" ID1
                                                              "\tINFO\tby its id\n");
}

static void requests_come_in_one_piece(void **state)
{
    (void)state;
    options.by_request = true;
    add(START(ID1));
    add("one");
    add_to(&other, "t", START(ID2), strlen(START(ID2)));
    add_to(&other, "t", "theirs", 6);
    add("two");
    add_to(&other, "t", REPORT(ID2), strlen(REPORT(ID2)));
    assert_string_equal(buf_string(&text),
                        "09:00:00.002 other request " ID2 "\n"
                        "  +0.001s theirs\n"
                        "  +0.003s REPORT 12.34 ms, billed 13 ms, memory 40 of 128 MB\n");
    buf_clear(&text);
    log_view_finish(view, &text);
    assert_string_equal(buf_string(&text), "09:00:00.000 api request " ID1 " (not ended)\n"
                                           "  +0.001s one\n  +0.004s two\n");
}

static void requests_that_failed_are_chosen_whole(void **state)
{
    (void)state;
    options.by_request = options.errors = true;
    options.style.format = LOG_RAW;
    add(START(ID1));
    add("fine");
    add(REPORT(ID1));
    add(START(ID2));
    add("fine too");
    add("ERROR x");
    add(REPORT(ID2));
    assert_string_equal(buf_string(&text), START(ID2) "\nfine too\nERROR x\n" REPORT(ID2) "\n");
}

/* What never ends is not kept for ever. */
static void memory_is_bounded(void **state)
{
    char *line = xcalloc(1, 100001);

    (void)state;
    memset(line, 'x', 100000);
    options.by_request = true;
    options.style.format = LOG_RAW;
    for (int i = 0; i < 600; i++) {
        char stream[16];

        snprintf(stream, sizeof(stream), "%d", i % 300);
        if (i < 300)
            add_to(&api, stream, START(ID1), strlen(START(ID1)));
        add_to(&api, stream, line, 100000);
        if (i == 299)
            assert_true(text.len > 25000000);
    }
    log_view_finish(view, &text);
    assert_true(text.len >= 60000000);
    free(line);
}

/* What is known of a failure stands below it, whatever form the log has. */
static void causes_are_told_with_errors(void **state)
{
    (void)state;
    options.errors = true;
    add("[ERROR] Runtime.ImportModuleError: Unable to import module 'a': No module named 'x\x1b'");
    assert_non_null(strstr(text.data, "\n    cause: the module 'x\\x1b' is not in the package; "));
    buf_clear(&text);
    add("{\"level\":\"ERROR\",\"errorType\":\"ClientError\",\"errorMessage\":\"is not authorized "
        "to perform: s3:GetObject on resource: \\\"arn:aws:s3:::b/k\\\" because\"}");
    assert_non_null(
        strstr(text.data, "cause: its role may not do s3:GetObject on arn:aws:s3:::b/k; "));
    buf_clear(&text);
    add("[ERROR] ValueError: of its own");
    assert_null(strstr(text.data, "cause"));
    options.errors = false;
    log_view_free(view);
    view = NULL;
    buf_clear(&text);
    add("[ERROR] MemoryError: no cause without --errors");
    assert_null(strstr(text.data, "cause:"));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(lines_are_shown_compactly, set_up, tear_down),
        cmocka_unit_test_setup_teardown(nothing_drives_the_terminal, set_up, tear_down),
        cmocka_unit_test_setup_teardown(errors_are_found, set_up, tear_down),
        cmocka_unit_test_setup_teardown(grep_and_no_report_choose, set_up, tear_down),
        cmocka_unit_test_setup_teardown(a_request_is_followed_through_its_stream, set_up,
                                        tear_down),
        cmocka_unit_test_setup_teardown(requests_come_in_one_piece, set_up, tear_down),
        cmocka_unit_test_setup_teardown(requests_that_failed_are_chosen_whole, set_up, tear_down),
        cmocka_unit_test_setup_teardown(causes_are_told_with_errors, set_up, tear_down),
        cmocka_unit_test_setup_teardown(memory_is_bounded, set_up, tear_down),
    };
    int result;

    out_init(&out, stdout, stderr);
    out.colour_results = false;
    result = cmocka_run_group_tests(tests, NULL, NULL);
    out_release(&out);
    return result;
}
