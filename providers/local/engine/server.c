#include "providers/local/engine/server.h"

#include "core/hash.h"
#include "core/memory.h"
#include "providers/local/engine/loop.h"

#include <arpa/inet.h>
#include <errno.h>
#include <microhttpd.h>
#include <netinet/in.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>
#include <sys/epoll.h>
#include <sys/socket.h>
#include <unistd.h>

enum {
    HEADER_MEMORY = 160 * 1024, /* headers of 128 KiB and a chunk of body beside them */
    IDLE_SECONDS = 120,
    CONNECTIONS = 8192,
};

/* A listening socket. */
struct listener {
    struct server *server;
    int fd;
    int port;
    request_handler *handler;
    void *owner; /* what server_listen() was given; NULL: the engine's own */
    struct listener *next;
};

struct server {
    struct engine *engine;
    struct MHD_Daemon *daemon;
    int epoll; /* libmicrohttpd's, watched by our loop */
    uint64_t timer;
    struct listener *listeners; /* the last one is the engine's own */
    struct server_exchange *exchanges;
    bool closing;
};

enum state {
    STATE_RECEIVING,
    STATE_HANDLED,   /* the handler has it */
    STATE_SUSPENDED, /* ... and answers later */
    STATE_ANSWERED,
};

/* One request and its response; lives as long as libmicrohttpd's view of it. */
struct server_exchange {
    struct server *server;
    struct MHD_Connection *connection;
    char *target; /* as sent: path and query */
    char *method;
    struct request *request; /* until it is answered */
    struct listener *listener;
    enum state state;
    bool started;  /* the headers were looked at */
    bool too_long; /* the body; swallowed, then refused */
    int watched;   /* descriptor whose hang-up we wait for; -1: none */
    int status;
    struct MHD_Response *response;
    struct server_exchange *previous, *next;
};

static void request_free(struct request *request)
{
    if (!request)
        return;
    free(request->path);
    free(request->query);
    free(request->region);
    strlist_release(&request->headers);
    buf_release(&request->body);
    free(request);
}

static void unwatch(struct server_exchange *exchange)
{
    if (exchange->watched >= 0)
        loop_remove_fd(exchange->server->engine->loop, exchange->watched);
    exchange->watched = -1;
}

/* Lets libmicrohttpd work, and comes back when it asks for it. */
static void run(void *context)
{
    struct server *server = context;
    MHD_UNSIGNED_LONG_LONG timeout;

    loop_cancel_timer(server->engine->loop, server->timer);
    server->timer = 0;
    MHD_run(server->daemon);
    if (!server->timer && MHD_get_timeout(server->daemon, &timeout) == MHD_YES)
        server->timer = loop_add_timer(server->engine->loop, (int64_t)timeout, run, server);
}

static void run_on_event(void *context, int fd, uint32_t events)
{
    (void)fd;
    (void)events;
    run(context);
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
static void *begin_exchange(void *context, const char *uri, struct MHD_Connection *connection)
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

static void end_exchange(void *context, struct MHD_Connection *connection, void **state,
                         enum MHD_RequestTerminationCode code)
{
    struct server *server = context;
    struct server_exchange *exchange = *state;

    (void)connection;
    (void)code;
    if (!exchange)
        return;
    *state = NULL;
    unwatch(exchange);
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
    else if (length && strtoull(length, NULL, 10) > body_limit(exchange))
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
    unwatch(exchange);
    if (request && request->gone)
        request->gone(request->context);
}

static void suspend(struct server_exchange *exchange)
{
    const union MHD_ConnectionInfo *info =
        MHD_get_connection_info(exchange->connection, MHD_CONNECTION_INFO_CONNECTION_FD);
    struct err ignored;

    exchange->state = STATE_SUSPENDED;
    MHD_suspend_connection(exchange->connection);
    if (info && loop_add_fd(exchange->server->engine->loop, info->connect_fd, EPOLLRDHUP,
                            client_gone, exchange, &ignored) == 0)
        exchange->watched = info->connect_fd;
}

static enum MHD_Result handle(struct server_exchange *exchange)
{
    if (exchange->state == STATE_RECEIVING && exchange->too_long) {
        refuse_length(exchange);
    } else if (exchange->state == STATE_RECEIVING && exchange->listener) {
        exchange->state = STATE_HANDLED;
        exchange->listener->handler(exchange->request);
    }
    if (exchange->state == STATE_ANSWERED)
        return queue(exchange);
    if (exchange->server->closing || !exchange->listener)
        return MHD_NO;
    suspend(exchange);
    return MHD_YES;
}

/* libmicrohttpd calls with the headers, with each piece of the body, at its end, and when resumed.
 */
static enum MHD_Result take(void *context, struct MHD_Connection *connection, const char *url,
                            const char *method, const char *version, const char *data, size_t *len,
                            void **state)
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
        if (!exchange->too_long && buf_append(&exchange->request->body, data, *len) < 0) {
            exchange->too_long = true;
            buf_release(&exchange->request->body);
        }
        *len = 0;
        return MHD_YES;
    }
    return handle(exchange);
}

static size_t keep_encoded(void *context, struct MHD_Connection *connection, char *text)
{
    (void)context;
    (void)connection;
    return strlen(text);
}

static void accept_connection(void *context, int fd, uint32_t events)
{
    struct listener *listener = context;
    struct sockaddr_in address;
    socklen_t len = sizeof(address);
    int client = accept4(fd, (struct sockaddr *)&address, &len, SOCK_CLOEXEC | SOCK_NONBLOCK);

    (void)events;
    if (client < 0)
        return;
    /* libmicrohttpd closes the descriptor also when it cannot take the connection. */
    MHD_add_connection(listener->server->daemon, client, (struct sockaddr *)&address, len);
    run(listener->server);
}

/* A socket listening on 127.0.0.1:`port`; `port` takes the number. */
static int open_socket(int *port, struct err *err)
{
    struct sockaddr_in address = {.sin_family = AF_INET,
                                  .sin_port = htons((uint16_t)*port),
                                  .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
    socklen_t len = sizeof(address);
    int yes = 1;
    int fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);

    if (fd >= 0)
        setsockopt(fd, SOL_SOCKET, SO_REUSEADDR, &yes, sizeof(yes));
    if (fd < 0 || bind(fd, (struct sockaddr *)&address, sizeof(address)) < 0 ||
        listen(fd, SOMAXCONN) < 0 || getsockname(fd, (struct sockaddr *)&address, &len) < 0) {
        err_set(err, ERR_FAILED, "cannot listen on 127.0.0.1:%d: %s", *port, strerror(errno));
        if (fd >= 0)
            close(fd);
        return -1;
    }
    *port = ntohs(address.sin_port);
    return fd;
}

static struct listener *listen_on(struct server *server, int port, request_handler *handler,
                                  void *owner, struct err *err)
{
    struct listener *listener = xcalloc(1, sizeof(*listener));

    *listener = (struct listener){.server = server,
                                  .port = port,
                                  .handler = handler,
                                  .owner = owner,
                                  .next = server->listeners};
    listener->fd = open_socket(&listener->port, err);
    if (listener->fd >= 0 && loop_add_fd(server->engine->loop, listener->fd, EPOLLIN,
                                         accept_connection, listener, err) == 0) {
        server->listeners = listener;
        return listener;
    }
    if (listener->fd >= 0)
        close(listener->fd);
    free(listener);
    return NULL;
}

static int start_daemon(struct server *server, struct err *err)
{
    const union MHD_DaemonInfo *info;

    server->daemon = MHD_start_daemon(
        MHD_USE_EPOLL | MHD_ALLOW_SUSPEND_RESUME | MHD_USE_NO_LISTEN_SOCKET | MHD_USE_ERROR_LOG, 0,
        NULL, NULL, take, server, MHD_OPTION_URI_LOG_CALLBACK, begin_exchange, server,
        MHD_OPTION_NOTIFY_COMPLETED, end_exchange, server, MHD_OPTION_UNESCAPE_CALLBACK,
        keep_encoded, NULL, MHD_OPTION_CONNECTION_MEMORY_LIMIT, (size_t)HEADER_MEMORY,
        MHD_OPTION_CONNECTION_LIMIT, (unsigned)CONNECTIONS, MHD_OPTION_CONNECTION_TIMEOUT,
        (unsigned)IDLE_SECONDS, MHD_OPTION_END);
    if (!server->daemon)
        return err_set(err, ERR_FAILED, "cannot start the HTTP server: %s", strerror(errno));
    info = MHD_get_daemon_info(server->daemon, MHD_DAEMON_INFO_EPOLL_FD);
    server->epoll = info->epoll_fd;
    return loop_add_fd(server->engine->loop, server->epoll, EPOLLIN, run_on_event, server, err);
}

struct server *server_new(struct engine *engine, int port, request_handler *handler,
                          struct err *err)
{
    struct server *server = xcalloc(1, sizeof(*server));

    server->engine = engine;
    server->epoll = -1;
    if (listen_on(server, port, handler, NULL, err) && start_daemon(server, err) == 0)
        return server;
    server_free(server);
    return NULL;
}

static void listener_free(struct listener *listener)
{
    loop_remove_fd(listener->server->engine->loop, listener->fd);
    close(listener->fd);
    free(listener);
}

/* libmicrohttpd wants no connection suspended when it stops. */
static void resume_all(struct server *server)
{
    server->closing = true;
    for (struct server_exchange *exchange = server->exchanges; exchange;
         exchange = exchange->next) {
        unwatch(exchange);
        if (exchange->state == STATE_SUSPENDED)
            MHD_resume_connection(exchange->connection);
    }
    MHD_run(server->daemon);
}

void server_free(struct server *server)
{
    if (!server)
        return;
    while (server->listeners) {
        struct listener *listener = server->listeners;

        server->listeners = listener->next;
        listener_free(listener);
    }
    if (server->daemon) {
        resume_all(server);
        loop_cancel_timer(server->engine->loop, server->timer);
        if (server->epoll >= 0)
            loop_remove_fd(server->engine->loop, server->epoll);
        MHD_stop_daemon(server->daemon);
    }
    free(server);
}

int server_port(const struct server *server)
{
    const struct listener *listener = server->listeners;

    while (listener->next)
        listener = listener->next;
    return listener->port;
}

int server_listen(struct server *server, request_handler *handler, void *listener, struct err *err)
{
    struct listener *further = listen_on(server, 0, handler, listener, err);

    return further ? further->port : -1;
}

void server_unlisten(struct server *server, void *listener)
{
    struct listener **link = &server->listeners;

    while (*link && (*link)->owner != listener)
        link = &(*link)->next;
    if (*link) {
        struct listener *found = *link;

        *link = found->next;
        for (struct server_exchange *exchange = server->exchanges; exchange;
             exchange = exchange->next) {
            if (exchange->listener == found)
                exchange->listener = NULL;
        }
        listener_free(found);
    }
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

static struct MHD_Response *make_response(const struct request *request,
                                          const struct strlist *headers, const void *body,
                                          size_t len)
{
    /* The cast: libmicrohttpd copies, and takes a pointer to what may change only by history. */
    struct MHD_Response *response = MHD_create_response_from_buffer(
        len, len ? (void *)(uintptr_t)body : (void *)(uintptr_t) "", MHD_RESPMEM_MUST_COPY);

    for (size_t i = 0; headers && i < headers->count; i++)
        add_response_header(response, headers->items[i]);
    MHD_add_response_header(response, "x-amzn-RequestId", request->id);
    return response;
}

void request_respond(struct request *request, int status, const struct strlist *headers,
                     const void *body, size_t len)
{
    struct server_exchange *exchange = request->exchange;
    struct server *server = exchange->server;
    bool suspended = exchange->state == STATE_SUSPENDED;

    exchange->status = status;
    exchange->response = make_response(request, headers, body, len);
    exchange->state = STATE_ANSWERED;
    exchange->request = NULL;
    request_free(request);
    unwatch(exchange);
    if (!suspended)
        return;
    MHD_resume_connection(exchange->connection);
    /* Nothing else wakes libmicrohttpd in external mode when this is no call of its own. */
    loop_cancel_timer(server->engine->loop, server->timer);
    server->timer = loop_add_timer(server->engine->loop, 0, run, server);
}

void request_respond_json(struct request *request, int status, json_t *body)
{
    char *text = body ? json_dumps(body, JSON_COMPACT | JSON_ENCODE_ANY) : NULL;
    struct strlist headers;

    strlist_init(&headers);
    strlist_add(&headers, "Content-Type: application/json");
    request_respond(request, status, &headers, text, text ? strlen(text) : 0);
    strlist_release(&headers);
    json_decref(body);
    free(text);
}
