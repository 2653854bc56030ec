#include "core/http.h"

#include "core/interrupt.h"
#include "core/memory.h"
#include "core/retry.h"
#include "core/transfer.h"

#include <curl/curl.h>
#include <pthread.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>

enum {
    CONNECT_TIMEOUT = 10000,
    STALL_TIMEOUT = 60000,
    TOTAL_TIMEOUT = 300000,
    ATTEMPTS = 3,
    RETRY_BASE = 50,
    GRACE = 2000, /* ms that exchanges under way get after an interrupt */
    LONGEST_POLL = 60000,
    MAX_RUNNING = 64,
};

/* The exchanges of one http_perform(). */
struct batch {
    pthread_cond_t done;
    size_t pending;
};

/* One exchange until it is done: waiting for its time, or running. */
struct task {
    struct transfer transfer;
    struct batch *batch;
    struct task *next;
    bool running;
    int64_t due;   /* waiting: when to start, monotonic */
    int64_t began; /* the first attempt, monotonic */
    int64_t tried; /* this attempt, monotonic */
    int retries;
    int price; /* of the last retry, given back on success */
    bool skewed;
};

struct http {
    struct http_options options;
    pthread_mutex_t lock;
    /* Under the lock: */
    struct task *inbox;
    bool started, stop;
    pthread_t thread;
    CURLM *multi;
    /* The I/O thread's own: */
    struct task *tasks;
    size_t running;
    struct retry_budget budget;
    int64_t interrupted; /* when the interrupt was seen, monotonic; 0: none */
};

static void init_curl(void)
{
    curl_global_init(CURL_GLOBAL_DEFAULT);
}

struct http *http_new(const struct http_options *options)
{
    struct http *http = xcalloc(1, sizeof(*http));
    struct http_options *own = &http->options;

    *own = *options;
    own->connect_timeout = own->connect_timeout ? own->connect_timeout : CONNECT_TIMEOUT;
    own->stall_timeout = own->stall_timeout ? own->stall_timeout : STALL_TIMEOUT;
    own->total_timeout = own->total_timeout ? own->total_timeout : TOTAL_TIMEOUT;
    own->attempts = own->attempts ? own->attempts : ATTEMPTS;
    own->retry_base = own->retry_base ? own->retry_base : RETRY_BASE;
    retry_budget_init(&http->budget);
    pthread_mutex_init(&http->lock, NULL);
    return http;
}

void http_free(struct http *http)
{
    if (!http)
        return;
    if (http->started) {
        pthread_mutex_lock(&http->lock);
        http->stop = true;
        pthread_mutex_unlock(&http->lock);
        curl_multi_wakeup(http->multi);
        pthread_join(http->thread, NULL);
        curl_multi_cleanup(http->multi);
    }
    pthread_mutex_destroy(&http->lock);
    free(http);
}

static int64_t now(const struct http *http)
{
    return clock_monotonic(http->options.clock);
}

/* Hands the task's outcome, which is in its exchange, to whoever waits for it. */
static void complete(struct http *http, struct task *task)
{
    struct http_exchange *exchange = task->transfer.exchange;

    exchange->response.elapsed = now(http) - task->began;
    transfer_release(&task->transfer);
    pthread_mutex_lock(&http->lock);
    if (--task->batch->pending == 0)
        pthread_cond_signal(&task->batch->done);
    pthread_mutex_unlock(&http->lock);
}

/* Whether the task may be tried once more; then it waits for its time. */
static bool try_again(struct http *http, struct task *task, bool throttled)
{
    const struct http_exchange *exchange = task->transfer.exchange;
    int price;

    if (exchange->once || exchange->response.attempts >= http->options.attempts ||
        interrupt_pending())
        return false;
    price = retry_budget_take(&http->budget, throttled);
    if (price < 0)
        return false;
    task->price = price;
    task->due = now(http) + retry_delay(http->options.retry_base, task->retries++, throttled,
                                        http_header(&exchange->response, "x-amz-retry-after"));
    return true;
}

static enum http_verdict judge(const struct http_exchange *exchange)
{
    int status = exchange->response.status;

    if (exchange->judge)
        return exchange->judge(exchange->context, &exchange->response);
    if (status == 429)
        return HTTP_THROTTLED;
    return status == 500 || (status >= 502 && status <= 504) ? HTTP_TRANSIENT : HTTP_DONE;
}

/* What to do with a response: true when the task goes on. */
static bool weigh(struct http *http, struct task *task)
{
    enum http_verdict verdict = judge(task->transfer.exchange);

    if (verdict == HTTP_SKEWED && !task->skewed) {
        task->skewed = true;
        task->due = 0;
        return true;
    }
    if (verdict == HTTP_TRANSIENT || verdict == HTTP_THROTTLED)
        return try_again(http, task, verdict == HTTP_THROTTLED);
    if (verdict == HTTP_DONE)
        retry_budget_give(&http->budget, task->price);
    return false;
}

/* After an attempt: true when the task goes on. */
static bool finish_attempt(struct http *http, struct task *task, CURLcode result)
{
    struct http_exchange *exchange = task->transfer.exchange;
    bool again;

    curl_multi_remove_handle(http->multi, task->transfer.easy);
    task->running = false;
    http->running--;
    err_clear(&exchange->err);
    if (transfer_outcome(&task->transfer, result, &again, &exchange->err) < 0)
        exchange->response.status = 0;
    transfer_trace(&task->transfer, exchange->response.attempts, now(http) - task->tried,
                   &exchange->err);
    return exchange->err.code ? again && try_again(http, task, false) : weigh(http, task);
}

static bool is_cancelled(const struct task *task)
{
    const struct http_exchange *exchange = task->transfer.exchange;

    return exchange->cancel && atomic_load(exchange->cancel);
}

/* Starts an attempt: true when it is under way. */
static bool start_attempt(struct http *http, struct task *task)
{
    struct http_exchange *exchange = task->transfer.exchange;
    int attempt = ++exchange->response.attempts;

    task->tried = now(http);
    if (attempt == 1)
        task->began = task->tried;
    err_clear(&exchange->err);
    if (interrupt_check(&exchange->err) < 0 ||
        (is_cancelled(task) && err_set(&exchange->err, ERR_INTERRUPTED, "interrupted") < 0) ||
        transfer_start(&task->transfer, attempt, &exchange->err) < 0) {
        exchange->response.attempts--;
        return false;
    }
    curl_easy_setopt(task->transfer.easy, CURLOPT_PRIVATE, task);
    curl_multi_add_handle(http->multi, task->transfer.easy);
    task->running = true;
    http->running++;
    return true;
}

/* Ends a running task from outside. */
static bool give_up(struct http *http, struct task *task)
{
    struct http_exchange *exchange = task->transfer.exchange;

    if (is_cancelled(task) || (http->interrupted && now(http) >= http->interrupted + GRACE)) {
        curl_multi_remove_handle(http->multi, task->transfer.easy);
        task->running = false;
        http->running--;
        exchange->response.status = 0;
        err_set(&exchange->err, ERR_INTERRUPTED, "interrupted");
        return false;
    }
    task->transfer.end = TRANSFER_STALLED;
    return finish_attempt(http, task, CURLE_OPERATION_TIMEDOUT);
}

/* When the task needs attention that libcurl does not give, monotonic. */
static int64_t attention(const struct http *http, const struct task *task)
{
    int64_t at = task->due;

    if (is_cancelled(task)) {
        at = 0;
    } else if (task->running) {
        at = transfer_deadline(&task->transfer);
        if (http->interrupted && http->interrupted + GRACE < at)
            at = http->interrupted + GRACE;
    } else if (http->interrupted) {
        at = 0;
    } else if (http->running >= MAX_RUNNING) {
        at = INT64_MAX;
    }
    return at;
}

/* Starts, gives up and completes tasks whose time has come; returns when to look again. */
static int64_t tend(struct http *http)
{
    int64_t next = INT64_MAX;

    if (!http->interrupted && interrupt_pending())
        http->interrupted = now(http);
    for (struct task **link = &http->tasks; *link;) {
        struct task *task = *link;
        bool goes_on = true;

        if (attention(http, task) <= now(http)) {
            goes_on = task->running ? give_up(http, task) : start_attempt(http, task);
            next = 0; /* a place may be free now for a task before this one */
        }
        if (goes_on) {
            int64_t at = attention(http, task);

            next = at < next ? at : next;
            link = &task->next;
        } else {
            *link = task->next;
            complete(http, task);
        }
    }
    return next;
}

static void remove_task(struct http *http, struct task *task)
{
    struct task **link = &http->tasks;

    while (*link != task)
        link = &(*link)->next;
    *link = task->next;
}

/* Takes the attempts that libcurl has finished; returns whether there were any. */
static bool collect(struct http *http)
{
    CURLMsg *message;
    int left;
    bool any = false;

    while ((message = curl_multi_info_read(http->multi, &left))) {
        CURLcode result = message->data.result;
        struct task *task = NULL;

        if (message->msg != CURLMSG_DONE)
            continue;
        curl_easy_getinfo(message->easy_handle, CURLINFO_PRIVATE, (char **)&task);
        if (!finish_attempt(http, task, result)) {
            remove_task(http, task);
            complete(http, task);
        }
        any = true;
    }
    return any;
}

/* Waits for traffic, a wakeup, an interrupt, or the time `until`. */
static void wait_until(struct http *http, int64_t until)
{
    struct curl_waitfd interrupt = {.fd = interrupt_fd(), .events = CURL_WAIT_POLLIN};
    int64_t left = until - now(http);

    left = left < 0 ? 0 : left > LONGEST_POLL ? LONGEST_POLL : left;
    /* The descriptor stays readable, so it is of use only until the interrupt is known. */
    curl_multi_poll(http->multi, &interrupt, !http->interrupted && interrupt.fd >= 0 ? 1 : 0,
                    (int)left, NULL);
}

/* Moves new tasks to the thread's own list; false when the thread is to end. */
static bool take_inbox(struct http *http)
{
    struct task **link = &http->tasks;
    bool go_on;

    while (*link)
        link = &(*link)->next;
    pthread_mutex_lock(&http->lock);
    *link = http->inbox;
    http->inbox = NULL;
    go_on = !http->stop;
    pthread_mutex_unlock(&http->lock);
    return go_on;
}

static void *run(void *context)
{
    struct http *http = context;

    while (take_inbox(http)) {
        int64_t next = tend(http);
        int running;

        curl_multi_perform(http->multi, &running);
        if (!collect(http))
            wait_until(http, next);
    }
    return NULL;
}

/* Starts the I/O thread. Signals are for the main thread. Under the lock. */
static int ensure_started(struct http *http, struct err *err)
{
    static pthread_once_t once = PTHREAD_ONCE_INIT;
    sigset_t all, before;

    if (http->started)
        return 0;
    pthread_once(&once, init_curl);
    http->multi = curl_multi_init();
    if (!http->multi)
        return err_set(err, ERR_FAILED, "cannot start the HTTP client: libcurl does not start");
    sigfillset(&all);
    pthread_sigmask(SIG_SETMASK, &all, &before);
    http->started = pthread_create(&http->thread, NULL, run, http) == 0;
    pthread_sigmask(SIG_SETMASK, &before, NULL);
    if (http->started)
        return 0;
    curl_multi_cleanup(http->multi);
    return err_set(err, ERR_FAILED, "cannot start the HTTP client: no thread can be created");
}

/* Gives the tasks to the I/O thread and waits for the last one. */
static int submit(struct http *http, struct task *tasks, size_t count, struct batch *batch,
                  struct err *err)
{
    struct task **link = &http->inbox;
    int result = 0;

    pthread_mutex_lock(&http->lock);
    if (ensure_started(http, err) < 0) {
        result = -1;
        goto out;
    }
    while (*link)
        link = &(*link)->next;
    for (size_t i = 0; i < count; i++) {
        *link = &tasks[i];
        link = &tasks[i].next;
    }
    curl_multi_wakeup(http->multi);
    while (batch->pending > 0)
        pthread_cond_wait(&batch->done, &http->lock);
out:
    pthread_mutex_unlock(&http->lock);
    return result;
}

void http_wake(struct http *http)
{
    pthread_mutex_lock(&http->lock);
    if (http->started)
        curl_multi_wakeup(http->multi);
    pthread_mutex_unlock(&http->lock);
}

int http_perform(struct http *http, struct http_exchange *exchanges, size_t count, struct err *err)
{
    struct batch batch = {.done = PTHREAD_COND_INITIALIZER, .pending = count};
    struct task *tasks;
    int result = 0;

    if (count == 0)
        return 0;
    tasks = xcalloc(count, sizeof(*tasks));
    for (size_t i = 0; i < count; i++) {
        http_exchange_clear(&exchanges[i]);
        tasks[i].batch = &batch;
        tasks[i].transfer.exchange = &exchanges[i];
        tasks[i].transfer.options = &http->options;
    }
    result = submit(http, tasks, count, &batch, err);
    for (size_t i = 0; i < count; i++) {
        if (batch.pending > 0) {
            exchanges[i].err = *err; /* not even started */
        } else if (exchanges[i].err.code && result == 0) {
            *err = exchanges[i].err;
            result = -1;
        }
    }
    free(tasks);
    return result;
}
