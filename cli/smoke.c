#include "cli/smoke.h"

#include "cli/invoked.h"
#include "core/event.h"
#include "core/hash.h"
#include "core/memory.h"
#include "core/settings_smoke.h"

#include <stdlib.h>
#include <string.h>

enum { SHOWN_MAX = 300 /* bytes of an answer in a message */ };

bool smoke_matches(const json_t *result, const json_t *expected)
{
    const char *name;
    json_t *value;

    if (!json_is_object(expected))
        return json_equal(result, expected);
    json_object_foreach ((json_t *)(uintptr_t)expected, name, value) {
        if (!smoke_matches(json_object_get(result, name), value))
            return false;
    }
    return json_is_object(result);
}

/* The event of the request, to free(). */
static char *request_event(const struct app *app, const struct smoke *smoke)
{
    size_t len = strcspn(smoke->path, "?");
    char *path = xstrndup(smoke->path, len), *event;
    char id[UUID_LEN];
    struct strlist headers;
    struct event_request request = {.method = smoke->method ? smoke->method : "GET",
                                    .path = path,
                                    .decode = true,
                                    .query = smoke->path[len] ? smoke->path + len + 1 : NULL,
                                    .headers = &headers,
                                    .prefix = "",
                                    .id = "smoke",
                                    .account = "anonymous",
                                    .route_key = "$default",
                                    .request_id = id,
                                    .now = clock_now(app->clock)};

    hash_uuid(id);
    strlist_init(&headers);
    strlist_add(&headers, "Host: smoke.test");
    strlist_add(&headers, "User-Agent: fnctl");
    strlist_add(&headers, "Accept: */*");
    event = event_from_http(&request);
    strlist_release(&headers);
    free(path);
    return event;
}

/* "it answered ..." with the beginning of what it answered. */
static int unexpected(const char *text, size_t len, struct err *err)
{
    char *shown = out_visible(text, len < SHOWN_MAX ? len : SHOWN_MAX);

    err_set(err, ERR_FAILED, "the answer is not what 'expect' says: %s%s", shown,
            len > SHOWN_MAX ? "..." : "");
    free(shown);
    return -1;
}

/* `text` as a value must match; or it has the expected text in it, with `part`. */
static int judge_text(const char *text, size_t len, const json_t *expected, bool part,
                      struct err *err)
{
    json_t *value;
    bool good;

    if (!expected)
        return 0;
    if (part && json_is_string(expected) && json_string_length(expected))
        return memmem(text, len, json_string_value(expected), json_string_length(expected))
                   ? 0
                   : unexpected(text, len, err);
    value = json_loadb(text, len, JSON_DECODE_ANY | JSON_ALLOW_NUL, NULL);
    good = value && smoke_matches(value, expected);
    json_decref(value);
    return good ? 0 : unexpected(text, len, err);
}

static int judge_response(const struct smoke *smoke, const struct buf *payload, struct err *err)
{
    static const char separator[8] = {0};
    bool http = payload->len && memmem(payload->data, payload->len, separator, sizeof(separator));
    struct event_response response = {0};
    int status, result = -1;

    if (event_to_http(buf_string((struct buf *)(uintptr_t)payload), payload->len, http,
                      "application/json", &response, err) < 0)
        return err_context(err, "the result is no answer to a request");
    status = response.status;
    if (status == settings_smoke_status(smoke))
        result =
            judge_text(buf_string(&response.body), response.body.len, smoke->expect, true, err);
    else
        err_set(err, ERR_FAILED, "the status is %d, not %d", status, settings_smoke_status(smoke));
    event_response_release(&response);
    return result;
}

/* 0: as it should be. */
static int judge(const struct smoke *smoke, const struct invoked *invoked, struct err *err)
{
    const struct buf *payload = &invoked->result->payload;

    if (invoked_judge(invoked, err) < 0)
        return -1;
    if (smoke->path)
        return judge_response(smoke, payload, err);
    return judge_text(payload->data ? payload->data : "", payload->len, smoke->expect, false, err);
}

static int tell(struct app *app, const struct function *function, const char *version,
                const struct invoke_result *result, struct err *err)
{
    char *text = settings_smoke_text(&function->smoke);
    struct invoked invoked;
    int status;

    invoked_init(&invoked, function, result);
    status = judge(&function->smoke, &invoked, err);
    if (status < 0) {
        out_tell(&app->out, "the log of the failed call of '%s', version %s:", function->name,
                 version);
        invoked_tell_log(app, &invoked);
        err_context(err, "the smoke test of version %s, '%s', failed", version, text);
        err_append(err, "; the live alias was not moved: mend it and deploy again");
    } else {
        out_step(&app->out, "smoke test of %s, version %s: %s", function->name, version, text);
    }
    invoked_release(&invoked);
    free(text);
    return status;
}

int smoke_test(struct app *app, const struct function *function, const char *version,
               struct err *err)
{
    const struct smoke *smoke = &function->smoke;
    char *payload = smoke->path ? request_event(app, smoke)
                                : json_dumps(smoke->payload, JSON_COMPACT | JSON_ENCODE_ANY);
    struct invocation invocation = {.function = function,
                                    .payload = payload,
                                    .payload_len = strlen(payload),
                                    .mode = INVOKE_SYNC,
                                    .log = true,
                                    .qualifier = version};
    struct invoke_result result = {0};
    int status = app->provider->invoke(app->session, &invocation, &result, err);

    if (status < 0)
        err_context(err, "the smoke test of version %s could not be made", version);
    else
        status = tell(app, function, version, &result, err);
    invoke_result_release(&result);
    free(payload);
    return status;
}
