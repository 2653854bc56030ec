#include "cli/commands.h"
#include "core/file.h"
#include "core/suggest.h"
#include "providers/engine.h"
#include "providers/registry.h"

#include <stdlib.h>
#include <string.h>

static const struct engine_control *find_engine(struct err *err)
{
    const struct provider *provider = provider_find("local", err);

    return provider ? provider->engine : NULL;
}

static void print_status(struct app *app, const struct engine_status *status)
{
    if (app->out.json) {
        json_t *document =
            json_pack("{s:b, s:i, s:i, s:s?, s:s?, s:s, s:s?}", "running", status->running, "pid",
                      (int)status->pid, "port", status->port, "url", status->url, "version",
                      status->version, "folder", status->folder, "log", status->log);

        out_json(&app->out, document, false);
        json_decref(document);
    } else if (status->running) {
        out_print(&app->out, "running at %s (process %d, state in %s)\n", status->url,
                  (int)status->pid, status->folder);
    } else {
        out_print(&app->out, "not running (state in %s)\n", status->folder);
    }
}

static int start(struct app *app, const struct engine_control *engine, struct err *err)
{
    struct engine_status status = {0};
    int result = engine->start(app->clock, &status, err);

    if (result == 0)
        print_status(app, &status);
    engine_status_release(&status);
    return result;
}

static int stop(struct app *app, const struct engine_control *engine, struct err *err)
{
    bool was_running = false;

    if (engine->stop(app->clock, &was_running, err) < 0)
        return -1;
    if (app->out.json) {
        json_t *document = json_pack("{s:b}", "stopped", was_running);

        out_json(&app->out, document, false);
        json_decref(document);
    } else {
        out_print(&app->out, "%s\n", was_running ? "stopped" : "was not running");
    }
    return 0;
}

static int show_status(struct app *app, const struct engine_control *engine, struct err *err)
{
    struct engine_status status = {0};
    int result = engine->status(app->clock, &status, err);

    if (result == 0)
        print_status(app, &status);
    engine_status_release(&status);
    return result;
}

/* The engine's own log; what functions write is shown by `fnctl tail`. */
static int show_log(struct app *app, const struct engine_control *engine, struct err *err)
{
    enum { LOG_MAX = 64 * 1024 * 1024 };
    struct engine_status status = {0};
    struct buf log;
    int result = engine->status(app->clock, &status, err);

    buf_init(&log, 0);
    if (result == 0 && file_exists(status.log))
        result = file_read(status.log, LOG_MAX, &log, err);
    if (result == 0) {
        char *visible = out_visible(buf_string(&log), log.len);
        json_t *document = json_pack("{s:s}", "log", visible);

        if (app->out.json)
            out_json(&app->out, document, false);
        else
            out_print(&app->out, "%s", visible);
        json_decref(document);
        free(visible);
    }
    buf_release(&log);
    engine_status_release(&status);
    return result;
}

/*
 * What another AWS client needs to talk to the engine. The credentials open
 * nothing but this machine's engine, and printing them is what is asked for.
 */
static int show_environment(struct app *app, const struct engine_control *engine, struct err *err)
{
    struct engine_status status = {0};
    int result = engine->start(app->clock, &status, err);
    const char *values[][2] = {{"AWS_ENDPOINT_URL", status.url},
                               {"AWS_ACCESS_KEY_ID", status.key_id},
                               {"AWS_SECRET_ACCESS_KEY", status.secret},
                               {"AWS_REGION", "us-east-1"},
                               {"AWS_DEFAULT_REGION", "us-east-1"}};
    json_t *document = json_object();

    for (size_t i = 0; result == 0 && i < sizeof(values) / sizeof(*values); i++) {
        json_object_set_new(document, values[i][0], json_string(values[i][1]));
        if (!app->out.json)
            out_print(&app->out, "export %s=%s\n", values[i][0], values[i][1]);
    }
    if (result == 0 && app->out.json)
        out_json(&app->out, document, false);
    json_decref(document);
    engine_status_release(&status);
    return result;
}

static const struct {
    const char *name;
    int (*run)(struct app *app, const struct engine_control *engine, struct err *err);
} actions[] = {{"start", start},
               {"stop", stop},
               {"status", show_status},
               {"logs", show_log},
               {"env", show_environment}};

static void list_actions(struct strlist *names)
{
    for (size_t i = 0; i < sizeof(actions) / sizeof(*actions); i++)
        strlist_add(names, actions[i].name);
}

static int run(struct app *app, const void *options, struct err *err)
{
    const struct engine_control *engine = find_engine(err);
    const char *name = app->arguments.items[0];
    struct suggest suggest = {.word = name};

    (void)options;
    if (!engine)
        return -1;
    for (size_t i = 0; i < sizeof(actions) / sizeof(*actions); i++) {
        if (strcmp(actions[i].name, name) == 0)
            return actions[i].run(app, engine, err);
        suggest_offer(&suggest, actions[i].name);
    }
    err_set(err, ERR_USAGE, "'local' knows no '%s': it is one of start, stop, status, logs, env",
            name);
    return suggest.best ? err_append(err, "; did you mean '%s'?", suggest.best) : -1;
}

static const struct command_argument arguments[] = {
    {.name = "ACTION", .help = "start, stop, status, logs or env", .words = list_actions},
    {.name = NULL},
};

static const char *const examples[] = {
    "fnctl local status",
    "whether it runs, and where",
    "eval \"$(fnctl local env)\"",
    "so that awscli, boto3, Terraform talk to it",
    NULL,
};

const struct command cmd_local = {
    .name = "local",
    .summary = "start, stop and look at the local engine",
    .description =
        "The local engine runs the stages whose provider is 'local'; deploy starts it by itself.\n"
        "'start' and 'stop' do what they say ('stop' ends every function process; functions,\n"
        "schedules and logs are kept), 'status' tells where it is, 'logs' prints its own log, and\n"
        "'env' prints the variables with which any AWS client can talk to it.\n"
        "\n"
        "With --json: of start and status {\"running\", \"pid\", \"port\", \"url\", \"version\", "
        "\"folder\",\n"
        "\"log\"}, of stop {\"stopped\"}, false when it did not run, of env {VARIABLE: VALUE},\n"
        "of logs {\"log\"}.",
    .examples = examples,
    .arguments = arguments,
    .needs = NEEDS_NOTHING,
    .run = run,
};
