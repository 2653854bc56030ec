/* The inside of the HTTP server: for server.c (sockets, libmicrohttpd), exchange.c (one request
 * and its response) and stream.c (a response in pieces) alone. */
#ifndef FNCTL_ENGINE_SERVER_INSIDE_H
#define FNCTL_ENGINE_SERVER_INSIDE_H

#include "providers/local/engine/http/server.h"
#include "providers/local/engine/loop.h"

#include <microhttpd.h>
#include <stdint.h>

/* A listening socket. */
struct listener {
    struct server *server;
    int fd;
    int port;
    request_handler *handler;
    void *owner;    /* what server_listen() was given; NULL: the engine's own */
    uint64_t pause; /* timer; 0: connections are accepted */
    struct listener *next;
};

struct server {
    struct engine *engine;
    struct MHD_Daemon *daemon;
    int epoll; /* libmicrohttpd's, watched by our loop */
    uint64_t timer;
    struct listener *listeners; /* the last one is the engine's own */
    struct server_exchange *exchanges;
    request_handler *look;         /* see server_look_first(); NULL: none */
    request_handler *look_further; /* see server_look_further(); NULL: none */
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
    struct stream *stream; /* NULL: the response is whole */
    struct server_exchange *previous, *next;
};

/* libmicrohttpd's callbacks: the request line as sent; headers, each piece of the body, its end;
 * the end of request and response. `context` is the server. */
void *exchange_begin(void *context, const char *uri, struct MHD_Connection *connection);
enum MHD_Result exchange_take(void *context, struct MHD_Connection *connection, const char *url,
                              const char *method, const char *version, const char *data,
                              size_t *len, void **state);
void exchange_end(void *context, struct MHD_Connection *connection, void **state,
                  enum MHD_RequestTerminationCode code);

/* A connection's beginning and end: libmicrohttpd begins requests whose query it then cannot parse,
 * and never ends them. */
void exchange_connection(void *context, struct MHD_Connection *connection, void **state,
                         enum MHD_ConnectionNotificationCode code);

/* Puts `response` (taken) in the place of the answer, frees the request, and sends it on. */
void exchange_answer(struct server_exchange *exchange, int status, const struct strlist *headers,
                     struct MHD_Response *response);

/* Suspends the connection, which then costs nothing, until exchange_resume(); `gone` is called
 * when the client ends it meanwhile. */
void exchange_suspend(struct server_exchange *exchange, loop_fd_callback *gone);
void exchange_resume(struct server_exchange *exchange);

/* Lets a stream that waits see that the server ends. */
void stream_wake(struct stream *stream);

/* The end of an exchange's stream: tells its writer, and frees it. NULL is fine. */
void stream_close(struct stream *stream);

/* Stops waiting for the client's end. */
void exchange_unwatch(struct server_exchange *exchange);

/* Lets libmicrohttpd work, and comes back when it asks for it. `context` is the server. */
void server_run(void *context);

#endif
