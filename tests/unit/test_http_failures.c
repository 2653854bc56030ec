#include "core/interrupt.h"
#include "core/retry.h"
#include "tests/unit/http_client.h"

// clang-format off
#include <stdarg.h>
#include <setjmp.h>
#include <stdint.h>
#include <cmocka.h>
// clang-format on
#include <netinet/in.h>
#include <pthread.h>
#include <string.h>
#include <sys/socket.h>

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

enum { MANY = 40 };

static void spends_its_budget_once(void **state)
{
    struct http_options options = usual;
    struct http_exchange exchanges[MANY] = {0};
    struct http *http;
    struct err err;
    int retries = 0;

    (void)state;
    options.attempts = 3;
    http = new_http(options);
    for (int i = 0; i < MANY; i++) {
        exchanges[i].method = "GET";
        exchanges[i].url = url_of("/status/503");
    }
    assert_int_equal(http_perform(http, exchanges, MANY, &err), 0);
    for (int i = 0; i < MANY; i++) {
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
    assert_in_range(exchanges[1].response.elapsed, 0, 600);
    done(&exchanges[0]);
    done(&exchanges[1]);
    http_free(http);
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

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(tries_again_while_others_go_on),
        cmocka_unit_test(says_who_refused),
        cmocka_unit_test(tells_failures_apart),
        cmocka_unit_test(lets_a_slow_answer_drip),
        cmocka_unit_test(says_when_nobody_accepts),
        cmocka_unit_test(outlasts_storms),
        cmocka_unit_test(hands_a_storm_over_in_the_end),
        cmocka_unit_test(spends_its_budget_once),
        cmocka_unit_test(corrects_a_clock_once),
        cmocka_unit_test(reports_what_prepare_says),
        cmocka_unit_test(delays_with_jitter),
        cmocka_unit_test(ends_soon_after_an_interrupt),
    };

    return cmocka_run_group_tests(tests, start_server, stop_server);
}
