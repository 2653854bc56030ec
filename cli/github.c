#include "cli/github.h"

#include "core/buf.h"
#include "core/memory.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { CHANGES_SHOWN = 100 };

void github_init(struct app *app)
{
    const char *inside = getenv("GITHUB_ACTIONS");

    app->out.annotations = inside && strcmp(inside, "true") == 0;
}

/* Adds text to the file that the variable names. */
static void append(struct app *app, const char *variable, const char *text)
{
    const char *path = getenv(variable);
    FILE *file;

    if (!app->out.annotations || !path || !*path)
        return;
    file = fopen(path, "ae");
    if (!file || fputs(text, file) < 0 || fflush(file) != 0)
        out_warn(&app->out, "cannot write to '%s', which %s names: %s", path, variable,
                 strerror(errno));
    if (file)
        fclose(file);
}

/* The API's URL; without one that of the only function that has one; or "". */
static const char *main_url(json_t *endpoints)
{
    const char *api = json_string_at(endpoints, "api"), *name;
    json_t *urls = json_object_get(endpoints, "urls"), *url;

    if (*api || json_object_size(urls) != 1)
        return api;
    json_object_foreach (urls, name, url)
        return json_string_value(url);
    return "";
}

static void put_outputs(struct app *app, size_t changes, json_t *endpoints)
{
    char *urls = endpoints ? json_dumps(json_object_get(endpoints, "urls"), JSON_COMPACT) : NULL;
    struct buf text;

    buf_init(&text, 0);
    buf_printf(&text, "stage=%s\nchanges=%zu\n", app->settings.stage, changes);
    if (endpoints)
        buf_printf(&text, "url=%s\nurls=%s\n", main_url(endpoints), urls ? urls : "{}");
    append(app, "GITHUB_OUTPUT", buf_string(&text));
    buf_release(&text);
    free(urls);
}

static void put_changes(struct buf *text, const struct changes *changes)
{
    static const char *const words[] = {"create", "change", "remove"};

    if (!changes->count)
        return;
    buf_puts(text, "\n| | what | name |\n| --- | --- | --- |\n");
    for (size_t i = 0; i < changes->count && i < CHANGES_SHOWN; i++)
        buf_printf(text, "| %s | %s | `%s` |\n", words[changes->items[i]->kind],
                   changes->items[i]->resource, changes->items[i]->name);
    if (changes->count > CHANGES_SHOWN)
        buf_printf(text, "\nand %zu more\n", changes->count - CHANGES_SHOWN);
}

static void put_summary(struct app *app, const struct changes *changes, bool done,
                        json_t *endpoints)
{
    const char *api = json_string_at(endpoints, "api"), *name;
    struct buf text;
    json_t *url;

    buf_init(&text, 0);
    buf_printf(&text, "### `%s`, stage `%s`: %s\n", app->settings.project, app->settings.stage,
               !changes->count ? "nothing to change"
               : done          ? "deployed"
                               : "what deploy would change");
    if (*api)
        buf_printf(&text, "\n- API: <%s>\n", api);
    json_object_foreach (json_object_get(endpoints, "urls"), name, url)
        buf_printf(&text, "\n- `%s`: <%s>\n", name, json_string_value(url));
    put_changes(&text, changes);
    append(app, "GITHUB_STEP_SUMMARY", buf_string(&text));
    buf_release(&text);
}

void github_report(struct app *app, const struct deploy *deploy, bool done)
{
    json_t *endpoints;

    if (!app->out.annotations)
        return;
    endpoints = done ? deploy_endpoints(app) : NULL;
    put_outputs(app, deploy->changes->count, endpoints);
    put_summary(app, deploy->changes, done, endpoints);
    json_decref(endpoints);
}
