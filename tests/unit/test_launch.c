/* Where the local engine's state is, and when an engine counts as running. */
#include "core/file.h"
#include "core/memory.h"
#include "providers/local/launch.h"

// clang-format off
#include <stdarg.h>
#include <setjmp.h>
#include <stdint.h>
#include <cmocka.h>
// clang-format on
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>
#include <unistd.h>

static int set_up(void **state)
{
    struct err err = {0};

    *state = file_temporary_folder("fnctl-launch", &err);
    setenv("FNCTL_STATE", *state, 1);
    return *state ? 0 : -1;
}

static int tear_down(void **state)
{
    struct err err = {0};

    file_remove(*state, &err);
    free(*state);
    return 0;
}

static void expect_folder(const char *expected)
{
    struct err err = {0};
    char *folder = launch_folder(&err);

    assert_non_null(folder);
    assert_string_equal(folder, expected);
    free(folder);
}

static void finds_the_state_folder(void **state)
{
    struct err err = {0};
    char *home = xstrdup(getenv("HOME"));

    expect_folder(*state);
    unsetenv("FNCTL_STATE");
    setenv("XDG_STATE_HOME", "/somewhere", 1);
    expect_folder("/somewhere/fnctl");
    setenv("XDG_STATE_HOME", "relative", 1);
    setenv("HOME", "/home/x", 1);
    expect_folder("/home/x/.local/state/fnctl");
    unsetenv("XDG_STATE_HOME");
    unsetenv("HOME");
    assert_null(launch_folder(&err));
    assert_int_equal(err.code, ERR_FAILED);
    assert_non_null(strstr(err.message, "FNCTL_STATE"));
    if (home)
        setenv("HOME", home, 1);
    free(home);
}

static void write_state(const char *folder, const char *name, const char *text)
{
    char *path = file_join(folder, name);
    struct err err = {0};

    assert_int_equal(file_write(path, text, strlen(text), 0600, &err), 0);
    free(path);
}

static bool is_running(void)
{
    struct engine_status status;
    struct err err = {0};
    bool running;

    assert_int_equal(launch_status(clock_system(), &status, &err), 0);
    assert_non_null(status.folder);
    assert_non_null(status.log);
    running = status.running;
    engine_status_release(&status);
    return running;
}

/* A file that a killed engine left, naming a process that is none: nobody may stop that one. */
static void does_not_believe_a_stale_file(void **state)
{
    char *text = xasprintf("{\"pid\": %d, \"port\": 1, \"url\": \"http://127.0.0.1:1\", "
                           "\"version\": \"0\"}",
                           (int)getpid());
    char *lock = file_join(*state, "lock");
    struct err err = {0};
    bool was_running = true;
    int fd;

    assert_false(is_running());
    write_state(*state, "engine.json", text);
    write_state(*state, "credentials.json",
                "{\"access_key_id\": \"x\", \"secret_access_key\": \"y\"}");
    assert_false(is_running());
    fd = open(lock, O_RDWR | O_CREAT | O_CLOEXEC, 0600);
    assert_int_equal(flock(fd, LOCK_EX), 0);
    assert_false(is_running());
    assert_int_equal(launch_stop(clock_system(), &was_running, &err), 0);
    assert_false(was_running);
    write_state(*state, "engine.json", "no JSON");
    assert_false(is_running());
    close(fd);
    free(lock);
    free(text);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(finds_the_state_folder, set_up, tear_down),
        cmocka_unit_test_setup_teardown(does_not_believe_a_stale_file, set_up, tear_down),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
