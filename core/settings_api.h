/* The settings of the HTTP API as a whole, block "api", and of its routes: tables and rules. */
#ifndef FNCTL_CORE_SETTINGS_API_H
#define FNCTL_CORE_SETTINGS_API_H

#include "core/err.h"
#include "core/json.h"
#include "core/schema.h"
#include "core/settings.h"

/* For the checks alone: the JSON is kept as it is. */
struct cors {
    bool allow_credentials;
    struct strings allow_headers, allow_methods, allow_origins, expose_headers;
    int64_t max_age;
};

/* The tables of struct cors, struct api_settings, and a route that is an object. */
extern const struct field settings_cors_fields[], settings_api_fields[], settings_route_fields[];

/* Fills method, path and key from "GET /items/{id}" or "$default". Errors: ERR_SETTINGS, without
 * the place. */
int settings_parse_route(struct route *route, const char *text, struct err *err);

/* A `check` and a `bind` of core/schema.h over it. */
int settings_check_route(const void *member, struct err *err);
int settings_bind_route(void *member, const json_t *value, const struct json_path *path,
                        struct err *err);

/* Refuses an API that is no object, such as "rest". */
int settings_bind_api(void *member, const json_t *value, const struct json_path *path,
                      struct err *err);

/*
 * Checks authorizers, stage variables and access log of the API, and that
 * routes name authorizers that there are; fills method and path of routes,
 * authorizes of functions, and access_log.enabled. Quotas:
 * https://docs.aws.amazon.com/apigateway/latest/developerguide/http-api-quotas.html
 * Errors: ERR_SETTINGS with the place.
 */
int settings_apply_api_rules(struct settings *settings, const struct schema_source *source,
                             struct err *err);

#endif
