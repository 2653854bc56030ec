/* Two who deploy at once, and answers that got lost: a mixture is never published. */
#include "tests/unit/scripted.h"

#define ROLE "arn:aws:iam::123456789012:role/theirs"
#define SETTINGS                                                                                   \
    "{\"project\": \"race\", \"stages\": {\"dev\": {}}, \"functions\": {\"api\": {"                \
    "\"runtime\": \"python3.13\", \"handler\": \"app.handler\", \"role\": \"" ROLE "\"}}}"
#define NAME "/2015-03-31/functions/race-dev-api"
#define PUT_CONFIGURATION "PUT " NAME "/configuration"
#define PUT_CODE "PUT " NAME "/code"
#define PUBLISH "POST " NAME "/versions"
#define PUT_ALIAS "PUT " NAME "/aliases/live"
#define REFUSED "PreconditionFailedException"
#define NOT_IT "{\"message\": \"The RevisionId provided does not match\"}"
#define F1 "0123456789abcdef0123456789abcdef"

/* The function with that much memory; the settings say 256. `revision` is to be found in requests.
 */
#define CONFIGURATION(memory, code, revision)                                                      \
    "{\"FunctionName\": \"race-dev-api\", \"State\": \"Active\", \"LastUpdateStatus\": "           \
    "\"Successful\", \"FunctionArn\": "                                                            \
    "\"arn:aws:lambda:eu-central-1:123456789012:function:race-dev-api\", \"Role\": \"" ROLE        \
    "\", \"Handler\": \"app.handler\", \"Runtime\": \"python3.13\", \"Timeout\": 30, "             \
    "\"MemorySize\": " memory ", \"CodeSha256\": \"" code "\", \"RevisionId\": \"" revision "\"}"
#define GET(memory, code, revision)                                                                \
    "{\"Configuration\": " CONFIGURATION(                                                          \
        memory, code, revision) ", \"Tags\": {\"fnctl:project\": \"race\", \"fnctl:stage\": "      \
                                "\"dev\", \"fnctl:function\": \"api\"}}"
#define ALIAS(version, revision)                                                                   \
    "{\"Name\": \"live\", \"FunctionVersion\": \"" version "\", \"Description\": \"fnctl 1 " F1    \
    "\", \"RevisionId\": \"" revision "\"}"

/* observe(), put_function(), publish(), release(), as deploy does, as far as they succeed. */
static int deploy_one(struct script *script, struct run *run, struct err *err)
{
    const struct provider *provider = script->conformance.provider;
    const struct function *function;
    struct package package = {0};
    int result;

    rule(script, "POST /2017-03-31/tags/", ALWAYS, 204, NULL, "");
    conform_open(&script->conformance, SETTINGS, true, run);
    function = settings_function_at(&run->settings, 0);
    package.handler = function->handler;
    conform_zip(&script->conformance, "function.zip", "app.py", "code", &package.function);
    result = provider->observe(run->session, OBSERVE_FUNCTIONS, err);
    if (result == 0)
        result = provider->put_function(run->session, function, &package, &run->changes, err);
    if (result == 0)
        result = provider->publish(run->session, function, &run->changes, err);
    if (result == 0)
        result = provider->release(run->session, function, 0, &run->changes, err);
    free(package.function.path);
    return result;
}

/* The SHA-256 of the package that deploy_one() makes, as Lambda's answers to `code` have it. */
static char *answers_with_code(struct script *script, const char *match, int times,
                               const char *revision)
{
    struct artifact zip;
    char *body;

    conform_zip(&script->conformance, "function.zip", "app.py", "code", &zip);
    body = xasprintf("{\"FunctionName\": \"race-dev-api\", \"State\": \"Active\", \"Role\": \"" ROLE
                     "\", \"Handler\": \"app.handler\", \"Runtime\": \"python3.13\", \"Timeout\": "
                     "30, \"MemorySize\": 256, \"CodeSha256\": \"%s\", \"RevisionId\": \"%s\", "
                     "\"Version\": \"2\"}",
                     zip.sha256, revision);
    rule(script, match, times, 200, NULL, body);
    free(zip.path);
    return body;
}

static void stops_when_somebody_else_changes_the_configuration(void **state)
{
    struct script *script = *state;
    struct err err = {0};
    struct run run;

    rule(script, "GET " NAME " ", 1, 200, NULL, GET("128", "old", "seen-first"));
    rule(script, "GET " NAME "/aliases/live", ALWAYS, 200, NULL, ALIAS("1", "a1"));
    rule(script, PUT_CONFIGURATION, ALWAYS, 412, REFUSED, NOT_IT);
    rule(script, "GET " NAME " ", ALWAYS, 200, NULL, GET("1024", "old", "seen-later"));
    assert_int_equal(deploy_one(script, &run, &err), -1);
    assert_int_equal(err.code, ERR_SERVICE);
    assert_non_null(strstr(err.message, "changed by somebody else at the same time"));
    assert_int_equal(count_of(script, PUT_CONFIGURATION), 1);
    assert_int_equal(count_of(script, "seen-first"), 1);
    assert_int_equal(count_of(script, PUT_CODE), 0);
    assert_int_equal(count_of(script, PUBLISH), 0);
    assert_int_equal(count_of(script, PUT_ALIAS), 0);
    conform_close(&run);
}

/* The configuration was sent twice, as the first answer got lost; the code has another revision
 * than expected, as a service may give. */
static void goes_on_when_it_was_itself_or_nobody(void **state)
{
    struct script *script = *state;
    struct err err = {0};
    struct run run;
    char *updated, *published;

    rule(script, "GET " NAME " ", 1, 200, NULL, GET("128", "old", "seen-first"));
    rule(script, "GET " NAME "/aliases/live", ALWAYS, 200, NULL, ALIAS("1", "a1"));
    rule(script, PUT_CONFIGURATION, 1, 412, REFUSED, NOT_IT);
    rule(script, "GET " NAME " ", 1, 200, NULL, GET("256", "old", "after-configuration"));
    rule(script, PUT_CODE, 1, 412, REFUSED, NOT_IT);
    rule(script, "GET " NAME " ", 1, 200, NULL, GET("256", "old", "by-itself"));
    updated = answers_with_code(script, PUT_CODE, 1, "after-code");
    published = answers_with_code(script, PUBLISH, 1, "of-version");
    rule(script, PUT_ALIAS, 1, 200, NULL, ALIAS("2", "a2"));
    if (deploy_one(script, &run, &err) < 0)
        fail_msg("%s", err.message);
    assert_int_equal(count_of(script, PUT_CONFIGURATION), 1);
    assert_int_equal(count_of(script, PUT_CODE), 2);
    assert_int_equal(count_of(script, "by-itself"), 1);
    assert_int_equal(count_of(script, "after-code"), 1);
    assert_int_equal(count_of(script, "\"a1\""), 1);
    conform_expect_done(&run);
    conform_close(&run);
    free(updated);
    free(published);
}

/* Up to the point where something is published. */
static char *deployed_code(struct script *script)
{
    rule(script, "GET " NAME " ", 1, 200, NULL, GET("256", "old", "seen-first"));
    rule(script, "GET " NAME "/aliases/live", 1, 200, NULL, ALIAS("1", "a1"));
    return answers_with_code(script, PUT_CODE, 1, "after-code");
}

static void publishes_nobody_elses_work(void **state)
{
    struct script *script = *state;
    struct err err = {0};
    struct run run;
    char *updated = deployed_code(script);

    rule(script, PUBLISH, ALWAYS, 412, REFUSED, NOT_IT);
    rule(script, "GET " NAME " ", ALWAYS, 200, NULL, GET("512", "theirs", "seen-later"));
    rule(script, "GET " NAME "/aliases/live", ALWAYS, 200, NULL, ALIAS("1", "a1"));
    assert_int_equal(deploy_one(script, &run, &err), -1);
    assert_non_null(strstr(err.message, "was changed by somebody else while it was deployed"));
    assert_int_equal(count_of(script, PUBLISH), 1);
    assert_int_equal(count_of(script, PUT_ALIAS), 0);
    conform_close(&run);
    free(updated);
}

static void leaves_the_alias_to_who_moved_it_first(void **state)
{
    struct script *script = *state;
    struct err err = {0};
    struct run run;
    char *updated = deployed_code(script);
    char *published = answers_with_code(script, PUBLISH, 1, "of-version");

    rule(script, PUT_ALIAS, ALWAYS, 412, REFUSED, NOT_IT);
    rule(script, "GET " NAME "/aliases/live", ALWAYS, 200, NULL, ALIAS("3", "a3"));
    assert_int_equal(deploy_one(script, &run, &err), -1);
    assert_non_null(strstr(err.message, "was moved by somebody else at the same time, to version "
                                        "3"));
    assert_int_equal(count_of(script, PUT_ALIAS), 1);
    conform_close(&run);
    free(updated);
    free(published);
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, set_up, tear_down)

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(stops_when_somebody_else_changes_the_configuration),
        TEST(goes_on_when_it_was_itself_or_nobody),
        TEST(publishes_nobody_elses_work),
        TEST(leaves_the_alias_to_who_moved_it_first),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
