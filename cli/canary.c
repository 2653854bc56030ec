#include "cli/canary.h"

/* Whether deploying the function would change it, or the alias. -1 on failure. */
static int would_change(const struct deploy *deploy, size_t index, struct err *err)
{
    const struct provider *provider = deploy->app->provider;
    const struct function *function = deploy->functions[index];
    struct session *session = deploy->app->session;
    struct changes changes;
    int result = -1;

    changes_init(&changes, false);
    if (provider->put_function(session, function, &deploy->packages[index], &changes, err) == 0 &&
        provider->publish(session, function, &changes, err) == 0 &&
        provider->release(session, function, 0, &changes, err) == 0)
        result = changes.count > 0;
    changes_release(&changes);
    return result;
}

static int check_one(const struct deploy *deploy, size_t index, const struct live *live,
                     struct err *err)
{
    const char *name = deploy->functions[index]->name;
    struct app *app = deploy->app;
    int changes = would_change(deploy, index, err);

    if (changes < 0)
        return -1;
    if (changes && deploy->changes->apply)
        return err_set(err, ERR_FAILED,
                       "version %s of function '%s' gets %.4g %% of the calls, and this would end "
                       "it: 'fnctl release' with --promote or --abort ends it first, or "
                       "'fnctl deploy --weight %.0f' lets the new version take its place (nothing "
                       "was changed)",
                       live->candidate, name, live->weight, live->weight);
    out_step(&app->out, "version %s of %s gets %.4g %% of the calls: 'fnctl release' goes on%s",
             live->candidate, name, live->weight,
             changes ? ", and deploy waits for its --promote or --abort" : "");
    return 0;
}

int canary_check(const struct deploy *deploy, struct err *err)
{
    for (size_t i = 0; i < deploy->count && !deploy->weight; i++) {
        struct live live;

        deploy->app->provider->live(deploy->app->session, deploy->functions[i], &live);
        if (live.candidate && check_one(deploy, i, &live, err) < 0)
            return -1;
    }
    return 0;
}
