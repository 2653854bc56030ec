#include "cli/deploy.h"

#include "cli/canary.h"
#include "cli/sizes.h"
#include "cli/smoke.h"
#include "core/file.h"
#include "core/interrupt.h"
#include "core/memory.h"
#include "core/settings_smoke.h"
#include "core/task.h"
#include "packager/package.h"

#include <stdlib.h>
#include <string.h>

/* Enough to hide the round trips of a project, not so many that the service throttles. */
enum { CONCURRENT_FUNCTIONS = 8 };

/* Before any request: what cannot be packaged is not half-deployed. */
static int package_all(struct deploy *deploy, struct err *err)
{
    struct app *app = deploy->app;
    char *stage = app_cache_folder(app, app->settings.stage, err);
    char *folder = stage ? file_join(stage, "package") : NULL;
    struct package_options options = {
        .out = &app->out, .folder = folder, .build = true, .level = deploy->level};
    int result = folder ? 0 : -1;

    deploy->sizes = json_object();
    out_group(&app->out, "packaging");
    for (size_t i = 0; result == 0 && i < deploy->count; i++) {
        const struct function *function = deploy->functions[i];
        struct package *package = &deploy->packages[i];

        result = package_build(&app->settings, function, &options, package, NULL, err);
        if (result == 0) {
            sizes_tell(&app->out, false, function->name, package);
            json_object_set_new(deploy->sizes, function->name, sizes_json(package));
            result = interrupt_check(err);
        }
    }
    out_group_end(&app->out);
    free(stage);
    free(folder);
    return result;
}

/* Where a function's changes are recorded. */
static struct changes *changes_of(const struct deploy *deploy, size_t index)
{
    return deploy->parts ? &deploy->parts[index] : deploy->changes;
}

#define PROVIDER_STEP(member)                                                                      \
    static int step_##member(const struct deploy *deploy, size_t index, struct err *err)           \
    {                                                                                              \
        struct app *app = deploy->app;                                                             \
                                                                                                   \
        return app->provider->member(app->session, deploy->functions[index],                       \
                                     changes_of(deploy, index), err);                              \
    }
PROVIDER_STEP(put_role)
PROVIDER_STEP(put_logs)
PROVIDER_STEP(publish)
PROVIDER_STEP(put_concurrency)
PROVIDER_STEP(put_url)
PROVIDER_STEP(put_triggers)

static int step_put_function(const struct deploy *deploy, size_t index, struct err *err)
{
    struct app *app = deploy->app;

    return app->provider->put_function(app->session, deploy->functions[index],
                                       &deploy->packages[index], changes_of(deploy, index), err);
}

/* Of a version that is there and not live yet. */
static int step_smoke(const struct deploy *deploy, size_t index, struct err *err)
{
    const struct function *function = deploy->functions[index];
    struct app *app = deploy->app;
    const char *version = app->provider->candidate(app->session, function);

    if (!version || !deploy->changes->apply || !settings_smoke_is_set(&function->smoke))
        return 0;
    return smoke_test(app, function, version, err);
}

static int step_release(const struct deploy *deploy, size_t index, struct err *err)
{
    struct app *app = deploy->app;

    return app->provider->release(app->session, deploy->functions[index], deploy->weight,
                                  changes_of(deploy, index), err);
}

/* The steps for one function. The live alias moves in `release`, after all it needs is there. */
static const struct {
    enum deploy_scope least; /* DEPLOY_ALL: not part of `update` */
    int (*run)(const struct deploy *deploy, size_t index, struct err *err);
} function_steps[] = {
    {DEPLOY_ALL, step_put_role},        {DEPLOY_ALL, step_put_logs},
    {DEPLOY_UPDATE, step_put_function}, {DEPLOY_UPDATE, step_publish},
    {DEPLOY_UPDATE, step_smoke},        {DEPLOY_UPDATE, step_release},
    {DEPLOY_ALL, step_put_concurrency}, {DEPLOY_ALL, step_put_url},
    {DEPLOY_ALL, step_put_triggers},
};

static int deploy_function(void *context, size_t index, struct err *err)
{
    const struct deploy *deploy = context;

    for (size_t i = 0; i < sizeof(function_steps) / sizeof(*function_steps); i++) {
        if (deploy->scope == DEPLOY_UPDATE && function_steps[i].least == DEPLOY_ALL)
            continue;
        if (interrupt_check(err) < 0)
            return -1;
        if (function_steps[i].run(deploy, index, err) < 0)
            return err_context(err, "function '%s'", deploy->functions[index]->name);
    }
    return 0;
}

/*
 * All functions at once. What is only planned is recorded by function, in the
 * order of the settings, and not as it happens to be found.
 */
static int deploy_functions(struct deploy *deploy, struct err *err)
{
    int result;

    if (deploy->changes->apply)
        return task_run_all(deploy_function, deploy, deploy->count, CONCURRENT_FUNCTIONS, err);
    deploy->parts = xcalloc(deploy->count, sizeof(*deploy->parts));
    for (size_t i = 0; i < deploy->count; i++)
        changes_init(&deploy->parts[i], false);
    result = task_run_all(deploy_function, deploy, deploy->count, CONCURRENT_FUNCTIONS, err);
    for (size_t i = 0; i < deploy->count; i++) {
        changes_append(deploy->changes, &deploy->parts[i]);
        changes_release(&deploy->parts[i]);
    }
    free(deploy->parts);
    deploy->parts = NULL;
    return result;
}

/* What belongs to the project as a whole, once its functions are there. */
static int deploy_project(const struct deploy *deploy, struct err *err)
{
    const struct provider *provider = deploy->app->provider;
    int (*const steps[])(struct session *, struct changes *, struct err *) = {
        provider->sync_routes, provider->sync_schedules, provider->prune};

    for (size_t i = 0; i < sizeof(steps) / sizeof(*steps); i++)
        if (interrupt_check(err) < 0 || steps[i](deploy->app->session, deploy->changes, err) < 0)
            return -1;
    return 0;
}

static int demand_existing(const struct deploy *deploy, struct err *err)
{
    const struct app *app = deploy->app;

    for (size_t i = 0; i < deploy->count; i++)
        if (!app->provider->exists(app->session, deploy->functions[i]))
            return err_set(err, ERR_FAILED,
                           "function '%s' is not deployed to stage '%s'; run 'fnctl deploy %s' "
                           "first",
                           deploy->functions[i]->name, app->settings.stage, app->settings.stage);
    return 0;
}

/* Says how far a failed run came. */
static void tell_progress(const struct deploy *deploy, struct err *err)
{
    size_t done = 0;

    for (size_t i = 0; i < deploy->changes->count; i++)
        done += deploy->changes->items[i]->done;
    if (!deploy->changes->apply)
        return;
    if (done)
        err_append(err, " (%zu change%s made before; run the command again to finish)", done,
                   done == 1 ? " was" : "s were");
    else
        err_append(err, " (nothing was changed)");
}

int deploy_run(struct deploy *deploy, struct err *err)
{
    struct app *app = deploy->app;
    enum observe_scope scope = deploy->scope == DEPLOY_ALL ? OBSERVE_ALL : OBSERVE_FUNCTIONS;
    int result = -1;

    deploy->packages = xcalloc(deploy->count, sizeof(*deploy->packages));
    if (app_lock(app, err) < 0 || package_all(deploy, err) < 0)
        goto out;
    if (app->provider->observe(app->session, scope, err) < 0 ||
        (deploy->scope == DEPLOY_UPDATE && demand_existing(deploy, err) < 0) ||
        canary_check(deploy, err) < 0)
        goto out;
    if (deploy_functions(deploy, err) < 0 ||
        (deploy->scope == DEPLOY_ALL && deploy_project(deploy, err) < 0)) {
        tell_progress(deploy, err);
        goto out;
    }
    result = 0;
out:
    for (size_t i = 0; i < deploy->count; i++)
        package_release(&deploy->packages[i]);
    free(deploy->packages);
    deploy->packages = NULL;
    return result;
}

void deploy_show_progress(void *context, const struct change *change)
{
    static const char *const doing[] = {"create", "update", "remove"};
    static const char *const did[] = {"created", "updated", "removed"};
    struct app *app = context;

    if (!change->done) {
        out_trace(&app->out, "%s %s %s", doing[change->kind], change->resource, change->name);
        return;
    }
    out_step(&app->out, "%s %s %s (%lld ms)", did[change->kind], change->resource, change->name,
             (long long)change->elapsed);
}

json_t *deploy_endpoints(struct app *app)
{
    json_t *urls = json_object(), *endpoints;
    char *api = app->provider->endpoint(app->session, NULL);

    for (size_t i = 0; i < settings_function_count(&app->settings); i++) {
        const struct function *function = settings_function_at(&app->settings, i);
        char *url = app->provider->endpoint(app->session, function);

        if (url)
            json_object_set_new(urls, function->name, json_string(url));
        free(url);
    }
    endpoints = json_pack("{s:s?, s:o}", "api", api, "urls", urls);
    free(api);
    return endpoints;
}

/* What stands behind the API, for people: the URLs alone go to standard output. */
static void tell_routes(struct app *app)
{
    const struct settings *settings = &app->settings;
    size_t width = 0;

    for (size_t i = 0; i < settings_function_count(settings); i++) {
        const struct function *function = settings_function_at(settings, i);

        for (size_t k = 0; k < function->routes.count; k++) {
            size_t len = strlen(function_route_at(function, k)->key);

            width = len > width ? len : width;
        }
    }
    out_step(&app->out, "API:");
    for (size_t i = 0; i < settings_function_count(settings); i++) {
        const struct function *function = settings_function_at(settings, i);

        for (size_t k = 0; k < function->routes.count; k++)
            out_step(&app->out, "  %-*s  %s", (int)width, function_route_at(function, k)->key,
                     function->name);
    }
}

void deploy_print_endpoints(struct app *app)
{
    json_t *endpoints = deploy_endpoints(app);
    const char *name;
    json_t *url;

    if (*json_string_at(endpoints, "api")) {
        tell_routes(app);
        out_print(&app->out, "%s\n", json_string_at(endpoints, "api"));
    }
    json_object_foreach (json_at(endpoints, "urls"), name, url) {
        out_step(&app->out, "function URL of %s:", name);
        out_print(&app->out, "%s\n", json_string_value(url));
    }
    json_decref(endpoints);
}
