/*
 * A server that answers from a script, and a clock that passes the time
 * instead of sleeping: for what a real service does too rarely to wait for.
 */
#ifndef FNCTL_TESTS_UNIT_SCRIPTED_H
#define FNCTL_TESTS_UNIT_SCRIPTED_H

#include "providers/aws/aws.h"
#include "tests/unit/conformance.h"

#include <arpa/inet.h>
#include <pthread.h>
#include <stdio.h>
#include <strings.h>
#include <sys/socket.h>
#include <unistd.h>

enum { REQUEST_MAX = 65536, ALWAYS = 1000000 };

/* An answer to requests that contain `match`: the first rule with answers left is taken. */
struct rule {
    const char *match; /* in the request line, or in the body ("Action=GetRole&") */
    int times;
    int status;
    const char *code; /* an error's; NULL: none */
    const char *body;
};

struct script {
    struct conformance conformance;
    int listener;
    pthread_t thread;
    pthread_mutex_t lock;
    struct rule rules[32];
    size_t count;
    struct strlist requests; /* "METHOD PATH body" */
    char *url;
};

static struct rule *find_rule(struct script *script, const char *request)
{
    for (size_t i = 0; i < script->count; i++) {
        struct rule *rule = &script->rules[i];

        if (rule->times > 0 && strstr(request, rule->match)) {
            rule->times--;
            return rule;
        }
    }
    return NULL;
}

static void answer(int fd, int status, const char *code, const char *type, const char *body)
{
    dprintf(fd, "HTTP/1.1 %d X\r\nContent-Type: %s\r\nContent-Length: %zu\r\n", status, type,
            strlen(body));
    if (code)
        dprintf(fd, "x-amzn-ErrorType: %s\r\n", code);
    dprintf(fd, "Connection: close\r\n\r\n%s", body);
}

/* What is not in the script does not exist. */
static void answer_missing(int fd, bool query)
{
    if (query)
        answer(fd, 404, NULL, "text/xml",
               "<ErrorResponse><Error><Code>NoSuchEntity</Code><Message>none</Message></Error>"
               "</ErrorResponse>");
    else
        answer(fd, 404, "ResourceNotFoundException", "application/json", "{\"message\": \"none\"}");
}

/* Reads one request as "METHOD PATH body", to free(); NULL when the client went away. */
static char *read_request(int fd)
{
    char text[REQUEST_MAX];
    size_t len = 0;
    size_t body_len = 0;
    char *body = NULL;
    char *length;

    while (len < sizeof(text) - 1) {
        ssize_t got = read(fd, text + len, sizeof(text) - 1 - len);

        if (got <= 0)
            return NULL;
        len += (size_t)got;
        text[len] = '\0';
        body = strstr(text, "\r\n\r\n");
        length = body ? strcasestr(text, "\r\nContent-Length:") : NULL;
        body_len = length ? strtoul(length + 17, NULL, 10) : 0;
        if (body && len >= (size_t)(body + 4 - text) + body_len)
            break;
    }
    return body ? xasprintf("%.*s %s", (int)strcspn(text, "\r"), text, body + 4) : NULL;
}

static void serve_one(struct script *script, int fd)
{
    char *request = read_request(fd);
    struct rule *rule;
    bool query;

    if (!request)
        return;
    query = strstr(request, "Action=") != NULL;
    pthread_mutex_lock(&script->lock);
    strlist_add(&script->requests, request);
    rule = find_rule(script, request);
    if (rule)
        answer(fd, rule->status, rule->code, query ? "text/xml" : "application/json", rule->body);
    else
        answer_missing(fd, query);
    pthread_mutex_unlock(&script->lock);
    free(request);
}

static void *serve(void *context)
{
    struct script *script = context;
    int fd;

    while ((fd = accept(script->listener, NULL, NULL)) >= 0) {
        serve_one(script, fd);
        close(fd);
    }
    return NULL;
}

/* A clock that passes the time instead of sleeping. */
static int64_t skipped;
static bool interrupted;

static int64_t system_now(void *context)
{
    (void)context;
    return clock_now(clock_system());
}

static int64_t skipping_monotonic(void *context)
{
    (void)context;
    return clock_monotonic(clock_system()) + skipped;
}

static int skipping_sleep(void *context, int64_t milliseconds)
{
    (void)context;
    skipped += milliseconds;
    return interrupted ? -1 : 0;
}

static const struct clock skipping_clock = {
    .now = system_now, .monotonic = skipping_monotonic, .sleep = skipping_sleep};

static int set_up(void **state)
{
    struct script *script = xcalloc(1, sizeof(*script));
    struct sockaddr_in address = {.sin_family = AF_INET, .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
    socklen_t len = sizeof(address);
    struct err err = {0};

    interrupted = false;
    setenv("AWS_ACCESS_KEY_ID", "AKIATESTTESTTESTTEST", 1);
    setenv("AWS_SECRET_ACCESS_KEY", "test", 1);
    pthread_mutex_init(&script->lock, NULL);
    script->listener = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
    if (bind(script->listener, (struct sockaddr *)&address, len) < 0 ||
        listen(script->listener, 16) < 0 ||
        getsockname(script->listener, (struct sockaddr *)&address, &len) < 0)
        return -1;
    script->url = xasprintf("http://127.0.0.1:%d", ntohs(address.sin_port));
    script->conformance = (struct conformance){.provider = &provider_aws,
                                               .endpoint_url = script->url,
                                               .region = "eu-central-1",
                                               .clock = &skipping_clock,
                                               .folder = file_temporary_folder("races", &err)};
    out_init(&script->conformance.out, stdout, stderr);
    *state = script;
    return pthread_create(&script->thread, NULL, serve, script);
}

static int tear_down(void **state)
{
    struct script *script = *state;
    struct err err = {0};

    shutdown(script->listener, SHUT_RDWR);
    pthread_join(script->thread, NULL);
    close(script->listener);
    pthread_mutex_destroy(&script->lock);
    strlist_release(&script->requests);
    file_remove(script->conformance.folder, &err);
    out_release(&script->conformance.out);
    free(script->conformance.folder);
    free(script->url);
    free(script);
    return 0;
}

static void rule(struct script *script, const char *match, int times, int status, const char *code,
                 const char *body)
{
    script->rules[script->count++] = (struct rule){match, times, status, code, body};
}

static size_t count_of(const struct script *script, const char *match)
{
    size_t count = 0;

    for (size_t i = 0; i < script->requests.count; i++)
        count += strstr(script->requests.items[i], match) != NULL;
    return count;
}

#endif
