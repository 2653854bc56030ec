/* A request on its way through a front door, for the files of this folder. */
#ifndef FNCTL_ENGINE_CALL_H
#define FNCTL_ENGINE_CALL_H

#include "core/event.h"
#include "providers/local/engine/http/server.h"
#include "providers/local/engine/run/functions.h"
#include "providers/local/engine/run/invoke.h"

#include <jansson.h>
#include <stdbool.h>

struct jwks;

/* What the front doors remember; nothing that a restart may not lose. */
struct front {
    struct jwks *jwks; /* keys of issuers */
    json_t *answers;   /* of functions that authorize, authorize_lambda.c */
    json_t *buckets;   /* of throttled routes, throttle.c */
    bool stopping;     /* no function is asked any more */
};

/* The two kinds of front doors: where they differ. */
struct door {
    const char *prefix;
    const char *key;  /* of the message in the body of a 403 */
    const char *type; /* Content-Type of a response without one */
    const char *service;
    int failed;    /* status when the function fails */
    int preflight; /* status of the answer to a preflight */
};
extern const struct door url_door, api_door;

struct call {
    const struct door *door;
    struct request *request;
    struct function_version version;
    json_t *row;         /* of the table: holds what follows, and what else was looked up */
    json_t *cors;        /* the door's rules; NULL: none */
    const json_t *stage; /* of an API, as GetStage has it; NULL: none */
    json_t *route;       /* {"route_key", "route", "integration"}; NULL: none, or a URL */
    json_t *parameters;
    json_t *authorizer; /* requestContext.authorizer; NULL: nobody was asked */
    char *id;           /* of the URL or API */
    char *prefix;       /* "/_fnctl/url/ID" */
    char *path;         /* the rest, beginning with "/" */
    char *route_key;
    const char *account;   /* that calls, as events have it */
    int64_t began;         /* us, monotonic */
    int64_t asked;         /* ... when the function was; 0: it was not */
    bool streams;          /* a URL with InvokeMode RESPONSE_STREAM: what is below is used */
    struct stream *stream; /* NULL: not begun, or the client went away */
    bool began_response;   /* status and headers are sent; `request` is gone */
    bool refused;          /* what came is no HTTP response */
    struct buf prelude;    /* as far as it has come */
};

/* Answers and ends the call. CORS headers are added to `headers`. */
void call_respond(struct call *call, int status, struct strlist *headers, const void *body,
                  size_t len);

/* Answers {"message": MESSAGE} and ends the call; `header` ("Name: value") may be NULL. */
void call_refuse(struct call *call, int status, const char *message, const char *header);

/* The call as the event of a function; what only authorizers are given is the caller's to set. */
struct event_request call_event(const struct call *call);

/* Invokes call->version and answers with what comes. */
void call_run(struct call *call);

/* Whether the request is signed with our key for the door's service; fills call->authorizer. */
bool call_is_signed(struct call *call);

void call_free(struct call *call);

#endif
