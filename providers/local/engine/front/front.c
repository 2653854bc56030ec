#include "providers/local/engine/front/front.h"

#include "core/json.h"
#include "core/memory.h"
#include "providers/local/engine/front/api.h"
#include "providers/local/engine/front/call.h"
#include "providers/local/engine/front/cors.h"
#include "providers/local/engine/front/jwks.h"
#include "providers/local/engine/run/outcome.h"
#include "providers/local/engine/store/store.h"

#include <stdlib.h>
#include <string.h>

const struct door url_door = {"/_fnctl/url/", "Message", "application/json", "lambda", 502, 200};
const struct door api_door = {"/_fnctl/api/", "message", "text/plain; charset=utf-8",
                              "execute-api",  500,       204};

struct front *front_new(struct engine *engine)
{
    struct front *front = xcalloc(1, sizeof(*front));

    front->jwks = jwks_new(engine);
    front->answers = json_object();
    front->buckets = json_object();
    return front;
}

void front_stop(struct front *front)
{
    if (!front)
        return;
    front->stopping = true;
    jwks_free(front->jwks);
    front->jwks = NULL;
}

void front_free(struct front *front)
{
    if (!front)
        return;
    json_decref(front->answers);
    json_decref(front->buckets);
    free(front);
}

/* Forgotten permissions show here as they do on AWS. */
static bool permits_url(const struct call *call, const char *qualifier)
{
    struct engine *engine = call->request->engine;
    struct function_access url = {"lambda:InvokeFunctionUrl", "*", NULL, true};
    struct function_access function = {"lambda:InvokeFunction", "*", NULL, true};

    if (functions_permit(engine, call->version.name, qualifier, &url) &&
        functions_permit(engine, call->version.name, qualifier, &function))
        return true;
    engine_log("%s: the function URL is forbidden: the resource policy must allow everybody "
               "lambda:InvokeFunctionUrl and, via the URL, lambda:InvokeFunction",
               call->version.name);
    return false;
}

static void call_url(struct call *call)
{
    struct engine *engine = call->request->engine;
    const char *function, *qualifier;
    struct err err = {0};
    bool iam;

    call->row = store_row(engine->store,
                          "SELECT function, qualifier, auth_type, cors AS \"{cors\", invoke_mode "
                          "FROM urls WHERE id = ?",
                          "s", call->id);
    if (!call->row) {
        call_refuse(call, 404, "Not Found", NULL);
        return;
    }
    call->cors = json_object_get(call->row, "cors");
    call->streams = strcmp(json_string_at(call->row, "invoke_mode"), "RESPONSE_STREAM") == 0;
    call->route_key = xstrdup("$default");
    function = json_string_at(call->row, "function");
    qualifier = json_string_at(call->row, "qualifier");
    iam = strcmp(json_string_at(call->row, "auth_type"), "AWS_IAM") == 0;
    call->account = iam ? ENGINE_ACCOUNT : "anonymous";
    if (functions_resolve(engine, function, *qualifier ? qualifier : NULL, &call->version, &err) <
        0)
        call_refuse(call, 404, "Not Found", NULL);
    else if (iam ? !call_is_signed(call) : !permits_url(call, qualifier))
        call_refuse(call, 403,
                    "Forbidden. For troubleshooting Function URL authorization issues, see: "
                    "https://docs.aws.amazon.com/lambda/latest/dg/urls-auth.html",
                    NULL);
    else
        call_run(call);
}

/* Splits /_fnctl/url/ID/rest. */
static struct call *make_call(const struct door *door, struct request *request)
{
    struct call *call = xcalloc(1, sizeof(*call));
    const char *id = request->path + strlen(door->prefix);
    size_t len = strcspn(id, "/");

    call->door = door;
    call->request = request;
    call->began = outcome_clock();
    call->id = xstrndup(id, len);
    call->prefix = xasprintf("%s%s", door->prefix, call->id);
    call->path = xstrdup(id[len] ? id + len : "/");
    return call;
}

/* Answers a preflight when the door has rules; else it is a request like any other. */
static bool answer_preflight(struct call *call)
{
    static const char *const queries[] = {
        "SELECT cors AS \"{cors\" FROM urls WHERE id = ?",
        "SELECT document AS \"{document\" FROM apis WHERE id = ?"};
    bool url = call->door == &url_door;
    json_t *row, *rules;
    struct strlist headers;

    if (!cors_is_preflight(call->request))
        return false;
    row = store_row(call->request->engine->store, queries[url ? 0 : 1], "s", call->id);
    rules = url ? json_object_get(row, "cors") : json_at(row, "document.corsConfiguration");
    if (rules) {
        strlist_init(&headers);
        cors_apply(rules, call->request, true, &headers);
        request_respond(call->request, call->door->preflight, &headers, NULL, 0);
        strlist_release(&headers);
        call_free(call);
    }
    json_decref(row);
    return rules != NULL;
}

bool front_handle(struct request *request)
{
    const struct door *doors[] = {&url_door, &api_door};

    for (size_t i = 0; i < 2; i++) {
        struct call *call;

        if (strncmp(request->path, doors[i]->prefix, strlen(doors[i]->prefix)) != 0)
            continue;
        call = make_call(doors[i], request);
        if (answer_preflight(call))
            return true;
        if (i == 0)
            call_url(call);
        else
            api_call(call);
        return true;
    }
    return false;
}
