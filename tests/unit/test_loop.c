#include "providers/local/engine/loop.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stddef.h>
/* cmocka needs the headers above. */
#include <cmocka.h>

#include <stdio.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/wait.h>
#include <unistd.h>

struct seen {
    struct loop *loop;
    char text[64];
    int status;
    int count;
    int fds[2];
};

struct mark {
    struct seen *seen;
    char letter;
};

static int setup(void **state)
{
    static struct seen seen;
    struct err err = {0};

    memset(&seen, 0, sizeof(seen));
    seen.loop = loop_new(&err);
    *state = &seen;
    return seen.loop ? 0 : -1;
}

static int teardown(void **state)
{
    loop_free(((struct seen *)*state)->loop);
    return 0;
}

static void note(void *context)
{
    struct mark *mark = context;
    size_t len = strlen(mark->seen->text);

    mark->seen->text[len] = mark->letter;
    if (mark->letter == '.')
        loop_stop(mark->seen->loop);
}

static void timers_fire_in_order_of_time(void **state)
{
    struct seen *seen = *state;
    struct mark a = {seen, 'a'}, b = {seen, 'b'}, c = {seen, 'c'}, d = {seen, 'd'},
                end = {seen, '.'};
    struct err err = {0};
    uint64_t dropped;

    loop_add_timer(seen->loop, 30, note, &end);
    loop_add_timer(seen->loop, 20, note, &c);
    loop_add_timer(seen->loop, 0, note, &a);
    dropped = loop_add_timer(seen->loop, 10, note, &d);
    loop_add_timer(seen->loop, 10, note, &b);
    loop_cancel_timer(seen->loop, dropped);
    loop_cancel_timer(seen->loop, 0);
    assert_int_equal(loop_run(seen->loop, &err), 0);
    assert_string_equal(seen->text, "abc.");
}

static void many_timers_keep_their_order(void **state)
{
    struct seen *seen = *state;
    struct mark marks[40];
    uint64_t ids[40];
    struct err err = {0};

    for (int i = 0; i < 40; i++) {
        marks[i] = (struct mark){seen, (char)('A' + (i * 7) % 40)};
        ids[i] = loop_add_timer(seen->loop, (i * 7) % 40, note, &marks[i]);
    }
    for (int i = 0; i < 40; i += 2)
        loop_cancel_timer(seen->loop, ids[i]);
    struct mark end = {seen, '.'};
    loop_add_timer(seen->loop, 60, note, &end);
    assert_int_equal(loop_run(seen->loop, &err), 0);
    assert_int_equal(strlen(seen->text), 21);
    for (size_t i = 1; i < 20; i++)
        assert_true(seen->text[i - 1] < seen->text[i]);
}

static void take_byte(void *context, int fd, uint32_t events)
{
    struct seen *seen = context;
    char byte;

    assert_true(events & EPOLLIN);
    assert_int_equal(read(fd, &byte, 1), 1);
    seen->text[strlen(seen->text)] = byte;
    if (byte == '.')
        loop_stop(seen->loop);
}

static void descriptors_call_back_until_removed(void **state)
{
    struct seen *seen = *state;
    struct err err = {0};

    assert_int_equal(pipe(seen->fds), 0);
    assert_int_equal(loop_add_fd(seen->loop, seen->fds[0], EPOLLIN, take_byte, seen, &err), 0);
    assert_int_equal(write(seen->fds[1], "xy.", 3), 3);
    assert_int_equal(loop_run(seen->loop, &err), 0);
    assert_string_equal(seen->text, "xy.");
    loop_remove_fd(seen->loop, seen->fds[0]);
    assert_int_equal(write(seen->fds[1], "z", 1), 1);
    struct mark end = {seen, '.'};
    loop_add_timer(seen->loop, 10, note, &end);
    assert_int_equal(loop_run(seen->loop, &err), 0);
    assert_string_equal(seen->text, "xy..");
    close(seen->fds[0]);
    close(seen->fds[1]);
}

static void remove_both(void *context, int fd, uint32_t events)
{
    struct seen *seen = context;

    (void)fd;
    (void)events;
    seen->count++;
    loop_remove_fd(seen->loop, seen->fds[0]);
    loop_remove_fd(seen->loop, seen->fds[1]);
    loop_stop(seen->loop);
}

static void an_event_of_a_descriptor_just_removed_is_dropped(void **state)
{
    struct seen *seen = *state;
    struct err err = {0};
    int a[2], b[2];

    assert_int_equal(pipe(a), 0);
    assert_int_equal(pipe(b), 0);
    seen->fds[0] = a[0];
    seen->fds[1] = b[0];
    assert_int_equal(write(a[1], "x", 1) + write(b[1], "x", 1), 2);
    loop_add_fd(seen->loop, a[0], EPOLLIN, remove_both, seen, &err);
    loop_add_fd(seen->loop, b[0], EPOLLIN, remove_both, seen, &err);
    assert_int_equal(loop_run(seen->loop, &err), 0);
    assert_int_equal(seen->count, 1);
    close(a[0]), close(a[1]), close(b[0]), close(b[1]);
}

static void child_done(void *context, pid_t pid, int status)
{
    struct seen *seen = context;

    assert_true(pid > 0);
    seen->status = status;
    loop_stop(seen->loop);
}

static void a_child_is_reaped_with_its_status(void **state)
{
    struct seen *seen = *state;
    struct err err = {0};
    pid_t pid = fork();

    if (pid == 0)
        _exit(7);
    assert_int_equal(loop_add_child(seen->loop, pid, child_done, seen, &err), 0);
    assert_int_equal(loop_run(seen->loop, &err), 0);
    assert_int_equal(WEXITSTATUS(seen->status), 7);
    assert_int_equal(waitpid(pid, NULL, WNOHANG), -1);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(timers_fire_in_order_of_time, setup, teardown),
        cmocka_unit_test_setup_teardown(many_timers_keep_their_order, setup, teardown),
        cmocka_unit_test_setup_teardown(descriptors_call_back_until_removed, setup, teardown),
        cmocka_unit_test_setup_teardown(an_event_of_a_descriptor_just_removed_is_dropped, setup,
                                        teardown),
        cmocka_unit_test_setup_teardown(a_child_is_reaped_with_its_status, setup, teardown),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
