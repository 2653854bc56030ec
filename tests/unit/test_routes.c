#include "core/routes.h"

#include "core/json.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stddef.h>
/* cmocka needs the headers above. */
#include <cmocka.h>

#include <string.h>

/* The key that takes the request among `keys`, as front.c picks it; "" for none. */
static const char *pick(const char *const *keys, const char *method, const char *path)
{
    const char *best = NULL;

    for (; *keys; keys++)
        if (route_matches(*keys, method, path, NULL) && (!best || route_is_better(*keys, best)))
            best = *keys;
    return best ? best : "";
}

static void the_most_specific_route_is_taken(void **state)
{
    static const char *const keys[] = {"$default",          "ANY /{proxy+}",     "GET /pets/{id}",
                                       "ANY /pets/dog",     "GET /pets/dog",     "GET /pets/dog/1",
                                       "GET /pets/dog/{n}", "ANY /pets/{rest+}", NULL};
    static const char *const cases[][3] = {
        {"GET", "/pets/dog", "GET /pets/dog"},
        {"POST", "/pets/dog", "ANY /pets/dog"},
        {"GET", "/pets/cat", "GET /pets/{id}"},
        {"POST", "/pets/cat", "ANY /pets/{rest+}"},
        {"GET", "/pets/dog/1", "GET /pets/dog/1"},
        {"GET", "/pets/dog/2", "GET /pets/dog/{n}"},
        {"GET", "/pets/a/b/c", "ANY /pets/{rest+}"},
        {"GET", "/other", "ANY /{proxy+}"},
        {"GET", "/pets%2Fdog", "ANY /{proxy+}"},
        {"GET", "/p%65ts/dog", "GET /pets/dog"},
        {"GET", "/", "$default"},
    };

    (void)state;
    for (size_t i = 0; i < sizeof(cases) / sizeof(*cases); i++)
        assert_string_equal(pick(keys, cases[i][0], cases[i][1]), cases[i][2]);
}

static void a_request_that_no_route_takes(void **state)
{
    static const char *const keys[] = {"GET /", "GET /a", "GET /a/{b}", NULL};

    (void)state;
    assert_string_equal(pick(keys, "GET", "/"), "GET /");
    assert_string_equal(pick(keys, "POST", "/a"), "");
    assert_string_equal(pick(keys, "GET", "/a/"), "");
    assert_string_equal(pick(keys, "GET", "/a/b/c"), "");
    assert_string_equal(pick(keys, "GET", "/A"), "");
}

static void parameters_are_decoded(void **state)
{
    json_t *parameters = json_object();

    (void)state;
    assert_true(route_matches("GET /a/{first}/{rest+}", "GET", "/a/x%20y/p/q%2Fr", parameters));
    assert_string_equal(json_string_at(parameters, "first"), "x y");
    assert_string_equal(json_string_at(parameters, "rest"), "p/q/r");
    json_decref(parameters);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(the_most_specific_route_is_taken),
        cmocka_unit_test(a_request_that_no_route_takes),
        cmocka_unit_test(parameters_are_decoded),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
