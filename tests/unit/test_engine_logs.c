#include "core/file.h"
#include "core/json.h"
#include "core/memory.h"
#include "providers/local/engine/logs/logs.h"
#include "providers/local/engine/loop.h"
#include "providers/local/engine/store/store.h"

// clang-format off
#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <stdint.h>
#include <cmocka.h>
// clang-format on
#include <stdlib.h>
#include <string.h>

#define DAY ((int64_t)24 * 3600 * 1000)

static int set_up(void **state)
{
    struct engine *engine = xcalloc(1, sizeof(*engine));
    struct err err = {0};

    engine->folder = file_temporary_folder("fnctl-logs", &err);
    engine->clock = clock_system();
    engine->loop = loop_new(&err);
    engine->store = engine->folder ? store_open(engine->folder, &err) : NULL;
    engine->logs = logs_new(engine);
    *state = engine;
    return engine->loop && engine->store ? 0 : -1;
}

static int tear_down(void **state)
{
    struct engine *engine = *state;
    struct err err = {0};
    int result;

    logs_free(engine->logs);
    store_close(engine->store);
    loop_free(engine->loop);
    result = file_remove(engine->folder, &err);
    free((char *)(uintptr_t)engine->folder);
    free(engine);
    return result;
}

static void append(struct engine *engine, int64_t timestamp, const char *message)
{
    logs_append(engine, "/g", "s", timestamp, message, strlen(message));
}

static int64_t number(struct engine *engine, const char *sql)
{
    json_t *row = store_row(engine->store, sql, "");
    int64_t value = json_int_at(row, "n");

    json_decref(row);
    return value;
}

static void lines_are_written_when_flushed(void **state)
{
    struct engine *engine = *state;

    append(engine, 1000, "a");
    append(engine, 900, "b");
    assert_int_equal(number(engine, "SELECT count(*) AS n FROM log_events"), 0);
    logs_flush(engine);
    assert_int_equal(number(engine, "SELECT count(*) AS n FROM log_events"), 2);
    assert_int_equal(number(engine, "SELECT first AS n FROM log_streams"), 900);
    assert_int_equal(number(engine, "SELECT last AS n FROM log_streams"), 1000);
    assert_int_equal(number(engine, "SELECT bytes AS n FROM log_groups"), 2 * 27);
}

static void what_is_no_text_is_made_text(void **state)
{
    static const char message[] = "a\0b\xff\xc3\xa9\xed\xa0\x80z";
    struct engine *engine = *state;
    json_t *row;

    logs_append(engine, "/g", "s", 1, message, sizeof(message) - 1);
    logs_flush(engine);
    row = store_row(engine->store, "SELECT message FROM log_events", "");
    assert_string_equal(json_string_at(row, "message"),
                        "a\xEF\xBF\xBD"
                        "b\xEF\xBF\xBD\xc3\xa9\xEF\xBF\xBD\xEF\xBF\xBD\xEF\xBF\xBDz");
    json_decref(row);
}

static void retention_deletes_old_events(void **state)
{
    struct engine *engine = *state;
    int64_t now = clock_now(engine->clock);

    append(engine, now - 8 * DAY, "old");
    append(engine, now - 6 * DAY, "newer");
    logs_append(engine, "/kept", "s", now - 800 * DAY, "x", 1);
    logs_flush(engine);
    logs_expire(engine);
    assert_int_equal(number(engine, "SELECT count(*) AS n FROM log_events"), 3);
    store_run(engine->store, "UPDATE log_groups SET retention = 7 WHERE name = '/g'", "");
    logs_expire(engine);
    assert_int_equal(number(engine, "SELECT count(*) AS n FROM log_events"), 2);
    assert_int_equal(number(engine, "SELECT bytes AS n FROM log_groups WHERE name = '/g'"), 31);
    assert_int_equal(number(engine, "SELECT bytes AS n FROM log_groups WHERE name = '/kept'"), 27);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(lines_are_written_when_flushed, set_up, tear_down),
        cmocka_unit_test_setup_teardown(what_is_no_text_is_made_text, set_up, tear_down),
        cmocka_unit_test_setup_teardown(retention_deletes_old_events, set_up, tear_down),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
