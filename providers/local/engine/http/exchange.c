#include "core/hash.h"
#include "core/memory.h"
#include "providers/local/engine/http/server_inside.h"
#include "providers/local/engine/http/spool.h"
#include "providers/local/engine/loop.h"

#include <netinet/in.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/socket.h>

static void request_free(struct request *request)
{
    if (!request)
        return;
    free(request->path);
    free(request->query);
    free(request->region);
    strlist_release(&request->headers);
    buf_release(&request->body);
    spool_free(request->spool);
    free(request);
}

void exchange_unwatch(struct server_exchange *exchange)
{
    if (exchange->watched >= 0)
        loop_remove_fd(exchange->server->engine->loop, exchange->watched);
    exchange->watched = -1;
}

/* The port that a connection came in by tells the listener. */
static struct listener *find_listener(struct server *server, struct MHD_Connection *connection)
{
    const union MHD_ConnectionInfo *info =
        MHD_get_connection_info(connection, MHD_CONNECTION_INFO_CONNECTION_FD);
    struct sockaddr_in address = {0};
    socklen_t len = sizeof(address);
    struct listener *listener = server->listeners;

    if (!info || getsockname(info->connect_fd, (struct sockaddr *)&address, &len) < 0)
        return NULL;
    while (listener && listener->port != ntohs(address.sin_port))
        listener = listener->next;
    return listener;
}

/* Called with the request line as sent, before anything is decoded. */
void *exchange_begin(void *context, const char *uri, struct MHD_Connection *connection)
{
    struct server *server = context;
    struct server_exchange *exchange = xcalloc(1, sizeof(*exchange));

    exchange->server = server;
    exchange->connection = connection;
    exchange->target = xstrdup(uri);
    exchange->watched = -1;
    exchange->next = server->exchanges;
    if (exchange->next)
        exchange->next->previous = exchange;
    server->exchanges = exchange;
    return exchange;
}

static void free_exchange(struct server *server, struct server_exchange *exchange)
{
    exchange_unwatch(exchange);
    stream_close(exchange->stream);
    if (exchange->previous)
        exchange->previous->next = exchange->next;
    else
        server->exchanges = exchange->next;
    if (exchange->next)
        exchange->next->previous = exchange->previous;
    if (exchange->response)
        MHD_destroy_response(exchange->response);
    request_free(exchange->request);
    free(exchange->target);
    free(exchange->method);
    free(exchange);
}

void exchange_end(void *context, struct MHD_Connection *connection, void **state,
                  enum MHD_RequestTerminationCode code)
{
    (void)connection;
    (void)code;
    if (*state)
        free_exchange(context, *state);
    *state = NULL;
}

void exchange_connection(void *context, struct MHD_Connection *connection, void **state,
                         enum MHD_ConnectionNotificationCode code)
{
    struct server *server = context;
    struct server_exchange *next;

    (void)state;
    if (code != MHD_CONNECTION_NOTIFY_CLOSED)
        return;
    for (struct server_exchange *exchange = server->exchanges; exchange; exchange = next) {
        next = exchange->next;
        if (exchange->connection == connection)
            free_exchange(server, exchange);
    }
}

static size_t body_limit(const struct server_exchange *exchange)
{
    if (exchange->listener->owner)
        return SERVER_FURTHER_MAX;
    return strncmp(exchange->target, "/_fnctl/", 8) == 0 ? SERVER_FRONT_MAX : SERVER_CONTROL_MAX;
}

static enum MHD_Result add_header(void *context, enum MHD_ValueKind kind, const char *name,
                                  const char *value)
{
    (void)kind;
    strlist_addf(context, "%s: %s", name, value ? value : "");
    return MHD_YES;
}

static void make_request(struct server_exchange *exchange, const char *method)
{
    struct request *request = xcalloc(1, sizeof(*request));
    const char *query = strchr(exchange->target, '?');
    size_t path_len = query ? (size_t)(query - exchange->target) : strlen(exchange->target);

    exchange->method = xstrdup(method);
    exchange->request = request;
    request->engine = exchange->server->engine;
    request->method = exchange->method;
    request->path = xstrndup(exchange->target, path_len);
    request->query = query ? xstrdup(query + 1) : NULL;
    request->listener = exchange->listener->owner;
    request->exchange = exchange;
    strlist_init(&request->headers);
    MHD_get_connection_values(exchange->connection, MHD_HEADER_KIND, add_header, &request->headers);
    buf_init(&request->body, body_limit(exchange));
    hash_uuid(request->id);
}

static enum MHD_Result queue(struct server_exchange *exchange)
{
    return MHD_queue_response(exchange->connection, (unsigned)exchange->status, exchange->response);
}

static void refuse(struct server_exchange *exchange, int status, const char *code,
                   const char *message)
{
    struct request *request = exchange->request;
    struct strlist headers;

    strlist_init(&headers);
    strlist_addf(&headers, "x-amzn-errortype: %s", code);
    strlist_add(&headers, "Content-Type: application/json");
    exchange->state = STATE_HANDLED;
    request_respond(request, status, &headers, message, strlen(message));
    strlist_release(&headers);
}

static void refuse_length(struct server_exchange *exchange)
{
    refuse(exchange, 413, "RequestEntityTooLargeException",
           "{\"message\":\"the request's body is longer than this address takes\"}");
}

/* Looks at the headers; a body that announces to be too long is refused before it is sent. */
static enum MHD_Result start(struct server_exchange *exchange, const char *method)
{
    const char *length;

    exchange->started = true;
    exchange->listener = find_listener(exchange->server, exchange->connection);
    if (!exchange->listener)
        return MHD_NO;
    make_request(exchange, method);
    length = request_header(exchange->request, "Content-Length");
    if (exchange->target[0] != '/')
        refuse(exchange, 400, "BadRequestException",
               "{\"message\":\"the request target must be a path\"}");
    else if (!exchange->listener->owner && exchange->server->look)
        exchange->server->look(exchange->request);
    else if (exchange->listener->owner && exchange->server->look_further)
        exchange->server->look_further(exchange->request);
    if (exchange->state == STATE_RECEIVING && !exchange->request->spool &&
        !exchange->listener->owner && length && strtoull(length, NULL, 10) > body_limit(exchange))
        refuse_length(exchange);
    return exchange->state == STATE_ANSWERED ? queue(exchange) : MHD_YES;
}

/* libmicrohttpd does not look at a suspended connection: our loop waits for its end. */
static void client_gone(void *context, int fd, uint32_t events)
{
    struct server_exchange *exchange = context;
    struct request *request = exchange->request;

    (void)fd;
    (void)events;
    exchange_unwatch(exchange);
    if (request && request->gone)
        request->gone(request->context);
}

void exchange_suspend(struct server_exchange *exchange, loop_fd_callback *gone)
{
    const union MHD_ConnectionInfo *info =
        MHD_get_connection_info(exchange->connection, MHD_CONNECTION_INFO_CONNECTION_FD);
    struct err ignored;

    MHD_suspend_connection(exchange->connection);
    if (info && loop_add_fd(exchange->server->engine->loop, info->connect_fd, EPOLLRDHUP, gone,
                            exchange, &ignored) == 0)
        exchange->watched = info->connect_fd;
}

void exchange_resume(struct server_exchange *exchange)
{
    struct server *server = exchange->server;

    exchange_unwatch(exchange);
    MHD_resume_connection(exchange->connection);
    /* Nothing else wakes libmicrohttpd in external mode when this is no call of its own. */
    loop_cancel_timer(server->engine->loop, server->timer);
    server->timer = loop_add_timer(server->engine->loop, 0, server_run, server);
}

static enum MHD_Result handle(struct server_exchange *exchange)
{
    /* When the server ends, or the port is closed, nobody is left to handle it. */
    if (exchange->state != STATE_ANSWERED && (exchange->server->closing || !exchange->listener)) {
        refuse(exchange, 503, "ServiceUnavailableException",
               "{\"message\":\"what this address belonged to has ended\"}");
    } else if (exchange->state == STATE_RECEIVING && exchange->too_long &&
               !exchange->listener->owner) {
        refuse_length(exchange);
    } else if (exchange->state == STATE_RECEIVING) {
        exchange->state = STATE_HANDLED;
        exchange->request->too_long = exchange->too_long;
        /* What came behind a chunked body. */
        MHD_get_connection_values(exchange->connection, MHD_FOOTER_KIND, add_header,
                                  &exchange->request->headers);
        exchange->listener->handler(exchange->request);
    }
    if (exchange->state == STATE_ANSWERED)
        return queue(exchange);
    exchange->state = STATE_SUSPENDED;
    exchange_suspend(exchange, client_gone);
    return MHD_YES;
}

/* libmicrohttpd calls with the headers, with each piece of the body, at its end, and when resumed.
 */
enum MHD_Result exchange_take(void *context, struct MHD_Connection *connection, const char *url,
                              const char *method, const char *version, const char *data,
                              size_t *len, void **state)
{
    struct server_exchange *exchange = *state;

    (void)context;
    (void)connection;
    (void)url;
    (void)version;
    if (!exchange)
        return MHD_NO;
    if (!exchange->started)
        return start(exchange, method);
    if (*len) {
        if (exchange->request && exchange->request->take) {
            /* Nobody listens any more once the port is closed. */
            if (exchange->listener)
                exchange->request->take(exchange->request, data, *len);
        } else if (exchange->request && exchange->request->spool)
            spool_write(exchange->request->spool, data, *len);
        else if (!exchange->too_long && buf_append(&exchange->request->body, data, *len) < 0) {
            exchange->too_long = true;
            buf_release(&exchange->request->body);
        }
        *len = 0;
        return MHD_YES;
    }
    return handle(exchange);
}

static void add_response_header(struct MHD_Response *response, const char *header)
{
    const char *colon = strchr(header, ':');
    char *name;

    if (!colon)
        return;
    name = xstrndup(header, (size_t)(colon - header));
    colon++;
    MHD_add_response_header(response, name, colon + strspn(colon, " \t"));
    free(name);
}

void exchange_answer(struct server_exchange *exchange, int status, const struct strlist *headers,
                     struct MHD_Response *response)
{
    bool suspended = exchange->state == STATE_SUSPENDED;

    for (size_t i = 0; headers && i < headers->count; i++)
        add_response_header(response, headers->items[i]);
    MHD_add_response_header(response, "x-amzn-RequestId", exchange->request->id);
    exchange->status = status;
    exchange->response = response;
    exchange->state = STATE_ANSWERED;
    request_free(exchange->request);
    exchange->request = NULL;
    if (suspended)
        exchange_resume(exchange);
}

void request_respond(struct request *request, int status, const struct strlist *headers,
                     const void *body, size_t len)
{
    /* The cast: libmicrohttpd copies, and takes a pointer to what may change only by history. */
    exchange_answer(
        request->exchange, status, headers,
        MHD_create_response_from_buffer(len, len ? (void *)(uintptr_t)body : (void *)(uintptr_t) "",
                                        MHD_RESPMEM_MUST_COPY));
}

void request_respond_file(struct request *request, int status, const struct strlist *headers,
                          int fd, uint64_t offset, uint64_t len)
{
    exchange_answer(request->exchange, status, headers,
                    MHD_create_response_from_fd_at_offset64(len, fd, offset));
}
