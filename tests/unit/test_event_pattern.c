/* Event patterns, by the examples of EventBridge's user guide and beyond. */
#include "providers/local/engine/events/event_pattern.h"
#include "providers/local/engine/events/queue_event.h"

// clang-format off
#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <stdint.h>
#include <cmocka.h>
// clang-format on
#include <string.h>

static const struct {
    bool matches;
    const char *pattern, *event;
} cases[] = {
    {true, "{'source':['aws.ec2']}", "{'source':'aws.ec2','x':1}"},
    {false, "{'source':['aws.ec2']}", "{'source':'aws.ec'}"},
    {false, "{'source':['aws.ec2'],'x':[2]}", "{'source':'aws.ec2','x':1}"},
    {true, "{'x':[300.0]}", "{'x':300}"},
    {true, "{'x':[null]}", "{'x':null}"},
    {false, "{'x':[null]}", "{}"},
    {true, "{'x':['']}", "{'x':''}"},
    {true, "{'x':['b']}", "{'x':['a','b']}"},
    {false, "{'x':['c']}", "{'x':['a','b']}"},
    {true, "{'a':{'b':[1]}}", "{'a':[{'b':0},{'b':1}]}"},
    {false, "{'a':{'b':[1]}}", "{'a':7}"},
    {true, "{'x':[{'prefix':'eu-'}]}", "{'x':'eu-west-1'}"},
    {false, "{'x':[{'prefix':'eu-'}]}", "{'x':'us-west-1'}"},
    {true, "{'x':[{'prefix':{'equals-ignore-case':'EU-'}}]}", "{'x':'eu-west-1'}"},
    {true, "{'x':[{'suffix':'.png'}]}", "{'x':'a.png'}"},
    {false, "{'x':[{'suffix':'.png'}]}", "{'x':'png'}"},
    {true, "{'x':[{'equals-ignore-case':'Alice'}]}", "{'x':'aLICE'}"},
    {true, "{'x':[{'anything-but':'a'}]}", "{'x':'b'}"},
    {false, "{'x':[{'anything-but':['a','b']}]}", "{'x':'b'}"},
    {false, "{'x':[{'anything-but':'a'}]}", "{}"},
    {true, "{'x':[{'anything-but':{'prefix':'init'}}]}", "{'x':'run'}"},
    {false, "{'x':[{'anything-but':{'suffix':['.c','.h']}}]}", "{'x':'a.h'}"},
    {true, "{'x':[{'numeric':['>',0,'<=',5]}]}", "{'x':5}"},
    {false, "{'x':[{'numeric':['>',0,'<=',5]}]}", "{'x':0}"},
    {false, "{'x':[{'numeric':['=',5]}]}", "{'x':'5'}"},
    {true, "{'x':[{'exists':false}]}", "{'y':1}"},
    {false, "{'x':[{'exists':true}]}", "{'y':1}"},
    {true, "{'a':{'x':[{'exists':false}]}}", "{}"},
    {true, "{'x':[{'wildcard':'dir/*/b*.txt'}]}", "{'x':'dir/a/c/bee.txt'}"},
    {false, "{'x':[{'wildcard':'dir/*/b*.txt'}]}", "{'x':'dir/bee.txt'}"},
    {true, "{'x':[{'wildcard':'a\\\\*b'}]}", "{'x':'a*b'}"},
    {false, "{'x':[{'wildcard':'a\\\\*b'}]}", "{'x':'aab'}"},
    {true, "{'x':[{'cidr':'10.0.0.0/24'}]}", "{'x':'10.0.0.255'}"},
    {false, "{'x':[{'cidr':'10.0.0.0/24'}]}", "{'x':'10.0.1.0'}"},
    {true, "{'x':[{'cidr':'2001:db8::/32'}]}", "{'x':'2001:db8::1'}"},
    {true, "{'$or':[{'a':[1]},{'b':[2]}],'c':[3]}", "{'b':2,'c':3}"},
    {false, "{'$or':[{'a':[1]},{'b':[2]}],'c':[3]}", "{'b':1,'c':3}"},
};

static json_t *json_of(const char *text)
{
    char quoted[512];
    json_t *value;

    snprintf(quoted, sizeof(quoted), "%s", text);
    for (char *at = quoted; *at; at++)
        *at = *at == '\'' ? '"' : *at;
    value = json_loads(quoted, 0, NULL);
    assert_non_null(value);
    return value;
}

static void patterns_match(void **state)
{
    (void)state;
    for (size_t i = 0; i < sizeof(cases) / sizeof(*cases); i++) {
        json_t *pattern = json_of(cases[i].pattern), *event = json_of(cases[i].event);
        struct err err = {0};

        if (event_pattern_check(pattern, &err) < 0)
            fail_msg("%s: %s", cases[i].pattern, err.message);
        if (event_pattern_matches(pattern, event) != cases[i].matches)
            fail_msg("%s and %s", cases[i].pattern, cases[i].event);
        json_decref(pattern);
        json_decref(event);
    }
}

static void what_is_no_pattern_is_refused(void **state)
{
    static const char *const wrong[] = {"{}",
                                        "{'a':'b'}",
                                        "{'a':[]}",
                                        "{'a':[[1]]}",
                                        "{'a':[{'like':1}]}",
                                        "{'a':{}}",
                                        "{'$or':[7]}",
                                        "{'a':[{'prefix':'x','suffix':'y'}]}"};

    (void)state;
    for (size_t i = 0; i < sizeof(wrong) / sizeof(*wrong); i++) {
        json_t *pattern = json_of(wrong[i]);
        struct err err = {0};

        if (event_pattern_check(pattern, &err) == 0)
            fail_msg("%s is taken", wrong[i]);
        assert_non_null(strstr(err.message, "Event pattern is not valid"));
        json_decref(pattern);
    }
}

static bool body_is_wanted(const char *pattern, const char *body)
{
    json_t *patterns = json_pack("[o]", json_of(pattern));
    json_t *record = json_pack("{s:s, s:s}", "body", body, "messageId", "1");
    bool wanted = queue_event_wanted(patterns, record);

    json_decref(patterns);
    json_decref(record);
    return wanted;
}

/* https://docs.aws.amazon.com/lambda/latest/dg/with-sqs-filtering.html */
static void bodies_are_looked_into(void **state)
{
    json_t *none = json_array(), *record = json_object();

    (void)state;
    assert_true(body_is_wanted("{'body':{'a':[1]}}", "{\"a\": 1, \"b\": 2}"));
    assert_false(body_is_wanted("{'body':{'a':[1]}}", "{\"a\": 2}"));
    assert_false(body_is_wanted("{'body':{'a':[1]}}", "plain"));
    assert_true(body_is_wanted("{'body':['plain']}", "plain"));
    assert_false(body_is_wanted("{'body':[{'prefix':'{'}]}", "{\"a\": 2}"));
    assert_true(body_is_wanted("{'messageId':['1']}", "{\"a\": 2}"));
    assert_true(queue_event_wanted(none, record));
    json_decref(none);
    json_decref(record);
}

static void failures(const char *answer, const char *wanted)
{
    json_t *rows = json_of("[{'message_id':'a'},{'message_id':'b'}]");
    json_t *ids = queue_event_failures(answer, strlen(answer), rows);
    json_t *same = wanted ? json_of(wanted) : NULL;

    assert_true(wanted ? json_equal(ids, same) : ids == NULL);
    json_decref(rows);
    json_decref(ids);
    json_decref(same);
}

static void answers_name_what_failed(void **state)
{
    (void)state;
    failures("{\"batchItemFailures\": [{\"itemIdentifier\": \"b\"}]}", "['b']");
    failures("{\"batchItemFailures\": []}", "[]");
    failures("{\"batchItemFailures\": null}", "[]");
    failures("{}", "[]");
    failures("null", "[]");
    failures("{\"batchItemFailures\": [{\"itemIdentifier\": \"c\"}]}", NULL);
    failures("{\"batchItemFailures\": [{\"itemIdentifier\": \"\"}]}", NULL);
    failures("{\"batchItemFailures\": [{\"id\": \"a\"}]}", NULL);
    failures("{\"batchItemFailures\": 1}", NULL);
    failures("no JSON", NULL);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(patterns_match),
        cmocka_unit_test(what_is_no_pattern_is_refused),
        cmocka_unit_test(bodies_are_looked_into),
        cmocka_unit_test(answers_name_what_failed),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
