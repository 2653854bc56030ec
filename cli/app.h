/*
 * The world as a command sees it: output, clock, the common options, settings
 * and a provider's session, opened as far as the command needs them.
 */
#ifndef FNCTL_CLI_APP_H
#define FNCTL_CLI_APP_H

#include "core/clock.h"
#include "core/err.h"
#include "core/out.h"
#include "core/schema.h"
#include "core/settings.h"
#include "providers/provider.h"

#include <stdbool.h>

/* Options that every command takes. */
struct common_options {
    bool json, quiet, verbose, yes, help;
    const char *settings, *profile, *region, *endpoint_url;
};
extern const struct field common_options[];

struct command;

struct app {
    struct out out;
    const struct clock *clock;
    struct common_options common;
    struct strings arguments; /* of the command, without the stage; its array is owned */
    const char *stage;        /* from the command line; NULL: not given */
    bool interactive;         /* questions may be asked: standard input and error are terminals */
    struct settings settings; /* with NEEDS_SETTINGS */
    bool settings_open;
    const struct provider *provider; /* with NEEDS_PROVIDER */
    struct session *session;
    int lock; /* see app_lock(); -1: not held */
};

void app_init(struct app *app);
void app_release(struct app *app);

/* Opens what `command` needs: settings for the stage, then the provider. */
int app_open(struct app *app, const struct command *command, struct err *err);

/* Opens a session with the provider of the settings' stage; app_open() does it for NEEDS_PROVIDER.
 */
int app_open_provider(struct app *app, struct err *err);

/* Has the provider, which is open, find what only it knows of the settings, ${ssm:...} and the
 * like; app_open() does it for NEEDS_VALUES. Their values are masked in all output from then on. */
int app_resolve(struct app *app, struct err *err);

/* The functions named by the command's arguments, each once, or all of them when there are none;
 * the array is to free(). NULL with ERR_USAGE when one is unknown. */
const struct function **app_functions(struct app *app, size_t *count, struct err *err);

/* Asks a yes/no question; --yes says yes, no terminal is an ERR_USAGE that names --yes. Returns
 * 1 for yes, 0 for no, -1 on error. */
int app_confirm(struct app *app, struct err *err, const char *format, ...)
    __attribute__((format(printf, 3, 4)));

/* Where the project keeps what can be made again: FOLDER/.fnctl/NAME, made when missing; to
 * free(). */
char *app_cache_folder(const struct app *app, const char *name, struct err *err);

/* Waits until no other fnctl changes this project from this folder; released with the app. */
int app_lock(struct app *app, struct err *err);

#endif
