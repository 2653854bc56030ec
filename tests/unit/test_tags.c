#include "providers/aws/tags.h"

// clang-format off
#include <stdarg.h>
#include <setjmp.h>
#include <stdint.h>
#include <cmocka.h>
// clang-format on
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* What is wanted when the settings have `own` (JSON). */
static json_t *wanted_for(const char *own)
{
    json_t *settings = json_loads(own, 0, NULL);
    json_t *wanted = json_copy(settings);

    assert_non_null(settings);
    tags_note(wanted, settings);
    json_object_set_new(wanted, "fnctl:project", json_string("p"));
    json_decref(settings);
    return wanted;
}

static void expect(const json_t *value, const char *text)
{
    char *have = json_dumps(value, JSON_COMPACT | JSON_SORT_KEYS);

    assert_string_equal(have, text);
    free(have);
}

static void knows_its_own_from_those_of_others(void **state)
{
    json_t *found = wanted_for("{\"team\": \"a\", \"old\": \"x\"}");
    json_t *wanted = wanted_for("{\"team\": \"b\"}");
    json_t *stale, *before, *after;

    (void)state;
    assert_true(tags_right(found, found));
    json_object_set_new(found, "CostCenter", json_string("theirs"));
    json_object_set_new(found, "aws:stack", json_string("theirs"));
    json_object_set_new(found, "fnctl:layer", json_string("noted elsewhere"));
    assert_false(tags_right(found, wanted));
    stale = tags_stale(found, wanted);
    expect(stale, "[\"old\"]");
    before = tags_told(found, found, wanted);
    after = tags_told(wanted, found, wanted);
    expect(before, "{\"fnctl:project\":\"p\",\"old\":\"x\",\"team\":\"a\"}");
    expect(after, "{\"fnctl:project\":\"p\",\"team\":\"b\"}");
    json_object_del(found, "old");
    json_object_update(found, wanted);
    assert_true(tags_right(found, wanted));
    json_decref(found);
    json_decref(wanted);
    json_decref(stale);
    json_decref(before);
    json_decref(after);
}

static void takes_the_note_away_with_the_last_tag(void **state)
{
    json_t *found = wanted_for("{\"only\": \"1\"}");
    json_t *wanted = wanted_for("{}");
    json_t *stale = tags_stale(found, wanted);

    (void)state;
    assert_null(json_object_get(wanted, TAG_TAGS));
    assert_int_equal(json_array_size(stale), 2);
    json_decref(stale);
    /* The tag went, the note not yet: interrupted. */
    json_object_del(found, "only");
    assert_false(tags_right(found, wanted));
    json_object_clear(found);
    assert_true(tags_right(NULL, NULL));
    json_decref(found);
    json_decref(wanted);
}

/* As many as the settings may have fit into one value of 256 bytes. */
static void notes_all_that_settings_may_have(void **state)
{
    enum { MOST = 36 };
    json_t *own = json_object(), *wanted = json_object(), *none = json_object(), *stale;
    const char *note;

    (void)state;
    for (int i = 0; i < MOST; i++) {
        char key[32];

        snprintf(key, sizeof(key), "tag %d", i);
        json_object_set_new(own, key, json_string("x"));
    }
    tags_note(wanted, own);
    note = json_string_value(json_object_get(wanted, TAG_TAGS));
    assert_non_null(note);
    assert_true(strlen(note) <= 256);
    json_object_update(own, wanted);
    stale = tags_stale(own, none);
    assert_int_equal(json_array_size(stale), MOST + 1);
    json_decref(own);
    json_decref(wanted);
    json_decref(none);
    json_decref(stale);
}

static void survives_any_note(void **state)
{
    static const char *const notes[] = {"", "abc", "abcdef1", "zzzzzzzzzzzz", "a b c d e f"};
    json_t *none = json_object();

    (void)state;
    for (size_t i = 0; i < sizeof(notes) / sizeof(*notes); i++) {
        json_t *found = json_pack("{s:s, s:s}", TAG_TAGS, notes[i], "theirs", "x");
        json_t *stale = tags_stale(found, none);

        expect(stale, "[\"" TAG_TAGS "\"]");
        json_decref(found);
        json_decref(stale);
    }
    json_decref(none);
}

static void writes_queries_and_lists(void **state)
{
    json_t *keys = json_pack("[s, s]", "cost centre", "a&b");
    json_t *tags = json_pack("{s:s}", "k", "v");
    json_t *list = tags_to_list(tags), *back = tags_from_list(list);
    char *query = tags_query("tagKeys", keys);

    (void)state;
    assert_string_equal(query, "tagKeys=cost%20centre&tagKeys=a%26b");
    expect(list, "[{\"Key\":\"k\",\"Value\":\"v\"}]");
    assert_true(json_equal(tags, back));
    free(query);
    json_decref(keys);
    json_decref(tags);
    json_decref(list);
    json_decref(back);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(knows_its_own_from_those_of_others),
        cmocka_unit_test(takes_the_note_away_with_the_last_tag),
        cmocka_unit_test(notes_all_that_settings_may_have),
        cmocka_unit_test(survives_any_note),
        cmocka_unit_test(writes_queries_and_lists),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
