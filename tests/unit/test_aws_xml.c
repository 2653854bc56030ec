#include "core/buf.h"
#include "providers/aws/wire/request.h"

// clang-format off
#include <stdarg.h>
#include <setjmp.h>
#include <stdint.h>
#include <cmocka.h>
// clang-format on
#include <stdlib.h>
#include <string.h>

/* Compares the JSON of `xml` (keys sorted) with `expected`. */
static void expect(const char *xml, const char *expected)
{
    struct err err = {0};
    json_t *json = aws_xml_to_json(xml, strlen(xml), &err);
    char *text;

    if (!json)
        fail_msg("%s: %s", xml, err.message);
    text = json_dumps(json, JSON_COMPACT | JSON_SORT_KEYS);
    assert_string_equal(text, expected);
    free(text);
    json_decref(json);
}

static void reads_elements(void **state)
{
    (void)state;
    expect("<a/>", "{\"a\":\"\"}");
    expect("<?xml version=\"1.0\"?>\n<a x='1'> text &amp; &#x41;&lt; </a>",
           "{\"a\":\" text & A< \"}");
    expect("<a>\n  <b>1</b>\n  <c/>\n</a>", "{\"a\":{\"b\":\"1\",\"c\":\"\"}}");
    expect("<a><![CDATA[<b>]]></a>", "{\"a\":\"<b>\"}");
    expect("<n:a xmlns:n='https://x/'><n:b>1</n:b></n:a>", "{\"a\":{\"b\":\"1\"}}");
    expect("<a>gr\xC3\xBC\xC3\x9F</a>", "{\"a\":\"gr\xC3\xBC\xC3\x9F\"}");
}

static void reads_lists(void **state)
{
    (void)state;
    expect("<a><member>1</member></a>", "{\"a\":[\"1\"]}");
    expect("<a><member><k>x</k></member><member><k>y</k></member></a>",
           "{\"a\":[{\"k\":\"x\"},{\"k\":\"y\"}]}");
    expect("<a><member><member>1</member></member></a>", "{\"a\":[[\"1\"]]}");
    expect("<a><b>1</b><b>2</b><b>3</b></a>", "{\"a\":{\"b\":[\"1\",\"2\",\"3\"]}}");
    expect("<a><member>1</member><b>2</b></a>", "{\"a\":{\"b\":\"2\",\"member\":[\"1\"]}}");
}

static void refuse(const char *text, size_t len, const char *words)
{
    struct err err = {0};

    assert_null(aws_xml_to_json(text, len, &err));
    assert_int_equal(err.code, ERR_SERVICE);
    if (!strstr(err.message, words))
        fail_msg("\"%s\" is not in: %s", words, err.message);
}

static void refuses_what_is_not_safe(void **state)
{
    struct buf deep;

    (void)state;
    refuse("", 0, "no element found");
    refuse("<a>", 3, "no element found");
    refuse("<a></b>", 7, "mismatched tag");
    refuse("<a/>x", 5, "junk after document element");
    refuse("<a>\xFF</a>", 8, "not well-formed");
    refuse("<!DOCTYPE a><a/>", 16, "it has a document type");
    refuse("<!DOCTYPE a [<!ENTITY b 'c'>]><a>&b;</a>", 41, "it has a document type");
    refuse("<a>&b;</a>", 10, "undefined entity");
    buf_init(&deep, 0);
    for (int i = 0; i < 1000; i++)
        buf_puts(&deep, "<a>");
    refuse(deep.data, deep.len, "nested too deeply");
    buf_release(&deep);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(reads_elements),
        cmocka_unit_test(reads_lists),
        cmocka_unit_test(refuses_what_is_not_safe),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
