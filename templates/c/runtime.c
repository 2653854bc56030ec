#include "runtime.h"

#include <curl/curl.h>
#include <jansson.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

enum { EVENT_MAX = 8 * 1024 * 1024 }; /* Lambda's own limit is 6 MB and a little */

struct runtime {
    CURL *curl;
    char base[256];                /* "http://127.0.0.1:9001/2018-06-01/runtime" */
    char message[CURL_ERROR_SIZE]; /* what libcurl says of a failure */
};

struct runtime *runtime_open(void)
{
    const char *address = getenv("AWS_LAMBDA_RUNTIME_API");
    struct runtime *runtime = calloc(1, sizeof(*runtime));

    if (!address || !runtime || curl_global_init(CURL_GLOBAL_DEFAULT) != CURLE_OK ||
        !(runtime->curl = curl_easy_init())) {
        fprintf(stderr, "cannot reach Lambda's Runtime API: %s\n",
                address ? "out of memory" : "AWS_LAMBDA_RUNTIME_API is not set");
        free(runtime);
        return NULL;
    }
    snprintf(runtime->base, sizeof(runtime->base), "http://%s/2018-06-01/runtime", address);
    return runtime;
}

void runtime_close(struct runtime *runtime)
{
    curl_easy_cleanup(runtime->curl);
    curl_global_cleanup();
    free(runtime);
}

/* Keeps what a request has in common with the others. Kept-alive connections survive a reset. */
static CURL *prepare(struct runtime *runtime, const char *url)
{
    CURL *curl = runtime->curl;

    curl_easy_reset(curl);
    runtime->message[0] = '\0';
    curl_easy_setopt(curl, CURLOPT_URL, url);
    curl_easy_setopt(curl, CURLOPT_ERRORBUFFER, runtime->message);
    curl_easy_setopt(curl, CURLOPT_NOPROXY, "*"); /* the API is on this machine */
    curl_easy_setopt(curl, CURLOPT_NOSIGNAL, 1L);
    return curl;
}

/* Sends the prepared request; the HTTP status, or -1. */
static long perform(struct runtime *runtime, const char *url)
{
    CURLcode code = curl_easy_perform(runtime->curl);
    long status = -1;

    if (code == CURLE_OK)
        curl_easy_getinfo(runtime->curl, CURLINFO_RESPONSE_CODE, &status);
    else
        fprintf(stderr, "%s: %s\n", url,
                runtime->message[0] ? runtime->message : curl_easy_strerror(code));
    return status;
}

static size_t take_event(char *data, size_t size, size_t count, void *context)
{
    struct invocation *invocation = context;
    size_t len = size * count;
    char *event;

    if (len > EVENT_MAX - invocation->event_len)
        return 0;
    event = realloc(invocation->event, invocation->event_len + len + 1);
    if (!event)
        return 0;
    memcpy(event + invocation->event_len, data, len);
    invocation->event = event;
    invocation->event_len += len;
    event[invocation->event_len] = '\0';
    return len;
}

/* Copies the value of "name: value\r\n" into `value`, when it is the header of that name. */
static void take_value(const char *line, size_t len, const char *name, char *value, size_t size)
{
    size_t name_len = strlen(name);

    if (len <= name_len || strncasecmp(line, name, name_len) != 0 || line[name_len] != ':')
        return;
    line += name_len + 1;
    len -= name_len + 1;
    while (len && *line == ' ')
        line++, len--;
    while (len && (line[len - 1] == '\r' || line[len - 1] == '\n'))
        len--;
    snprintf(value, size, "%.*s", (int)len, line);
}

static size_t take_header(char *line, size_t size, size_t count, void *context)
{
    struct invocation *invocation = context;
    size_t len = size * count;
    char deadline[32] = "", trace[512] = "";

    take_value(line, len, "Lambda-Runtime-Aws-Request-Id", invocation->request_id,
               sizeof(invocation->request_id));
    take_value(line, len, "Lambda-Runtime-Invoked-Function-Arn", invocation->function_arn,
               sizeof(invocation->function_arn));
    take_value(line, len, "Lambda-Runtime-Deadline-Ms", deadline, sizeof(deadline));
    take_value(line, len, "Lambda-Runtime-Trace-Id", trace, sizeof(trace));
    if (deadline[0])
        invocation->deadline = strtoll(deadline, NULL, 10);
    if (trace[0])
        setenv("_X_AMZN_TRACE_ID", trace, 1); /* where the AWS SDKs look for it */
    return len;
}

int runtime_next(struct runtime *runtime, struct invocation *invocation)
{
    char url[384];
    CURL *curl;
    long status;

    memset(invocation, 0, sizeof(*invocation));
    snprintf(url, sizeof(url), "%s/invocation/next", runtime->base);
    curl = prepare(runtime, url);
    curl_easy_setopt(curl, CURLOPT_HEADERFUNCTION, take_header);
    curl_easy_setopt(curl, CURLOPT_HEADERDATA, invocation);
    curl_easy_setopt(curl, CURLOPT_WRITEFUNCTION, take_event);
    curl_easy_setopt(curl, CURLOPT_WRITEDATA, invocation);
    status = perform(runtime, url);
    if (status == 200 && invocation->request_id[0] && invocation->event)
        return 0;
    if (status != -1)
        fprintf(stderr, "%s: status %ld is no event\n", url, status);
    invocation_release(invocation);
    return -1;
}

void invocation_release(struct invocation *invocation)
{
    free(invocation->event);
    invocation->event = NULL;
}

static size_t drop(char *data, size_t size, size_t count, void *context)
{
    (void)data;
    (void)context;
    return size * count;
}

/* Posts to BASE/path; 0 when the API took it. `error_type` may be NULL. */
static int post(struct runtime *runtime, const char *path, const char *error_type, const char *body,
                size_t len)
{
    char url[512], header[256];
    struct curl_slist *headers = curl_slist_append(NULL, "Content-Type: application/json");
    CURL *curl;
    long status;

    snprintf(url, sizeof(url), "%s/%s", runtime->base, path);
    snprintf(header, sizeof(header), "Lambda-Runtime-Function-Error-Type: %s",
             error_type ? error_type : "");
    if (error_type)
        headers = curl_slist_append(headers, header);
    headers = curl_slist_append(headers, "Expect:"); /* do not wait for "100 Continue" */
    curl = prepare(runtime, url);
    curl_easy_setopt(curl, CURLOPT_HTTPHEADER, headers);
    curl_easy_setopt(curl, CURLOPT_POSTFIELDS, body);
    curl_easy_setopt(curl, CURLOPT_POSTFIELDSIZE_LARGE, (curl_off_t)len);
    curl_easy_setopt(curl, CURLOPT_WRITEFUNCTION, drop);
    status = perform(runtime, url);
    curl_slist_free_all(headers);
    if (status != -1 && status != 202)
        fprintf(stderr, "%s: status %ld\n", url, status);
    return status == 202 ? 0 : -1;
}

static int post_error(struct runtime *runtime, const char *path, const char *type,
                      const char *message)
{
    json_t *error =
        json_pack("{s:s, s:s, s:[]}", "errorType", type, "errorMessage", message, "stackTrace");
    char *body = error ? json_dumps(error, JSON_COMPACT) : NULL;
    const char *text = body ? body : "{}"; /* a message that is not UTF-8 */
    int result = post(runtime, path, type, text, strlen(text));

    free(body);
    json_decref(error);
    return result;
}

int runtime_respond(struct runtime *runtime, const struct invocation *invocation,
                    const char *answer, size_t len)
{
    char path[192];

    snprintf(path, sizeof(path), "invocation/%s/response", invocation->request_id);
    if (post(runtime, path, NULL, answer, len) == 0)
        return 0;
    return runtime_fail(runtime, invocation, "Runtime.AnswerRefused", "the answer was not taken");
}

int runtime_fail(struct runtime *runtime, const struct invocation *invocation, const char *type,
                 const char *message)
{
    char path[192];

    snprintf(path, sizeof(path), "invocation/%s/error", invocation->request_id);
    return post_error(runtime, path, type, message);
}

int runtime_fail_init(struct runtime *runtime, const char *type, const char *message)
{
    return post_error(runtime, "init/error", type, message);
}
