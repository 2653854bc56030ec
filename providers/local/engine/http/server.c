#include "core/memory.h"
#include "providers/local/engine/http/peer.h"
#include "providers/local/engine/http/server_inside.h"
#include "providers/local/engine/loop.h"

#include <arpa/inet.h>
#include <errno.h>
#include <netinet/in.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/socket.h>
#include <unistd.h>

enum {
    HEADER_MEMORY = 160 * 1024, /* headers of 128 KiB and a chunk of body beside them */
    IDLE_SECONDS = 120,
    CONNECTIONS = 8192,
    PAUSE = 100, /* ms until the next look for a free descriptor */
};

void server_run(void *context)
{
    struct server *server = context;
    MHD_UNSIGNED_LONG_LONG timeout;

    loop_cancel_timer(server->engine->loop, server->timer);
    server->timer = 0;
    MHD_run(server->daemon);
    /* The answer to a request that it could not parse is not sent before it is called again, and
     * nothing else would call it. */
    MHD_run(server->daemon);
    if (!server->timer && MHD_get_timeout(server->daemon, &timeout) == MHD_YES)
        server->timer = loop_add_timer(server->engine->loop, (int64_t)timeout, server_run, server);
}

static void run_on_event(void *context, int fd, uint32_t events)
{
    (void)fd;
    (void)events;
    server_run(context);
}

static size_t keep_encoded(void *context, struct MHD_Connection *connection, char *text)
{
    (void)context;
    (void)connection;
    return strlen(text);
}

static void accept_connection(void *context, int fd, uint32_t events);

static int watch_listener(struct listener *listener, struct err *err)
{
    return loop_add_fd(listener->server->engine->loop, listener->fd, EPOLLIN, accept_connection,
                       listener, err);
}

static void accept_again(void *context)
{
    struct listener *listener = context;
    struct err err;

    listener->pause = 0;
    if (watch_listener(listener, &err) < 0)
        engine_log("%s", err.message);
}

/* Without descriptors the connection stays in the queue, and would wake us at once again. */
static void pause_accepting(struct listener *listener)
{
    struct loop *loop = listener->server->engine->loop;

    loop_remove_fd(loop, listener->fd);
    listener->pause = loop_add_timer(loop, PAUSE, accept_again, listener);
}

static void accept_connection(void *context, int fd, uint32_t events)
{
    struct listener *listener = context;
    struct sockaddr_in address;
    socklen_t len = sizeof(address);
    int client = accept4(fd, (struct sockaddr *)&address, &len, SOCK_CLOEXEC | SOCK_NONBLOCK);

    (void)events;
    if (client < 0) {
        if (errno == EMFILE || errno == ENFILE || errno == ENOBUFS || errno == ENOMEM)
            pause_accepting(listener);
        return;
    }
    if (listener->owner && !peer_is_ours(&address, listener->port)) {
        close(client);
        return;
    }
    /* libmicrohttpd closes the descriptor also when it cannot take the connection. */
    MHD_add_connection(listener->server->daemon, client, (struct sockaddr *)&address, len);
    server_run(listener->server);
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
    if (listener->fd >= 0 && watch_listener(listener, err) == 0) {
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
        MHD_USE_EPOLL | MHD_ALLOW_SUSPEND_RESUME | MHD_USE_NO_LISTEN_SOCKET, 0, NULL, NULL,
        exchange_take, server, MHD_OPTION_URI_LOG_CALLBACK, exchange_begin, server,
        MHD_OPTION_NOTIFY_COMPLETED, exchange_end, server, MHD_OPTION_NOTIFY_CONNECTION,
        exchange_connection, server, MHD_OPTION_UNESCAPE_CALLBACK, keep_encoded, NULL,
        MHD_OPTION_CONNECTION_MEMORY_LIMIT, (size_t)HEADER_MEMORY, MHD_OPTION_CONNECTION_LIMIT,
        (unsigned)CONNECTIONS, MHD_OPTION_CONNECTION_TIMEOUT, (unsigned)IDLE_SECONDS,
        MHD_OPTION_END);
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
    loop_cancel_timer(listener->server->engine->loop, listener->pause);
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
        stream_wake(exchange->stream);
        exchange_unwatch(exchange);
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

void server_look_first(struct server *server, request_handler *look)
{
    server->look = look;
}

int server_port(const struct server *server)
{
    const struct listener *listener = server->listeners;

    while (listener->next)
        listener = listener->next;
    return listener->port;
}

void server_look_further(struct server *server, request_handler *look)
{
    server->look_further = look;
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
