/* The provider "local": the engine is started, conforms as AWS does, and is stopped. */
#include "providers/local/launch.h"
#include "providers/local/local.h"
#include "tests/unit/conformance_kill.h"

#include <stdio.h>
#include <unistd.h>

/* PATH with the folder of the programs first: BUILD, where this test is BUILD/tests/unit/NAME. */
static void find_programs(void)
{
    char own[4096];
    ssize_t len = readlink("/proc/self/exe", own, sizeof(own) - 1);
    char *folder = xstrndup(own, len > 0 ? (size_t)len : 0);
    char *path;

    for (int i = 0; i < 3; i++) {
        char *parent = file_folder(folder);

        free(folder);
        folder = parent;
    }
    path = xasprintf("%s:%s", folder, getenv("PATH"));
    setenv("PATH", path, 1);
    free(path);
    free(folder);
}

static int set_up(void **state)
{
    struct conformance *conformance = xcalloc(1, sizeof(*conformance));
    struct err err = {0};
    char *engine_state;
    char *aws_config;

    find_programs();
    conformance->provider = &provider_local;
    conformance->folder = file_temporary_folder("fnctl-local", &err);
    out_init(&conformance->out, stdout, stderr);
    engine_state = file_join(conformance->folder, "state");
    setenv("FNCTL_STATE", engine_state, 1);
    /* Nothing of this may have a part in the local provider. */
    setenv("AWS_ENDPOINT_URL", "http://127.0.0.1:9", 1);
    setenv("AWS_PROFILE", "does-not-exist", 1);
    setenv("AWS_ACCESS_KEY_ID", "AKIAWRONG", 1);
    setenv("AWS_SECRET_ACCESS_KEY", "wrong", 1);
    conform_write(conformance, "aws-config", "not a section\n");
    aws_config = file_join(conformance->folder, "aws-config");
    setenv("AWS_CONFIG_FILE", aws_config, 1);
    setenv("http_proxy", "http://127.0.0.1:9", 1);
    free(aws_config);
    free(engine_state);
    *state = conformance;
    return 0;
}

static int tear_down(void **state)
{
    struct conformance *conformance = *state;
    struct err err = {0};
    bool was_running;

    launch_stop(clock_system(), &was_running, &err);
    file_remove(conformance->folder, &err);
    out_release(&conformance->out);
    free(conformance->folder);
    free(conformance);
    return 0;
}

static bool no_engine(void)
{
    struct err err = {0};
    char *program = launch_program(&err);

    free(program);
    if (!program)
        print_message("skipped: fnctl-local is not built\n");
    return !program;
}

static void starts_once_and_stops(void **state)
{
    struct engine_status first;
    struct engine_status second;
    struct err err = {0};
    bool was_running = true;

    (void)state;
    if (no_engine())
        skip();
    assert_int_equal(launch_stop(clock_system(), &was_running, &err), 0);
    assert_false(was_running);
    if (launch_start(clock_system(), &first, &err) < 0)
        fail_msg("%s", err.message);
    assert_true(first.running);
    assert_int_equal(launch_start(clock_system(), &second, &err), 0);
    assert_int_equal(first.pid, second.pid);
    assert_string_equal(first.url, second.url);
    engine_status_release(&first);
    engine_status_release(&second);
    assert_int_equal(launch_stop(clock_system(), &was_running, &err), 0);
    assert_true(was_running);
    assert_int_equal(launch_status(clock_system(), &first, &err), 0);
    assert_false(first.running);
    engine_status_release(&first);
}

static void tells_that_it_does_not_run(void **state)
{
    struct conformance *conformance = *state;
    struct provider_context world = {.clock = clock_system(), .out = &conformance->out};
    struct session *session = NULL;
    struct err err = {0};

    assert_int_equal(provider_local.open(&world, &session, &err), -1);
    assert_int_equal(err.code, ERR_SERVICE);
    assert_non_null(strstr(err.message, "fnctl local start"));
}

static void conforms(void **state)
{
    if (no_engine())
        skip();
    conform_run(*state);
}

static void survives_kill(void **state)
{
    const char *stride = getenv("FNCTL_KILL_STRIDE");

    if (no_engine())
        skip();
    conform_survives_kill(*state, stride ? 1 : 120, stride ? atoi(stride) : 400);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(starts_once_and_stops),
        cmocka_unit_test(tells_that_it_does_not_run),
        cmocka_unit_test(conforms),
        cmocka_unit_test(survives_kill),
    };

    return cmocka_run_group_tests(tests, set_up, tear_down);
}
