#include "core/transfer.h"
#include "tests/unit/http_client.h"

// clang-format off
#include <stdarg.h>
#include <setjmp.h>
#include <stdint.h>
#include <cmocka.h>
// clang-format on
#include <jansson.h>
#include <pthread.h>
#include <string.h>

enum { MANY = 20 };

static void gets_a_response(void **state)
{
    struct http_exchange exchange = {0};
    struct err err;

    (void)state;
    assert_int_equal(get("/ok", &usual, &exchange, &err), 0);
    assert_int_equal(exchange.response.status, 200);
    assert_string_equal(body_of(&exchange), "hello");
    assert_string_equal(http_header(&exchange.response, "content-type"), "text/plain");
    assert_null(http_header(&exchange.response, "content-typ"));
    assert_int_equal(exchange.response.attempts, 1);
    done(&exchange);
}

static bool has_header(const json_t *headers, const char *name, const char *value)
{
    const json_t *header;
    size_t index;

    json_array_foreach (headers, index, header) {
        if (strcmp(json_string_value(json_array_get(header, 0)), name) == 0 &&
            (!value || strcmp(json_string_value(json_array_get(header, 1)), value) == 0))
            return true;
    }
    return false;
}

static void sends_what_it_is_given(void **state)
{
    struct http_exchange exchange = {.method = "PUT", .body = "b\0dy", .body_len = 4};
    const json_t *headers;
    struct err err;
    json_t *echo;

    (void)state;
    strlist_add(&exchange.headers, "X-One: 1");
    strlist_add(&exchange.headers, "X-Empty:");
    exchange.prepare = add_attempt;
    assert_int_equal(get("/echo/../a%2Fb//c?x=%20&y", &usual, &exchange, &err), 0);
    echo = json_loads(body_of(&exchange), JSON_ALLOW_NUL, NULL);
    /* Path and query go out as they are: they are signed that way. */
    assert_string_equal(json_string_value(json_object_get(echo, "target")),
                        "/echo/../a%2Fb//c?x=%20&y");
    assert_string_equal(json_string_value(json_object_get(echo, "method")), "PUT");
    assert_int_equal(json_string_length(json_object_get(echo, "body")), 4);
    headers = json_object_get(echo, "headers");
    assert_true(has_header(headers, "x-one", "1"));
    assert_true(has_header(headers, "x-empty", ""));
    assert_true(has_header(headers, "x-attempt", "1"));
    assert_true(has_header(headers, "user-agent", "test/1"));
    assert_true(has_header(headers, "content-length", "4"));
    assert_false(has_header(headers, "content-type", NULL));
    assert_false(has_header(headers, "expect", NULL));
    json_decref(echo);
    done(&exchange);
}

static void sends_every_method(void **state)
{
    static const char *const methods[] = {"GET", "POST", "PUT", "PATCH", "DELETE"};

    (void)state;
    for (size_t i = 0; i < sizeof(methods) / sizeof(*methods); i++) {
        struct http_exchange exchange = {.method = methods[i]};
        struct err err;
        json_t *echo;

        assert_int_equal(get("/echo", &usual, &exchange, &err), 0);
        echo = json_loads(body_of(&exchange), 0, NULL);
        assert_string_equal(json_string_value(json_object_get(echo, "method")), methods[i]);
        /* A method that may have a body says that there is none; the others say nothing. */
        assert_int_equal(has_header(json_object_get(echo, "headers"), "content-length", "0"),
                         i >= 1 && i <= 3);
        json_decref(echo);
        done(&exchange);
    }
}

static void refuses_a_line_break_in_a_header(void **state)
{
    struct http_exchange exchange = {0};
    struct err err;

    (void)state;
    strlist_add(&exchange.headers, "X-One: 1\r\nX-Two: 2");
    assert_int_equal(get("/ok", &usual, &exchange, &err), -1);
    assert_non_null(strstr(err.message, "line break"));
    done(&exchange);
}

static void keeps_connections(void **state)
{
    struct http *http = new_http(usual);
    char first[16] = "";
    struct err err;

    (void)state;
    for (int i = 0; i < 3; i++) {
        struct http_exchange exchange = {.method = "GET", .url = url_of("/ok")};
        const char *number;

        assert_int_equal(http_perform(http, &exchange, 1, &err), 0);
        number = http_header(&exchange.response, "x-connection");
        assert_non_null(number);
        if (i == 0)
            snprintf(first, sizeof(first), "%s", number);
        assert_string_equal(number, first);
        done(&exchange);
    }
    http_free(http);
}

static void runs_exchanges_at_the_same_time(void **state)
{
    struct http *http = new_http(usual);
    struct http_exchange exchanges[MANY] = {0};
    int64_t began = clock_monotonic(clock_system());
    struct err err;

    (void)state;
    for (int i = 0; i < MANY; i++) {
        exchanges[i].method = "GET";
        exchanges[i].url = url_of("/slow/300");
    }
    assert_int_equal(http_perform(http, exchanges, MANY, &err), 0);
    assert_in_range(clock_monotonic(clock_system()) - began, 300, 2000);
    for (int i = 0; i < MANY; i++) {
        assert_int_equal(exchanges[i].response.status, 200);
        done(&exchanges[i]);
    }
    http_free(http);
}

static void queues_more_than_it_runs(void **state)
{
    enum { CROWD = 150 };
    struct http *http = new_http(usual);
    struct http_exchange *exchanges = xcalloc(CROWD, sizeof(*exchanges));
    struct err err = {0};

    (void)state;
    for (int i = 0; i < CROWD; i++) {
        exchanges[i].method = "GET";
        exchanges[i].url = url_of("/slow/20");
    }
    if (http_perform(http, exchanges, CROWD, &err) < 0)
        fail_msg("%s", err.message);
    for (int i = 0; i < CROWD; i++) {
        assert_string_equal(body_of(&exchanges[i]), "slow");
        done(&exchanges[i]);
    }
    http_free(http);
    free(exchanges);
}

static void *get_slowly(void *context)
{
    struct http_exchange exchange = {.method = "GET", .url = url_of("/slow/300")};
    struct err err;
    int result = http_perform(context, &exchange, 1, &err);

    done(&exchange);
    return result == 0 ? context : NULL;
}

static void serves_several_threads(void **state)
{
    struct http *http = new_http(usual);
    int64_t began = clock_monotonic(clock_system());
    pthread_t threads[4];

    (void)state;
    for (int i = 0; i < 4; i++)
        pthread_create(&threads[i], NULL, get_slowly, http);
    for (int i = 0; i < 4; i++) {
        void *result;

        pthread_join(threads[i], &result);
        assert_ptr_equal(result, http);
    }
    assert_in_range(clock_monotonic(clock_system()) - began, 300, 1100);
    http_free(http);
}

static void goes_through_a_proxy(void **state)
{
    struct http_exchange exchange = {.method = "GET",
                                     .url = xstrdup("http://nowhere.invalid/echo")};
    struct http *http = new_http(usual);
    char *proxy = url_of("");
    char *before = xstrdup(getenv("http_proxy"));
    struct err err = {0};

    (void)state;
    setenv("http_proxy", proxy, 1);
    if (http_perform(http, &exchange, 1, &err) < 0)
        fail_msg("%s", err.message);
    assert_non_null(strstr(body_of(&exchange), "\"http://nowhere.invalid/echo\""));
    http_free(http);
    done(&exchange);
    /* Loopback does not. */
    setenv("http_proxy", "http://127.0.0.1:1", 1);
    exchange = (struct http_exchange){0};
    assert_int_equal(get("/ok", &usual, &exchange, &err), 0);
    done(&exchange);
    if (before)
        setenv("http_proxy", before, 1);
    else
        unsetenv("http_proxy");
    free(before);
    free(proxy);
}

static void refuses_other_addresses(void **state)
{
    static const char *const urls[] = {"ftp://127.0.0.1/x", "file:///etc/passwd", "nonsense here",
                                       "http://", ""};

    (void)state;
    for (size_t i = 0; i < sizeof(urls) / sizeof(*urls); i++) {
        struct http_exchange exchange = {.method = "GET", .url = xstrdup(urls[i])};
        struct http *http = new_http(usual);
        struct err err = {0};

        assert_int_equal(http_perform(http, &exchange, 1, &err), -1);
        assert_int_equal(err.code, ERR_USAGE);
        http_free(http);
        done(&exchange);
    }
}

static void reads_trailers(void **state)
{
    struct http_exchange exchange = {0};
    struct err err;

    (void)state;
    assert_int_equal(get("/trailers", &usual, &exchange, &err), 0);
    assert_string_equal(body_of(&exchange), "hello world");
    assert_string_equal(http_header(&exchange.response, "x-last"), "the end");
    done(&exchange);
}

struct taken {
    size_t bytes, limit;
    int64_t sent, total;
};

static int take_some(void *context, const void *data, size_t len)
{
    struct taken *taken = context;

    (void)data;
    taken->bytes += len;
    return taken->limit && taken->bytes >= taken->limit ? -1 : 0;
}

static void note_progress(void *context, int64_t sent, int64_t total)
{
    struct taken *taken = context;

    taken->sent = sent;
    taken->total = total;
}

static void hands_the_body_over_as_it_comes(void **state)
{
    struct taken taken = {0};
    struct http_exchange exchange = {.receive = take_some, .context = &taken};
    struct err err;

    (void)state;
    assert_int_equal(get("/ok", &usual, &exchange, &err), 0);
    assert_int_equal(taken.bytes, 5);
    assert_int_equal(exchange.response.body.len, 0);
    done(&exchange);
    taken = (struct taken){.limit = 1000000};
    exchange = (struct http_exchange){.receive = take_some, .context = &taken};
    assert_int_equal(get("/huge", &usual, &exchange, &err), -1);
    assert_in_range(taken.bytes, 1000000, 2000000);
    assert_int_equal(exchange.response.attempts, 1);
    done(&exchange);
    /* An error's body is collected all the same. */
    exchange = (struct http_exchange){.receive = take_some, .context = &taken};
    assert_int_equal(get("/status/404", &usual, &exchange, &err), 0);
    assert_string_equal(body_of(&exchange), "status");
    done(&exchange);
}

/* An exchange that another thread ends. */
struct cancelled {
    struct http *http;
    atomic_bool cancel;
};

static void *cancel_soon(void *context)
{
    struct cancelled *cancelled = context;

    clock_sleep(clock_system(), 100);
    atomic_store(&cancelled->cancel, true);
    http_wake(cancelled->http);
    return NULL;
}

static void can_be_cancelled(void **state)
{
    struct cancelled cancelled = {.http = new_http(usual)};
    struct http_exchange exchange = {.method = "GET", .url = url_of("/hang"), .stall_timeout = -1};
    int64_t started = clock_monotonic(clock_system());
    struct err err = {0};
    pthread_t thread;

    (void)state;
    exchange.cancel = &cancelled.cancel;
    pthread_create(&thread, NULL, cancel_soon, &cancelled);
    assert_int_equal(http_perform(cancelled.http, &exchange, 1, &err), -1);
    pthread_join(thread, NULL);
    assert_int_equal(err.code, ERR_INTERRUPTED);
    assert_in_range(clock_monotonic(clock_system()) - started, 100, 3000);
    /* One that was cancelled before it began is not sent; the client goes on. */
    assert_int_equal(http_perform(cancelled.http, &exchange, 1, &err), -1);
    assert_int_equal(exchange.response.attempts, 0);
    done(&exchange);
    exchange = (struct http_exchange){.method = "GET", .url = url_of("/ok")};
    assert_int_equal(http_perform(cancelled.http, &exchange, 1, &err), 0);
    done(&exchange);
    http_free(cancelled.http);
}

static void tells_its_progress(void **state)
{
    struct taken taken = {0};
    size_t len = 3 << 20;
    char *body = xcalloc(len, 1);
    struct http_exchange exchange = {.method = "POST",
                                     .body = body,
                                     .body_len = len,
                                     .progress = note_progress,
                                     .context = &taken};
    struct err err;

    (void)state;
    assert_int_equal(get("/status/200", &usual, &exchange, &err), 0);
    assert_int_equal(taken.sent, len);
    assert_int_equal(taken.total, len);
    done(&exchange);
    free(body);
}

static void traces_without_secrets(void **state)
{
    struct http_options options = usual;
    struct http_exchange exchange = {.label = "s3 GetObject"};
    char *text = NULL;
    size_t len = 0;
    FILE *messages = open_memstream(&text, &len);
    struct out out;
    struct err err;

    (void)state;
    out_init(&out, messages, messages);
    out.verbose = true;
    options.out = &out;
    strlist_add(&exchange.headers, "Authorization: hidden");
    assert_int_equal(get("/ok?a=b&X-Amz-Signature=hidden&X-Amz-Security-Token=hidden", &options,
                         &exchange, &err),
                     0);
    fflush(messages);
    assert_non_null(strstr(text, "GET http://127.0.0.1:"));
    assert_non_null(
        strstr(text, "/ok?a=b&X-Amz-Signature=******&X-Amz-Security-Token=******: 200"));
    assert_non_null(strstr(text, "s3 GetObject, attempt 1"));
    assert_null(strstr(text, "hidden"));
    done(&exchange);
    out_release(&out);
    fclose(messages);
    free(text);
}

static void shows_addresses_without_secrets(void **state)
{
    static const struct {
        const char *url, *shown;
    } cases[] = {
        {"https://a/b", "https://a/b"},
        {"https://user:word@a/b?x=1", "https://a/b?x=1"},
        {"https://a/b@c", "https://a/b@c"},
        {"https://a/?X-Amz-Credential=k&z&password=",
         "https://a/?X-Amz-Credential=******&z&password=******"},
        {"https://a?signature", "https://a?signature"},
    };

    (void)state;
    for (size_t i = 0; i < sizeof(cases) / sizeof(*cases); i++) {
        char *shown = transfer_public_url(cases[i].url);

        assert_string_equal(shown, cases[i].shown);
        free(shown);
    }
}

static void encodes(void **state)
{
    struct buf text;

    (void)state;
    buf_init(&text, 0);
    http_encode(&text, "a/B-._~ \xC3\xBC%+\0", 13, false);
    assert_string_equal(buf_string(&text), "a%2FB-._~%20%C3%BC%25%2B%00");
    buf_clear(&text);
    http_encode(&text, "/a b/", 5, true);
    assert_string_equal(buf_string(&text), "/a%20b/");
    buf_release(&text);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(gets_a_response),
        cmocka_unit_test(sends_what_it_is_given),
        cmocka_unit_test(sends_every_method),
        cmocka_unit_test(refuses_a_line_break_in_a_header),
        cmocka_unit_test(keeps_connections),
        cmocka_unit_test(runs_exchanges_at_the_same_time),
        cmocka_unit_test(queues_more_than_it_runs),
        cmocka_unit_test(serves_several_threads),
        cmocka_unit_test(goes_through_a_proxy),
        cmocka_unit_test(refuses_other_addresses),
        cmocka_unit_test(reads_trailers),
        cmocka_unit_test(hands_the_body_over_as_it_comes),
        cmocka_unit_test(can_be_cancelled),
        cmocka_unit_test(tells_its_progress),
        cmocka_unit_test(traces_without_secrets),
        cmocka_unit_test(shows_addresses_without_secrets),
        cmocka_unit_test(encodes),
    };

    return cmocka_run_group_tests(tests, start_server, stop_server);
}
