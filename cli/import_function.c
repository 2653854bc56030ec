#include "cli/import_function.h"

#include "cli/unzip.h"
#include "core/file.h"
#include "core/json.h"
#include "core/memory.h"
#include "core/settings_checks.h"
#include "providers/registry.h"

#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

/* The parts of a name as fnctl makes them; owned. */
struct parts {
    char *project, *stage, *function;
    bool own; /* the function's own name is made of these parts */
};

static void parts_release(struct parts *parts)
{
    free(parts->project);
    free(parts->stage);
    free(parts->function);
}

static bool is_name(const char *text)
{
    struct err ignored;

    return settings_check_name(&text, &ignored) == 0;
}

/* "weather-prod-api": the last two words are stage and function. */
static bool split_name(const char *name, struct parts *parts)
{
    const char *last = strrchr(name, '-'), *middle = last;

    while (middle && middle > name && middle[-1] != '-')
        middle--;
    if (!last || middle <= name + 1)
        return false;
    parts->project = xstrndup(name, (size_t)(middle - 1 - name));
    parts->stage = xstrndup(middle, (size_t)(last - middle));
    parts->function = xstrdup(last + 1);
    parts->own = is_name(parts->project) && is_name(parts->stage) && is_name(parts->function);
    return parts->own;
}

static struct parts choose_parts(const char *name, const char *project)
{
    struct parts parts = {0};

    if (split_name(name, &parts) && (!project || strcmp(project, parts.project) == 0))
        return parts;
    parts_release(&parts);
    return (struct parts){.project = project ? xstrdup(project) : NULL,
                          .stage = xstrdup("prod"),
                          .function = import_name(name, "main", NULL)};
}

/* What becomes of the function that is there. */
static void tell_name(struct import *import, const json_t *configuration, const struct parts *parts)
{
    const char *name = json_string_at(configuration, "FunctionName");

    if (parts->own)
        import_note(import, name,
                    "the settings name this very function; it is handed over by 'aws lambda "
                    "tag-resource --resource %s --tags fnctl:project=%s,fnctl:stage=%s,"
                    "fnctl:function=%s'; look at 'fnctl plan' then",
                    json_string_at(configuration, "FunctionArn"), parts->project, parts->stage,
                    parts->function);
    else
        import_note(import, name,
                    "stays as it is: deploy makes another function beside it, called "
                    "PROJECT-%s-%s; let its callers call that one, and remove it then",
                    parts->stage, parts->function);
}

/* The code, by way of a temporary file. */
static int fetch_code(const struct provider *provider, struct session *session,
                      const json_t *description, const char *folder, struct err *err)
{
    char *temporary = file_temporary_folder("fnctl-code-", err);
    char *zip = temporary ? file_join(temporary, "code.zip") : NULL;
    int fd = zip ? open(zip, O_RDWR | O_CREAT | O_EXCL | O_CLOEXEC, 0600) : -1;
    struct err ignored = {0};
    int result = -1;

    if (zip && fd < 0)
        err_set(err, ERR_FAILED, "cannot make '%s'", zip);
    if (fd >= 0)
        result = provider->read_code(session, json_string_at(description, "function.Code.Location"),
                                     fd, err);
    if (fd >= 0)
        close(fd);
    if (result == 0)
        result = unzip_file(zip, folder, err);
    if (temporary)
        file_remove(temporary, &ignored);
    free(temporary);
    free(zip);
    return result;
}

static int check(const json_t *description, const char *folder, struct err *err)
{
    const char *name = json_string_at(description, "function.Configuration.FunctionName");

    if (strcmp(json_string_at(description, "function.Configuration.PackageType"), "Image") == 0)
        return err_set(err, ERR_FAILED, "'%s' is a container image, which fnctl does not deploy",
                       name);
    if (file_exists(folder))
        return err_set(err, ERR_FAILED,
                       "the code of '%s' goes to the folder '%s', which is there already", name,
                       folder);
    return 0;
}

/* The whole fnctl.json. */
static json_t *make_settings(struct import *import, const json_t *description,
                             const struct parts *parts)
{
    json_t *root = json_object();

    if (parts->project)
        json_object_set_new(root, "project", json_string(parts->project));
    json_object_set_new(root, "functions",
                        json_pack("{s:o}", parts->function,
                                  import_function_settings(import, description, parts->function)));
    json_object_set_new(root, "stages",
                        json_pack("{s:{s:s, s:s}}", parts->stage, "provider", "aws", "region",
                                  json_string_at(description, "region")));
    return root;
}

static int use(struct import *import, const struct provider *provider, struct session *session,
               const json_t *description, struct parts *parts, struct err *err)
{
    if (check(description, parts->function, err) < 0 ||
        fetch_code(provider, session, description, parts->function, err) < 0)
        return -1;
    import->settings = make_settings(import, description, parts);
    tell_name(import, json_at(description, "function.Configuration"), parts);
    return 0;
}

int import_function(struct import *import, struct app *app, const char *name, const char *project,
                    char **folder, struct err *err)
{
    const struct provider *provider = provider_find("aws", err);
    struct provider_context world = {.clock = app->clock,
                                     .out = &app->out,
                                     .region = app->common.region,
                                     .profile = app->common.profile,
                                     .endpoint_url = app->common.endpoint_url};
    struct session *session = NULL;
    json_t *description = NULL;
    struct parts parts;
    int result = -1;

    if (!provider || provider->open(&world, &session, err) < 0)
        return -1;
    if (provider->read_function(session, name, &description, err) == 0) {
        parts = choose_parts(json_string_at(description, "function.Configuration.FunctionName"),
                             project);
        result = use(import, provider, session, description, &parts, err);
        *folder = result == 0 ? xstrdup(parts.function) : NULL;
        parts_release(&parts);
    }
    json_decref(description);
    provider->close(session);
    return result;
}
