/*
 * The HTTP front of the engine, over libmicrohttpd in the engine's loop.
 *
 * A request is collected whole (bounded), then given to one handler, which
 * answers at once or later (invocations, Runtime API /next); until then the
 * connection is suspended and costs nothing.
 */
#ifndef FNCTL_ENGINE_SERVER_H
#define FNCTL_ENGINE_SERVER_H

#include "core/buf.h"
#include "core/err.h"
#include "core/strlist.h"
#include "providers/local/engine/engine.h"

#include <jansson.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct operation;
struct server_exchange;
struct spool;
struct service;

struct request {
    struct engine *engine;
    const char *method;
    char *path;             /* as sent, encoded, without query */
    char *query;            /* as sent, without "?"; NULL: none */
    struct strlist headers; /* "Name: value" as sent, in order */
    struct buf body;
    struct spool *spool; /* takes the body in the place of `body`; owned; NULL: none */
    bool admitted;       /* who sends it was checked when its headers came */
    bool too_long;       /* the body was longer than a further port takes, and was dropped */
    /* Takes pieces of the body as they come, in the place of `body`, whatever their length. NULL:
     * collected. Set it when the headers are there, see server_look_further(). */
    void (*take)(struct request *request, const void *data, size_t len);
    char id[37];    /* x-amzn-RequestId of the reply */
    void *listener; /* what server_listen() was given; NULL: the engine's own port */
    char *region;   /* from the signature's scope; owned; NULL: unsigned */
    /* Called when the client went away before the answer; the answer must still be given
     * (it is dropped). NULL: does not matter. */
    void (*gone)(void *context);
    void *context;
    const struct service *service;     /* that was asked, operations.h; NULL: none (yet) */
    const struct operation *operation; /* likewise */
    /* The server's own below. */
    struct server_exchange *exchange;
};

/* Handles a request: must lead to exactly one request_respond(), now or later. */
typedef void request_handler(struct request *request);

/* Bytes of a body; what is longer gets a 413 and is not handled, except on further ports, whose
 * handlers get it empty, as `too_long`. */
enum {
    SERVER_CONTROL_MAX = 70 * 1024 * 1024,    /* the engine's own port */
    SERVER_FRONT_MAX = 6 * 1024 * 1024 + 100, /* ... below /_fnctl/ */
    SERVER_FURTHER_MAX = 8 * 1024 * 1024,     /* ports of server_listen() */
};

/* Starts listening on 127.0.0.1:`port` (0: any). Errors: ERR_FAILED. */
struct server *server_new(struct engine *engine, int port, request_handler *handler,
                          struct err *err);
/* Drops the requests that have no answer yet; nobody may answer them afterwards. */
void server_free(struct server *server);
int server_port(const struct server *server);

/* `look` sees each request of the engine's own port when its headers are there: it may set `spool`,
 * or answer, and then the body is not taken. */
void server_look_first(struct server *server, request_handler *look);

/* One more port (any free one) whose requests go to `handler` with `listener` set: a Runtime API of
 * an execution environment. Other users of the machine are not let in. Returns the port, or -1. */
int server_listen(struct server *server, request_handler *handler, void *listener, struct err *err);
void server_unlisten(struct server *server, void *listener);

/* `look` sees each request of further ports when its headers are there: it may set `take`. */
void server_look_further(struct server *server, request_handler *look);

/* Answers and frees the request. `headers` ("Name: value") and `body` are copied; may be NULL. */
void request_respond(struct request *request, int status, const struct strlist *headers,
                     const void *body, size_t len);

/*
 * Answers with a body that is written piece by piece as long as the client
 * listens, and frees the request. `gone` is called once when the client went
 * away or the server ends; the stream must not be used from then on.
 */
struct stream;
struct stream *request_stream(struct request *request, int status, const struct strlist *headers,
                              void (*gone)(void *context), void *context);
void stream_write(struct stream *stream, const void *data, size_t len);
/* Bytes that the connection has not taken yet. */
size_t stream_waiting(const struct stream *stream);
/* Ends the body after what was written; `gone` is not called any more. */
void stream_end(struct stream *stream);

/* Answers with `len` bytes of the file `fd` (taken, closed) from `offset` on. */
void request_respond_file(struct request *request, int status, const struct strlist *headers,
                          int fd, uint64_t offset, uint64_t len);

/* Answers JSON (takes `body`; NULL: empty body). */
void request_respond_json(struct request *request, int status, json_t *body);

/* A header's value, name compared without case; borrowed, or NULL. */
const char *request_header(const struct request *request, const char *name);

/* Whether Host is one that only this machine can mean, with any port: a web page whose name was
 * bound to 127.0.0.1 has another. */
bool request_is_local(const struct request *request);

/* A query parameter's decoded value, to free(); NULL: not there. */
char *request_parameter(const struct request *request, const char *name);

#endif
