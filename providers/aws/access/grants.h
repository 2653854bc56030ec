/*
 * Which permissions what fnctl does takes on AWS: the table that policies are
 * made from. Whoever adds a request to the provider adds its rows here;
 * tests/e2e/policy.bats compares with what is really sent.
 *
 * Actions and resources are those of the Service Authorization Reference:
 * https://docs.aws.amazon.com/service-authorization/latest/reference/
 */
#ifndef FNCTL_PROVIDERS_AWS_GRANTS_H
#define FNCTL_PROVIDERS_AWS_GRANTS_H

#include "providers/provider.h"

/* What an action is allowed on; policy_document.c makes the ARNs. Each is a statement of its own.
 */
enum grant_resource {
    GRANT_ANY,            /* actions that AWS limits to no resource */
    GRANT_FUNCTIONS,      /* the project's and stage's functions, their versions and aliases */
    GRANT_LAYERS,         /* the layers made for them */
    GRANT_OTHER_LAYERS,   /* `layers` */
    GRANT_MAPPINGS,       /* event source mappings */
    GRANT_SOURCE_BUCKETS, /* buckets that call functions */
    GRANT_ROLES,          /* the roles made */
    GRANT_ROLE_NAMES,     /* the same before they exist: without their path */
    GRANT_PASSED_ROLES, /* roles that Lambda and the scheduler are given, made and existing ones */
    GRANT_LOG_GROUPS,
    GRANT_API_LOG,        /* the log group of the API's requests */
    GRANT_ALL_LOG_GROUPS, /* what listing takes */
    GRANT_APIS,           /* the collection of APIs, and tags */
    GRANT_API,            /* all APIs: their ids are not known before */
    GRANT_DOMAINS,        /* custom domain names, and what is below them */
    GRANT_DOMAIN_ROLE,    /* the service's own role, which the first domain name makes */
    GRANT_CERTIFICATES,
    GRANT_ZONES, /* hosted zones of Route 53 */
    GRANT_SCHEDULES,
    GRANT_SCHEDULE_GROUP,
    GRANT_PARAMETERS, /* of ${ssm:...} */
    GRANT_SECRETS,    /* of ${secret:...} */
    GRANT_STACKS,     /* of ${cf:...} */
    GRANT_BUCKET,     /* that large zips go through */
    GRANT_OBJECTS,    /* in it */
    GRANT_RESOURCES
};

/* Settings that an action is needed for; 0: always. */
enum grant_need {
    NEED_ROLE = 1 << 0,   /* a function whose role is made */
    NEED_LAYER = 1 << 1,  /* a function that may get a layer */
    NEED_LAYERS = 1 << 2, /* `layers` */
    NEED_ROUTES = 1 << 3,
    NEED_URL = 1 << 4,
    NEED_SCHEDULES = 1 << 5,
    NEED_CALLERS = 1 << 6, /* something else calls a function: routes or a URL */
    NEED_CONCURRENCY = 1 << 7,
    NEED_PROVISIONED = 1 << 8,
    NEED_TRIGGERS = 1 << 9,
    NEED_VPC = 1 << 10,
    NEED_SMOKE = 1 << 11,
    NEED_FOREVER = 1 << 12, /* logs that never expire */
    NEED_SSM = 1 << 13,
    NEED_SECRET = 1 << 14,
    NEED_SECRETS = 1 << 15, /* several */
    NEED_STACK = 1 << 16,
    NEED_UPLOAD = 1 << 17, /* zips above 50 MB */
    NEED_ACCESS_LOG = 1 << 18,
    NEED_TABLES = 1 << 19,  /* tables among the triggers */
    NEED_ASYNC = 1 << 20,   /* `retries` or `destinations` */
    NEED_BUCKETS = 1 << 21, /* buckets among the triggers; NEED_TRIGGERS: others */
    NEED_DOMAIN = 1 << 22,
    NEED_BOUNDARY = 1 << 23,
};

struct grant {
    const char *action; /* "lambda:GetFunction" */
    enum grant_resource resource;
    unsigned uses;  /* enum policy_use */
    unsigned needs; /* enum grant_need: any of them */
};

/* Ends with a NULL action. */
extern const struct grant grants[];

/* The needs of the settings. `upload`: zips may be above 50 MB. */
unsigned grant_needs(const struct settings *settings, bool upload);

#endif
