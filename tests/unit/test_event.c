#include "core/event.h"

#include "core/file.h"
#include "core/json.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stddef.h>
/* cmocka needs the headers above. */
#include <cmocka.h>

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* Compares with tests/golden/event/NAME.json, whatever the order of keys. */
static void assert_golden(const char *name, const char *text)
{
    char path[128];
    struct buf file;
    struct err err = {0};
    json_t *have, *want;
    char *have_text, *want_text;

    snprintf(path, sizeof(path), "tests/golden/event/%s.json", name);
    buf_init(&file, 0);
    assert_int_equal(file_read(path, 65536, &file, &err), 0);
    have = json_loads(text, 0, NULL);
    want = json_loadb(file.data, file.len, 0, NULL);
    assert_non_null(have);
    assert_non_null(want);
    have_text = json_canonical(have);
    want_text = json_canonical(want);
    assert_string_equal(have_text, want_text);
    free(have_text);
    free(want_text);
    json_decref(have);
    json_decref(want);
    buf_release(&file);
}

static void check(const char *name, struct event_request *request, const char *const *headers)
{
    struct strlist list;
    char *text;

    strlist_init(&list);
    for (size_t i = 0; headers[i]; i++)
        strlist_add(&list, headers[i]);
    request->headers = &list;
    request->request_id = "7b3c1f6e-0000-4000-8000-000000000001";
    request->now = 1795166100123;
    text = event_from_http(request);
    assert_non_null(text);
    assert_golden(name, text);
    free(text);
    strlist_release(&list);
}

static void a_request_with_everything(void **state)
{
    const char *headers[] = {"Host: 127.0.0.1:4700",
                             "User-Agent: test/1",
                             "Cookie: a=1; b=2",
                             "Accept: text/html",
                             "ACCEPT: text/plain",
                             "Content-Type: application/json; charset=utf-8",
                             NULL};
    struct event_request request = {.method = "POST",
                                    .path = "/items/a%20b",
                                    .decode = true,
                                    .query = "x=1&x=2&y=%20z+w&flag&e=",
                                    .body = "{\"name\":\"\xc3\xa9\"}",
                                    .body_len = 13,
                                    .prefix = "/_fnctl/api/abc123",
                                    .id = "abc123",
                                    .account = "000000000000",
                                    .route_key = "POST /items/{id}",
                                    .parameters = json_pack("{s:s}", "id", "a b")};

    (void)state;
    check("full", &request, headers);
    json_decref(request.parameters);
}

static void a_request_with_nothing(void **state)
{
    const char *headers[] = {"Host: localhost", NULL};
    struct event_request request = {.method = "GET",
                                    .path = "/",
                                    .prefix = "/_fnctl/url/u1",
                                    .id = "u1",
                                    .account = "anonymous",
                                    .route_key = "$default"};

    (void)state;
    check("plain", &request, headers);
}

static json_t *event_of(const char *type, const char *body, size_t len)
{
    struct event_request request = {.method = "POST",
                                    .path = "/",
                                    .prefix = "",
                                    .id = "u1",
                                    .account = "anonymous",
                                    .route_key = "$default",
                                    .body = body,
                                    .body_len = len,
                                    .request_id = "r"};
    struct strlist headers;
    json_t *event;
    char *text;

    strlist_init(&headers);
    strlist_addf(&headers, "Content-Type: %s", type);
    request.headers = &headers;
    text = event_from_http(&request);
    event = json_loads(text, 0, NULL);
    free(text);
    strlist_release(&headers);
    return event;
}

static void bodies_that_are_no_text_are_base64(void **state)
{
    static const struct {
        const char *type, *body;
        size_t len;
        bool base64;
        const char *want;
    } cases[] = {
        {"text/plain", "hello", 5, false, "hello"},
        {"application/problem+json", "{}", 2, false, "{}"},
        {"image/svg+xml; charset=utf-8", "<svg/>", 6, false, "<svg/>"},
        {"application/x-www-form-urlencoded", "a=1", 3, true, "YT0x"},
        {"image/png", "\x89PNG", 4, true, "iVBORw=="},
        {"application/json", "\xff\xfe", 2, true, "//4="},
        {"", "a", 1, true, "YQ=="},
    };

    (void)state;
    for (size_t i = 0; i < sizeof(cases) / sizeof(*cases); i++) {
        json_t *event = event_of(cases[i].type, cases[i].body, cases[i].len);

        assert_string_equal(json_string_at(event, "body"), cases[i].want);
        assert_int_equal(json_bool_at(event, "isBase64Encoded"), cases[i].base64);
        json_decref(event);
    }
}

/* The response as text: status, headers, empty line, body. */
static char *render(const char *payload, size_t len, bool http)
{
    struct event_response response;
    struct buf text;
    struct err err = {0};

    buf_init(&text, 0);
    if (event_to_http(payload, len, http, "application/json", &response, &err) < 0) {
        buf_printf(&text, "error: %s", err.message);
    } else {
        buf_printf(&text, "%d\n", response.status);
        for (size_t i = 0; i < response.headers.count; i++)
            buf_printf(&text, "%s\n", response.headers.items[i]);
        buf_putc(&text, '\n');
        buf_append(&text, response.body.data, response.body.len);
    }
    event_response_release(&response);
    return buf_take(&text);
}

static void results_become_responses(void **state)
{
    static const char *const cases[][2] = {
        {"{\"a\":1}", "200\nContent-Type: application/json\n\n{\"a\":1}"},
        {"\"hello\"", "200\nContent-Type: application/json\n\n\"hello\""},
        {"null", "200\nContent-Type: application/json\n\nnull"},
        {"{\"statusCode\":204}", "204\nContent-Type: application/json\n\n"},
        {"{\"statusCode\":\"404\",\"body\":\"no\"}", "404\nContent-Type: application/json\n\nno"},
        {"{\"statusCode\":200,\"headers\":{\"content-type\":\"text/html\",\"x-n\":1,\"x-b\":true},"
         "\"cookies\":[\"a=1; Path=/\",\"b=2\"],\"body\":\"<p>\"}",
         "200\ncontent-type: text/html\nx-n: 1\nx-b: true\nSet-Cookie: a=1; Path=/\n"
         "Set-Cookie: b=2\n\n<p>"},
        {"{\"statusCode\":200,\"headers\":{\"Content-Length\":\"99\",\"Connection\":\"close\"}}",
         "200\nContent-Type: application/json\n\n"},
        {"{\"statusCode\":200,\"isBase64Encoded\":true,\"body\":\"aGk=\"}",
         "200\nContent-Type: application/json\n\nhi"},
        {"{\"statusCode\":200,\"isBase64Encoded\":true,\"body\":\"!\"}",
         "error: 'body' is not base64, as isBase64Encoded says it is"},
        {"{\"statusCode\":200,\"body\":{\"a\":1}}", "error: 'body' must be a string"},
        {"{\"statusCode\":99}", "error: 'statusCode' must be a number from 200 to 599"},
        {"{\"statusCode\":null}", "error: 'statusCode' must be a number from 200 to 599"},
        {"{\"statusCode\":99999999999}", "error: 'statusCode' must be a number from 200 to 599"},
        {"{\"statusCode\":200,\"headers\":[]}", "error: 'headers' must be an object"},
        {"{\"statusCode\":200,\"headers\":{\"a\":\"b\\r\\nc: d\"}}",
         "error: header 'a' has a control character"},
        {"{\"statusCode\":200,\"headers\":{\"a b\":\"c\"}}",
         "error: 'a b' cannot be the name of a header"},
        {"{\"statusCode\":200,\"cookies\":\"a=1\"}",
         "error: 'cookies' must be an array of strings"},
    };

    (void)state;
    for (size_t i = 0; i < sizeof(cases) / sizeof(*cases); i++) {
        char *text = render(cases[i][0], strlen(cases[i][0]), false);

        assert_string_equal(text, cases[i][1]);
        free(text);
    }
}

static void a_streamed_response_has_a_prelude(void **state)
{
    static const char whole[] =
        "{\"statusCode\":201,\"headers\":{\"x-a\":\"b\"}}\0\0\0\0\0\0\0\0hi";
    char *text = render(whole, sizeof(whole) - 1, true);

    (void)state;
    assert_string_equal(text, "201\nx-a: b\nContent-Type: application/json\n\nhi");
    free(text);
    text = render("{}", 2, true);
    assert_string_equal(text, "error: the streamed response has no end of its prelude");
    free(text);
    text = render("[]\0\0\0\0\0\0\0\0", 10, true);
    assert_string_equal(text, "error: the prelude of the streamed response is no JSON object");
    free(text);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_request_with_everything),
        cmocka_unit_test(a_request_with_nothing),
        cmocka_unit_test(bodies_that_are_no_text_are_base64),
        cmocka_unit_test(results_become_responses),
        cmocka_unit_test(a_streamed_response_has_a_prelude),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
