/*
 * The contract of a provider: small idempotent members that make the remote
 * side equal to what the settings say. The algorithm over them - order,
 * progress, dry run, concurrency - stands once, in cli/deploy.c.
 *
 * Rules for every member:
 * - A session belongs to one settings file and stage, given to open().
 * - Members that change something take `struct changes`: they compare with
 *   what observe() saw, record each difference, and act only when
 *   changes->apply is set. Nothing differs: nothing recorded, no request sent.
 * - Called again after an interruption at any point, they finish the work; what
 *   exists already, from us, is recognised and not doubled.
 * - They may be called for different functions from different threads at once.
 * - Errors name the operation, the resource and the service's own code and
 *   message: ERR_CREDENTIALS for identity and permission, ERR_SERVICE for
 *   network and service, ERR_SETTINGS for a value the service refuses.
 */
#ifndef FNCTL_PROVIDERS_PROVIDER_H
#define FNCTL_PROVIDERS_PROVIDER_H

#include "core/artifact.h"
#include "core/buf.h"
#include "core/clock.h"
#include "core/err.h"
#include "core/out.h"
#include "core/references.h"
#include "core/settings.h"
#include "core/strlist.h"
#include "providers/changes.h"
#include "providers/engine.h"

#include <stdbool.h>
#include <stdint.h>

/* What the command line and the world give a session. All borrowed. */
struct provider_context {
    const struct settings *settings; /* NULL for commands without a project (local env) */
    const struct clock *clock;
    struct out *out;
    const char *region;       /* --region; NULL: settings, environment, profile */
    const char *profile;      /* --profile */
    const char *endpoint_url; /* --endpoint-url */
    bool start;               /* local: start the engine when it does not run */
};

/* A provider's own; opaque. */
struct session;

struct identity {
    char *account;   /* "123456789012" */
    char *principal; /* ARN of the caller */
    char *region;
};
void identity_release(struct identity *identity);

/* A sign-in of a profile. */
struct login {
    /* Shows the user the address to open and the code to confirm there. */
    void (*show)(void *show_context, const char *url, const char *code);
    void *context;

    char *profile;   /* which one it was, owned */
    int64_t expires; /* login(): until when, ms since 1970 */
    bool was_in;     /* logout(): it was signed in */
};
void login_release(struct login *login);

/* How much observe() looks at. */
enum observe_scope {
    OBSERVE_FUNCTIONS, /* functions alone: what `update` needs */
    OBSERVE_ALL,       /* and roles, log groups, aliases, permissions, routes, URLs, schedules */
};

/* Where a live alias leads to. Borrowed strings. */
struct live {
    const char *version;   /* "": nothing is live */
    const char *candidate; /* a version that gets a part of the calls; NULL: none */
    double weight;         /* its part, in percent */
};

enum shift_kind {
    SHIFT_BACK,    /* to an earlier version */
    SHIFT_WEIGHT,  /* the candidate gets another part of the calls */
    SHIFT_PROMOTE, /* the candidate gets them all */
    SHIFT_ABORT,   /* and none */
};

/* Between versions that are there. */
struct shift {
    enum shift_kind kind;
    const struct function *const *functions; /* borrowed */
    size_t count;
    bool chosen; /* the user named them; otherwise those move that can: with SHIFT_BACK those
                    that the last deploy moved, else those with a candidate */
    const char *version; /* SHIFT_BACK, of the one function; NULL: the one that was live before */
    int64_t weight;      /* SHIFT_WEIGHT: percent */
};

enum invoke_mode { INVOKE_SYNC, INVOKE_ASYNC, INVOKE_DRY_RUN };

struct invocation {
    const struct function *function;
    const char *payload;
    size_t payload_len;
    enum invoke_mode mode;
    bool log;              /* ask for the last 4 KB of the log */
    const char *qualifier; /* version or alias; NULL: the live alias */
    /* INVOKE_SYNC: takes the answer as it comes, from another thread; non-zero ends the call. The
     * result then has a payload only when the function failed. NULL: the answer is collected. */
    int (*receive)(void *context, const void *data, size_t len);
    void *context;
};

struct invoke_result {
    int status;           /* 200, 202, 204 */
    char *function_error; /* "Unhandled"; NULL: the function succeeded */
    struct buf payload;
    char *log; /* NULL: not asked for */
    char *version;
    char *request_id;
};
void invoke_result_release(struct invoke_result *result);

/* Which log events: those of `functions` with since <= timestamp < until. */
struct log_query {
    const struct function *function;
    int64_t since;      /* ms since 1970 */
    int64_t until;      /* ms since 1970; 0: no end */
    const char *filter; /* CloudWatch filter pattern; NULL: all */
    const char *token;  /* next page; NULL: the first */
    int64_t limit;      /* events in a page; 0: as many as the service likes */
};

/* The strings are one owned block, which `stream` begins. */
struct log_event {
    const struct function *function; /* whose log it is in */
    int64_t timestamp;               /* ms since 1970, when the function wrote it */
    int64_t ingestion;               /* ms since 1970, when the service had it */
    char *stream;
    const char *id;      /* unique within the log; "": Live Tail tells none */
    const char *message; /* without the line break it ended with; UTF-8, a NUL may be in it */
    size_t message_len;
};
/* Fills the strings with copies; drops line breaks at the message's end. */
void log_event_set(struct log_event *event, const char *stream, const char *id, const char *message,
                   size_t message_len);
void log_event_release(struct log_event *event);

struct log_page {
    struct log_event *events; /* owned */
    size_t count;
    char *next;   /* token of the next page; NULL: this was the last */
    bool missing; /* the log group does not exist (yet): no error, no events */
    int64_t now;  /* ms since 1970 by the service's clock, to the second; 0: it did not say */
};
void log_page_release(struct log_page *page);

/* Events pushed by the service as it takes them in; a provider's own. */
struct log_live;

enum log_live_state {
    LOG_LIVE_OPENING,
    LOG_LIVE_OPEN,    /* what is written from now on comes */
    LOG_LIVE_ENDED,   /* it is over or broke; another may be opened */
    LOG_LIVE_REFUSED, /* and will be again: polling is what is left */
};

/* What a live session brought since the last look. */
struct log_live_news {
    struct log_event *events; /* owned, in the order they came */
    size_t count;
    bool opened; /* it has just opened: what was written before must be polled */
    bool lost;   /* events were left out: by the service, which samples, or we were too slow */
    enum log_live_state state;
    struct err why; /* of ENDED and REFUSED */
};
void log_live_news_release(struct log_live_news *news);

/* What functions did: in which time. */
struct metrics_query {
    int64_t since, until; /* ms since 1970 */
    int64_t steps;        /* at most so many values in a series; 0: totals alone */
};

/* What somebody wants to do, for policy(). */
enum policy_use {
    POLICY_PLAN = 1,
    POLICY_DEPLOY = 2,
    POLICY_UPDATE = 4,
    POLICY_ROLLBACK = 8,
    POLICY_UNDEPLOY = 16,
    POLICY_INVOKE = 32,
    POLICY_TAIL = 64,
    POLICY_STATUS = 128, /* and versions */
    POLICY_ALL = 255,
};

struct policy_request {
    const struct function *function; /* the policy of its role; NULL: that of whoever deploys */
    unsigned uses;                   /* enum policy_use */
    bool upload;                     /* zips may be above 50 MB */
    const char *account;             /* NULL: asked for */
};

struct provider {
    const char *name;
    const char *summary;

    /* The engine that it runs on this machine; NULL: none. */
    const struct engine_control *engine;

    /* Opens a session: credentials, region, connection. No request is sent that may be avoided. */
    int (*open)(const struct provider_context *context, struct session **session, struct err *err);
    void (*close)(struct session *session);

    /* Who we are there. Also proves that the credentials work. */
    int (*identify)(struct session *session, struct identity *identity, struct err *err);

    /* Finds what the settings ask for by ${ssm:...}, ${secret:...} and ${cf:...}, all at once:
     * decrypted, and only when called. What does not exist or may not be read is no error but told
     * in the reference. */
    int (*values)(struct session *session, struct references *references, struct err *err);

    /* Reads the remote side of every function of the settings in as few round trips as can be.
     * Call once before any member below. */
    int (*observe)(struct session *session, enum observe_scope scope, struct err *err);

    /* Whether observe() found the function. */
    bool (*exists)(struct session *session, const struct function *function);

    /* The function's role with the least policy. Nothing when settings name a role. */
    int (*put_role)(struct session *session, const struct function *function,
                    struct changes *changes, struct err *err);

    /* The log group and its retention, before the first call can make one that never expires. */
    int (*put_logs)(struct session *session, const struct function *function,
                    struct changes *changes, struct err *err);

    /* Code, layer and configuration, waiting until they are usable. The live alias does not
     * move. Creates the function when it does not exist. */
    int (*put_function)(struct session *session, const struct function *function,
                        const struct package *package, struct changes *changes, struct err *err);

    /* Makes what put_function() left an immutable version, unless there is one of it or it is live
     * already. The live alias does not move. */
    int (*publish)(struct session *session, const struct function *function,
                   struct changes *changes, struct err *err);

    /* The version that publish() made or found, which release() will make live. NULL: what is there
     * is live, or publish() has only recorded. Borrowed. */
    const char *(*candidate)(struct session *session, const struct function *function);

    /* Moves the live alias to what publish() found, or with `weight` (percent, 1 to 99) gives it
     * that part of the calls, where something is live already. */
    int (*release)(struct session *session, const struct function *function, int64_t weight,
                   struct changes *changes, struct err *err);

    /* What observe() saw, or what was made of it since. */
    void (*live)(struct session *session, const struct function *function, struct live *live);

    /* Moves the live aliases of several functions among the versions that are there, after
     * observe(): all of them, or after a failure none. */
    int (*shift)(struct session *session, const struct shift *shift, struct changes *changes,
                 struct err *err);

    /* How many invocations may run at once (reserved concurrency), or no such limit when the
     * settings name none; and how many environments of the live alias are kept warm (provisioned
     * concurrency), waiting until they are. After release(). */
    int (*put_concurrency)(struct session *session, const struct function *function,
                           struct changes *changes, struct err *err);

    /* The function URL, its permissions; removes it when the settings name none. */
    int (*put_url)(struct session *session, const struct function *function,
                   struct changes *changes, struct err *err);

    /* Retries and destinations of asynchronous calls, and exactly the triggers of the function, on
     * the live alias. Those that others made are left
     * alone, and said. */
    int (*put_triggers)(struct session *session, const struct function *function,
                        struct changes *changes, struct err *err);

    /* The HTTP API of the project with exactly the routes of all functions. */
    int (*sync_routes)(struct session *session, struct changes *changes, struct err *err);

    /* Exactly the schedules of all functions. */
    int (*sync_schedules)(struct session *session, struct changes *changes, struct err *err);

    /* Removes functions (with role, layers, URL; logs stay) that carry this project's and stage's
     * tags but that the settings no longer name. */
    int (*prune)(struct session *session, struct changes *changes, struct err *err);

    /* Removes everything that carries this project's and stage's tags, whether the settings name
     * it or not. */
    int (*remove)(struct session *session, bool keep_logs, struct changes *changes,
                  struct err *err);

    /* The base URL of the project's HTTP API, or with a function its function URL; to free().
     * NULL with no error set: there is none. After deploy's members, no request. */
    char *(*endpoint)(struct session *session, const struct function *function);

    /*
     * All that is deployed for this project and stage, as JSON, the caller's:
     * {"functions": [{"name","remote","state","version","weights","runtime","architecture",
     *   "memory","timeout","code_size","modified","url","routes":[{"route","url"}],
     *   "schedules":[{"name","expression","timezone","enabled"}],
     *   "triggers":[{"source","state","result"}]}], "api": URL or null}
     */
    int (*status)(struct session *session, json_t **status, struct err *err);

    /*
     * What the deployed functions did, as JSON, the caller's; the time is widened to whole steps:
     * {"since", "until": ms since 1970, "step": ms or 0, "functions": {NAME: {"invocations",
     *   "errors", "throttles", "p50", "p99", "duration": ms, null when nothing ran, "cost": US
     *   dollars, an estimate at list prices, "series": {"invocations": [...], "errors": [...],
     *   "p50": [...]}}}}
     */
    int (*metrics)(struct session *session, const struct metrics_query *query, json_t **metrics,
                   struct err *err);

    /* The published versions of a function, newest first:
     * [{"version","live":bool,"weight":PERCENT,"modified","code_size","sha256","runtime",
     *   "description","changed":[{"name","before","after"}]}]; changed: against the version before.
     */
    int (*versions)(struct session *session, const struct function *function, json_t **versions,
                    struct err *err);

    /* Removes the published versions but for the newest `keep` and those that an alias uses, or
     * used last; after observe(). */
    int (*prune_versions)(struct session *session, const struct function *function, int64_t keep,
                          struct changes *changes, struct err *err);

    /*
     * All that is known of one function, of this project or not, by its name or
     * ARN, as the service says it; the caller's: {"function": GetFunction's reply,
     * "region", "url": GetFunctionUrlConfig's, "callers": [statements of its
     * policy], "mappings": [event source mappings], "log_retention": days, 0 for
     * ever}. Parts that are not there, or may not be read, are left out. The
     * session needs no settings. ERR_FAILED when there is no such function.
     */
    int (*read_function)(struct session *session, const char *name, json_t **description,
                         struct err *err);

    /* Writes the code at "function.Code.Location" of that, a zip, to an open file. */
    int (*read_code)(struct session *session, const char *location, int fd, struct err *err);

    int (*invoke)(struct session *session, const struct invocation *invocation,
                  struct invoke_result *result, struct err *err);

    /* One page of log events, oldest first. */
    int (*logs)(struct session *session, const struct log_query *query, struct log_page *page,
                struct err *err);

    /* Begins to listen to functions whose log groups exist; `filter` as in struct log_query. The
     * array and the filter are copied. It opens by itself: live_read() tells. NULL only when that
     * cannot even be tried. */
    struct log_live *(*live_open)(struct session *session, const struct function *const *functions,
                                  size_t count, const char *filter, struct err *err);
    /* Waits at most `wait` ms for news. -1: interrupted. */
    int (*live_read)(struct log_live *live, int64_t wait, struct log_live_news *news,
                     struct err *err);
    void (*live_close)(struct log_live *live); /* NULL is fine */

    /* The least policy for doing that with these settings: a document as IAM takes it, the
     * caller's. No request is sent when the account is given. */
    int (*policy)(struct session *session, const struct policy_request *request, json_t **document,
                  struct err *err);

    /*
     * Whether the credentials have what deploying these settings takes, as far as the service tells
     * beforehand: {"simulated": true, "missing": [{"action", "resource"}]}, or {"simulated": false,
     * "reason"}, which is no error. The caller's.
     */
    int (*check_access)(struct session *session, json_t **report, struct err *err);

    /* Signs the context's profile in and out, without a session; NULL: there is no such thing. */
    int (*login)(const struct provider_context *context, struct login *login, struct err *err);
    int (*logout)(const struct provider_context *context, struct login *login, struct err *err);
};

#endif
