/*
 * The settings file, fnctl.json: found, read, merged for a stage, its
 * variables replaced, validated and bound. See man/prose and `fnctl schema`.
 */
#ifndef FNCTL_CORE_SETTINGS_H
#define FNCTL_CORE_SETTINGS_H

#include "core/cron.h"
#include "core/err.h"
#include "core/json.h"
#include "core/references.h"
#include "core/schema.h"
#include "core/settings_async.h"
#include "core/settings_triggers.h"
#include "core/strlist.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define SETTINGS_FILE "fnctl.json"

struct schedule {
    const char *cron; /* exactly one of cron, rate, at is set, as written: ours or AWS's form */
    const char *rate;
    const char *at;
    const char *timezone; /* IANA; "UTC" by default */
    json_t *input;        /* NULL: a small object that names the schedule */
    bool enabled;
    const char *name;   /* NULL: made from the function and its place in the list */
    struct cron parsed; /* filled after binding */
};

/* How many requests are let in: a token bucket. */
struct throttle {
    int64_t rate;  /* requests a second; 0: no bound is set */
    int64_t burst; /* requests at once */
};

struct route {
    const char *method;     /* GET ... or ANY, or NULL with path "$default" */
    const char *path;       /* "/items/{id}", "/{proxy+}" */
    const char *key;        /* as written: "GET /items/{id}", "$default" */
    const char *authorizer; /* the name of one, "iam" or "none"; NULL: the API's */
    struct strings scopes;  /* one of them must be in the token */
    struct throttle throttle;
};

struct jwt_settings {
    const char *issuer;      /* URL */
    struct strings audience; /* at least one */
};

/* Who may call routes: exactly one of jwt.issuer and lambda is set. */
struct authorizer {
    const char *name;
    struct jwt_settings jwt;
    const char *lambda;      /* a function of the project, or an ARN */
    int64_t ttl;             /* s that its answers are kept; 0: not at all */
    struct strings identity; /* "$request.header.Authorization", ...; none: that */
    bool simple;             /* it answers {"isAuthorized": ...}; else with an IAM policy */
};

struct access_log {
    bool enabled;
    const char *format; /* NULL: a default, JSON */
    int64_t retention;  /* days; 0: never expires */
};

/* The HTTP API as a whole. */
struct api_settings {
    json_t *cors; /* object as of struct url; NULL: none */
    struct list authorizers;
    const char *authorizer;   /* of routes that name none; NULL: none */
    struct throttle throttle; /* of routes that set none */
    struct access_log access_log;
    json_t *variables; /* the stage's: object of strings, or NULL */
};

struct url {
    bool enabled;
    const char *auth; /* "none" or "iam" */
    bool stream;
    json_t *cors; /* object: allow_credentials, allow_headers, allow_methods, allow_origins,
                     expose_headers, max_age (s), as in Lambda's Cors; NULL: none */
};

struct vpc {
    struct strings subnets;
    struct strings security_groups;
    bool ipv6; /* also calls out over IPv6, in subnets that have both */
};

struct file_system {
    const char *access_point; /* ARN; NULL: none */
    const char *path;         /* "/mnt/..." */
};

/* A call that a new version must answer well before it becomes live; see settings_smoke.h. */
struct smoke {
    json_t *payload;    /* NULL: not set */
    const char *path;   /* or NULL; of a request */
    const char *method; /* NULL: GET */
    int64_t status;     /* 0: 200 */
    json_t *expect;     /* NULL: anything */
};

/* What only the provider "aws" is told of a function. */
struct function_aws {
    json_t *function; /* further members of Lambda's CreateFunction and
                         UpdateFunctionConfiguration, the project's among them; or NULL */
};

struct function {
    const char *name; /* the key under `functions` */
    const char *description;
    const char *runtime;      /* "python3.13", "nodejs22.x", "provided.al2023", ... */
    const char *architecture; /* "x86_64" or "arm64" */
    const char *handler;
    const char *app;    /* a WSGI object "module.object", served through the adapter; or NULL */
    const char *source; /* folder, relative to the settings file */
    const char *build;  /* shell command run in the settings' folder before packaging; or NULL */
    struct strings include, exclude;
    bool gitignore;               /* what git ignores is no source */
    const char *requirements;     /* requirements.txt, pyproject.toml or folder; or NULL */
    const char *node_modules;     /* "source", "install" or "layer" */
    const char *runtime_packages; /* "leave-out" or "keep" */
    bool strip;                   /* symbols of ELF files */
    bool layer;
    const char *sysroot;        /* folder, relative to the settings file; or NULL */
    struct strings layers;      /* ARNs */
    int64_t keep;               /* versions of the function, and of its layer, that stay */
    int64_t memory;             /* MB */
    int64_t timeout;            /* s */
    int64_t ephemeral_storage;  /* MB */
    json_t *environment;        /* object of strings, or NULL */
    const char *role;           /* ARN of an existing role; NULL: made */
    struct strings permissions; /* "s3:GetObject arn:..." */
    json_t *tags;               /* object of strings, the project's among them, or NULL */
    struct vpc vpc;
    int64_t log_retention;  /* days; 0: never expires */
    const char *log_format; /* "text" or "json" */
    const char *log_level;  /* "trace" ... "fatal", of what the function logs; NULL: Lambda's */
    const char *system_log_level; /* "debug", "info" or "warn", of what Lambda logs; or NULL */
    const char *tracing;          /* "active" or "pass-through" */
    const char *dead_letter;      /* ARN of an SQS queue or SNS topic; or NULL */
    struct list routes;           /* struct route */
    bool authorizes;              /* an authorizer of the API asks it; worked out */
    struct url url;
    struct list schedules; /* struct schedule */
    bool reserved;         /* `concurrency` is set */
    int64_t concurrency;   /* environments at most, kept free for it; 0: it is never run */
    int64_t provisioned_concurrency; /* environments of the live alias kept warm; 0: none */
    bool snap_start;
    struct file_system file_system;
    struct function_aws aws;
    const json_t *secrets; /* keys: the environment variables whose values come from SSM or Secrets
                              Manager, or are not known yet; NULL: none */
    struct smoke smoke;
    struct retries retries;
    struct destinations destinations;
    struct list triggers; /* struct trigger */
};

/* The custom domain name of the HTTP API. */
struct domain_settings {
    const char *name;        /* NULL: none */
    const char *base_path;   /* "": the whole domain */
    const char *certificate; /* ARN; NULL: one that is there, or a new one */
    const char *zone;        /* id of the hosted zone; NULL: looked for */
};

/* What only the provider "aws" is told. */
struct aws_settings {
    const char *profile;              /* or NULL */
    const char *endpoint_url;         /* or NULL */
    const char *permissions_boundary; /* ARN of the policy that bounds the made roles; or NULL */
    const char *bucket;               /* of zips too large to be sent directly; NULL: made */
    json_t *function; /* see struct function_aws; in each function's already; or NULL */
};

struct settings {
    char *file;   /* path of the settings file */
    char *folder; /* the project's root: the folder of the file */
    const char *project;
    const char *region; /* or NULL */
    const char *stage;
    const char *provider;  /* "local", "aws" */
    struct list functions; /* struct function, in the order of the file */
    struct api_settings api;
    struct domain_settings domain;
    json_t *tags;              /* of the whole project, or NULL: in each function's tags already */
    struct aws_settings aws;   /* the block "aws"; the block "local" has no keys */
    const char *schema;        /* "$schema", for editors */
    const char *default_stage; /* or NULL */
    json_t *resolved;          /* owns every string above */
    struct references references; /* what only the provider knows, settings_resolve() */
    json_t *merged;               /* the settings for the stage, variables not replaced */
    json_t *unknown, *secret;     /* paths, as in struct variables */
    json_t *secrets;              /* object: function -> its `secrets` */
    json_t *replaced;             /* `resolved` as it was before settings_resolve() */
    char *account;                /* once asked for */
    char *text;                   /* of the file */
    size_t text_len;
    char *stage_name;
};

/* What variables may need that is not in the file. */
struct settings_context {
    const char *file; /* --settings; NULL: SETTINGS_FILE here or in a parent folder */
    const char
        *stage; /* from the command line; NULL: FNCTL_STAGE, default_stage, or the only one */
    const char *region; /* --region; NULL: the file's, then AWS_REGION, AWS_DEFAULT_REGION */
    /* ${account}: asks the provider; called at most once; the result to free(). NULL: an error. */
    char *(*account)(void *context, struct err *err);
    void *context;
};

/* The table of the whole file; also the source of schema, documentation and init. */
extern const struct field settings_fields[];
/* The table of one function. */
extern const struct field function_fields[];

/*
 * Finds, reads, merges, resolves, validates. Errors: ERR_SETTINGS with file,
 * line, column, path, what is allowed, what to do; ERR_USAGE when the stage is
 * not given or unknown, listing the stages.
 */
int settings_load(struct settings *settings, const struct settings_context *context,
                  struct err *err);
void settings_release(struct settings *settings);

/*
 * Replaces the variables that settings_load() left, ${ssm:...} and the like, with what `fetch`
 * finds for all of them at once, and binds and validates again. Nothing is asked when there are
 * none. Functions stay at their addresses, and the strings of before stay valid. Errors: as of
 * settings_load(), and those of `fetch`.
 */
int settings_resolve(struct settings *settings, const struct settings_context *context,
                     int (*fetch)(void *context, struct references *references, struct err *err),
                     void *fetch_context, struct err *err);

/* The names of the file's stages, in its order: what the command line needs before a stage is
 * chosen. Looks at no more of the file than that. */
int settings_stage_names(const struct settings_context *context, struct strlist *names,
                         struct err *err);

/* Validates every stage of the file; the first error, with its stage, in `err`. */
int settings_check_stages(const struct settings_context *context, struct err *err);

/* The text of the file, for errors about a value in it: schema_bind(), schema_error(). Borrowed. */
struct schema_source settings_source(const struct settings *settings);

/* The function of that name; NULL with ERR_USAGE and "did you mean" when there is none. */
const struct function *settings_function(const struct settings *settings, const char *name,
                                         struct err *err);

size_t settings_function_count(const struct settings *settings);
const struct function *settings_function_at(const struct settings *settings, size_t index);
const struct schedule *function_schedule_at(const struct function *function, size_t index);
const struct route *function_route_at(const struct function *function, size_t index);
const struct trigger *function_trigger_at(const struct function *function, size_t index);

/* The authorizer that a route has, its own or the API's: a name, "iam" or "none". */
const char *settings_route_authorizer(const struct settings *settings, const struct route *route);

/* The authorizer of that name; NULL: there is none, as for "iam" and "none". */
const struct authorizer *settings_authorizer(const struct settings *settings, const char *name);

/* "PROJECT-STAGE-FUNCTION", to free(). */
char *settings_remote_name(const struct settings *settings, const struct function *function);

/* The remote name of a schedule: its `name`, or FUNCTION-INDEX; to free(). */
char *settings_schedule_name(const struct function *function, const struct schedule *schedule,
                             size_t index);

/*
 * Whether the value of an environment variable is not to be shown: its name
 * tells of a key, token, secret or password, or it is a URL with a password.
 * `value` may be NULL.
 */
bool settings_looks_secret(const char *name, const char *value);

/* The same of a variable of that function, which is also not to be shown when it came from SSM or
 * Secrets Manager. */
bool function_hides(const struct function *function, const char *name, const char *value);

/* The merged, resolved settings with secrets masked, for `settings --resolved`; variables that only
 * the provider knows are as they were written until settings_resolve(). The caller's. */
json_t *settings_render(const struct settings *settings);

#endif
