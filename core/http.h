/*
 * HTTP client: one libcurl multi handle behind a thread of its own.
 *
 * Any thread may call http_perform(); exchanges given together, and those of
 * different threads, run at the same time (up to 64 of them) over kept-alive
 * connections. The thread and libcurl itself start with the first exchange.
 * Proxies (HTTPS_PROXY, NO_PROXY, ...) and CURL_CA_BUNDLE, SSL_CERT_FILE,
 * AWS_CA_BUNDLE are honoured (loopback and link-local are reached without a proxy); HTTP/2 is
 * used where TLS offers it. Redirects are not followed; only http and https.
 *
 * After Ctrl-C (core/interrupt.h) what was not sent yet fails at once, what is
 * under way has 2 s to finish.
 *
 * Retries are AWS's standard mode in its 2026 form: at most `attempts` tries;
 * a delay of random(0..1) * base * 2^n, base 50 ms (1 s when throttled), at
 * most 20 s; `x-amz-retry-after` (ms) honoured within [delay, delay + 5 s]; a
 * budget of 500 tokens shared by the whole client, 14 a retry (5 when
 * throttled), given back on success.
 */
#ifndef FNCTL_CORE_HTTP_H
#define FNCTL_CORE_HTTP_H

#include "core/buf.h"
#include "core/clock.h"
#include "core/err.h"
#include "core/out.h"
#include "core/strlist.h"

#include <stdatomic.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct http;

struct http_options {
    const struct clock *clock; /* required */
    struct out *out;           /* for --verbose traces; NULL: none */
    const char *user_agent;
    int64_t connect_timeout; /* ms; 0: 10 s */
    int64_t stall_timeout;   /* ms without a byte either way; 0: 60 s */
    int64_t total_timeout;   /* ms for one attempt; 0: 300 s */
    int attempts;            /* 0: 3 */
    int64_t retry_base;      /* ms, the delays' base; 0: 50. Throttled: 20 times as long */
};

enum http_verdict {
    HTTP_DONE,      /* hand the response over, whatever its status */
    HTTP_TRANSIENT, /* try again */
    HTTP_THROTTLED, /* try again, slower */
    HTTP_SKEWED,    /* our clock is off and was corrected: try again at once, once, even `once` */
};

struct http_response {
    int status;             /* 0: no response, see the exchange's err */
    struct strlist headers; /* "name: value", names in lower case; trailers too */
    struct buf body;
    int attempts;
    int64_t elapsed; /* ms, all attempts */
};

/* A part of a file as a request's body: read as it is sent, again for each attempt. */
struct http_file {
    int fd; /* open for reading; its position does not matter and is not moved */
    int64_t offset;
    int64_t len;
};

struct http_exchange {
    /* The request: filled by the caller. */
    const char *method;
    char *url;              /* owned by the caller */
    struct strlist headers; /* "Name: value", released by http_exchange_release() */
    const void *body;       /* borrowed; NULL: none */
    size_t body_len;
    const struct http_file *file; /* sent instead of `body`; borrowed; NULL: none */
    size_t max_response;          /* bytes of body; 0: 64 MiB */
    int64_t stall_timeout; /* ms; 0: the client's; -1: none (an invocation may think for 900 s) */
    int64_t total_timeout; /* ms; 0: the client's; -1: none */
    bool once;             /* never retried */
    const char *label;     /* for traces and messages: "lambda GetFunction"; NULL: the URL */
    /* Called before each attempt (attempt 1 first) from the I/O thread, to add what depends on
     * the time, as signatures do; `headers` are a fresh copy each time. NULL: nothing to add. */
    int (*prepare)(void *context, struct http_exchange *exchange, struct strlist *headers,
                   int attempt, struct err *err);
    /* Judges a response that came; NULL: 429 throttled, 500 502 503 504 transient. */
    enum http_verdict (*judge)(void *context, const struct http_response *response);
    void *context;
    /* Bytes sent of the body, for progress bars; from the I/O thread. NULL: none. */
    void (*progress)(void *context, int64_t sent, int64_t total);
    /* Takes the body of a 2xx response as it comes instead of response.body; from the I/O thread.
     * Non-zero ends the exchange (ERR_FAILED). Once it has seen a byte the exchange is not retried.
     * NULL: collected. */
    int (*receive)(void *context, const void *data, size_t len);
    /* Set and followed by http_wake(), it ends the exchange at once, even under way
     * (ERR_INTERRUPTED). Borrowed; NULL: nobody cancels it. */
    const atomic_bool *cancel;

    /* The outcome: filled by http_perform(). */
    struct http_response response;
    struct err err; /* code ERR_NONE when a response came */
};

/* Copies the options; the clock, the user agent and `out` are borrowed. */
struct http *http_new(const struct http_options *options);

/* No exchange may be under way. */
void http_free(struct http *http);

/*
 * Runs the exchanges concurrently and waits for all of them. Returns 0 when
 * each got a response (of whatever status), -1 with the first failure in `err`:
 * ERR_SERVICE (what failed, host, reason, what to look at), ERR_INTERRUPTED,
 * ERR_USAGE (an address that is none), or what prepare() says.
 * Each exchange's own `err` tells of its own failure.
 */
int http_perform(struct http *http, struct http_exchange *exchanges, size_t count, struct err *err);

/* Makes the client look at the exchanges' `cancel`. From any thread. */
void http_wake(struct http *http);

/* Frees the response of an exchange and empties its outcome, for another http_perform(), which
 * does it itself. */
void http_exchange_clear(struct http_exchange *exchange);

/* Frees headers and response of an exchange; not url, body. */
void http_exchange_release(struct http_exchange *exchange);

/* The value of a header (name in lower case), borrowed, or NULL; of the first, when repeated. */
const char *http_header(const struct http_response *response, const char *name);

/* Appends `text` percent-encoded as RFC 3986 unreserved demand; '/' is kept when `keep_slash`. */
void http_encode(struct buf *out, const char *text, size_t len, bool keep_slash);

/* Percent-decodes `len` bytes; `form`: "+" is a space. To free(). */
char *http_decode(const char *text, size_t len, bool form);

#endif
