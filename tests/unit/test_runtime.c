#include "providers/local/engine/run/runtime.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stddef.h>
/* cmocka needs the headers above. */
#include <cmocka.h>

#include <string.h>

static char system_python[] = "/usr/bin/python3", other_python[] = "/home/a/python3.13",
            node[] = "/usr/bin/node";
static const struct interpreter machine[] = {
    {INTERPRETER_PYTHON, system_python, 3, 11},
    {INTERPRETER_PYTHON, other_python, 3, 13},
    {INTERPRETER_NODE, node, 20, 0},
};

static void choose(const char *runtime, enum interpreter_kind kind, int version,
                   const char *program, const char *warning)
{
    const struct interpreter *nearest = interpreter_nearest(kind, version, machine, 3);
    struct runtime_choice choice;
    struct err err = {0};

    assert_int_equal(runtime_choose(runtime, nearest, &choice, &err), 0);
    assert_string_equal(choice.interpreter ? choice.interpreter->program : "", program);
    assert_string_equal(choice.warning, warning);
}

static void the_own_version_or_the_nearest_runs(void **state)
{
    (void)state;
    choose("python3.11", INTERPRETER_PYTHON, 11, system_python, "");
    choose("python3.13", INTERPRETER_PYTHON, 13, other_python, "");
    choose("python3.14", INTERPRETER_PYTHON, 14, system_python,
           "runtime python3.14 is not on this machine: running on python3.11");
    choose("nodejs20.x", INTERPRETER_NODE, 20, node, "");
    choose("nodejs22.x", INTERPRETER_NODE, 22, node,
           "runtime nodejs22.x is not on this machine: running on Node.js 20");
    choose("provided.al2023", INTERPRETER_KINDS, 0, "", "");
    choose("provided.al2", INTERPRETER_KINDS, 0, "", "");
}

static void what_cannot_run_is_told(void **state)
{
    struct runtime_choice choice;
    struct err err = {0};

    (void)state;
    assert_null(interpreter_nearest(INTERPRETER_NODE, 22, machine, 2));
    assert_int_equal(runtime_choose("java21", machine, &choice, &err), -1);
    assert_string_equal(err.message, "runtime 'java21' does not run here: the local engine runs "
                                     "provided.*, python3.* and nodejs*");
    assert_int_equal(runtime_choose("nodejs22.x", NULL, &choice, &err), -1);
    assert_string_equal(err.message,
                        "runtime 'nodejs22.x' needs node, which is not on this machine");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(the_own_version_or_the_nearest_runs),
        cmocka_unit_test(what_cannot_run_is_told),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
