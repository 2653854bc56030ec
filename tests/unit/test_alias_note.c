/* What the live alias's description remembers. */
#include "providers/aws/function/alias_note.h"

#include "core/memory.h"

// clang-format off
#include <stdarg.h>
#include <setjmp.h>
#include <stdint.h>
#include <cmocka.h>
// clang-format on
#include <stdlib.h>
#include <string.h>

#define F1 "0123456789abcdef0123456789abcdef"
#define F2 "ffffffffffffffffffffffffffffffff"

static void assert_text(const struct alias_note *note, const char *wanted)
{
    char *text = alias_note_text(note);

    assert_string_equal(text, wanted);
    free(text);
}

static void reads_what_it_writes(void **state)
{
    static const char *const texts[] = {
        "fnctl 1 " F1,
        "fnctl 7 " F1 " at 19a9f7b0c00",
        "fnctl 7 " F1 " at 19a9f7b0c00 before 6@19a9f7b0b00,3@1",
        "fnctl 7 " F1 " at 19a9f7b0c00 before 6@1 next 8 " F2,
        "fnctl 7 " F1 " next 8 " F2,
    };
    struct alias_note note;

    (void)state;
    for (size_t i = 0; i < sizeof(texts) / sizeof(*texts); i++) {
        assert_true(alias_note_parse(texts[i], &note));
        assert_text(&note, texts[i]);
    }
    assert_int_equal(note.live.version, 7);
    assert_int_equal(note.next, 8);
    assert_string_equal(note.next_fingerprint, F2);
}

static void refuses_what_is_not_its_own(void **state)
{
    static const char *const texts[] = {
        "",
        "the live one",
        "fnctl",
        "fnctl  " F1,
        "fnctl 0 " F1,
        "fnctl 01 " F1,
        "fnctl -1 " F1,
        "fnctl 1 " F1 " ",
        "fnctl 1 0123",
        "fnctl 1 " F1 "0",
        "fnctl 1 0123456789ABCDEF0123456789ABCDEF",
        "fnctl 99999999999999999999 " F1,
        "fnctl 1 " F1 " at",
        "fnctl 1 " F1 " at xyz",
        "fnctl 1 " F1 " before 2",
        "fnctl 1 " F1 " before 2@1,",
        "fnctl 1 " F1 " next 2",
        "fnctl 1 " F1 " later 2@1",
    };
    struct alias_note note;

    (void)state;
    for (size_t i = 0; i < sizeof(texts) / sizeof(*texts); i++) {
        if (alias_note_parse(texts[i], &note))
            fail_msg("taken: %s", texts[i]);
        assert_int_equal(note.live.version, 0);
        assert_int_equal(note.count, 0);
    }
}

static void goes_forward_and_back(void **state)
{
    struct alias_note note = {.count = 0};

    (void)state;
    alias_note_forward(&note, 1, F1, 0x10);
    assert_text(&note, "fnctl 1 " F1 " at 10");
    alias_note_forward(&note, 2, F2, 0x20);
    alias_note_forward(&note, 4, F1, 0x40);
    assert_text(&note, "fnctl 4 " F1 " at 40 before 2@20,1@10");
    /* Back to what was live: as of then. */
    alias_note_back(&note, 2, F2, 0x50);
    assert_text(&note, "fnctl 2 " F2 " at 20 before 1@10");
    /* Forward again. */
    alias_note_back(&note, 4, F1, 0x60);
    assert_text(&note, "fnctl 4 " F1 " at 60 before 2@20,1@10");
    /* To one that never was live: what is newer is forgotten. */
    alias_note_forward(&note, 5, F1, 0x70);
    alias_note_back(&note, 3, F2, 0x80);
    assert_text(&note, "fnctl 3 " F2 " at 80 before 2@20,1@10");
    /* The same version once more is not before itself. */
    alias_note_forward(&note, 3, F1, 0x90);
    assert_text(&note, "fnctl 3 " F1 " at 90 before 2@20,1@10");
    note.next = 6;
    strcpy(note.next_fingerprint, F2);
    assert_text(&note, "fnctl 3 " F1 " at 90 before 2@20,1@10 next 6 " F2);
    alias_note_end(&note);
    assert_text(&note, "fnctl 3 " F1 " at 90 before 2@20,1@10");
}

/* An alias of a version of fnctl that wrote no times. */
static void remembers_what_has_no_time(void **state)
{
    struct alias_note note;

    (void)state;
    assert_true(alias_note_parse("fnctl 3 " F1, &note));
    alias_note_forward(&note, 4, F2, 0x40);
    assert_text(&note, "fnctl 4 " F2 " at 40 before 3@1");
}

static void stays_within_256_characters(void **state)
{
    struct alias_note note = {.count = 0}, again;
    char *text;

    (void)state;
    for (int64_t version = 100000; version < 100040; version++)
        alias_note_forward(&note, version, F1, 0x19a9f7b0c00 + version);
    assert_int_equal(note.count, ALIAS_BEFORE_MAX);
    assert_int_equal(note.before[0].version, 100038);
    assert_int_equal(note.before[9].version, 100029);
    note.next = 100040;
    strcpy(note.next_fingerprint, F2);
    text = alias_note_text(&note);
    assert_in_range(strlen(text), 200, 256);
    assert_true(alias_note_parse(text, &again));
    assert_int_equal(again.before[0].version, 100038);
    assert_in_range(again.count, 4, ALIAS_BEFORE_MAX - 1);
    free(text);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(reads_what_it_writes),
        cmocka_unit_test(refuses_what_is_not_its_own),
        cmocka_unit_test(goes_forward_and_back),
        cmocka_unit_test(remembers_what_has_no_time),
        cmocka_unit_test(stays_within_256_characters),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
