/* What the files of API Gateway's (HTTP APIs, v2) operations share. */
#ifndef FNCTL_ENGINE_APIGATEWAY_H
#define FNCTL_ENGINE_APIGATEWAY_H

#include "providers/local/engine/services/operations.h"

#include <stdbool.h>
#include <stddef.h>

/* A kind of resource below an API: how it is kept and named. */
struct api_part {
    const char *table;   /* "api_routes" */
    const char *column;  /* of its identity: "id" */
    const char *member;  /* of its identity in documents and paths: "routeId" */
    const char *subject; /* in messages: "Route" */
};
extern const struct api_part api_integration, api_route, api_stage, api_deployment, api_authorizer;

/* A random identifier of `len` lower-case letters and digits. */
void api_make_id(char *id, size_t len);

/* "2026-11-20T09:15:00Z" of now. */
json_t *api_time(const struct request *request);

/* Whether the API apiId exists; answers when not. */
bool api_exists(struct request *request, const json_t *input);

/* The document of a part; the caller owns it. NULL: there is none. */
json_t *api_load(struct engine *engine, const struct api_part *part, const char *api,
                 const char *id);

/* As api_load() for what the input names; answers when there is none. */
json_t *api_find(struct request *request, const struct api_part *part, const json_t *input);

/* Writes a part under its identity. Less than 0 as store_run(). */
int api_save(struct engine *engine, const struct api_part *part, const char *api,
             const json_t *document);

/* Copies the named members (NULL-terminated) that the input has. */
void api_copy(json_t *document, const json_t *input, const char *const *members);

/* A page of `items` (taken), as nextToken and maxResults say. */
void api_page(struct request *request, const json_t *input, json_t *items);

/* The documents of all parts of a kind; the caller owns the list. */
json_t *api_parts(struct engine *engine, const struct api_part *part, const char *api);

/* Makes a document; NULL: answered why not. */
json_t *api_new_integration(struct request *request, const json_t *input);
json_t *api_new_route(struct request *request, const json_t *input);
json_t *api_new_stage(struct request *request, const json_t *input);
json_t *api_new_deployment(struct request *request, const json_t *input);
json_t *api_new_authorizer(struct request *request, const json_t *input);

/* Applies a PATCH; false: answered why not. */
bool api_change_integration(struct request *request, const json_t *input, json_t *document);
bool api_change_route(struct request *request, const json_t *input, json_t *document);
bool api_change_stage(struct request *request, const json_t *input, json_t *document);
bool api_change_authorizer(struct request *request, const json_t *input, json_t *document);

/* Whether no route has the authorizer; answers when one does. */
bool api_authorizer_is_free(struct request *request, const json_t *input);

/* DeleteAccessLogSettings and DeleteRouteSettings. */
void api_delete_access_log(struct request *request, json_t *input);
void api_delete_route_settings(struct request *request, json_t *input);

/* Answers that a value is refused; false. */
bool api_refuse(struct request *request, const char *message, const char *subject);

/* Answers the result of a statement that deletes (store_run()). */
void api_done(struct request *request, int result);

/* Whole APIs, and tags. */
void api_create(struct request *request, json_t *input);
void api_get(struct request *request, json_t *input);
void api_list(struct request *request, json_t *input);
void api_update(struct request *request, json_t *input);
void api_delete(struct request *request, json_t *input);
void api_delete_cors(struct request *request, json_t *input);
void api_get_tags(struct request *request, json_t *input);
void api_tag(struct request *request, json_t *input);
void api_untag(struct request *request, json_t *input);

#endif
