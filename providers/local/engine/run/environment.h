/*
 * An execution environment: one process of one function revision, its Runtime
 * API, its log stream. It initialises (10 s), then runs one invocation at a
 * time until it is ended, fails, or is no longer needed.
 * https://docs.aws.amazon.com/lambda/latest/dg/lambda-runtime-environment.html
 */
#ifndef FNCTL_ENGINE_ENVIRONMENT_H
#define FNCTL_ENGINE_ENVIRONMENT_H

#include "core/buf.h"
#include "core/err.h"
#include "providers/local/engine/http/server.h"
#include "providers/local/engine/logs/function_log.h"
#include "providers/local/engine/run/functions.h"
#include "providers/local/engine/run/invoke.h"
#include "providers/local/engine/run/runtime.h"
#include "providers/local/engine/run/sandbox.h"

#include <stdbool.h>
#include <stdint.h>

struct environment;

/* One invocation, from when it was asked for until its outcome was handed out. Its owner is
 * invoke.c; an environment borrows it. */
struct invocation {
    struct invocation *next;
    struct function_version version; /* moved to the environment that is started for it */
    char *name;                      /* of the function */
    char *revision;
    char *number; /* the version that ran: "$LATEST" or a number */
    char *request_id;
    char *arn; /* as invoked */
    char *payload;
    size_t len;
    char *client_context; /* JSON, or NULL */

    /* Filled by the environment. */
    struct buf result; /* what the function returned, or the error */
    bool reserved;     /* it did not run: the function's reserved concurrency is used up */
    bool answered;     /* there is a result */
    bool failed;       /* it is an error */
    bool http;         /* it begins with the prelude of an HTTP response, see front.c */
    struct buf tail;
    double duration; /* ms; 0: it did not run */

    size_t streamed; /* bytes of the result that went to piece() */

    invoke_piece *piece; /* takes a streamed result; NULL: it is collected */
    void (*callback)(void *context, const struct invoke_outcome *outcome);
    void *context;
};

enum environment_state {
    ENVIRONMENT_STARTING,
    ENVIRONMENT_IDLE, /* free when its runtime waits for work, see environment_is_free() */
    ENVIRONMENT_BUSY,
    ENVIRONMENT_ENDING,
};

/* What an environment tells its owner. */
struct environment_owner {
    /* It has initialised or is done with an invocation, and is free unless it had one waiting. */
    void (*ready)(void *context, struct environment *environment);
    /* An invocation is over; its result is filled. May not touch the environment. */
    void (*finished)(void *context, struct invocation *invocation);
    /* The process is gone; the owner frees the environment. */
    void (*ended)(void *context, struct environment *environment);
    void *context;
};

/* What all environments share. Borrowed. */
struct environment_ground {
    struct engine *engine;
    struct sandbox *sandbox;
    struct interpreters *interpreters;
    const char *clients;    /* the folder of the runtime clients */
    struct strlist *warned; /* revisions whose log says that another interpreter runs them */
    struct environment_owner owner;
};

/* Whether it was started for an invocation, or to be kept warm (keep_warm.h). */
enum environment_warmth { WARMTH_ON_DEMAND, WARMTH_PROVISIONED, WARMTH_SURPLUS };

/* Why the process is ended by us. */
enum environment_fate { FATE_NONE, FATE_TIMEOUT, FATE_MEMORY, FATE_INIT_TIMEOUT, FATE_RETIRED };

struct environment {
    struct environment *next; /* the owner's list */
    const struct environment_ground *ground;
    struct function_version version;
    struct function_log log;
    struct runtime_choice runtime;
    struct sandbox_child child;
    enum environment_state state;
    enum environment_fate fate;
    enum environment_warmth warmth;
    bool retired; /* ends when it is free */
    bool used;    /* it has had an invocation */
    int port;
    int output;              /* the pipe that the process writes to; -1: closed */
    char *temporary;         /* folder for TMPDIR where there is no sandbox; or NULL */
    struct request *waiting; /* the runtime's GET .../next */
    struct invocation *current;
    bool begun;            /* START of `current` was written */
    bool initialised;      /* the runtime asked for work */
    bool again;            /* it is initialising a second time, within the invocation's own time */
    struct buf init_error; /* what the runtime said of a failed initialisation */
    char error_type[128];  /* that it gave with an error, for REPORT; "": none */
    int64_t started;       /* us, monotonic: of the process */
    int64_t init;          /* us it took to initialise, for the next REPORT; -1: none */
    int64_t began;         /* us, monotonic: of `current` */
    int64_t peak;          /* kB in `current` */
    uint64_t timer;        /* init, invocation, idle, or SIGKILL: whichever is next */
    uint64_t sampler;
};

/*
 * Starts an environment of the version, which it takes. It runs `first` once it
 * is ready; NULL: it is to be kept warm, and waits. NULL when it could not be
 * started: `first` has then been finished with the error.
 */
struct environment *environment_start(const struct environment_ground *ground,
                                      struct function_version *version, struct invocation *first);

/* Frees an environment whose process is gone. */
void environment_free(struct environment *environment);

bool environment_is_free(const struct environment *environment);

/* Runs an invocation in a free environment. */
void environment_run(struct environment *environment, struct invocation *invocation);

/* Asks the process to end (SIGTERM, SIGKILL half a second later); owner.ended follows. */
void environment_end(struct environment *environment);

/* Ends it once it is free. */
void environment_retire(struct environment *environment);

/* For runtime_api.c. */
void environment_next(struct environment *environment, struct request *request);
/* Takes the result of the current invocation from `request`'s body. */
void environment_result(struct environment *environment, const struct request *request, bool failed,
                        bool http, const char *error_type);
void environment_init_failed(struct environment *environment, const struct request *request,
                             const char *error_type);

#endif
