/* What the AWS provider does when AWS is not ready, disagrees, or belongs to somebody else. */
#include "tests/unit/scripted.h"

#define SETTINGS_ONE                                                                               \
    "{\"project\": \"race\", \"stages\": {\"dev\": {}}, \"functions\": {\"api\": {"                \
    "\"runtime\": \"python3.13\", \"handler\": \"app.handler\"}}}"
#define FUNCTIONS "/2015-03-31/functions"
#define NAME FUNCTIONS "/race-dev-api"
#define CREATE "POST " FUNCTIONS " "
#define ARN "arn:aws:lambda:eu-central-1:123456789012:function:race-dev-api"
#define IDENTITY                                                                                   \
    "<GetCallerIdentityResponse><GetCallerIdentityResult><Arn>arn:aws:iam::123456789012:user/x"    \
    "</Arn><Account>123456789012</Account></GetCallerIdentityResult></GetCallerIdentityResponse>"
#define CONFIGURATION(state)                                                                       \
    "\"FunctionName\": \"race-dev-api\", \"FunctionArn\": \"" ARN "\", \"State\": \"" state "\""   \
    ", \"StateReasonCode\": \"WhyCode\", \"StateReason\": \"because\""
#define ASSUME "{\"message\": \"The role defined for the function cannot be assumed by Lambda.\"}"

/* put_function() alone, after observe(). */
static int put_one(struct script *script, struct run *run, struct err *err)
{
    const struct provider *provider = script->conformance.provider;
    const struct function *function;
    struct package package = {0};
    int result;

    rule(script, "Action=GetCallerIdentity", ALWAYS, 200, NULL, IDENTITY);
    rule(script, "GET /v2/apis", ALWAYS, 200, NULL, "{\"items\": []}");
    rule(script, "POST / ", ALWAYS, 200, NULL, "{}");
    conform_open(&script->conformance, SETTINGS_ONE, true, run);
    function = settings_function_at(&run->settings, 0);
    package.handler = function->handler;
    conform_zip(&script->conformance, "function.zip", "app.py", "code", &package.function);
    result = provider->observe(run->session, OBSERVE_FUNCTIONS, err);
    if (result == 0)
        result = provider->put_function(run->session, function, &package, &run->changes, err);
    free(package.function.path);
    return result;
}

static void waits_for_a_new_role(void **state)
{
    struct script *script = *state;
    struct err err = {0};
    struct run run;

    rule(script, CREATE, 3, 400, "InvalidParameterValueException", ASSUME);
    rule(script, CREATE, 1, 201, NULL, "{" CONFIGURATION("Pending") "}");
    rule(script, NAME "/configuration", 2, 200, NULL, "{" CONFIGURATION("Pending") "}");
    rule(script, NAME "/configuration", 1, 200, NULL, "{" CONFIGURATION("Active") "}");
    if (put_one(script, &run, &err) < 0)
        fail_msg("%s", err.message);
    assert_int_equal(count_of(script, CREATE), 4);
    assert_int_equal(count_of(script, NAME "/configuration"), 3);
    conform_expect_done(&run);
    conform_close(&run);
}

static void gives_up_on_a_role_in_the_end(void **state)
{
    struct script *script = *state;
    struct err err = {0};
    struct run run;

    rule(script, CREATE, ALWAYS, 400, "InvalidParameterValueException", ASSUME);
    assert_int_equal(put_one(script, &run, &err), -1);
    assert_non_null(strstr(err.message, "cannot be assumed"));
    assert_in_range(count_of(script, CREATE), 10, 60);
    assert_false(run.changes.items[0]->done);
    conform_close(&run);
}

static void does_not_repeat_a_refused_value(void **state)
{
    struct script *script = *state;
    struct err err = {0};
    struct run run;

    rule(script, CREATE, ALWAYS, 400, "InvalidParameterValueException",
         "{\"message\": \"Unzipped size must be smaller\"}");
    assert_int_equal(put_one(script, &run, &err), -1);
    assert_int_equal(err.code, ERR_SETTINGS);
    assert_non_null(strstr(err.message, "CreateFunction"));
    assert_non_null(strstr(err.message, "Unzipped size must be smaller"));
    assert_int_equal(count_of(script, CREATE), 1);
    conform_close(&run);
}

static void tells_why_a_function_failed(void **state)
{
    struct script *script = *state;
    struct err err = {0};
    struct run run;

    rule(script, CREATE, 1, 201, NULL, "{" CONFIGURATION("Pending") "}");
    rule(script, NAME "/configuration", 1, 200, NULL, "{" CONFIGURATION("Failed") "}");
    assert_int_equal(put_one(script, &run, &err), -1);
    assert_int_equal(err.code, ERR_SERVICE);
    assert_non_null(strstr(err.message, "WhyCode: because"));
    conform_close(&run);
}

static void stops_waiting_when_interrupted(void **state)
{
    struct script *script = *state;
    struct err err = {0};
    struct run run;

    interrupted = true;
    rule(script, CREATE, 1, 201, NULL, "{" CONFIGURATION("Pending") "}");
    assert_int_equal(put_one(script, &run, &err), -1);
    assert_int_equal(err.code, ERR_INTERRUPTED);
    conform_close(&run);
}

/* The first GetFunction says that there is none; after the conflict there is one. */
static void takes_a_function_that_was_ours_all_along(void **state)
{
    struct script *script = *state;
    struct err err = {0};
    struct run run;

    rule(script, "GET " NAME " ", 1, 404, "ResourceNotFoundException", "{}");
    rule(script, CREATE, 1, 409, "ResourceConflictException",
         "{\"message\": \"Function already exist: race-dev-api\"}");
    rule(script, "GET " NAME " ", 1, 200, NULL,
         "{\"Configuration\": {" CONFIGURATION(
             "Active") "}, \"Tags\": {"
                       "\"fnctl:project\": \"race\", \"fnctl:stage\": \"dev\", \"fnctl:function\": "
                       "\"api\"}}");
    rule(script, "PUT " NAME "/configuration", 1, 409, "ResourceConflictException",
         "{\"message\": \"The operation cannot be performed at this time. An update is in "
         "progress for resource: x\"}");
    rule(script, "PUT " NAME "/configuration", 1, 200, NULL, "{" CONFIGURATION("Active") "}");
    rule(script, "PUT " NAME "/code", 1, 200, NULL, "{" CONFIGURATION("Active") "}");
    rule(script, "POST /2017-03-31/tags/", 1, 204, NULL, "");
    if (put_one(script, &run, &err) < 0)
        fail_msg("%s", err.message);
    assert_int_equal(count_of(script, CREATE), 1);
    assert_int_equal(count_of(script, "PUT " NAME "/configuration"), 2);
    conform_close(&run);
}

static void leaves_somebody_elses_function_alone(void **state)
{
    struct script *script = *state;
    struct err err = {0};
    struct run run;

    rule(script, "GET " NAME " ", ALWAYS, 200, NULL,
         "{\"Configuration\": {" CONFIGURATION(
             "Active") "}, \"Tags\": {"
                       "\"fnctl:project\": \"race\", \"fnctl:stage\": \"prod\"}}");
    assert_int_equal(put_one(script, &run, &err), -1);
    assert_non_null(strstr(err.message, "is not of this project and stage"));
    assert_int_equal(count_of(script, "PUT "), 0);
    assert_int_equal(count_of(script, CREATE), 0);
    assert_int_equal(run.changes.count, 0);
    conform_close(&run);
}

static void leaves_somebody_elses_role_alone(void **state)
{
    struct script *script = *state;
    const struct provider *provider = script->conformance.provider;
    struct err err = {0};
    struct run run;

    rule(script, "Action=GetCallerIdentity", ALWAYS, 200, NULL, IDENTITY);
    rule(script, "Action=GetRole&", ALWAYS, 200, NULL,
         "<GetRoleResponse><GetRoleResult><Role><Path>/</Path><RoleName>race-dev-api</RoleName>"
         "<Arn>arn:aws:iam::123456789012:role/race-dev-api</Arn></Role></GetRoleResult>"
         "</GetRoleResponse>");
    rule(script, "GET /v2/apis", ALWAYS, 200, NULL, "{\"items\": []}");
    rule(script, "POST / ", ALWAYS, 200, NULL, "{}");
    script->rules[script->count - 1].match = "logGroupNamePrefix";
    conform_open(&script->conformance, SETTINGS_ONE, true, &run);
    if (provider->observe(run.session, OBSERVE_ALL, &err) < 0)
        fail_msg("%s", err.message);
    assert_int_equal(
        provider->put_role(run.session, settings_function_at(&run.settings, 0), &run.changes, &err),
        -1);
    assert_non_null(strstr(err.message, "role 'race-dev-api' exists already"));
    assert_int_equal(count_of(script, "Action=CreateRole"), 0);
    assert_int_equal(count_of(script, "Action=PutRolePolicy"), 0);
    conform_close(&run);
}

static void names_missing_permissions(void **state)
{
    struct script *script = *state;
    struct err err = {0};
    struct run run;

    rule(script, CREATE, ALWAYS, 403, "AccessDeniedException",
         "{\"Message\": \"User: x is not authorized to perform: iam:PassRole\"}");
    assert_int_equal(put_one(script, &run, &err), -1);
    assert_int_equal(err.code, ERR_CREDENTIALS);
    assert_non_null(strstr(err.message, "iam:PassRole"));
    conform_close(&run);
}

#define SETTINGS_CALLED                                                                            \
    "{\"project\": \"race\", \"stages\": {\"dev\": {}}, \"functions\": {\"api\": {"                \
    "\"runtime\": \"python3.13\", \"handler\": \"app.handler\", \"url\": true,"                    \
    "\"schedules\": [{\"rate\": \"1 hour\"}]}}}"
#define GET_FUNCTION                                                                               \
    "{\"Configuration\": {" CONFIGURATION(                                                         \
        "Active") "}, \"Tags\": {\"fnctl:project\": \"race\","                                     \
                  "\"fnctl:stage\": \"dev\", \"fnctl:function\": \"api\"}}"

/* A session that has observed the function and nothing else. */
static void open_observed(struct script *script, struct run *run)
{
    struct err err = {0};

    rule(script, "GET " NAME " ", ALWAYS, 200, NULL, GET_FUNCTION);
    rule(script, "GET /v2/apis", ALWAYS, 200, NULL, "{\"items\": []}");
    rule(script, "logGroupNamePrefix", ALWAYS, 200, NULL, "{\"logGroups\": []}");
    conform_open(&script->conformance, SETTINGS_CALLED, true, run);
    if (script->conformance.provider->observe(run->session, OBSERVE_ALL, &err) < 0)
        fail_msg("%s", err.message);
}

static void waits_for_a_group_that_is_going_and_a_role_that_is_new(void **state)
{
    struct script *script = *state;
    struct err err = {0};
    struct run run;

    open_observed(script, &run);
    rule(script, "Action=CreateRole&", 1, 200, NULL,
         "<CreateRoleResponse><CreateRoleResult><Role><Path>/fnctl/race/dev/eu-central-1/</Path></"
         "Role>"
         "</CreateRoleResult></CreateRoleResponse>");
    rule(script, "Action=PutRolePolicy&", 2, 404, NULL,
         "<ErrorResponse><Error><Code>NoSuchEntity</Code><Message>The role cannot be found."
         "</Message></Error></ErrorResponse>");
    rule(script, "Action=PutRolePolicy&", 1, 200, NULL,
         "<PutRolePolicyResponse></PutRolePolicyResponse>");
    rule(script, "POST /schedule-groups/race-dev ", 2, 409, "ConflictException", "{}");
    rule(script, "GET /schedule-groups/race-dev ", 2, 200, NULL, "{\"State\": \"DELETING\"}");
    rule(script, "POST /schedule-groups/race-dev ", 1, 200, NULL, "{}");
    rule(script, "POST /schedules/api-0 ", 1, 409, "ConflictException",
         "{\"Message\": \"Unable to complete operation due to concurrent modification. Please try "
         "again later.\"}");
    rule(script, "POST /schedules/api-0 ", 3, 400, "ValidationException",
         "{\"Message\": \"The execution role you provide must allow AWS EventBridge Scheduler to "
         "assume the role.\"}");
    rule(script, "POST /schedules/api-0 ", 1, 200, NULL, "{}");
    if (script->conformance.provider->sync_schedules(run.session, &run.changes, &err) < 0)
        fail_msg("%s", err.message);
    assert_int_equal(count_of(script, "Action=PutRolePolicy&"), 3);
    assert_int_equal(count_of(script, "POST /schedule-groups/race-dev "), 3);
    assert_int_equal(count_of(script, "POST /schedules/api-0 "), 5);
    conform_expect_done(&run);
    conform_close(&run);
}

#define ROLE_AT(path)                                                                              \
    "<GetRoleResponse><GetRoleResult><Role><Path>" path "</Path></Role></GetRoleResult>"           \
    "</GetRoleResponse>"

/* IAM says that there is no role, then that there is one: it was made a moment ago. */
static void put_late_role(struct script *script, const char *role, struct run *run, int *result,
                          struct err *err)
{
    const struct provider *provider = script->conformance.provider;

    open_observed(script, run);
    rule(script, "Action=CreateRole&", 1, 409, NULL,
         "<ErrorResponse><Error><Code>EntityAlreadyExists</Code><Message>Role with name "
         "race-dev-api "
         "already exists.</Message></Error></ErrorResponse>");
    rule(script, "Action=GetRole&", 1, 200, NULL, role);
    rule(script, "Action=PutRolePolicy&", 1, 200, NULL,
         "<PutRolePolicyResponse></PutRolePolicyResponse>");
    *result = provider->put_role(run->session, settings_function_at(&run->settings, 0),
                                 &run->changes, err);
}

static void takes_a_role_that_came_meanwhile(void **state)
{
    struct script *script = *state;
    struct err err = {0};
    struct run run;
    int result;

    put_late_role(script, ROLE_AT("/fnctl/race/dev/eu-central-1/"), &run, &result, &err);
    if (result < 0)
        fail_msg("%s", err.message);
    assert_int_equal(count_of(script, "Action=PutRolePolicy&"), 1);
    conform_close(&run);
}

static void leaves_a_role_of_somebody_else_that_came_meanwhile(void **state)
{
    struct script *script = *state;
    struct err err = {0};
    struct run run;
    int result;

    put_late_role(script, ROLE_AT("/theirs/"), &run, &result, &err);
    assert_int_equal(result, -1);
    assert_non_null(strstr(err.message, "its path is '/theirs/'"));
    assert_int_equal(count_of(script, "Action=PutRolePolicy&"), 0);
    conform_close(&run);
}

static void replaces_a_permission_that_came_meanwhile(void **state)
{
    struct script *script = *state;
    struct err err = {0};
    struct run run;

    open_observed(script, &run);
    rule(script, "POST /2021-10-31/functions/race-dev-api/url", 1, 201, NULL,
         "{\"FunctionUrl\": \"https://x/\", \"AuthType\": \"NONE\"}");
    rule(script, "POST " NAME "/policy", 1, 409, "ResourceConflictException",
         "{\"message\": \"The statement id (fnctl-url) provided already exists.\"}");
    rule(script, "DELETE " NAME "/policy/fnctl-url?", 1, 204, NULL, "");
    rule(script, "POST " NAME "/policy", 2, 201, NULL, "{}");
    if (script->conformance.provider->put_url(run.session, settings_function_at(&run.settings, 0),
                                              &run.changes, &err) < 0)
        fail_msg("%s", err.message);
    assert_int_equal(count_of(script, "POST " NAME "/policy"), 3);
    assert_int_equal(count_of(script, "DELETE " NAME "/policy/fnctl-url?Qualifier=live"), 1);
    assert_int_equal(count_of(script, "InvokedViaFunctionUrl"), 1);
    conform_expect_done(&run);
    conform_close(&run);
}

/* The alias stays where it is when publishing fails. */
static void leaves_the_alias_when_publishing_fails(void **state)
{
    struct script *script = *state;
    struct err err = {0};
    struct run run;

    open_observed(script, &run);
    rule(script, "POST " NAME "/versions", 1, 400, "CodeStorageExceededException",
         "{\"message\": \"Code storage limit exceeded.\"}");
    assert_int_equal(script->conformance.provider->publish(
                         run.session, settings_function_at(&run.settings, 0), &run.changes, &err),
                     -1);
    assert_non_null(strstr(err.message, "CodeStorageExceededException"));
    assert_int_equal(count_of(script, "POST " NAME "/aliases"), 0);
    assert_int_equal(count_of(script, "PUT " NAME "/aliases"), 0);
    conform_close(&run);
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, set_up, tear_down)

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(waits_for_a_new_role),
        TEST(gives_up_on_a_role_in_the_end),
        TEST(does_not_repeat_a_refused_value),
        TEST(tells_why_a_function_failed),
        TEST(stops_waiting_when_interrupted),
        TEST(takes_a_function_that_was_ours_all_along),
        TEST(leaves_somebody_elses_function_alone),
        TEST(leaves_somebody_elses_role_alone),
        TEST(names_missing_permissions),
        TEST(waits_for_a_group_that_is_going_and_a_role_that_is_new),
        TEST(takes_a_role_that_came_meanwhile),
        TEST(leaves_a_role_of_somebody_else_that_came_meanwhile),
        TEST(replaces_a_permission_that_came_meanwhile),
        TEST(leaves_the_alias_when_publishing_fails),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
