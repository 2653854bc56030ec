#include "core/http.h"
#include "core/interrupt.h"
#include "core/memory.h"
#include "core/retry.h"
#include "core/transfer.h"
#include "tests/unit/stand_in.h"

// clang-format off
#include <stdarg.h>
#include <setjmp.h>
#include <stdint.h>
#include <cmocka.h>
// clang-format on
#include <jansson.h>
#include <netinet/in.h>
#include <pthread.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>

enum { MANY = 20 };

static struct stand_in server;

static const struct http_options usual = {.user_agent = "test/1",
                                          .connect_timeout = 2000,
                                          .stall_timeout = 5000,
                                          .total_timeout = 20000,
                                          .retry_base = 5};

static struct http *new_http(struct http_options options)
{
    options.clock = clock_system();
    return http_new(&options);
}

static char *url_of(const char *path)
{
    return xasprintf("http://127.0.0.1:%d%s", server.port, path);
}

/* One GET with a client of its own; fills `exchange`, to be released with done(). */
static int get(const char *path, const struct http_options *options, struct http_exchange *exchange,
               struct err *err)
{
    struct http *http = new_http(*options);
    int result;

    exchange->method = exchange->method ? exchange->method : "GET";
    exchange->url = url_of(path);
    *err = (struct err){0};
    result = http_perform(http, exchange, 1, err);
    http_free(http);
    return result;
}

static void done(struct http_exchange *exchange)
{
    free(exchange->url);
    http_exchange_release(exchange);
}

static const char *body_of(const struct http_exchange *exchange)
{
    return buf_string(&exchange->response.body);
}

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

    json_array_foreach(headers, index, header)
    {
        if (strcmp(json_string_value(json_array_get(header, 0)), name) == 0 &&
            (!value || strcmp(json_string_value(json_array_get(header, 1)), value) == 0))
            return true;
    }
    return false;
}

static int add_attempt(void *context, struct http_exchange *exchange, struct strlist *headers,
                       int attempt, struct err *err)
{
    (void)context;
    (void)exchange;
    (void)err;
    strlist_addf(headers, "X-Attempt: %d", attempt);
    return 0;
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

static void tries_again_while_others_go_on(void **state)
{
    struct http_options options = usual;
    struct http_exchange exchanges[2] = {{.method = "GET", .url = url_of("/after/700/a")},
                                         {.method = "GET", .url = url_of("/ok")}};
    struct http *http = new_http(options);
    struct err err;

    (void)state;
    assert_int_equal(http_perform(http, exchanges, 2, &err), 0);
    assert_string_equal(body_of(&exchanges[0]), "now");
    assert_in_range(exchanges[0].response.elapsed, 650, 3000);
    assert_in_range(exchanges[1].response.elapsed, 0, 400);
    done(&exchanges[0]);
    done(&exchanges[1]);
    http_free(http);
}

/* A port that nobody listens on, as long as the socket is open. */
static int take_port(int *port)
{
    struct sockaddr_in address = {.sin_family = AF_INET, .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
    socklen_t len = sizeof(address);
    int fd = socket(AF_INET, SOCK_STREAM, 0);

    bind(fd, (struct sockaddr *)&address, len);
    getsockname(fd, (struct sockaddr *)&address, &len);
    *port = ntohs(address.sin_port);
    return fd;
}

static void says_who_refused(void **state)
{
    int port, fd = take_port(&port);
    struct http_exchange exchange = {.method = "GET", .label = "lambda GetFunction"};
    struct http *http = new_http(usual);
    char *where;
    struct err err;

    (void)state;
    exchange.url = xasprintf("http://127.0.0.1:%d/x", port);
    where = xasprintf("lambda GetFunction: request to 127.0.0.1:%d failed: connection refused "
                      "(tried 3 times)",
                      port);
    assert_int_equal(http_perform(http, &exchange, 1, &err), -1);
    assert_int_equal(err.code, ERR_SERVICE);
    assert_memory_equal(err.message, where, strlen(where));
    assert_int_equal(exchange.response.status, 0);
    assert_int_equal(exchange.response.attempts, 3);
    free(where);
    close(fd);
    http_free(http);
    done(&exchange);
}

/* GETs `path` once and expects a failure whose message holds `words`. */
static void expect_failure(const char *path, const struct http_options *options, const char *words,
                           int attempts)
{
    struct http_exchange exchange = {.max_response = 100000};
    struct err err;

    assert_int_equal(get(path, options, &exchange, &err), -1);
    assert_int_equal(err.code, ERR_SERVICE);
    if (!strstr(err.message, words))
        fail_msg("%s: \"%s\" is not in: %s", path, words, err.message);
    assert_int_equal(exchange.response.attempts, attempts);
    assert_string_equal(exchange.err.message, err.message);
    done(&exchange);
}

static void tells_failures_apart(void **state)
{
    struct http_options quick = usual;

    (void)state;
    quick.stall_timeout = 200;
    expect_failure("/close", &usual, "closed the connection without an answer", 3);
    expect_failure("/partial", &usual, "closed the connection in the middle", 3);
    expect_failure("/garbage", &usual, "its answer is not HTTP", 1);
    expect_failure("/hang", &quick, "no byte for 0.2 s", 3);
    expect_failure("/stall", &quick, "no byte for 0.2 s", 3);
    expect_failure("/huge", &usual, "larger than 100000 bytes", 1);
    expect_failure("/headers", &usual, "larger than", 1);
    quick.stall_timeout = 2000;
    quick.total_timeout = 300;
    quick.attempts = 1;
    expect_failure("/drip/1000", &quick, "not finished within 0.3 s", 1);
}

static void lets_a_slow_answer_drip(void **state)
{
    struct http_options quick = usual;
    struct http_exchange exchange = {0};
    struct err err;

    (void)state;
    quick.stall_timeout = 400;
    assert_int_equal(get("/drip/20", &quick, &exchange, &err), 0);
    assert_int_equal(exchange.response.body.len, 20);
    done(&exchange);
    /* An exchange may think for longer than the client's limits. */
    exchange = (struct http_exchange){.stall_timeout = -1, .total_timeout = -1};
    quick.total_timeout = 400;
    assert_int_equal(get("/slow/800", &quick, &exchange, &err), 0);
    done(&exchange);
}

static void says_when_nobody_accepts(void **state)
{
    struct sockaddr_in address = {.sin_family = AF_INET, .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
    struct http_exchange exchange = {.method = "GET", .once = true};
    int port, fd = take_port(&port), fillers[3];
    struct http_options quick = usual;
    struct http *http;
    struct err err;

    (void)state;
    /* A queue of waiting connections that is full lets nobody in. */
    listen(fd, 0);
    address.sin_port = htons((uint16_t)port);
    for (int i = 0; i < 3; i++) {
        fillers[i] = socket(AF_INET, SOCK_STREAM | SOCK_NONBLOCK, 0);
        connect(fillers[i], (struct sockaddr *)&address, sizeof(address));
    }
    exchange.url = xasprintf("http://127.0.0.1:%d/", port);
    quick.connect_timeout = 200;
    http = new_http(quick);
    assert_int_equal(http_perform(http, &exchange, 1, &err), -1);
    assert_non_null(strstr(err.message, "failed: no connection within 0.2 s; check"));
    http_free(http);
    done(&exchange);
    for (int i = 0; i < 3; i++)
        close(fillers[i]);
    close(fd);
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

static void outlasts_storms(void **state)
{
    static const char *const paths[] = {"/storm/429/2/a", "/storm/500/2/a", "/storm/503/1/a"};

    (void)state;
    for (size_t i = 0; i < sizeof(paths) / sizeof(*paths); i++) {
        struct http_exchange exchange = {.prepare = add_attempt};
        struct err err;

        assert_int_equal(get(paths[i], &usual, &exchange, &err), 0);
        assert_int_equal(exchange.response.status, 200);
        assert_string_equal(body_of(&exchange), "calm");
        assert_int_equal(exchange.response.attempts, i < 2 ? 3 : 2);
        done(&exchange);
    }
}

static void hands_a_storm_over_in_the_end(void **state)
{
    struct http_exchange exchange = {0}, once = {.once = true};
    struct err err;

    (void)state;
    assert_int_equal(get("/storm/503/9/b", &usual, &exchange, &err), 0);
    assert_int_equal(exchange.response.status, 503);
    assert_int_equal(exchange.response.attempts, 3);
    assert_string_equal(body_of(&exchange), "storm");
    done(&exchange);
    assert_int_equal(get("/storm/503/9/c", &usual, &once, &err), 0);
    assert_int_equal(once.response.attempts, 1);
    done(&once);
    /* Not every error is worth another try. */
    exchange = (struct http_exchange){0};
    assert_int_equal(get("/status/404", &usual, &exchange, &err), 0);
    assert_int_equal(exchange.response.attempts, 1);
    done(&exchange);
}

static void spends_its_budget_once(void **state)
{
    struct http_options options = usual;
    struct http_exchange exchanges[MANY * 2] = {0};
    struct http *http;
    struct err err;
    int retries = 0;

    (void)state;
    options.attempts = 3;
    http = new_http(options);
    for (int i = 0; i < MANY * 2; i++) {
        exchanges[i].method = "GET";
        exchanges[i].url = url_of("/status/503");
    }
    assert_int_equal(http_perform(http, exchanges, MANY * 2, &err), 0);
    for (int i = 0; i < MANY * 2; i++) {
        assert_int_equal(exchanges[i].response.status, 503);
        retries += exchanges[i].response.attempts - 1;
        done(&exchanges[i]);
    }
    /* 500 tokens, 14 each: 35 retries for 40 exchanges that wanted 80. */
    assert_int_equal(retries, 500 / 14);
    http_free(http);
}

static enum http_verdict judge_skewed(void *context, const struct http_response *response)
{
    int *calls = context;

    (*calls)++;
    return response->status == 403 ? HTTP_SKEWED : HTTP_DONE;
}

static void corrects_a_clock_once(void **state)
{
    int calls = 0;
    struct http_exchange exchange = {.judge = judge_skewed, .context = &calls, .once = true};
    struct err err;

    (void)state;
    assert_int_equal(get("/storm/403/1/d", &usual, &exchange, &err), 0);
    assert_int_equal(exchange.response.status, 200);
    assert_int_equal(exchange.response.attempts, 2);
    done(&exchange);
    exchange = (struct http_exchange){.judge = judge_skewed, .context = &calls};
    assert_int_equal(get("/status/403", &usual, &exchange, &err), 0);
    assert_int_equal(exchange.response.status, 403);
    assert_int_equal(exchange.response.attempts, 2);
    done(&exchange);
}

static int fail_to_prepare(void *context, struct http_exchange *exchange, struct strlist *headers,
                           int attempt, struct err *err)
{
    (void)context;
    (void)exchange;
    (void)headers;
    (void)attempt;
    return err_set(err, ERR_CREDENTIALS, "no key today");
}

static void reports_what_prepare_says(void **state)
{
    struct http_exchange exchange = {.prepare = fail_to_prepare};
    struct err err;

    (void)state;
    assert_int_equal(get("/ok", &usual, &exchange, &err), -1);
    assert_int_equal(err.code, ERR_CREDENTIALS);
    assert_string_equal(err.message, "no key today");
    done(&exchange);
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

static void delays_with_jitter(void **state)
{
    int64_t longest = 0;

    (void)state;
    for (int i = 0; i < 1000; i++) {
        int64_t delay = retry_delay(50, 2, false, NULL);

        assert_in_range(delay, 0, 200);
        longest = delay > longest ? delay : longest;
        assert_in_range(retry_delay(50, 30, true, NULL), 0, 20000);
        assert_in_range(retry_delay(50, 0, true, NULL), 0, 1000);
        assert_in_range(retry_delay(50, 0, false, "1000"), 1000, 1000);
        assert_in_range(retry_delay(50, 0, false, "100000"), 5000, 5050);
        assert_in_range(retry_delay(50, 0, false, "-1"), 0, 50);
        assert_in_range(retry_delay(50, 0, false, "soon"), 0, 50);
    }
    assert_in_range(longest, 150, 200);
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

static void *interrupt_soon(void *context)
{
    (void)context;
    usleep(200000);
    kill(getpid(), SIGTERM);
    return NULL;
}

/* An interrupt cannot be taken back, so a process of its own looks at it. */
static int check_interrupt(void)
{
    struct http_exchange exchanges[3] = {{.method = "GET", .url = url_of("/slow/600")},
                                         {.method = "GET", .url = url_of("/hang")},
                                         {.method = "GET", .url = url_of("/after/4000/i")}};
    struct http_exchange late = {.method = "GET", .url = url_of("/ok")};
    struct http *http = new_http(usual);
    int64_t began = clock_monotonic(clock_system());
    pthread_t thread;
    struct err err = {0};

    interrupt_install();
    pthread_create(&thread, NULL, interrupt_soon, NULL);
    pthread_detach(thread);
    if (http_perform(http, exchanges, 3, &err) == 0 || err.code != ERR_INTERRUPTED)
        return 1;
    if (exchanges[0].response.status != 200)
        return 2;
    if (exchanges[1].err.code != ERR_INTERRUPTED || exchanges[1].response.elapsed < 2000)
        return 3;
    if (exchanges[2].err.code != ERR_INTERRUPTED || exchanges[2].response.elapsed > 1000)
        return 4;
    if (clock_monotonic(clock_system()) - began > 4000)
        return 5;
    if (http_perform(http, &late, 1, &err) == 0 || late.response.attempts != 0)
        return 6;
    return 0;
}

static void ends_soon_after_an_interrupt(void **state)
{
    pid_t pid = fork();
    int status = 0;

    (void)state;
    if (pid == 0)
        _exit(check_interrupt());
    waitpid(pid, &status, 0);
    assert_int_equal(status, 0);
}

static int start_server(void **state)
{
    (void)state;
    return stand_in_start(&server);
}

static int stop_server(void **state)
{
    (void)state;
    stand_in_stop(&server);
    return 0;
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
        cmocka_unit_test(serves_several_threads),
        cmocka_unit_test(tries_again_while_others_go_on),
        cmocka_unit_test(says_who_refused),
        cmocka_unit_test(tells_failures_apart),
        cmocka_unit_test(lets_a_slow_answer_drip),
        cmocka_unit_test(says_when_nobody_accepts),
        cmocka_unit_test(goes_through_a_proxy),
        cmocka_unit_test(refuses_other_addresses),
        cmocka_unit_test(outlasts_storms),
        cmocka_unit_test(hands_a_storm_over_in_the_end),
        cmocka_unit_test(spends_its_budget_once),
        cmocka_unit_test(corrects_a_clock_once),
        cmocka_unit_test(reports_what_prepare_says),
        cmocka_unit_test(reads_trailers),
        cmocka_unit_test(hands_the_body_over_as_it_comes),
        cmocka_unit_test(tells_its_progress),
        cmocka_unit_test(traces_without_secrets),
        cmocka_unit_test(shows_addresses_without_secrets),
        cmocka_unit_test(delays_with_jitter),
        cmocka_unit_test(encodes),
        cmocka_unit_test(ends_soon_after_an_interrupt),
    };

    return cmocka_run_group_tests(tests, start_server, stop_server);
}
