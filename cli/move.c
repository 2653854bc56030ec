#include "cli/move.h"

#include "cli/deploy.h"

#include <string.h>

/* "shop-prod-api: version 5 -> 4", "shop-prod-api: version 6 gets 50 %, not 10 %" */
static void print_move(struct app *app, const struct change *change)
{
    for (size_t i = 0; i < change->field_count; i++) {
        const struct change_field *field = &change->fields[i];
        bool version = strcmp(field->name, "FunctionVersion") == 0;

        out_step(&app->out, "%s: %s %s -> %s", change->name,
                 version ? "version" : "part of the calls", field->before, field->after);
    }
}

static void print_result(struct app *app, const struct changes *changes)
{
    if (app->out.json) {
        json_t *document =
            json_pack("{s:s, s:o}", "stage", app->settings.stage, "changes", changes_json(changes));

        out_json(&app->out, document, false);
        json_decref(document);
        return;
    }
    for (size_t i = 0; i < changes->count; i++)
        print_move(app, changes->items[i]);
    if (!changes->count)
        out_step(&app->out, "nothing to change");
}

int move_aliases(struct app *app, const struct shift *shift, struct err *err)
{
    struct changes changes;
    int result = -1;

    if (app_lock(app, err) < 0)
        return -1;
    changes_init(&changes, true);
    changes.listener = deploy_show_progress;
    changes.context = app;
    if (app->provider->observe(app->session, OBSERVE_FUNCTIONS, err) == 0 &&
        app->provider->shift(app->session, shift, &changes, err) == 0) {
        print_result(app, &changes);
        result = 0;
    }
    changes_release(&changes);
    return result;
}
