#include "providers/local/engine/front/jwks.h"

#include "core/http.h"
#include "core/memory.h"
#include "providers/local/engine/loop.h"

#include <pthread.h>
#include <stdatomic.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/eventfd.h>
#include <unistd.h>

enum {
    KEEP = 2 * 60 * 60 * 1000, /* ms */
    PATIENCE = 5 * 1000,       /* ms between two requests for more keys, or after a failure */
    TIMEOUT = 5 * 1000,        /* ms for a request */
    ANSWER_MAX = 1024 * 1024,
};

struct waiter {
    struct waiter *next;
    jwks_callback *callback;
    void *context;
};

/* One issuer. Its thread does what would keep the loop from its work: HTTP requests. */
struct issuer {
    struct issuer *next;
    struct jwks *jwks;
    char *url;
    json_t *keys;  /* NULL: none are known */
    int64_t asked; /* ms, monotonic */
    struct waiter *waiters;
    bool busy;
    int event; /* readable when the thread is done */
    pthread_t thread;
    struct http *http; /* while busy */
    atomic_bool cancel;
    json_t *answer; /* the thread's; NULL: `why` */
    struct err why;
};

struct jwks {
    struct engine *engine;
    struct issuer *issuers;
};

/* The JSON object at an address; NULL on failure. In the thread. */
static json_t *fetch(struct issuer *issuer, char *url)
{
    struct http_exchange exchange = {.method = "GET",
                                     .url = url,
                                     .max_response = ANSWER_MAX,
                                     .total_timeout = TIMEOUT,
                                     .cancel = &issuer->cancel};
    json_t *object = NULL;

    if (http_perform(issuer->http, &exchange, 1, &issuer->why) == 0) {
        if (exchange.response.status == 200)
            object = json_loadb(buf_string(&exchange.response.body), exchange.response.body.len, 0,
                                NULL);
        if (!json_is_object(object))
            err_set(&issuer->why, ERR_SERVICE, "'%s' answers %d, and no JSON object", url,
                    exchange.response.status);
    }
    http_exchange_release(&exchange);
    if (json_is_object(object))
        return object;
    json_decref(object);
    return NULL;
}

static void *work(void *context)
{
    struct issuer *issuer = context;
    size_t len = strlen(issuer->url);
    const char *slash = len && issuer->url[len - 1] == '/' ? "" : "/";
    char *url = xasprintf("%s%s.well-known/openid-configuration", issuer->url, slash);
    json_t *discovery = fetch(issuer, url);
    const char *address = json_string_value(json_object_get(discovery, "jwks_uri"));
    uint64_t one = 1;

    free(url);
    if (address) {
        url = xstrdup(address);
        issuer->answer = fetch(issuer, url);
        free(url);
    } else if (discovery) {
        err_set(&issuer->why, ERR_SERVICE, "its discovery document has no jwks_uri");
    }
    json_decref(discovery);
    if (write(issuer->event, &one, sizeof(one)) < 0)
        err_set(&issuer->why, ERR_FAILED, "cannot tell the loop");
    return NULL;
}

static void tell_waiters(struct issuer *issuer)
{
    struct waiter *waiter = issuer->waiters;

    issuer->waiters = NULL;
    while (waiter) {
        struct waiter *next = waiter->next;

        waiter->callback(waiter->context, issuer->keys);
        free(waiter);
        waiter = next;
    }
}

/* Takes what the thread brought. */
static void finish(struct issuer *issuer)
{
    pthread_join(issuer->thread, NULL);
    http_free(issuer->http);
    issuer->http = NULL;
    issuer->busy = false;
    if (issuer->answer) {
        json_decref(issuer->keys);
        issuer->keys = issuer->answer;
        issuer->answer = NULL;
    } else {
        engine_log("the keys of the issuer '%s' cannot be had: %s", issuer->url,
                   issuer->why.message);
    }
}

static void on_done(void *context, int fd, uint32_t events)
{
    struct issuer *issuer = context;
    uint64_t count;

    (void)events;
    if (read(fd, &count, sizeof(count)) < 0)
        return;
    finish(issuer);
    tell_waiters(issuer);
}

static struct issuer *find_issuer(struct jwks *jwks, const char *url)
{
    struct issuer *issuer = jwks->issuers;
    struct err err = {0};

    while (issuer && strcmp(issuer->url, url) != 0)
        issuer = issuer->next;
    if (issuer)
        return issuer;
    issuer = xcalloc(1, sizeof(*issuer));
    issuer->jwks = jwks;
    issuer->url = xstrdup(url);
    issuer->event = eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK);
    if (issuer->event < 0 ||
        loop_add_fd(jwks->engine->loop, issuer->event, EPOLLIN, on_done, issuer, &err) < 0) {
        if (issuer->event >= 0)
            close(issuer->event);
        free(issuer->url);
        free(issuer);
        return NULL;
    }
    issuer->next = jwks->issuers;
    jwks->issuers = issuer;
    return issuer;
}

static bool start(struct issuer *issuer)
{
    const struct http_options options = {.clock = issuer->jwks->engine->clock,
                                         .user_agent = "fnctl-local/" FNCTL_VERSION,
                                         .connect_timeout = TIMEOUT,
                                         .attempts = 2};

    issuer->asked = clock_monotonic(issuer->jwks->engine->clock);
    issuer->why = (struct err){0};
    issuer->http = http_new(&options);
    issuer->busy = pthread_create(&issuer->thread, NULL, work, issuer) == 0;
    if (!issuer->busy) {
        http_free(issuer->http);
        issuer->http = NULL;
    }
    return issuer->busy;
}

/* Whether what is known will do; what failed is not tried again at once. */
static bool is_enough(const struct issuer *issuer, bool fresh)
{
    int64_t age = clock_monotonic(issuer->jwks->engine->clock) - issuer->asked;

    if (!issuer->asked)
        return false;
    return age < (issuer->keys && !fresh ? KEEP : PATIENCE);
}

void jwks_get(struct jwks *jwks, const char *issuer_url, bool fresh, jwks_callback *callback,
              void *context)
{
    struct issuer *issuer = find_issuer(jwks, issuer_url);
    struct waiter *waiter;

    if (!issuer) {
        callback(context, NULL);
        return;
    }
    if (!issuer->busy && (is_enough(issuer, fresh) || !start(issuer))) {
        callback(context, issuer->keys);
        return;
    }
    waiter = xcalloc(1, sizeof(*waiter));
    waiter->callback = callback;
    waiter->context = context;
    waiter->next = issuer->waiters;
    issuer->waiters = waiter;
}

struct jwks *jwks_new(struct engine *engine)
{
    struct jwks *jwks = xcalloc(1, sizeof(*jwks));

    jwks->engine = engine;
    return jwks;
}

static void free_issuer(struct issuer *issuer)
{
    if (issuer->busy) {
        atomic_store(&issuer->cancel, true);
        http_wake(issuer->http);
        finish(issuer);
    }
    tell_waiters(issuer);
    loop_remove_fd(issuer->jwks->engine->loop, issuer->event);
    close(issuer->event);
    json_decref(issuer->keys);
    free(issuer->url);
    free(issuer);
}

void jwks_free(struct jwks *jwks)
{
    while (jwks->issuers) {
        struct issuer *issuer = jwks->issuers;

        jwks->issuers = issuer->next;
        free_issuer(issuer);
    }
    free(jwks);
}
