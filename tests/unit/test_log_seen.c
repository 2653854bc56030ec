#include "cli/log_seen.h"

// clang-format off
#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <stdint.h>
#include <cmocka.h>
// clang-format on
#include <stdio.h>
#include <string.h>

/* Notes an event; `id` NULL: over Live Tail. */
static bool note(struct log_seen *seen, int64_t time, const char *id, const char *message,
                 unsigned session)
{
    struct log_event event = {.timestamp = time};
    bool news;

    log_event_set(&event, "stream", id ? id : "", message, strlen(message));
    news = id ? log_seen_polled(seen, &event) : log_seen_live(seen, &event, session);
    log_event_release(&event);
    return news;
}

static void an_id_is_shown_once(void **state)
{
    struct log_seen seen;
    char id[16];

    (void)state;
    log_seen_init(&seen);
    for (int round = 0; round < 2; round++) {
        for (int i = 0; i < 20000; i++) {
            snprintf(id, sizeof(id), "%d", i);
            assert_int_equal(note(&seen, 1000 + i * 3, id, "same", 0), round == 0);
        }
    }
    log_seen_release(&seen);
}

static void equal_lines_are_counted(void **state)
{
    struct log_seen seen;

    (void)state;
    log_seen_init(&seen);
    seen.live = true;
    /* Pushed twice, then polled three times: the third is news. */
    assert_true(note(&seen, 5, NULL, "a", 1));
    assert_true(note(&seen, 5, NULL, "a", 1));
    assert_false(note(&seen, 5, "1", "a", 0));
    assert_false(note(&seen, 5, "2", "a", 0));
    assert_true(note(&seen, 5, "3", "a", 0));
    assert_false(note(&seen, 5, "3", "a", 0));
    /* The other way round. */
    assert_true(note(&seen, 6, "4", "a", 0));
    assert_false(note(&seen, 6, NULL, "a", 1));
    assert_true(note(&seen, 6, NULL, "a", 1));
    /* What another session brings again is none. */
    assert_false(note(&seen, 6, NULL, "a", 2));
    assert_false(note(&seen, 6, NULL, "a", 2));
    assert_true(note(&seen, 6, NULL, "a", 2));
    /* Other time, other text. */
    assert_true(note(&seen, 7, NULL, "a", 2));
    assert_true(note(&seen, 6, NULL, "b", 2));
    log_seen_release(&seen);
}

static void hundreds_of_equal_lines_are_not_lost(void **state)
{
    struct log_seen seen;
    char id[16];

    (void)state;
    log_seen_init(&seen);
    seen.live = true;
    for (int i = 0; i < 1000; i++) {
        snprintf(id, sizeof(id), "%d", i);
        assert_true(note(&seen, 5, id, "", 0));
    }
    log_seen_release(&seen);
}

static void what_is_old_is_forgotten(void **state)
{
    struct log_seen seen;
    char id[16];

    (void)state;
    log_seen_init(&seen);
    for (int64_t time = 0; time < 1000000; time += 1000) {
        snprintf(id, sizeof(id), "%d", (int)time);
        assert_true(note(&seen, time, id, "", 0));
    }
    assert_int_equal(seen.count, 125);
    log_seen_forget(&seen, 900000);
    assert_in_range(seen.count, 12, 14);
    /* Nobody asks for those again; one that comes is new. */
    assert_true(note(&seen, 889000, "889000", "", 0));
    assert_false(note(&seen, 900000, "900000", "", 0));
    /* The floor does not go back. */
    log_seen_forget(&seen, 100000);
    assert_true(note(&seen, 500000, "500000", "", 0));
    log_seen_release(&seen);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(an_id_is_shown_once),
        cmocka_unit_test(equal_lines_are_counted),
        cmocka_unit_test(hundreds_of_equal_lines_are_not_lost),
        cmocka_unit_test(what_is_old_is_forgotten),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
