#include "providers/local/engine/events/schedule_input.h"

#include "core/json.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stddef.h>
/* cmocka needs the headers above. */
#include <cmocka.h>

#include <stdlib.h>
#include <string.h>

static const char arn[] = "arn:aws:scheduler:eu-west-1:000000000000:schedule/default/s";

static void attributes_are_replaced(void **state)
{
    char *text = schedule_input("{\"at\":\"<aws.scheduler.scheduled-time>\",\"of\":"
                                "\"<aws.scheduler.schedule-arn>\",\"id\":"
                                "\"<aws.scheduler.execution-id>\",\"other\":\"<aws.scheduler\"}",
                                arn, 1795166100123, "id-1");

    (void)state;
    assert_string_equal(text, "{\"at\":\"2026-11-20T09:15:00Z\",\"of\":\"arn:aws:scheduler:"
                              "eu-west-1:000000000000:schedule/default/s\",\"id\":\"id-1\","
                              "\"other\":\"<aws.scheduler\"}");
    free(text);
}

static void without_input_it_is_the_scheduler_s_event(void **state)
{
    char *text = schedule_input(NULL, arn, 1795166100123, "id-1");
    json_t *event = json_loads(text, 0, NULL);

    (void)state;
    assert_string_equal(json_string_at(event, "source"), "aws.scheduler");
    assert_string_equal(json_string_at(event, "region"), "eu-west-1");
    assert_string_equal(json_string_at(event, "account"), "000000000000");
    assert_string_equal(json_string_at(event, "time"), "2026-11-20T09:15:00Z");
    json_decref(event);
    free(text);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(attributes_are_replaced),
        cmocka_unit_test(without_input_it_is_the_scheduler_s_event),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
