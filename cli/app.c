#include "cli/app.h"

#include "cli/commands.h"
#include "cli/github.h"
#include "core/file.h"
#include "core/interrupt.h"
#include "core/memory.h"
#include "providers/registry.h"

#include <errno.h>
#include <fcntl.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>
#include <unistd.h>

#define OPTION(member, field_type, ...)                                                            \
    .offset = offsetof(struct common_options, member), .type = field_type, __VA_ARGS__

const struct field common_options[] = {
    {.name = "settings",
     OPTION(settings, FIELD_STRING, .letter = 's', .value = "FILE",
            .help = "the settings file; by default fnctl.json here or in a parent folder")},
    {.name = "profile",
     OPTION(profile, FIELD_STRING, .value = "NAME",
            .help = "the AWS profile to take credentials "
                    "and region from")},
    {.name = "region",
     OPTION(region, FIELD_STRING, .value = "REGION", .help = "the region, before any other")},
    {.name = "endpoint-url",
     OPTION(endpoint_url, FIELD_STRING, .value = "URL",
            .help = "send every request to this address instead of AWS's own")},
    {.name = "json", OPTION(json, FIELD_BOOL, .help = "print one JSON document")},
    {.name = "quiet", OPTION(quiet, FIELD_BOOL, .letter = 'q', .help = "no progress, no notes")},
    {.name = "verbose",
     OPTION(verbose, FIELD_BOOL, .letter = 'v', .help = "show each request with its time")},
    {.name = "yes",
     OPTION(yes, FIELD_BOOL, .letter = 'y', .help = "ask nothing: the answer is yes")},
    {.name = "help", OPTION(help, FIELD_BOOL, .letter = 'h', .help = "explain the command")},
    FIELD_END,
};

void app_init(struct app *app)
{
    *app = (struct app){.clock = clock_system(), .lock = -1};
    out_init(&app->out, stdout, stderr);
    github_init(app);
    app->interactive = isatty(STDIN_FILENO) && isatty(STDERR_FILENO);
}

void app_release(struct app *app)
{
    if (app->session)
        app->provider->close(app->session);
    if (app->settings_open)
        settings_release(&app->settings);
    if (app->lock >= 0)
        close(app->lock);
    free(app->arguments.items);
    out_release(&app->out);
}

/* ${account} in the settings: opens a session without settings, just to ask. */
static char *find_account(void *context, struct err *err)
{
    struct app *app = context;
    const struct provider *provider = provider_find("aws", err);
    struct provider_context world = {.clock = app->clock,
                                     .out = &app->out,
                                     .region = app->common.region,
                                     .profile = app->common.profile,
                                     .endpoint_url = app->common.endpoint_url};
    struct identity identity = {0};
    struct session *session = NULL;
    char *account = NULL;

    if (!provider || provider->open(&world, &session, err) < 0)
        return NULL;
    if (provider->identify(session, &identity, err) == 0)
        account = xstrdup(identity.account);
    identity_release(&identity);
    provider->close(session);
    return account;
}

/*
 * The first argument is the stage when the command takes one and the settings
 * have a stage of that name, or when there is nothing else it could be.
 */
static int take_stage(struct app *app, const struct command *command,
                      const struct settings_context *context, struct err *err)
{
    struct strings *arguments = &app->arguments;
    struct strlist stages = {0};
    bool only = !command->arguments[1].name;

    if (!arguments->count)
        return 0;
    if (settings_stage_names(context, &stages, err) < 0)
        return -1;
    if (only || strlist_has(&stages, arguments->items[0])) {
        app->stage = arguments->items[0];
        arguments->count--;
        memmove(arguments->items, arguments->items + 1,
                arguments->count * sizeof(*arguments->items));
    }
    strlist_release(&stages);
    return 0;
}

static int check_arguments(const struct app *app, const struct command *command, struct err *err)
{
    size_t wanted = 0, allowed = 0;

    for (const struct command_argument *a = command->arguments; a && a->name; a++) {
        if (a->stage)
            continue;
        wanted += !a->optional;
        allowed = a->repeated ? SIZE_MAX : allowed + 1;
        if (app->arguments.count < wanted && app->stage)
            return err_set(err, ERR_USAGE,
                           "%s is missing (%s), for '%s' is the stage; see 'fnctl help %s'",
                           a->name, a->help, app->stage, command->name);
        if (app->arguments.count < wanted)
            return err_set(err, ERR_USAGE, "%s is missing (%s); see 'fnctl help %s'", a->name,
                           a->help, command->name);
    }
    if (app->arguments.count > allowed)
        return err_set(err, ERR_USAGE, "'%s' takes no argument '%s'; see 'fnctl help %s'",
                       command->name, app->arguments.items[allowed], command->name);
    return 0;
}

static struct settings_context settings_context(struct app *app)
{
    return (struct settings_context){.file = app->common.settings,
                                     .region = app->common.region,
                                     .account = find_account,
                                     .context = app};
}

static int open_settings(struct app *app, const struct command *command, struct err *err)
{
    struct settings_context context = settings_context(app);

    if (command->arguments && command->arguments[0].name && command->arguments[0].stage &&
        take_stage(app, command, &context, err) < 0)
        return -1;
    if (check_arguments(app, command, err) < 0)
        return -1;
    context.stage = app->stage;
    if (settings_load(&app->settings, &context, err) < 0) {
        bool unnamed = err->code == ERR_USAGE && !app->stage && !getenv("FNCTL_STAGE");

        return unnamed && command->needs & NO_STAGE_IS_FINE ? 0 : -1;
    }
    app->settings_open = true;
    return 0;
}

int app_open_provider(struct app *app, struct err *err)
{
    struct provider_context world = {.settings = &app->settings,
                                     .clock = app->clock,
                                     .out = &app->out,
                                     .region = app->common.region,
                                     .profile = app->common.profile,
                                     .endpoint_url = app->common.endpoint_url,
                                     .start = true};

    app->provider = provider_find(app->settings.provider, err);
    return app->provider ? app->provider->open(&world, &app->session, err) : -1;
}

/* Secrets as they are, and as they stand in JSON. */
static void hide_values(struct app *app, const struct references *references)
{
    for (size_t i = 0; i < references->count; i++) {
        const struct reference *reference = references->items[i];
        json_t *value = json_string(reference->value);
        char *text =
            reference_is_secret(reference) && value ? json_dumps(value, JSON_ENCODE_ANY) : NULL;
        size_t len = text ? strlen(text) : 0;

        if (text) {
            text[len - 1] = '\0';
            out_add_secret(&app->out, reference->value);
            out_add_secret(&app->out, text + 1);
            memory_wipe(text, len);
        }
        free(text);
        json_decref(value);
    }
}

static int fetch_values(void *context, struct references *references, struct err *err)
{
    struct app *app = context;
    int result = app->provider->values(app->session, references, err);

    hide_values(app, references);
    return result;
}

int app_resolve(struct app *app, struct err *err)
{
    const struct settings_context context = settings_context(app);

    return settings_resolve(&app->settings, &context, fetch_values, app, err);
}

int app_open(struct app *app, const struct command *command, struct err *err)
{
    if (!(command->needs & NEEDS_SETTINGS))
        return check_arguments(app, command, err);
    if (open_settings(app, command, err) < 0)
        return -1;
    if (command->needs & NEEDS_PROVIDER && app_open_provider(app, err) < 0)
        return -1;
    return command->needs & NEEDS_VALUES ? app_resolve(app, err) : 0;
}

static bool is_among(const struct function **functions, size_t count,
                     const struct function *function)
{
    while (count && functions[count - 1] != function)
        count--;
    return count > 0;
}

const struct function **app_functions(struct app *app, size_t *count, struct err *err)
{
    const struct settings *settings = &app->settings;
    size_t named = app->arguments.count;
    const struct function **functions;
    size_t wanted = named ? named : settings_function_count(settings);

    *count = 0;
    functions = xcalloc(wanted, sizeof(*functions));
    for (size_t i = 0; i < wanted; i++) {
        const struct function *function =
            named ? settings_function(settings, app->arguments.items[i], err)
                  : settings_function_at(settings, i);

        if (!function) {
            free(functions);
            return NULL;
        }
        if (!is_among(functions, *count, function))
            functions[(*count)++] = function;
    }
    return functions;
}

int app_confirm(struct app *app, struct err *err, const char *format, ...)
{
    char answer[16] = "";
    struct buf question;
    va_list arguments;

    if (app->common.yes)
        return 1;
    if (!app->interactive)
        return err_set(err, ERR_USAGE,
                       "this needs a confirmation and standard input is no "
                       "terminal; say --yes to go on");
    buf_init(&question, 0);
    va_start(arguments, format);
    buf_vprintf(&question, format, arguments);
    va_end(arguments);
    fprintf(stderr, "%s [y/N] ", buf_string(&question));
    buf_release(&question);
    if ((interrupt_wait_readable(STDIN_FILENO) < 0 || !fgets(answer, sizeof(answer), stdin)) &&
        interrupt_check(err) < 0)
        return -1;
    return answer[0] == 'y' || answer[0] == 'Y';
}

char *app_cache_folder(const struct app *app, const char *name, struct err *err)
{
    const char *project = strcmp(app->settings.folder, ".") == 0 ? "" : app->settings.folder;
    char *cache = file_join(project, ".fnctl");
    char *folder = file_join(cache, name);

    free(cache);
    if (file_make_folder(folder, 0755, err) == 0)
        return folder;
    free(folder);
    return NULL;
}

int app_lock(struct app *app, struct err *err)
{
    char *folder = app_cache_folder(app, app->settings.stage, err);
    char *path = folder ? file_join(folder, "lock") : NULL;
    int64_t pause = 10;
    int result = -1;

    if (!path)
        goto out;
    app->lock = open(path, O_RDWR | O_CREAT | O_CLOEXEC, 0644);
    if (app->lock < 0) {
        err_set(err, ERR_FAILED, "cannot open '%s': %s", path, strerror(errno));
        goto out;
    }
    for (bool told = false; flock(app->lock, LOCK_EX | LOCK_NB) < 0; told = true) {
        if (!told)
            out_step(&app->out, "waiting for another fnctl that works on stage '%s'",
                     app->settings.stage);
        if (clock_sleep(app->clock, pause) < 0) {
            interrupt_check(err);
            goto out;
        }
        pause = pause < 500 ? pause * 2 : pause;
    }
    result = 0;
out:
    free(folder);
    free(path);
    return result;
}
