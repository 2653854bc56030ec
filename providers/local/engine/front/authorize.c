#include "providers/local/engine/front/authorize.h"

#include "core/json.h"
#include "core/memory.h"
#include "providers/local/engine/front/jwks.h"
#include "providers/local/engine/front/jwt.h"
#include "providers/local/engine/store/store.h"

#include <stdlib.h>
#include <string.h>
#include <strings.h>

/* A call whose token is looked at. */
struct bearer {
    struct call *call;
    json_t *authorizer;
    char *token;
    struct jwt jwt;
    bool fresh; /* the issuer was asked for more keys */
    void (*proceed)(struct call *call);
};

static json_t *named(const struct call *call, const char *name)
{
    const struct request *request = call->request;
    char *value = NULL;
    json_t *text;

    if (strncmp(name, "$request.header.", 16) == 0)
        value = xstrdup(request_header(request, name + 16));
    else if (strncmp(name, "$request.querystring.", 21) == 0)
        value = request_parameter(request, name + 21);
    else if (strncmp(name, "$stageVariables.", 16) == 0)
        value = xstrdup(json_string_value(
            json_object_get(json_object_get(call->stage, "stageVariables"), name + 16)));
    else if (strcmp(name, "$context.identity.sourceIp") == 0)
        value = xstrdup("127.0.0.1");
    else if (strcmp(name, "$context.routeKey") == 0)
        value = xstrdup(call->route_key);
    else if (strcmp(name, "$context.httpMethod") == 0)
        value = xstrdup(request->method);
    else if (strcmp(name, "$context.path") == 0)
        value = xstrdup(call->path);
    text = value && *value ? json_string(value) : NULL;
    free(value);
    return text;
}

json_t *authorize_identity(const struct call *call, const json_t *authorizer)
{
    json_t *values = json_array();
    const json_t *source;
    size_t i;

    json_array_foreach (json_object_get(authorizer, "identitySource"), i, source) {
        json_t *value = named(call, json_string_value(source));

        if (!value) {
            json_decref(values);
            return NULL;
        }
        json_array_append_new(values, value);
    }
    return values;
}

static void free_bearer(struct bearer *bearer)
{
    jwt_release(&bearer->jwt);
    json_decref(bearer->authorizer);
    free(bearer->token);
    free(bearer);
}

static void refuse_token(struct bearer *bearer, int status, const char *error, const char *why)
{
    char *header = error ? xasprintf("WWW-Authenticate: Bearer error=\"%s\" "
                                     "error_description=\"%s\"",
                                     error, why)
                         : xstrdup("WWW-Authenticate: Bearer");

    call_refuse(bearer->call, status, status == 401 ? "Unauthorized" : "Forbidden", header);
    free(header);
    free_bearer(bearer);
}

static json_t *scopes_of(const struct bearer *bearer)
{
    json_t *scopes = json_at(bearer->call->route, "route.authorizationScopes");

    return json_array_size(scopes) ? json_incref(scopes) : json_null();
}

/* All that remains once there is a key. */
static void judge(struct bearer *bearer, const json_t *key)
{
    struct call *call = bearer->call;
    int64_t now = clock_now(call->request->engine->clock);
    const json_t *audience = json_at(bearer->authorizer, "jwtConfiguration.audience");
    const char *issuer = json_string_at(bearer->authorizer, "jwtConfiguration.issuer");
    struct err err = {0};

    if (jwt_verify(&bearer->jwt, key, &err) < 0 ||
        jwt_check(&bearer->jwt, issuer, audience, now, &err) < 0) {
        refuse_token(bearer, 401, "invalid_token", err.message);
        return;
    }
    if (!jwt_has_scope(&bearer->jwt, json_at(call->route, "route.authorizationScopes"))) {
        refuse_token(bearer, 403, "insufficient_scope", "the token lacks the scope");
        return;
    }
    call->authorizer = json_pack("{s:{s:o, s:o}}", "jwt", "claims", jwt_claims(&bearer->jwt),
                                 "scopes", scopes_of(bearer));
    bearer->proceed(call);
    free_bearer(bearer);
}

static void on_keys(void *context, const json_t *keys)
{
    struct bearer *bearer = context;
    const json_t *key = jwt_find_key(&bearer->jwt, keys);

    if (key) {
        judge(bearer, key);
    } else if (!keys || bearer->fresh) {
        refuse_token(bearer, 401, "invalid_token",
                     keys ? "the issuer has no such key" : "the issuer's keys cannot be had");
    } else {
        bearer->fresh = true;
        jwks_get(bearer->call->request->engine->front->jwks,
                 json_string_at(bearer->authorizer, "jwtConfiguration.issuer"), true, on_keys,
                 bearer);
    }
}

/* Takes `authorizer`. */
static void authorize_token(struct call *call, json_t *authorizer,
                            void (*proceed)(struct call *call))
{
    struct bearer *bearer = xcalloc(1, sizeof(*bearer));
    json_t *identity = authorize_identity(call, authorizer);
    const char *text = json_string_value(json_array_get(identity, 0));
    struct err err = {0};

    bearer->call = call;
    bearer->authorizer = authorizer;
    bearer->proceed = proceed;
    if (text && strncasecmp(text, "Bearer ", 7) == 0)
        text += 7 + strspn(text + 7, " ");
    bearer->token = xstrdup(text);
    json_decref(identity);
    if (!bearer->token)
        refuse_token(bearer, 401, NULL, NULL);
    else if (jwt_read(bearer->token, &bearer->jwt, &err) < 0)
        refuse_token(bearer, 401, "invalid_token", err.message);
    else
        jwks_get(call->request->engine->front->jwks,
                 json_string_at(authorizer, "jwtConfiguration.issuer"), false, on_keys, bearer);
}

static json_t *load_authorizer(const struct call *call)
{
    json_t *row = store_row(call->request->engine->store,
                            "SELECT document AS \"{document\" FROM api_authorizers"
                            " WHERE api = ? AND id = ?",
                            "ss", call->id, json_string_at(call->route, "route.authorizerId"));
    json_t *document = json_incref(json_object_get(row, "document"));

    json_decref(row);
    return document;
}

void authorize(struct call *call, void (*proceed)(struct call *call))
{
    const char *type = json_string_at(call->route, "route.authorizationType");
    json_t *authorizer;

    if (strcmp(type, "AWS_IAM") == 0) {
        if (call_is_signed(call))
            proceed(call);
        else
            call_refuse(call, 403, "Forbidden", NULL);
        return;
    }
    if (strcmp(type, "JWT") != 0 && strcmp(type, "CUSTOM") != 0) {
        proceed(call);
        return;
    }
    authorizer = load_authorizer(call);
    if (strcmp(type, "JWT") == 0)
        authorize_token(call, authorizer, proceed);
    else
        authorize_lambda(call, authorizer, proceed);
}
