/* Functions that decide about callers: asked, or their answer of a moment ago used again. */
#include "core/hash.h"
#include "core/json.h"
#include "core/memory.h"
#include "providers/local/engine/front/api.h"
#include "providers/local/engine/front/authorize.h"
#include "providers/local/engine/run/outcome.h"

#include <fnmatch.h>
#include <stdlib.h>
#include <string.h>

enum { ANSWERS = 1000 };

/* A call about which a function is asked. */
struct question {
    struct call *call;
    json_t *authorizer;
    json_t *identity;
    struct function_version version;
    char *arn; /* of the route */
    char *key; /* of the answer */
    void (*proceed)(struct call *call);
};

static void free_question(struct question *question)
{
    function_version_release(&question->version);
    json_decref(question->authorizer);
    json_decref(question->identity);
    free(question->arn);
    free(question->key);
    free(question);
}

static void refuse(struct question *question, int status, const char *message)
{
    call_refuse(question->call, status, message, NULL);
    free_question(question);
}

/* Whether a string, or one of a list of them, is `text` where '*' stands for anything. */
static bool covers(const json_t *patterns, const char *text)
{
    const json_t *item;
    size_t i;

    if (json_is_string(patterns))
        return fnmatch(json_string_value(patterns), text, FNM_NOESCAPE) == 0;
    json_array_foreach (patterns, i, item) {
        if (json_is_string(item) && fnmatch(json_string_value(item), text, FNM_NOESCAPE) == 0)
            return true;
    }
    return false;
}

static bool applies(const json_t *statement, const char *arn)
{
    return covers(json_object_get(statement, "Action"), "execute-api:Invoke") &&
           covers(json_object_get(statement, "Resource"), arn);
}

/* An allowing statement, and no denying one. */
static bool policy_allows(const json_t *policy, const char *arn)
{
    const json_t *statement;
    bool allowed = false;
    size_t i;

    json_array_foreach (json_object_get(policy, "Statement"), i, statement) {
        if (!applies(statement, arn))
            continue;
        if (strcmp(json_string_at(statement, "Effect"), "Allow") != 0)
            return false;
        allowed = true;
    }
    return allowed;
}

/* Whether the answer has the form that the authorizer shall give. */
static bool is_answer(const struct question *question, const json_t *answer)
{
    if (json_is_true(json_object_get(question->authorizer, "enableSimpleResponses")))
        return json_is_boolean(json_object_get(answer, "isAuthorized"));
    return json_is_object(json_object_get(answer, "policyDocument"));
}

static void follow(struct question *question, const json_t *answer)
{
    struct call *call = question->call;
    json_t *context = json_object_get(answer, "context");
    const json_t *simple = json_object_get(answer, "isAuthorized");

    if (simple ? !json_is_true(simple)
               : !policy_allows(json_object_get(answer, "policyDocument"), question->arn)) {
        refuse(question, 403, "Forbidden");
        return;
    }
    call->authorizer = json_pack("{s:o}", "lambda",
                                 json_is_object(context) ? json_incref(context) : json_object());
    question->proceed(call);
    free_question(question);
}

/* Keeps the answer as long as the authorizer says. */
static void keep(const struct question *question, json_t *answer)
{
    const struct engine *engine = question->call->request->engine;
    int64_t ttl = json_int_at(question->authorizer, "authorizerResultTtlInSeconds");

    if (ttl <= 0 || json_array_size(question->identity) == 0)
        return;
    if (json_object_size(engine->front->answers) >= ANSWERS)
        json_object_clear(engine->front->answers);
    json_object_set_new(engine->front->answers, question->key,
                        json_pack("{s:I, s:O}", "until",
                                  (json_int_t)(outcome_clock() + ttl * 1000000), "answer", answer));
}

static void on_outcome(void *context, const struct invoke_outcome *outcome)
{
    struct question *question = context;
    json_t *answer = NULL;

    if (!outcome->throttled && !outcome->function_error)
        answer = json_loadb(outcome->payload, outcome->payload_len, JSON_DECODE_ANY, NULL);
    if (is_answer(question, answer)) {
        keep(question, answer);
        follow(question, answer);
    } else {
        engine_log("%s: as an authorizer it must answer %s; it answered %.200s",
                   question->version.name,
                   json_is_true(json_object_get(question->authorizer, "enableSimpleResponses"))
                       ? "{\"isAuthorized\": true or false}"
                       : "with a policyDocument",
                   outcome->payload);
        refuse(question, 500, "Internal Server Error");
    }
    json_decref(answer);
}

static void ask(struct question *question)
{
    struct call *call = question->call;
    struct event_request event = call_event(call);
    char id[UUID_LEN];
    char *payload;

    event.identity = question->identity;
    event.route_arn = question->arn;
    payload = event_from_http(&event);
    hash_uuid(id);
    if (!payload)
        refuse(question, 400, "Bad Request");
    else
        invoke_sync(call->request->engine->invoker, &question->version, id, payload,
                    strlen(payload), NULL, on_outcome, question);
    free(payload);
}

/* What tells this question from others: who asks which authorizer. */
static char *make_key(const struct question *question)
{
    char *values = json_dumps(question->identity, JSON_COMPACT);
    char *key = xasprintf("%s %s %s", question->call->id,
                          json_string_at(question->authorizer, "authorizerId"), values);

    free(values);
    return key;
}

/* Finds the function that is to be asked; false: it is answered. */
static bool find_function(struct question *question)
{
    struct call *call = question->call;
    char *target = api_target(json_string_at(question->authorizer, "authorizerUri"));
    char *source =
        api_authorizer_arn(call, target, json_string_at(question->authorizer, "authorizerId"));
    struct err err = {0};
    bool found =
        functions_resolve(call->request->engine, target, NULL, &question->version, &err) == 0;

    if (!found)
        engine_log("API %s: %s", call->id, err.message);
    found = found && api_permits(call, &question->version, target, source);
    question->arn = api_route_arn(call, target);
    free(source);
    free(target);
    if (!found)
        refuse(question, 500, "Internal Server Error");
    return found;
}

void authorize_lambda(struct call *call, json_t *authorizer, void (*proceed)(struct call *call))
{
    struct question *question = xcalloc(1, sizeof(*question));
    const json_t *kept;

    question->call = call;
    question->authorizer = authorizer;
    question->proceed = proceed;
    question->identity = authorize_identity(call, authorizer);
    if (!question->identity) {
        refuse(question, 401, "Unauthorized");
        return;
    }
    if (!find_function(question))
        return;
    question->key = make_key(question);
    kept = json_object_get(call->request->engine->front->answers, question->key);
    if (json_int_at(kept, "until") > outcome_clock())
        follow(question, json_object_get(kept, "answer"));
    else
        ask(question);
}
