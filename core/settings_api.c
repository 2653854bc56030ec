/* The tables of the HTTP API. */
#include "core/settings_api.h"
#include "core/settings_checks.h"

#include <string.h>

#define THROTTLE_MOST 1000000

/* Names that the settings give a meaning of their own. */
static int check_authorizer(const void *member, struct err *err)
{
    const char *name = *(const char *const *)member;

    if (*name && strlen(name) <= 64 &&
        name[strspn(name, "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_")] ==
            '\0')
        return 0;
    return err_set(err, ERR_SETTINGS,
                   "'%.80s' must be the name of an authorizer (letters, digits, '-', '_', at most "
                   "64), 'iam' or 'none'",
                   name);
}

const struct field settings_cors_fields[] = {
    {.name = "allow_credentials",
     .type = FIELD_BOOL,
     .offset = offsetof(struct cors, allow_credentials),
     .help = "whether browsers may send cookies and credentials"},
    {.name = "allow_headers",
     .type = FIELD_STRINGS,
     .offset = offsetof(struct cors, allow_headers),
     .help = "request headers that are allowed",
     .example = "[\"content-type\"]"},
    {.name = "allow_methods",
     .type = FIELD_STRINGS,
     .offset = offsetof(struct cors, allow_methods),
     .help = "methods that are allowed, '*' for all",
     .max = 6,
     .example = "[\"GET\", \"POST\"]"},
    {.name = "allow_origins",
     .type = FIELD_STRINGS,
     .offset = offsetof(struct cors, allow_origins),
     .help = "origins that are allowed, '*' for all",
     .example = "[\"https://example.com\"]"},
    {.name = "expose_headers",
     .type = FIELD_STRINGS,
     .offset = offsetof(struct cors, expose_headers),
     .help = "response headers that scripts may read"},
    {.name = "max_age",
     .type = FIELD_INT,
     .offset = offsetof(struct cors, max_age),
     .help = "seconds that browsers may keep the answer to a preflight request",
     .max = 86400},
    FIELD_END,
};

static const struct field throttle_fields[] = {
    {.name = "rate",
     .type = FIELD_INT,
     .offset = offsetof(struct throttle, rate),
     .help = "requests a second that are let in on average; others are answered with 429",
     .min = 1,
     .max = THROTTLE_MOST,
     .required = true},
    {.name = "burst",
     .type = FIELD_INT,
     .offset = offsetof(struct throttle, burst),
     .help = "requests that are let in at once",
     .min = 1,
     .max = THROTTLE_MOST,
     .required = true},
    FIELD_END,
};

const struct field settings_route_fields[] = {
    {.name = "route",
     .type = FIELD_STRING,
     .offset = offsetof(struct route, key),
     .help = "\"METHOD /path\" or \"$default\"",
     .required = true,
     .example = "\"GET /items/{id}\"",
     .check = settings_check_route},
    {.name = "authorizer",
     .type = FIELD_STRING,
     .offset = offsetof(struct route, authorizer),
     .help = "who may call it: the name of an authorizer of the API, 'iam' for signed requests, "
             "'none' for everyone; by default the API's",
     .example = "\"users\"",
     .check = check_authorizer},
    {.name = "scopes",
     .type = FIELD_STRINGS,
     .offset = offsetof(struct route, scopes),
     .help = "scopes of which the caller's token must have one",
     .min = 1,
     .max = 64,
     .example = "[\"items.read\"]"},
    {.name = "throttle",
     .type = FIELD_OBJECT,
     .offset = offsetof(struct route, throttle),
     .help = "how many requests the route takes; by default the API's",
     .children = throttle_fields,
     .example = "{\"rate\": 10, \"burst\": 20}"},
    FIELD_END,
};

static const struct field jwt_fields[] = {
    {.name = "issuer",
     .type = FIELD_STRING,
     .offset = offsetof(struct jwt_settings, issuer),
     .help = "URL of who issues the tokens, as in their claim 'iss'; its keys are found below "
             "/.well-known/openid-configuration",
     .required = true,
     .example = "\"https://accounts.example.com\""},
    {.name = "audience",
     .type = FIELD_STRINGS,
     .offset = offsetof(struct jwt_settings, audience),
     .help = "of which the token's 'aud' or 'client_id' must be one",
     .required = true,
     .min = 1,
     .example = "[\"weather\"]"},
    FIELD_END,
};

static const struct field authorizer_fields[] = {
    {.name = "jwt",
     .type = FIELD_OBJECT,
     .offset = offsetof(struct authorizer, jwt),
     .help = "lets in who has a token (JWT, signed with RSA) of an issuer",
     .children = jwt_fields},
    {.name = "lambda",
     .type = FIELD_STRING,
     .offset = offsetof(struct authorizer, lambda),
     .help = "asks a function: one of the project, or an ARN",
     .example = "\"gate\""},
    {.name = "ttl",
     .type = FIELD_INT,
     .offset = offsetof(struct authorizer, ttl),
     .help = "seconds that the answer of the function is kept for the same caller; 0: not at all",
     .fallback = "0",
     .max = 3600},
    {.name = "identity",
     .type = FIELD_STRINGS,
     .offset = offsetof(struct authorizer, identity),
     .help = "where the request says who calls; one that lacks any is refused; "
             "by default $request.header.Authorization",
     .min = 1,
     .example = "[\"$request.header.X-Key\", \"$request.querystring.key\"]"},
    {.name = "simple",
     .type = FIELD_BOOL,
     .offset = offsetof(struct authorizer, simple),
     .help = "whether the function answers {\"isAuthorized\": true}; if not, with an IAM policy",
     .fallback = "true"},
    FIELD_END,
};

static const struct field access_log_fields[] = {
    {.name = "format",
     .type = FIELD_STRING,
     .offset = offsetof(struct access_log, format),
     .help = "one line a request, with $context variables; by default JSON with the most used",
     .min = 1,
     .max = 3000,
     .example = "\"$context.requestId $context.identity.sourceIp $context.status\""},
    {.name = "retention",
     .type = FIELD_INT,
     .offset = offsetof(struct access_log, retention),
     .help = "days that it is kept, 0 for ever",
     .fallback = "30",
     .choices = settings_retentions},
    FIELD_END,
};

static int bind_access_log(void *member, const json_t *value, const struct json_path *path,
                           struct err *err)
{
    struct access_log *log = member;

    (void)path;
    if (!json_is_boolean(value))
        return err_set(err, ERR_SETTINGS,
                       "must be true, false, or an object with format and retention");
    *log = (struct access_log){.enabled = json_is_true(value), .retention = 30};
    return 0;
}

#define NO_REST                                                                                    \
    "must be an object; REST APIs are not supported by this version: the API is an HTTP API"

int settings_bind_api(void *member, const json_t *value, const struct json_path *path,
                      struct err *err)
{
    (void)member;
    (void)value;
    (void)path;
    return err_set(err, ERR_SETTINGS, NO_REST);
}

const struct field settings_api_fields[] = {
    {.name = "type",
     .help = "the kind of the API",
     .later = "is not supported by this version: the API is an HTTP API, there are no REST APIs"},
    {.name = "cors",
     .type = FIELD_JSON,
     .offset = offsetof(struct api_settings, cors),
     .help = "which web pages may call it; the API itself answers preflight requests then",
     .children = settings_cors_fields,
     .size = sizeof(struct cors)},
    {.name = "authorizers",
     .type = FIELD_TABLE,
     .offset = offsetof(struct api_settings, authorizers),
     .help = "who decides about callers, by name",
     .children = authorizer_fields,
     .size = sizeof(struct authorizer),
     .example = "{\"users\": {\"jwt\": {\"issuer\": \"https://accounts.example.com\", "
                "\"audience\": [\"weather\"]}}}"},
    {.name = "authorizer",
     .type = FIELD_STRING,
     .offset = offsetof(struct api_settings, authorizer),
     .help = "of routes that name none: the name of one, 'iam' or 'none'",
     .example = "\"users\"",
     .check = check_authorizer},
    {.name = "throttle",
     .type = FIELD_OBJECT,
     .offset = offsetof(struct api_settings, throttle),
     .help = "how many requests each route takes that says nothing else",
     .children = throttle_fields,
     .example = "{\"rate\": 100, \"burst\": 50}"},
    {.name = "access_log",
     .type = FIELD_OBJECT,
     .offset = offsetof(struct api_settings, access_log),
     .help = "a line about each request in a log group: true, or an object that says more",
     .children = access_log_fields,
     .bind = bind_access_log,
     .json_schema = "{\"type\": \"boolean\"}",
     .example = "true"},
    {.name = "variables",
     .type = FIELD_MAP,
     .offset = offsetof(struct api_settings, variables),
     .help = "variables of the API's stage, handed to functions as stageVariables",
     .example = "{\"MODE\": \"live\"}"},
    FIELD_END,
};
