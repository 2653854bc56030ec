/* `triggers` of fnctl.json: what is taken, and each kind of mistake with its message. */
#include "core/memory.h"
#include "core/settings.h"

// clang-format off
#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <stdint.h>
#include <cmocka.h>
// clang-format on
#include "tests/unit/settings_folder.h"

static const struct settings_context nothing = {0};

static void write_triggers(const char *triggers)
{
    char *text = xasprintf("{\"project\": \"p\", \"stages\": {\"dev\": {}}, \"functions\": {\"f\": "
                           "{\"runtime\": \"python3.13\", \"handler\": \"a.b\", \"triggers\": [\n"
                           "%s\n]}}}",
                           triggers);

    write_file(SETTINGS_FILE, text);
    free(text);
}

static void queues_are_taken(void **state)
{
    struct settings settings;
    const struct function *function;
    const struct trigger *trigger;
    json_t *patterns;

    (void)state;
    write_triggers("{\"sqs\": \"orders\", \"batch_size\": 100, \"window\": 5, "
                   "\"maximum_concurrency\": 2, \"partial_failures\": true, "
                   "\"filter\": {\"body\": {\"kind\": [\"order\"]}}}, "
                   "{\"sqs\": \"arn:aws:sqs:eu-west-1:123456789012:late.fifo\"}");
    settings = loaded(&nothing);
    function = settings_function_at(&settings, 0);
    assert_int_equal(function->triggers.count, 2);
    trigger = function_trigger_at(function, 0);
    assert_int_equal(trigger->kind, TRIGGER_SQS);
    assert_string_equal(trigger_source_name(trigger), "orders");
    assert_int_equal(trigger->batch_size, 100);
    assert_int_equal(trigger->maximum_concurrency, 2);
    assert_true(trigger->enabled && trigger->partial_failures);
    patterns = trigger_patterns(trigger);
    assert_int_equal(json_array_size(patterns), 1);
    json_decref(patterns);
    assert_string_equal(trigger_source_name(function_trigger_at(function, 1)), "late.fifo");
    settings_release(&settings);
}

/* The message behind "'fnctl.json': line N, column N: functions.f.". */
static const char *const mistakes[][2] = {
    {"{}",
     "triggers[0]: exactly one source must be set ('dynamodb', 'kinesis', 's3' or 'sqs'), not 0"},
    {"{\"sqs\": \"a b\"}", "triggers[0].sqs: 'a b' is no queue: must be a name of 1 to 80 letters, "
                           "digits, '-' and '_', or an ARN"},
    {"{\"sqs\": \".fifo\"}", "triggers[0].sqs: '.fifo' is no queue: must be a name of 1 to 80 "
                             "letters, digits, '-' and '_', or an ARN"},
    {"{\"sqs\": \"arn:aws:sns:eu-west-1:123456789012:t\"}",
     "triggers[0].sqs: 'arn:aws:sns:eu-west-1:123456789012:t' is not the ARN of a queue"},
    {"{\"sqs\": \"q\", \"batch_size\": 11}",
     "triggers[0].batch_size: above 10 needs a 'window' of at least 1 second"},
    {"{\"sqs\": \"q\", \"batch_size\": 10001}",
     "triggers[0].batch_size: must be a whole number from 1 to 10000, not 10001"},
    {"{\"sqs\": \"q.fifo\", \"batch_size\": 11, \"window\": 0}",
     "triggers[0].batch_size: must be at most 10 for a FIFO queue"},
    {"{\"sqs\": \"q.fifo\", \"window\": 1}", "triggers[0].window: a FIFO queue can have no window"},
    {"{\"sqs\": \"q\", \"maximum_concurrency\": 1}",
     "triggers[0].maximum_concurrency: must be a whole number from 2 to 1000, not 1"},
    {"{\"sqs\": \"q\", \"filter\": {\"body\": \"x\"}}",
     "triggers[0].filter: must be an event pattern: an object whose innermost values are lists, as "
     "in {\"body\": {\"kind\": [\"order\"]}}"},
    {"{\"sqs\": \"q\", \"filter\": [{\"a\": [1]}, 7]}",
     "triggers[0].filter[1]: must be an event pattern: an object whose innermost values are lists, "
     "as in {\"body\": {\"kind\": [\"order\"]}}"},
    {"{\"sqs\": \"q\", \"filter\": [{\"a\": [1]}, {\"a\": [1]}, {\"a\": [1]}, {\"a\": [1]}, "
     "{\"a\": [1]}, {\"a\": [1]}]}",
     "triggers[0].filter: has 6 patterns, but AWS allows 5"},
    {"{\"sqs\": \"q\"}, {\"sqs\": \"arn:aws:sqs:eu-west-1:123456789012:q\"}",
     "triggers[1]: 'arn:aws:sqs:eu-west-1:123456789012:q' is a trigger of this function already"},
    {"{\"sqs\": \"q\", \"starting_position\": \"latest\"}",
     "triggers[0].starting_position: does not go with 'sqs', whose keys are: batch_size window "
     "maximum_concurrency partial_failures filter enabled"},
    {"{\"kinesis\": \"k\", \"starting_position\": \"now\"}",
     "triggers[0].starting_position: must be 'latest' or 'trim-horizon', not 'now'"},
    {"{\"dynamodb\": \"arn:aws:dynamodb:eu-west-1:123456789012:table/t\"}",
     "triggers[0].dynamodb: 'arn:aws:dynamodb:eu-west-1:123456789012:table/t' is not the ARN of a "
     "table's stream; name the table instead"},
    {"{\"sqs\": \"q\", \"batchsize\": 1}",
     "triggers[0].batchsize: unknown key; did you mean 'batch_size'?"},
};

static void mistakes_are_told(void **state)
{
    (void)state;
    for (size_t i = 0; i < sizeof(mistakes) / sizeof(*mistakes); i++) {
        struct settings settings;
        struct err err = {0};
        const char *message;

        write_triggers(mistakes[i][0]);
        assert_int_equal(settings_load(&settings, &nothing, &err), -1);
        assert_int_equal(err.code, ERR_SETTINGS);
        message = strstr(err.message, "functions.f.");
        assert_non_null(message);
        assert_string_equal(message + strlen("functions.f."), mistakes[i][1]);
        assert_non_null(strstr(err.message, "line 2, column "));
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(queues_are_taken, enter_folder, leave_folder),
        cmocka_unit_test_setup_teardown(mistakes_are_told, enter_folder, leave_folder),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
