#include "cli/commands.h"
#include "cli/deploy.h"

struct undeploy_options {
    bool keep_logs;
};

/* Lists what would go. Returns how many things there are, -1 on failure. */
static int list(struct app *app, const struct undeploy_options *options, struct err *err)
{
    struct changes changes;
    int result = -1;

    changes_init(&changes, false);
    if (app->provider->remove(app->session, options->keep_logs, &changes, err) == 0) {
        result = (int)changes.count;
        for (size_t i = 0; i < changes.count; i++)
            out_step(&app->out, "  - %s %s", changes.items[i]->resource, changes.items[i]->name);
        if (result && options->keep_logs)
            out_step(&app->out, "the log groups stay");
    }
    changes_release(&changes);
    return result;
}

/* What was removed, which may be nothing. */
static void tell(struct app *app, const struct changes *changes)
{
    const char *stage = app->settings.stage;

    if (app->out.json) {
        json_t *document =
            json_pack("{s:s, s:o}", "stage", stage, "changes", changes_json(changes));

        out_json(&app->out, document, false);
        json_decref(document);
    } else if (changes->count) {
        out_step(&app->out, "stage '%s' is gone: %zu removed", stage, changes->count);
    } else {
        out_step(&app->out, "nothing is deployed to stage '%s'", stage);
    }
}

static int remove_all(struct app *app, const struct undeploy_options *options, struct err *err)
{
    struct changes changes;
    int result;

    changes_init(&changes, true);
    changes.listener = deploy_show_progress;
    changes.context = app;
    result = app->provider->remove(app->session, options->keep_logs, &changes, err);
    if (result < 0)
        err_append(err, " (run 'fnctl undeploy %s' again to finish)", app->settings.stage);
    else
        tell(app, &changes);
    changes_release(&changes);
    return result;
}

static int run(struct app *app, const void *options, struct err *err)
{
    int found, answer;

    if (app_lock(app, err) < 0)
        return -1;
    /* Without a question there is no need to look twice. */
    if (app->common.yes)
        return remove_all(app, options, err);
    found = list(app, options, err);
    if (found < 0)
        return -1;
    if (found == 0) {
        tell(app, &(struct changes){.count = 0});
        return 0;
    }
    answer = app_confirm(app, err, "remove all of this from stage '%s'?", app->settings.stage);
    if (answer == 0)
        return err_set(err, ERR_FAILED, "nothing was removed");
    return answer < 0 ? -1 : remove_all(app, options, err);
}

static const struct field options[] = {
    {.name = "keep-logs",
     .type = FIELD_BOOL,
     .offset = offsetof(struct undeploy_options, keep_logs),
     .help = "leave the log groups"},
    FIELD_END,
};

static const struct command_argument arguments[] = {
    STAGE_ARGUMENT,
    {.name = NULL},
};

static const char *const examples[] = {
    "fnctl undeploy",
    "list what goes, ask, remove it",
    "fnctl undeploy dev --yes --keep-logs",
    "without asking",
    NULL,
};

const struct command cmd_undeploy = {
    .name = "undeploy",
    .summary = "remove everything that was deployed",
    .description =
        "Finds all that carries this project's and stage's tags, whether the settings still name\n"
        "it or not, lists it, asks, and removes it. What somebody else made is left alone,\n"
        "and so is the bucket that zips above 50 MB went through: all projects of the account "
        "share\n"
        "it, and it empties itself.\n"
        "\n"
        "With --json: {\"stage\", \"changes\"}, as of 'fnctl deploy'.",
    .examples = examples,
    .arguments = arguments,
    .options = options,
    .options_size = sizeof(struct undeploy_options),
    .needs = NEEDS_SETTINGS | NEEDS_PROVIDER,
    .run = run,
};
