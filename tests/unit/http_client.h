/* What the tests of the HTTP client share: the stand-in, and one GET against it. */
#ifndef FNCTL_TESTS_UNIT_HTTP_CLIENT_H
#define FNCTL_TESTS_UNIT_HTTP_CLIENT_H

#include "core/http.h"
#include "core/memory.h"
#include "tests/unit/stand_in.h"

#include <stdlib.h>

static struct stand_in server;

static const struct http_options usual = {.user_agent = "test/1",
                                          .connect_timeout = 2000,
                                          .stall_timeout = 5000,
                                          .total_timeout = 20000,
                                          .retry_base = 5};

static inline struct http *new_http(struct http_options options)
{
    options.clock = clock_system();
    return http_new(&options);
}

static inline char *url_of(const char *path)
{
    return xasprintf("http://127.0.0.1:%d%s", server.port, path);
}

/* One GET with a client of its own; fills `exchange`, to be released with done(). */
static inline int get(const char *path, const struct http_options *options,
                      struct http_exchange *exchange, struct err *err)
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

static inline void done(struct http_exchange *exchange)
{
    free(exchange->url);
    http_exchange_release(exchange);
}

static inline const char *body_of(const struct http_exchange *exchange)
{
    return buf_string(&exchange->response.body);
}

static inline int add_attempt(void *context, struct http_exchange *exchange,
                              struct strlist *headers, int attempt, struct err *err)
{
    (void)context;
    (void)exchange;
    (void)err;
    strlist_addf(headers, "X-Attempt: %d", attempt);
    return 0;
}

static inline int start_server(void **state)
{
    (void)state;
    return stand_in_start(&server);
}

static inline int stop_server(void **state)
{
    (void)state;
    stand_in_stop(&server);
    return 0;
}

#endif
