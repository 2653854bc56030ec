#include "core/memory.h"
#include "core/transfer.h"

#include <ctype.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

/* What each failure of libcurl means to the user. Another try helps where `again` is set. */
static const struct failure {
    CURLcode code;
    bool again;
    const char *text; /* NULL: the system's reason */
    const char *hint;
} failures[] = {
    {CURLE_COULDNT_RESOLVE_HOST, true, "cannot resolve its name",
     "check the name, the network and its DNS"},
    {CURLE_COULDNT_RESOLVE_PROXY, true, "cannot resolve the proxy's name",
     "check HTTPS_PROXY and HTTP_PROXY"},
    {CURLE_COULDNT_CONNECT, true, NULL, "check the address, and that the server runs"},
    {CURLE_GOT_NOTHING, true, "it closed the connection without an answer",
     "check that it is an HTTP server and look at its log"},
    {CURLE_PARTIAL_FILE, true, "it closed the connection in the middle of its answer",
     "try again; check proxies on the way"},
    {CURLE_RECV_ERROR, true, "the connection broke while the answer was read",
     "try again; check the network and proxies on the way"},
    {CURLE_SEND_ERROR, true, "the connection broke while the request was sent",
     "try again; check the network and proxies on the way"},
    {CURLE_UNSUPPORTED_PROTOCOL, false, "its answer is not HTTP", "check the address and the port"},
    {CURLE_WEIRD_SERVER_REPLY, false, "its answer is not HTTP", "check the address and the port"},
    {CURLE_PEER_FAILED_VERIFICATION, false, "its certificate is not trusted",
     "behind a proxy that looks into TLS, point AWS_CA_BUNDLE to the proxy's certificate"},
    {CURLE_SSL_CACERT_BADFILE, false, "the file of trusted certificates cannot be read",
     "check AWS_CA_BUNDLE, CURL_CA_BUNDLE and SSL_CERT_FILE"},
    {CURLE_SSL_CONNECT_ERROR, true, "TLS failed", "check that the port speaks https"},
    {CURLE_HTTP2, true, "HTTP/2 failed", "try again"},
    {CURLE_HTTP2_STREAM, true, "HTTP/2 failed", "try again"},
    {CURLE_PROXY, true, "the proxy refused", "check HTTPS_PROXY and HTTP_PROXY"},
};

/* Parts of parameter names whose values are nobody's business. */
static const char *const private_words[] = {"signature", "token",    "credential",
                                            "secret",    "password", "code"};

static bool is_private(const char *name, size_t len)
{
    char lower[64] = "";

    for (size_t i = 0; i < len && i < sizeof(lower) - 1; i++)
        lower[i] = (char)tolower((unsigned char)name[i]);
    for (size_t i = 0; i < sizeof(private_words) / sizeof(*private_words); i++)
        if (strstr(lower, private_words[i]))
            return true;
    return false;
}

char *transfer_public_url(const char *url)
{
    const char *start = strstr(url, "://");
    const char *host = start ? start + 3 : url;
    size_t authority = strcspn(host, "/?#");
    const char *user = memchr(host, '@', authority);
    const char *query = strchr(url, '?');
    struct buf text;

    buf_init(&text, 0);
    buf_append(&text, url, (size_t)(host - url));
    if (user && user < host + authority)
        host = user + 1;
    buf_append(&text, host, query ? (size_t)(query + 1 - host) : strlen(host));
    for (query = query ? query + 1 : ""; *query;) {
        size_t len = strcspn(query, "&"), name = strcspn(query, "=&");

        if (name < len && is_private(query, name))
            buf_printf(&text, "%.*s=******", (int)name, query);
        else
            buf_append(&text, query, len);
        query += len;
        if (*query)
            buf_putc(&text, *query++);
    }
    return buf_take(&text);
}

/* "1.5 s", "10 s" */
static const char *seconds(int64_t milliseconds, char text[static 32])
{
    snprintf(text, 32, "%.3g s", (double)milliseconds / 1000);
    return text;
}

static int set_failure(const struct transfer *transfer, struct err *err, const char *text,
                       const char *detail, const char *hint)
{
    const struct http_exchange *exchange = transfer->exchange;
    char *url = transfer_public_url(exchange->url);
    char *name =
        exchange->label ? xstrdup(exchange->label) : xasprintf("%s %s", exchange->method, url);
    int tries = exchange->response.attempts;

    err_set(err, ERR_SERVICE, "%s: request to %s failed: %s%s%s", name, transfer->host, text,
            *detail ? ": " : "", detail);
    if (tries > 1)
        err_append(err, " (tried %d times)", tries);
    err_append(err, "; %s", hint);
    free(name);
    free(url);
    return -1;
}

static int set_timeout(const struct transfer *transfer, struct err *err)
{
    const struct http_options *options = transfer->options;
    const struct http_exchange *exchange = transfer->exchange;
    int64_t total = exchange->total_timeout ? exchange->total_timeout : options->total_timeout;
    int64_t stall = exchange->stall_timeout ? exchange->stall_timeout : options->stall_timeout;
    curl_off_t sending = 0;
    char time[32], text[128];

    curl_easy_getinfo(transfer->easy, CURLINFO_PRETRANSFER_TIME_T, &sending);
    if (transfer->end == TRANSFER_STALLED) {
        snprintf(text, sizeof(text), "no byte for %s", seconds(stall, time));
        return set_failure(transfer, err, text, "",
                           "check the network, and that the server is not stuck");
    }
    if (sending == 0) {
        snprintf(text, sizeof(text), "no connection within %s",
                 seconds(options->connect_timeout, time));
        return set_failure(transfer, err, text, "",
                           "check the address, the network, firewalls and HTTPS_PROXY");
    }
    snprintf(text, sizeof(text), "not finished within %s", seconds(total, time));
    return set_failure(transfer, err, text, "", "check the network; large uploads need time");
}

/* "Connection refused" of the system's, in lower case. */
static void system_reason(const struct transfer *transfer, char *text, size_t size)
{
    long number = 0;

    curl_easy_getinfo(transfer->easy, CURLINFO_OS_ERRNO, &number);
    snprintf(text, size, "%s", number ? strerror((int)number) : "cannot connect");
    text[0] = (char)tolower((unsigned char)text[0]);
}

static int explain(const struct transfer *transfer, CURLcode result, bool *again, struct err *err)
{
    char reason[128];

    for (size_t i = 0; i < sizeof(failures) / sizeof(*failures); i++) {
        const struct failure *failure = &failures[i];
        bool tls = result == CURLE_PEER_FAILED_VERIFICATION || result == CURLE_SSL_CONNECT_ERROR ||
                   result == CURLE_SSL_CACERT_BADFILE || result == CURLE_PROXY;

        if (failure->code != result)
            continue;
        *again = failure->again;
        system_reason(transfer, reason, sizeof(reason));
        return set_failure(transfer, err, failure->text ? failure->text : reason,
                           tls ? transfer->reason : "", failure->hint);
    }
    *again = true;
    return set_failure(transfer, err, curl_easy_strerror(result), transfer->reason,
                       "check the network");
}

int transfer_outcome(struct transfer *transfer, CURLcode result, bool *again, struct err *err)
{
    const struct http_exchange *exchange = transfer->exchange;

    *again = false;
    if (transfer->end == TRANSFER_TOO_LARGE)
        return err_set(err, ERR_SERVICE,
                       "the answer of %s is larger than %zu bytes, and was given up",
                       transfer->host, exchange->response.body.max);
    if (transfer->end == TRANSFER_STOPPED)
        return err_set(err, ERR_FAILED, "the answer of %s was not wanted any more", transfer->host);
    if (transfer->end == TRANSFER_UNREADABLE)
        return err_set(err, ERR_FAILED,
                       "the file that is sent to %s cannot be read to its end: was it changed?",
                       transfer->host);
    if (result == CURLE_OK)
        return 0;
    if (result == CURLE_OPERATION_TIMEDOUT || transfer->end == TRANSFER_STALLED) {
        *again = !transfer->received;
        return set_timeout(transfer, err);
    }
    explain(transfer, result, again, err);
    *again = *again && !transfer->received;
    return -1;
}

void transfer_trace(const struct transfer *transfer, int attempt, int64_t elapsed,
                    const struct err *err)
{
    const struct http_exchange *exchange = transfer->exchange;
    struct out *out = transfer->options->out;
    const char *label = exchange->label;
    char *url;

    if (!out || !out->verbose)
        return;
    url = transfer_public_url(exchange->url);
    if (err->code)
        out_trace(out, "%s (%lld ms, attempt %d)", err->message, (long long)elapsed, attempt);
    else
        out_trace(out, "%s %s: %d in %lld ms (%s%sattempt %d)", exchange->method, url,
                  exchange->response.status, (long long)elapsed, label ? label : "",
                  label ? ", " : "", attempt);
    free(url);
}
