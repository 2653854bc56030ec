/*
 * A session with AWS: the connection, the names, and the snapshot of the
 * remote side that observe() took and that the members keep current.
 *
 * A `struct remote` belongs to one function and is touched by one thread at a
 * time; what the whole project shares is read while functions are deployed and
 * changed only by members that run alone (sync_routes, sync_schedules, ...).
 */
#ifndef FNCTL_PROVIDERS_AWS_SESSION_H
#define FNCTL_PROVIDERS_AWS_SESSION_H

#include "core/json.h"
#include "providers/aws/tags.h"
#include "providers/aws/wire/request.h"
#include "providers/provider.h"

#include <pthread.h>

/* The alias that URLs, API integrations and schedules call. */
#define LIVE_ALIAS "live"

#define TAG_PROJECT "fnctl:project"
#define TAG_STAGE "fnctl:stage"
#define TAG_FUNCTION "fnctl:function"
#define TAG_CODE "fnctl:code"   /* "IDENTITY:CODESHA256": this content was uploaded as that zip */
#define TAG_LAYER "fnctl:layer" /* "VERSION:IDENTITY" of the published layer */
#define TAG_AWS "fnctl:aws"     /* names of the members that were passed through, pass_through.h */
#define TAG_DOMAIN "fnctl:domain"     /* of an API: its custom domain name, domain.h */
#define TAG_FEATURES "fnctl:features" /* of an API: what it has besides routes, api_features.h */

/* One function as it is there. Owned JSON; NULL: not there, or not looked at. */
struct remote {
    const struct function *function;
    char *name;            /* the remote name */
    json_t *configuration; /* of $LATEST */
    json_t *tags;          /* object */
    json_t *concurrency;   /* the reserved one: GetFunction's Concurrency */
    json_t *provisioned;   /* of the live alias: GetProvisionedConcurrencyConfig's reply */
    json_t *alias;
    json_t *role;
    json_t *role_policy; /* the inline policy's document */
    json_t *statements;  /* of the alias's resource policy */
    json_t *log_group;
    json_t *url;
    json_t *event_invoke;   /* settings of asynchronous calls of the alias */
    json_t *mappings;       /* array: event source mappings of the alias */
    json_t *layer_versions; /* array: of our layer, where layer_put() had to look for one */
    char *layer;            /* ARN of our layer version that $LATEST has, or is planned to have */
    char *planned;    /* the fingerprint that a change which was only recorded would lead to */
    bool changed;     /* put_function() changed it, or recorded that it would */
    json_t *versions; /* array: published ones, newest first; see version_list() */
    char *candidate;  /* the version that publish() made or found and release() makes live */
};

/* What observe() asks for once, and only where there may be some. */
enum observed {
    OBSERVED_APIS,
    OBSERVED_ROUTES,
    OBSERVED_FEATURES,
    OBSERVED_DOMAIN,
    OBSERVED_SCHEDULE_NAMES,
    OBSERVED_SCHEDULES,
    OBSERVED_GROUP_TAGS,
    OBSERVED_LOG_GROUPS,
    OBSERVED_DROPPED,
    OBSERVED_PARTS
};

struct session {
    struct provider_context context;
    const struct settings *settings;
    const struct clock *clock;
    int64_t opened; /* ms since 1970: what one run did is known by it */
    struct aws *aws;
    pthread_mutex_t lock; /* over `account` */
    char *account;        /* NULL: not known yet */
    struct remote *remotes;
    size_t count;
    bool observed;              /* OBSERVE_ALL was done */
    bool whole;                 /* observe() looks for all there may be, whatever marks say */
    bool asked[OBSERVED_PARTS]; /* observe()'s own */
    json_t *api;                /* NULL: there is none */
    json_t *routes;             /* array */
    json_t *authorizers;        /* array; this and the next two only where api_features() says so */
    json_t *api_stage;          /* GetStage's reply */
    json_t *access_log;         /* the log group of the API's access log */
    json_t *domain;             /* GetDomainName reply; NULL: there is none */
    json_t *mappings;           /* array: of the domain */
    json_t *schedules;          /* object: name -> GetSchedule's reply */
    json_t *dropped;            /* object: remote name -> GetFunction's reply, of functions of ours
                                   that the settings no longer name */
    bool group_listed;          /* what is in the schedule group is known */
    bool group_missing;         /* the schedule group is known not to exist */
    json_t *group_tags;         /* object: its tags; NULL: not looked at */
    bool detailed;              /* observe() reads each schedule, whatever its digest says */
    bool settled;               /* the schedules are as the settings say, by the group's digest;
                                   `schedules` has what was listed of them */
    json_t *log_groups;         /* array: all below the project's and stage's prefix */
    json_t *notifications; /* object: bucket -> its notification configuration, null: no bucket */
    json_t *streams;       /* object: table -> the ARN of its stream, null: it has none */
    pthread_mutex_t notification_lock; /* one of them is changed at a time; over `notifications` */
    pthread_mutex_t upload_lock;       /* one upload through S3 at a time; over `bucket` */
    char *bucket;                      /* for uploads, bucket.h; NULL: not looked for yet */
};

/* The remote of a function of the settings; never NULL. */
struct remote *session_remote(struct session *session, const struct function *function);

/* The account; asks STS when no ARN has shown it yet. NULL on failure; borrowed. */
const char *session_account(struct session *session, struct err *err);

/* Learns the account from an ARN, if none is known. NULL and other texts are ignored. */
void session_learn(struct session *session, const char *arn);

/* "PROJECT-STAGE", to free(): the name of API and schedule group. */
char *session_name(const struct session *session);

/* "PROJECT-STAGE-", to free(): what the names of all functions start with. */
char *session_prefix(const struct session *session);

/* "arn:PARTITION:SERVICE:REGION:ACCOUNT:RESOURCE", to free(); no region for IAM. NULL when the
 * account cannot be found. */
char *session_arn(struct session *session, const char *service, struct err *err,
                  const char *resource, ...) __attribute__((format(printf, 4, 5)));

/* The tags of project and stage, and of `function` (may be NULL), with the settings' own. */
json_t *session_tags(const struct session *session, const struct function *function);

/* Whether tags (an object) say that something is this project's and stage's. */
bool session_owns(const struct session *session, const json_t *tags);

/* aws_perform() for many reads: not all at once, so that a large project does not open hundreds of
 * connections and run into the services' rate limits. */
int session_read(struct session *session, struct aws_call *calls, size_t count, struct err *err);

/*
 * Performs one call. Error codes in `accept` (space-separated; NULL: none) are
 * an answer. Known races (a new role that is not usable yet, an update in
 * progress) are waited out, up to two minutes. A value that the service
 * refuses is ERR_SETTINGS. Errors start with `subject`.
 */
int session_call(struct session *session, struct aws_call *call, const char *accept,
                 const char *subject, struct err *err);

/* As session_call(), and releases the call; for calls whose reply does not matter. */
int session_do(struct session *session, struct aws_call *call, const char *accept,
               const char *subject, struct err *err);

/* As session_call(), showing a progress bar named `subject` of what was sent. */
int session_upload(struct session *session, struct aws_call *call, const char *accept,
                   const char *subject, struct err *err);

/* Sleeps between polls: `*delay` (ms) doubles up to `most`. -1 when interrupted. */
int session_pause(struct session *session, int64_t *delay, int64_t most, struct err *err);

/* Takes a reply's value at `path` (see json_at()), with a new reference; NULL: not there. */
json_t *call_take(const struct aws_call *call, const char *path);

/* Puts `value` (taken) where `*place` was. */
void json_replace(json_t **place, json_t *value);

/* ms since `started` on the session's clock. */
int64_t session_elapsed(const struct session *session, int64_t started);

#endif
