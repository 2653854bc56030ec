#include "core/transfer.h"

#include "core/memory.h"

#include <ctype.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>
#include <unistd.h>

enum {
    MAX_RESPONSE = 64 << 20,
    MAX_HEADERS = 256 << 10,
    UPLOAD_BUFFER = 256 << 10,
    KEEP_ALIVE = 30, /* s; an invocation may be silent for minutes, and firewalls forget */
};

/* Takes "name: value", the name in lower case; a status line starts the list anew. */
static size_t on_header(char *data, size_t size, size_t count, void *context)
{
    struct transfer *transfer = context;
    struct http_response *response = &transfer->exchange->response;
    size_t len = size * count, name = 0;
    char *line;

    transfer->moved = clock_monotonic(transfer->options->clock);
    transfer->header_bytes += len;
    if (transfer->header_bytes > MAX_HEADERS) {
        transfer->end = TRANSFER_TOO_LARGE;
        return 0;
    }
    while (len > 0 && isspace((unsigned char)data[len - 1]))
        len--;
    line = xstrndup(data, len);
    if (strncmp(line, "HTTP/", 5) == 0) {
        const char *space = strchr(line, ' ');

        response->status = space ? atoi(space + 1) : 0;
        strlist_release(&response->headers);
        free(line);
    } else if (len > 0 && (name = strcspn(line, ":")) < len) {
        for (size_t i = 0; i < name; i++)
            line[i] = (char)tolower((unsigned char)line[i]);
        strlist_addf(&response->headers, "%.*s: %s", (int)name, line,
                     line + name + 1 + strspn(line + name + 1, " \t"));
        free(line);
    } else {
        free(line);
    }
    return size * count;
}

static size_t on_body(char *data, size_t size, size_t count, void *context)
{
    struct transfer *transfer = context;
    struct http_exchange *exchange = transfer->exchange;
    size_t len = size * count;

    transfer->moved = clock_monotonic(transfer->options->clock);
    if (exchange->receive && exchange->response.status / 100 == 2) {
        transfer->received = true;
        if (exchange->receive(exchange->context, data, len) == 0)
            return len;
        transfer->end = TRANSFER_STOPPED;
        return 0;
    }
    if (buf_append(&exchange->response.body, data, len) == 0)
        return len;
    transfer->end = TRANSFER_TOO_LARGE;
    return 0;
}

static int on_progress(void *context, curl_off_t total_down, curl_off_t down, curl_off_t total_up,
                       curl_off_t up)
{
    struct transfer *transfer = context;
    struct http_exchange *exchange = transfer->exchange;

    (void)total_down;
    (void)total_up;
    if (up != transfer->uploaded || down != transfer->downloaded)
        transfer->moved = clock_monotonic(transfer->options->clock);
    if (up != transfer->uploaded && exchange->progress)
        exchange->progress(exchange->context, up,
                           exchange->file ? exchange->file->len : (int64_t)exchange->body_len);
    transfer->uploaded = up;
    transfer->downloaded = down;
    return 0;
}

static bool has_header(const struct strlist *headers, const char *name)
{
    size_t len = strlen(name);

    for (size_t i = 0; i < headers->count; i++)
        if (strncasecmp(headers->items[i], name, len) == 0 && headers->items[i][len] == ':')
            return true;
    return false;
}

/* Hands the headers to curl. A line break in one would be a second header: refused. */
static int set_headers(struct transfer *transfer, const struct strlist *headers, struct err *err)
{
    struct curl_slist *list = curl_slist_append(NULL, "Expect:");

    for (size_t i = 0; i < headers->count; i++) {
        const char *header = headers->items[i];
        size_t name = strcspn(header, ":");
        char *empty;

        if (strpbrk(header, "\r\n")) {
            curl_slist_free_all(list);
            return err_set(err, ERR_FAILED, "cannot send header '%.*s': its value has a line break",
                           (int)name, header);
        }
        if (header[name] && header[name + 1 + strspn(header + name + 1, " ")]) {
            list = curl_slist_append(list, header);
            continue;
        }
        /* curl takes "Name:" as a wish to leave the header out, and sends "Name;" empty. */
        empty = xasprintf("%.*s;", (int)name, header);
        list = curl_slist_append(list, empty);
        free(empty);
    }
    if (!has_header(headers, "content-type"))
        list = curl_slist_append(list, "Content-Type:");
    transfer->headers = list;
    curl_easy_setopt(transfer->easy, CURLOPT_HTTPHEADER, list);
    return 0;
}

/* Loopback, and the link-local metadata services, whose answers are for this machine alone, are
 * reached directly, whatever proxy there is for the world outside. */
static bool is_near(const char *host)
{
    size_t len = strlen(host);

    return strcasecmp(host, "localhost") == 0 || strncmp(host, "127.", 4) == 0 ||
           strcmp(host, "[::1]") == 0 || strncmp(host, "169.254.", 8) == 0 ||
           strncmp(host, "[fd00:ec2::", 11) == 0 ||
           (len > 10 && strcasecmp(host + len - 10, ".localhost") == 0);
}

/* Checks the address and fills transfer->host. */
static int set_address(struct transfer *transfer, struct err *err)
{
    const char *url = transfer->exchange->url;
    CURLU *parts = curl_url();
    char *scheme = NULL, *host = NULL, *port = NULL;
    int result = 0;

    if (curl_url_set(parts, CURLUPART_URL, url, CURLU_NON_SUPPORT_SCHEME | CURLU_PATH_AS_IS) ||
        curl_url_get(parts, CURLUPART_SCHEME, &scheme, 0) ||
        curl_url_get(parts, CURLUPART_HOST, &host, 0) ||
        curl_url_get(parts, CURLUPART_PORT, &port, CURLU_DEFAULT_PORT) ||
        (strcmp(scheme, "http") != 0 && strcmp(scheme, "https") != 0)) {
        char *shown = transfer_public_url(url);

        result = err_set(err, ERR_USAGE,
                         "'%s' is no address to send a request to: it has to start with http:// or "
                         "https:// and name a host",
                         shown);
        free(shown);
    } else {
        transfer->host = xasprintf("%s:%s", host, port);
        curl_easy_setopt(transfer->easy, CURLOPT_URL, url);
        if (is_near(host))
            curl_easy_setopt(transfer->easy, CURLOPT_NOPROXY, "*");
    }
    curl_free(scheme);
    curl_free(host);
    curl_free(port);
    curl_url_cleanup(parts);
    return result;
}

static const char *ca_file(void)
{
    static const char *const names[] = {"AWS_CA_BUNDLE", "CURL_CA_BUNDLE", "SSL_CERT_FILE"};

    for (size_t i = 0; i < sizeof(names) / sizeof(*names); i++) {
        const char *path = getenv(names[i]);

        if (path && *path)
            return path;
    }
    return NULL;
}

static size_t on_read(char *data, size_t size, size_t count, void *context)
{
    struct transfer *transfer = context;
    const struct http_file *file = transfer->exchange->file;
    int64_t left = file->len - transfer->read;
    size_t wanted = size * count;
    ssize_t got = 0;

    wanted = (int64_t)wanted > left ? (size_t)left : wanted;
    if (wanted > 0)
        got = pread(file->fd, data, wanted, file->offset + transfer->read);
    if (wanted > 0 && got <= 0) {
        transfer->end = TRANSFER_UNREADABLE;
        return CURL_READFUNC_ABORT;
    }
    transfer->read += got;
    return (size_t)got;
}

/* curl begins again when a kept connection turns out to be closed. */
static int on_seek(void *context, curl_off_t offset, int origin)
{
    struct transfer *transfer = context;

    if (origin != SEEK_SET)
        return CURL_SEEKFUNC_CANTSEEK;
    transfer->read = offset;
    return CURL_SEEKFUNC_OK;
}

static void set_file(struct transfer *transfer)
{
    CURL *easy = transfer->easy;

    transfer->read = 0;
    curl_easy_setopt(easy, CURLOPT_UPLOAD, 1L);
    curl_easy_setopt(easy, CURLOPT_UPLOAD_BUFFERSIZE, (long)UPLOAD_BUFFER);
    curl_easy_setopt(easy, CURLOPT_INFILESIZE_LARGE, (curl_off_t)transfer->exchange->file->len);
    curl_easy_setopt(easy, CURLOPT_READFUNCTION, on_read);
    curl_easy_setopt(easy, CURLOPT_READDATA, transfer);
    curl_easy_setopt(easy, CURLOPT_SEEKFUNCTION, on_seek);
    curl_easy_setopt(easy, CURLOPT_SEEKDATA, transfer);
}

static void set_body(struct transfer *transfer)
{
    const struct http_exchange *exchange = transfer->exchange;
    const char *method = exchange->method;
    bool empty_body =
        strcmp(method, "POST") == 0 || strcmp(method, "PUT") == 0 || strcmp(method, "PATCH") == 0;

    if (exchange->file) {
        set_file(transfer);
    } else if (exchange->body || empty_body) {
        curl_easy_setopt(transfer->easy, CURLOPT_POSTFIELDSIZE_LARGE,
                         exchange->body ? (curl_off_t)exchange->body_len : (curl_off_t)0);
        curl_easy_setopt(transfer->easy, CURLOPT_POSTFIELDS, exchange->body ? exchange->body : "");
    }
    if (strcmp(method, "HEAD") == 0)
        curl_easy_setopt(transfer->easy, CURLOPT_NOBODY, 1L);
    else
        curl_easy_setopt(transfer->easy, CURLOPT_CUSTOMREQUEST, method);
}

static void set_limits(struct transfer *transfer)
{
    const struct http_exchange *exchange = transfer->exchange;
    int64_t total =
        exchange->total_timeout ? exchange->total_timeout : transfer->options->total_timeout;

    curl_easy_setopt(transfer->easy, CURLOPT_CONNECTTIMEOUT_MS,
                     (long)transfer->options->connect_timeout);
    curl_easy_setopt(transfer->easy, CURLOPT_TIMEOUT_MS, total > 0 ? (long)total : 0L);
    curl_easy_setopt(transfer->easy, CURLOPT_TCP_KEEPALIVE, 1L);
    curl_easy_setopt(transfer->easy, CURLOPT_TCP_KEEPIDLE, (long)KEEP_ALIVE);
    curl_easy_setopt(transfer->easy, CURLOPT_TCP_KEEPINTVL, (long)KEEP_ALIVE);
}

static void set_options(struct transfer *transfer)
{
    CURL *easy = transfer->easy;
    const char *ca = ca_file();

    curl_easy_setopt(easy, CURLOPT_NOSIGNAL, 1L);
    curl_easy_setopt(easy, CURLOPT_PROTOCOLS_STR, "http,https");
    curl_easy_setopt(easy, CURLOPT_HTTP_VERSION, (long)CURL_HTTP_VERSION_2TLS);
    curl_easy_setopt(easy, CURLOPT_PATH_AS_IS, 1L);
    curl_easy_setopt(easy, CURLOPT_SUPPRESS_CONNECT_HEADERS, 1L);
    curl_easy_setopt(easy, CURLOPT_USERAGENT, transfer->options->user_agent);
    curl_easy_setopt(easy, CURLOPT_ERRORBUFFER, transfer->reason);
    curl_easy_setopt(easy, CURLOPT_HEADERFUNCTION, on_header);
    curl_easy_setopt(easy, CURLOPT_HEADERDATA, transfer);
    curl_easy_setopt(easy, CURLOPT_WRITEFUNCTION, on_body);
    curl_easy_setopt(easy, CURLOPT_WRITEDATA, transfer);
    curl_easy_setopt(easy, CURLOPT_NOPROGRESS, 0L);
    curl_easy_setopt(easy, CURLOPT_XFERINFOFUNCTION, on_progress);
    curl_easy_setopt(easy, CURLOPT_XFERINFODATA, transfer);
    if (ca)
        curl_easy_setopt(easy, CURLOPT_CAINFO, ca);
}

/* Empties what an earlier attempt left. */
static void reset(struct transfer *transfer)
{
    struct http_exchange *exchange = transfer->exchange;
    struct http_response *response = &exchange->response;

    transfer_release(transfer);
    strlist_release(&response->headers);
    buf_release(&response->body);
    buf_init(&response->body, exchange->max_response ? exchange->max_response : MAX_RESPONSE);
    response->status = 0;
    transfer->header_bytes = 0;
    transfer->uploaded = transfer->downloaded = 0;
    transfer->reason[0] = '\0';
    transfer->end = TRANSFER_OPEN;
    transfer->moved = clock_monotonic(transfer->options->clock);
}

int transfer_start(struct transfer *transfer, int attempt, struct err *err)
{
    struct http_exchange *exchange = transfer->exchange;
    struct strlist headers;
    int result = -1;

    reset(transfer);
    strlist_init(&headers);
    for (size_t i = 0; i < exchange->headers.count; i++)
        strlist_add(&headers, exchange->headers.items[i]);
    transfer->easy = curl_easy_init();
    if (!transfer->easy) {
        err_set(err, ERR_FAILED, "cannot set up an HTTP request: libcurl has no handle for us");
        goto out;
    }
    if (exchange->prepare &&
        exchange->prepare(exchange->context, exchange, &headers, attempt, err) < 0)
        goto out;
    set_options(transfer);
    set_limits(transfer);
    set_body(transfer);
    if (set_address(transfer, err) < 0 || set_headers(transfer, &headers, err) < 0)
        goto out;
    result = 0;
out:
    strlist_release(&headers);
    return result;
}

static int64_t stall_timeout(const struct transfer *transfer)
{
    return transfer->exchange->stall_timeout ? transfer->exchange->stall_timeout
                                             : transfer->options->stall_timeout;
}

int64_t transfer_deadline(const struct transfer *transfer)
{
    int64_t stall = stall_timeout(transfer);

    return stall < 0 ? INT64_MAX : transfer->moved + stall;
}

void transfer_release(struct transfer *transfer)
{
    if (transfer->easy)
        curl_easy_cleanup(transfer->easy);
    curl_slist_free_all(transfer->headers);
    free(transfer->host);
    transfer->easy = NULL;
    transfer->headers = NULL;
    transfer->host = NULL;
}
