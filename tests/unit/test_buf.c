#include "core/buf.h"
#include "core/strlist.h"

// clang-format off
#include <stdarg.h>
#include <setjmp.h>
#include <stdint.h>
#include <cmocka.h>
// clang-format on
#include <stdlib.h>
#include <string.h>

static void grows_and_stays_terminated(void **state)
{
    struct buf buf;

    (void)state;
    buf_init(&buf, 0);
    assert_string_equal(buf_string(&buf), "");
    for (int i = 0; i < 1000; i++)
        assert_int_equal(buf_printf(&buf, "%03d", i), 0);
    assert_int_equal(buf.len, 3000);
    assert_int_equal(buf.data[buf.len], '\0');
    assert_memory_equal(buf.data + 2997, "999", 3);
    buf_release(&buf);
    assert_null(buf.data);
}

static void refuses_to_pass_its_bound(void **state)
{
    struct buf buf;

    (void)state;
    buf_init(&buf, 5);
    assert_int_equal(buf_puts(&buf, "12345"), 0);
    assert_int_equal(buf_putc(&buf, '6'), -1);
    assert_int_equal(buf_printf(&buf, "%d", 7), -1);
    assert_string_equal(buf_string(&buf), "12345");
    buf_release(&buf);
}

static void consumes_from_the_front(void **state)
{
    struct buf buf;

    (void)state;
    buf_init(&buf, 0);
    buf_puts(&buf, "abcdef");
    buf_consume(&buf, 2);
    assert_string_equal(buf_string(&buf), "cdef");
    buf_consume(&buf, 100);
    assert_string_equal(buf_string(&buf), "");
    buf_release(&buf);
}

static void hands_its_contents_over(void **state)
{
    struct buf buf;
    char *text;

    (void)state;
    buf_init(&buf, 0);
    text = buf_take(&buf);
    assert_string_equal(text, "");
    free(text);
    buf_append(&buf, "a\0b", 3);
    text = buf_take(&buf);
    assert_memory_equal(text, "a\0b", 4);
    assert_int_equal(buf.len, 0);
    free(text);
}

static void lists_sort_and_join(void **state)
{
    struct strlist list;
    char *joined;

    (void)state;
    strlist_init(&list);
    for (int i = 20; i > 0; i--)
        strlist_addf(&list, "%02d", i);
    strlist_sort(&list);
    assert_string_equal(list.items[0], "01");
    assert_string_equal(list.items[19], "20");
    assert_null(list.items[20]);
    assert_true(strlist_has(&list, "07"));
    assert_false(strlist_has(&list, "7"));
    strlist_release(&list);
    strlist_add(&list, "a");
    strlist_add(&list, "b");
    joined = strlist_join(&list, ", ");
    assert_string_equal(joined, "a, b");
    free(joined);
    strlist_release(&list);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(grows_and_stays_terminated), cmocka_unit_test(refuses_to_pass_its_bound),
        cmocka_unit_test(consumes_from_the_front),    cmocka_unit_test(hands_its_contents_over),
        cmocka_unit_test(lists_sort_and_join),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
