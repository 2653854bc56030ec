#include "providers/local/engine/front/throttle.h"

#include "core/json.h"
#include "core/memory.h"
#include "providers/local/engine/run/outcome.h"

#include <stdlib.h>

enum { BUCKETS = 10000 };

/* The limits of the route, or the stage's for all; false: there are none. */
static bool find_limits(const struct call *call, double *rate, double *burst)
{
    const json_t *routes = json_object_get(call->stage, "routeSettings");
    const json_t *settings = json_object_get(routes, call->route_key);

    if (!json_object_get(settings, "throttlingRateLimit"))
        settings = json_object_get(call->stage, "defaultRouteSettings");
    if (!json_object_get(settings, "throttlingRateLimit"))
        return false;
    *rate = json_number_value(json_object_get(settings, "throttlingRateLimit"));
    *burst = json_number_value(json_object_get(settings, "throttlingBurstLimit"));
    return true;
}

bool throttle_admits(struct call *call)
{
    json_t *buckets = call->request->engine->front->buckets, *bucket;
    double rate, burst, left;
    int64_t now = outcome_clock();
    bool admitted;
    char *key;

    if (!find_limits(call, &rate, &burst))
        return true;
    if (json_object_size(buckets) >= BUCKETS)
        json_object_clear(buckets);
    key = xasprintf("%s %s", call->id, call->route_key);
    bucket = json_object_get(buckets, key);
    left = bucket ? json_number_value(json_object_get(bucket, "left")) +
                        rate * (double)(now - json_int_at(bucket, "at")) / 1e6
                  : burst;
    left = left > burst ? burst : left;
    admitted = left >= 1;
    json_object_set_new(
        buckets, key,
        json_pack("{s:f, s:I}", "left", admitted ? left - 1 : left, "at", (json_int_t)now));
    free(key);
    return admitted;
}
