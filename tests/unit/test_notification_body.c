/* A bucket's notifications: ours among those of others. */
#include "providers/aws/triggers/notification_body.h"
#include "providers/aws/wire/request.h"

// clang-format off
#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <stdint.h>
#include <cmocka.h>
// clang-format on
#include <stdlib.h>
#include <string.h>

#define ARN "arn:aws:lambda:eu-west-1:123456789012:function:p-dev-f:live"
#define OTHERS                                                                                     \
    "<TopicConfiguration><Id>t &amp; &lt;x></Id><Topic>arn:t</Topic><Event>e1</Event>"             \
    "<Event>e2</Event></TopicConfiguration>"                                                       \
    "<CloudFunctionConfiguration><Id>fnctl-p-dev-f-g-1</Id><CloudFunction>" ARN                    \
    "</CloudFunction><Event>e</Event></CloudFunctionConfiguration>"                                \
    "<CloudFunctionConfiguration><Id>fnctl-p-dev-f-2</Id><CloudFunction>" ARN                      \
    "2</CloudFunction><Event>e</Event></CloudFunctionConfiguration>"                               \
    "<EventBridgeConfiguration></EventBridgeConfiguration>"                                        \
    "<Later><New> kept </New></Later>"
#define OURS                                                                                       \
    "<CloudFunctionConfiguration><Id>fnctl-p-dev-f-1</Id><CloudFunction>" ARN                      \
    "</CloudFunction><Event>b</Event><Event>a</Event><Filter><S3Key><FilterRule>"                  \
    "<Name>Suffix</Name><Value>.x</Value></FilterRule><FilterRule><Name>Prefix</Name>"             \
    "<Value> y </Value></FilterRule></S3Key></Filter></CloudFunctionConfiguration>"

static json_t *read_xml(const char *inside)
{
    char text[4096];
    struct err err = {0};
    json_t *root, *configuration;

    snprintf(text, sizeof(text), "<NotificationConfiguration>%s</NotificationConfiguration>",
             inside);
    root = aws_xml_to_json(text, strlen(text), &err);
    assert_string_equal(err.message, "");
    configuration = json_incref(json_object_get(root, "NotificationConfiguration"));
    json_decref(root);
    return configuration;
}

static void expect_json(json_t *value, const char *expected)
{
    char *text = json_dumps(value, JSON_COMPACT | JSON_SORT_KEYS);

    assert_string_equal(text, expected);
    free(text);
    json_decref(value);
}

static void ours_are_known_by_id_and_function(void **state)
{
    json_t *configuration = read_xml(OTHERS OURS);

    (void)state;
    expect_json(notification_ours(configuration, "p-dev-f", ARN),
                "[{\"CloudFunction\":\"" ARN "\",\"Event\":[\"a\",\"b\"],\"Filter\":{\"S3Key\":"
                "{\"FilterRule\":[{\"Name\":\"prefix\",\"Value\":\" y \"},{\"Name\":\"suffix\","
                "\"Value\":\".x\"}]}},\"Id\":\"fnctl-p-dev-f-1\"}]");
    json_decref(configuration);
    expect_json(notification_ours(NULL, "p-dev-f", ARN), "[]");
}

static void others_survive(void **state)
{
    json_t *configuration = read_xml(OTHERS OURS), *others = read_xml(OTHERS);
    json_t *none = json_array(), *merged, *again;
    char *xml;
    struct err err = {0};

    (void)state;
    merged = notification_merge(configuration, none, "p-dev-f", ARN);
    assert_true(json_equal(merged, others));
    xml = notification_xml(merged);
    again = aws_xml_to_json(xml, strlen(xml), &err);
    assert_true(json_equal(json_object_get(again, "NotificationConfiguration"), others));
    assert_non_null(strstr(xml, "<New> kept </New>"));
    free(xml);
    json_decref(again);
    json_decref(merged);
    json_decref(configuration);
    json_decref(others);
    json_decref(none);
}

static void the_wanted_ones_take_the_place(void **state)
{
    const char *events[] = {"s3:ObjectRemoved:*"};
    struct trigger triggers[] = {
        {.kind = TRIGGER_S3, .source = "b", .prefix = "raw/"},
        {.kind = TRIGGER_SQS, .source = "b"},
        {.kind = TRIGGER_S3, .source = "other"},
        {.kind = TRIGGER_S3, .source = "b", .events = {events, 1}},
    };
    const struct function function = {.name = "f", .triggers = {triggers, 4}};
    json_t *configuration = read_xml(OURS);
    json_t *wanted = notification_wanted(&function, "b", "p-dev-f", ARN);
    json_t *merged = notification_merge(configuration, wanted, "p-dev-f", ARN);

    (void)state;
    expect_json(json_incref(json_object_get(merged, "CloudFunctionConfiguration")),
                "[{\"CloudFunction\":\"" ARN "\",\"Event\":[\"s3:ObjectCreated:*\"],\"Filter\":"
                "{\"S3Key\":{\"FilterRule\":[{\"Name\":\"prefix\",\"Value\":\"raw/\"}]}},"
                "\"Id\":\"fnctl-p-dev-f-1\"},{\"CloudFunction\":\"" ARN
                "\",\"Event\":[\"s3:ObjectRemoved:*\"],\"Id\":\"fnctl-p-dev-f-2\"}]");
    json_decref(merged);
    json_decref(wanted);
    json_decref(configuration);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(ours_are_known_by_id_and_function),
        cmocka_unit_test(others_survive),
        cmocka_unit_test(the_wanted_ones_take_the_place),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
