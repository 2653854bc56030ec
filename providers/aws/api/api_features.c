#include "providers/aws/api/api_features.h"

#include "core/memory.h"
#include "providers/aws/api/access_log.h"

#include <stdlib.h>
#include <string.h>

/* By the bits of the features: the words of the tag. */
static const char *const tag_words[] = {NULL, "authorizers", "stage", "authorizers stage"};

static const char *api_id(const struct session *session)
{
    return json_string_at(session->api, "apiId");
}

static bool has_route_throttle(const struct settings *settings)
{
    for (size_t i = 0; i < settings_function_count(settings); i++) {
        const struct function *function = settings_function_at(settings, i);

        for (size_t k = 0; k < function->routes.count; k++)
            if (function_route_at(function, k)->throttle.rate)
                return true;
    }
    return false;
}

int api_features_wanted(const struct session *session)
{
    const struct api_settings *api = &session->settings->api;
    bool stage = api->throttle.rate || api->access_log.enabled ||
                 json_object_size(api->variables) || has_route_throttle(session->settings);

    return (api->authorizers.count ? API_AUTHORIZERS : 0) | (stage ? API_STAGE : 0);
}

static int marked(const struct session *session)
{
    const char *tag =
        json_string_value(json_object_get(json_at(session->api, "tags"), TAG_FEATURES));

    return (tag && strstr(tag, "authorizers") ? API_AUTHORIZERS : 0) |
           (tag && strstr(tag, "stage") ? API_STAGE : 0);
}

int api_features(const struct session *session)
{
    return api_features_wanted(session) | marked(session);
}

static void authorizers_call(const struct session *session, struct aws_call *call)
{
    /* An API has at most ten: they fit in a page. */
    aws_call_rest(call, &aws_apigateway, "GetAuthorizers", "GET", NULL,
                  "/v2/apis/%s/authorizers?maxResults=100", api_id(session));
    call->accept = "NotFoundException";
}

static void keep_authorizers(struct session *session, const struct aws_call *call)
{
    json_t *items = call->code ? NULL : call_take(call, "items");

    json_replace(&session->authorizers, items ? items : json_array());
}

static int take_authorizers(struct session *session, const struct read *read,
                            const struct aws_call *call, struct err *err)
{
    (void)read;
    (void)err;
    keep_authorizers(session, call);
    return 0;
}

static int take_stage(struct session *session, const struct read *read, const struct aws_call *call,
                      struct err *err)
{
    (void)read;
    (void)err;
    json_replace(&session->api_stage, call->code ? NULL : json_incref(call->reply));
    return 0;
}

static int take_access_log(struct session *session, const struct read *read,
                           const struct aws_call *call, struct err *err)
{
    (void)read;
    (void)err;
    access_log_take(session, call);
    return 0;
}

void api_features_read(const struct session *session, struct reads *reads)
{
    int features = api_features(session);
    struct aws_call *call;

    if (features & API_AUTHORIZERS)
        authorizers_call(session, reads_add(reads, &(struct read){.take = take_authorizers}));
    if (features & API_STAGE) {
        call = reads_add(reads, &(struct read){.take = take_stage});
        aws_call_rest(call, &aws_apigateway, "GetStage", "GET", NULL,
                      "/v2/apis/%s/stages/%%24default", api_id(session));
        call->accept = "NotFoundException";
        access_log_call(session, reads_add(reads, &(struct read){.take = take_access_log}));
    }
}

int api_features_refresh(struct session *session, struct err *err)
{
    struct aws_call call;
    int result;

    authorizers_call(session, &call);
    result = aws_perform(session->aws, &call, 1, err);
    if (result == 0)
        keep_authorizers(session, &call);
    aws_call_release(&call);
    return result;
}

void api_features_tag(const struct session *session, json_t *tags)
{
    const char *words = tag_words[api_features_wanted(session)];

    if (words)
        json_object_set_new(tags, TAG_FEATURES, json_string(words));
}

int api_features_mark(struct session *session, int features, struct err *err)
{
    const char *words = tag_words[features];
    struct aws_call call;
    char *arn;

    if (marked(session) == features)
        return 0;
    arn = xasprintf("arn%%3A%s%%3Aapigateway%%3A%s%%3A%%3A%%2Fapis%%2F%s",
                    aws_partition(session->aws), aws_region(session->aws), api_id(session));
    if (words)
        aws_call_rest(&call, &aws_apigateway, "TagResource", "POST",
                      json_pack("{s:{s:s}}", "tags", TAG_FEATURES, words), "/v2/tags/%s", arn);
    else
        aws_call_rest(&call, &aws_apigateway, "UntagResource", "DELETE", NULL,
                      "/v2/tags/%s?tagKeys=fnctl%%3Afeatures", arn);
    free(arn);
    if (session_do(session, &call, NULL, json_string_at(session->api, "name"), err) < 0)
        return -1;
    if (words)
        json_object_set_new(json_at(session->api, "tags"), TAG_FEATURES, json_string(words));
    else
        json_object_del(json_at(session->api, "tags"), TAG_FEATURES);
    return 0;
}
