#include "providers/local/engine/run/keep_warm.h"

#include "core/json.h"
#include "core/memory.h"
#include "providers/local/engine/loop.h"
#include "providers/local/engine/store/store.h"

#include <stdlib.h>
#include <string.h>

enum { WARM_MAX = 8, STARTS = 16 /* that initialise at the same time */ };

struct keep_warm {
    struct invoker *invoker;
    struct engine *engine;
    struct strlist failed; /* "FUNCTION:VERSION" */
    uint64_t timer;
};

struct keep_warm *keep_warm_new(struct invoker *invoker, struct engine *engine)
{
    struct keep_warm *warm = xcalloc(1, sizeof(*warm));

    warm->invoker = invoker;
    warm->engine = engine;
    strlist_init(&warm->failed);
    return warm;
}

void keep_warm_free(struct keep_warm *warm)
{
    if (!warm)
        return;
    loop_cancel_timer(warm->engine->loop, warm->timer);
    strlist_release(&warm->failed);
    free(warm);
}

static char *key_of(const char *function, const char *version)
{
    return xasprintf("%s:%s", function, version);
}

static bool has_failed(const struct keep_warm *warm, const char *function, const char *version)
{
    char *key = key_of(function, version);
    bool failed = strlist_has(&warm->failed, key);

    free(key);
    return failed;
}

static bool is_of(const struct environment *environment, const char *function, const char *version)
{
    return strcmp(environment->version.name, function) == 0 &&
           strcmp(environment->version.version, version) == 0 && !environment->retired &&
           environment->state != ENVIRONMENT_ENDING;
}

static int64_t most(int64_t requested)
{
    return requested < WARM_MAX ? requested : WARM_MAX;
}

static size_t count_starting(const struct keep_warm *warm)
{
    size_t count = 0;

    for (const struct environment *at = invoker_environments(warm->invoker); at; at = at->next)
        count += at->state == ENVIRONMENT_STARTING;
    return count;
}

/* One environment more; notes when it cannot be. */
static bool start(struct keep_warm *warm, const char *function, const char *version)
{
    struct function_version resolved;
    struct environment *environment = NULL;
    struct err err = {0};

    if (functions_resolve(warm->engine, function, version, &resolved, &err) == 0)
        environment = invoker_start(warm->invoker, &resolved);
    function_version_release(&resolved);
    if (environment)
        environment->warmth = WARMTH_PROVISIONED;
    else
        strlist_take(&warm->failed, key_of(function, version));
    return environment != NULL;
}

/* Keeps what is there already, and starts what is missing. */
static void keep(struct keep_warm *warm, const char *function, const char *version, int64_t wanted)
{
    for (struct environment *at = invoker_environments(warm->invoker); at; at = at->next) {
        if (wanted > 0 && at->warmth == WARMTH_SURPLUS && is_of(at, function, version)) {
            at->warmth = WARMTH_PROVISIONED;
            wanted--;
        }
    }
    while (wanted-- > 0 && count_starting(warm) < STARTS && !has_failed(warm, function, version) &&
           start(warm, function, version))
        continue;
}

static void look(void *context)
{
    struct keep_warm *warm = context;
    json_t *rows, *row;
    size_t i;

    warm->timer = 0;
    for (struct environment *at = invoker_environments(warm->invoker); at; at = at->next)
        if (at->warmth == WARMTH_PROVISIONED)
            at->warmth = WARMTH_SURPLUS;
    rows = store_rows(warm->engine->store,
                      "SELECT p.function, p.requested, ifnull(a.version, p.qualifier) AS version"
                      " FROM provisioned_concurrency p LEFT JOIN aliases a"
                      " ON a.function = p.function AND a.name = p.qualifier",
                      "");
    json_array_foreach (rows, i, row)
        keep(warm, json_string_at(row, "function"), json_string_at(row, "version"),
             most(json_int_at(row, "requested")));
    json_decref(rows);
    for (struct environment *at = invoker_environments(warm->invoker); at; at = at->next) {
        if (at->warmth == WARMTH_SURPLUS) {
            at->warmth = WARMTH_ON_DEMAND;
            environment_retire(at);
        }
    }
}

void keep_warm_soon(struct invoker *invoker)
{
    struct keep_warm *warm = invoker_keep_warm(invoker);

    if (!warm->timer)
        warm->timer = loop_add_timer(warm->engine->loop, 0, look, warm);
}

struct keep_warm_status keep_warm_status(struct invoker *invoker, const char *function,
                                         const char *version, int64_t requested)
{
    const struct keep_warm *warm = invoker_keep_warm(invoker);
    struct keep_warm_status status = {.state = "IN_PROGRESS"};

    for (const struct environment *at = invoker_environments(invoker); at; at = at->next) {
        bool ours = at->warmth == WARMTH_PROVISIONED && is_of(at, function, version);

        status.allocated += ours;
        status.available += ours && at->initialised;
    }
    if (has_failed(warm, function, version)) {
        status.state = "FAILED";
        status.reason = "FUNCTION_ERROR_INIT_FAILURE";
    } else if (status.available >= most(requested)) {
        status.state = "READY";
        status.allocated = status.available = requested;
    }
    return status;
}

void keep_warm_forgive(struct invoker *invoker, const char *function, const char *version)
{
    struct keep_warm *warm = invoker_keep_warm(invoker);
    char *key = key_of(function, version);

    for (size_t i = warm->failed.count; i > 0; i--) {
        if (strcmp(warm->failed.items[i - 1], key) != 0)
            continue;
        free(warm->failed.items[i - 1]);
        warm->failed.items[i - 1] = warm->failed.items[--warm->failed.count];
    }
    free(key);
}

void keep_warm_ended(struct keep_warm *warm, const struct environment *environment)
{
    const struct function_version *version = &environment->version;

    if (environment->warmth != WARMTH_PROVISIONED)
        return;
    if (!environment->used && environment->fate != FATE_RETIRED &&
        !has_failed(warm, version->name, version->version))
        strlist_take(&warm->failed, key_of(version->name, version->version));
    keep_warm_soon(warm->invoker);
}
