#include "providers/changes.h"

// clang-format off
#include <stdarg.h>
#include <setjmp.h>
#include <stdint.h>
#include <cmocka.h>
// clang-format on
#include <stdlib.h>
#include <string.h>

static void records_in_order(void **state)
{
    struct changes changes;
    struct change *change;
    json_t *expected;
    json_t *json;

    (void)state;
    changes_init(&changes, false);
    change = changes_add(&changes, CHANGE_CREATE, "role", "a-role");
    change_field(&changes, change, "path", NULL, "/x/");
    changes_add(&changes, CHANGE_REMOVE, "url", "a-url");
    json = changes_json(&changes);
    expected = json_loads("[{\"action\": \"create\", \"resource\": \"role\", \"name\": \"a-role\","
                          " \"fields\": [{\"name\": \"path\", \"before\": null, \"after\":"
                          " \"/x/\"}]}, {\"action\": \"remove\", \"resource\": \"url\","
                          " \"name\": \"a-url\", \"fields\": []}]",
                          0, NULL);
    assert_true(json_equal(json, expected));
    json_decref(json);
    json_decref(expected);
    changes_release(&changes);
}

static void appends_in_order(void **state)
{
    struct changes changes, more;

    (void)state;
    changes_init(&changes, false);
    changes_init(&more, false);
    changes_add(&changes, CHANGE_CREATE, "role", "first");
    changes_add(&more, CHANGE_CREATE, "role", "second");
    changes_add(&more, CHANGE_REMOVE, "role", "third");
    changes_append(&changes, &more);
    assert_int_equal(more.count, 0);
    changes_release(&more);
    assert_int_equal(changes.count, 3);
    assert_string_equal(changes.items[1]->name, "second");
    assert_string_equal(changes.items[2]->name, "third");
    changes_release(&changes);
}

/* How often the listener heard of a change, and how often of a done one. */
struct heard {
    int all;
    int done;
};

static void listen(void *context, const struct change *change)
{
    struct heard *heard = context;

    heard->all++;
    heard->done += change->done;
}

static void tells_the_listener_twice(void **state)
{
    struct heard heard = {0};
    struct changes changes;
    struct change *change;

    (void)state;
    changes_init(&changes, true);
    changes.listener = listen;
    changes.context = &heard;
    change = changes_add(&changes, CHANGE_CREATE, "api", "x");
    assert_int_equal(heard.all, 0);
    changes_announce(&changes, change);
    assert_int_equal(heard.all, 1);
    assert_int_equal(heard.done, 0);
    changes_done(&changes, change, 42);
    assert_int_equal(heard.all, 2);
    assert_int_equal(heard.done, 1);
    assert_int_equal(change->elapsed, 42);
    changes_release(&changes);
}

static void keeps_changes_in_place_while_it_grows(void **state)
{
    struct changes changes;
    struct change *first;

    (void)state;
    changes_init(&changes, true);
    first = changes_add(&changes, CHANGE_CREATE, "api", "first");
    for (int i = 0; i < 100; i++)
        changes_add(&changes, CHANGE_CREATE, "route", "more");
    assert_ptr_equal(changes.items[0], first);
    assert_string_equal(first->name, "first");
    assert_int_equal(changes.count, 101);
    changes_release(&changes);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(records_in_order),
        cmocka_unit_test(appends_in_order),
        cmocka_unit_test(tells_the_listener_twice),
        cmocka_unit_test(keeps_changes_in_place_while_it_grows),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
