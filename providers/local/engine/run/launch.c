#include "providers/local/engine/run/launch.h"

#include "core/file.h"
#include "core/memory.h"
#include "providers/local/engine/run/layers.h"
#include "providers/local/engine/store/store.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

void launch_release(struct launch *launch)
{
    strlist_release(&launch->argv);
    strlist_release(&launch->variables);
    free(launch->task);
    free(launch->layer);
    free(launch->folder);
    free(launch->shown);
}

/* Lambda's folders and where they really are. */
static char *real_path(const struct environment *environment, const struct launch *launch,
                       const char *path)
{
    const struct {
        const char *prefix, *real;
    } folders[] = {{"/var/task", launch->task},
                   {"/opt", launch->layer ? launch->layer : "/nonexistent"},
                   {"/var/runtime", environment->ground->clients}};

    for (size_t i = 0; i < sizeof(folders) / sizeof(*folders); i++) {
        size_t len = strlen(folders[i].prefix);

        if (strncmp(path, folders[i].prefix, len) == 0 && (path[len] == '/' || !path[len]))
            return xasprintf("%s%s", folders[i].real, path + len);
    }
    return xstrdup(path);
}

char *launch_path(const struct environment *environment, const struct launch *launch,
                  const char *path)
{
    return sandbox_isolates(environment->ground->sandbox) ? xstrdup(path)
                                                          : real_path(environment, launch, path);
}

/* Sets a variable, in place of an earlier value. Takes `value`. */
static void set(struct strlist *variables, const char *name, char *value)
{
    size_t len = strlen(name);

    for (size_t i = 0; i < variables->count; i++) {
        if (strncmp(variables->items[i], name, len) == 0 && variables->items[i][len] == '=') {
            free(variables->items[i]);
            variables->items[i] = xasprintf("%s=%s", name, value);
            free(value);
            return;
        }
    }
    strlist_take(variables, xasprintf("%s=%s", name, value));
    free(value);
}

/* Sets a list of folders of Lambda's, each as the process sees it. */
static void set_paths(const struct environment *environment, struct launch *launch,
                      const char *name, const char *paths)
{
    char *copy = xstrdup(paths), *rest = NULL;
    struct strlist list;

    strlist_init(&list);
    for (char *path = strtok_r(copy, ":", &rest); path; path = strtok_r(NULL, ":", &rest))
        strlist_take(&list, launch_path(environment, launch, path));
    set(&launch->variables, name, strlist_join(&list, ":"));
    strlist_release(&list);
    free(copy);
}

/* A layer may have packages for one version of Node.js only: that of the runtime's name. */
static void set_node_path(const struct environment *environment, struct launch *launch)
{
    char *paths = xasprintf("/opt/nodejs/node%d/node_modules:/opt/nodejs/node_modules:"
                            "/var/runtime/node_modules:/var/runtime:/var/task",
                            atoi(environment->version.runtime + strlen("nodejs")));

    set_paths(environment, launch, "NODE_PATH", paths);
    free(paths);
}

/* What the function's own variables may replace. */
static void set_defaults(const struct environment *environment, struct launch *launch)
{
    const struct engine *engine = environment->ground->engine;

    set_paths(environment, launch, "PATH", "/var/lang/bin:/usr/local/bin:/usr/bin:/bin:/opt/bin");
    set_paths(environment, launch, "LD_LIBRARY_PATH",
              "/var/lang/lib:/lib64:/usr/lib64:/var/runtime:/var/runtime/lib:/var/task:"
              "/var/task/lib:/opt/lib");
    if (environment->runtime.kind == RUNTIME_NODE)
        set_node_path(environment, launch);
    set(&launch->variables, "LANG", xstrdup("en_US.UTF-8"));
    set(&launch->variables, "TZ", xstrdup(":UTC"));
    set(&launch->variables, "AWS_ENDPOINT_URL", xstrdup(engine->base_url));
    if (environment->temporary)
        set(&launch->variables, "TMPDIR", xstrdup(environment->temporary));
}

static void set_own(const struct environment *environment, struct launch *launch)
{
    const char *name;
    json_t *value;

    json_object_foreach (environment->version.environment, name, value)
        if (json_is_string(value))
            set(&launch->variables, name, xstrdup(json_string_value(value)));
}

/* The fourth field of the function's ARN. */
static char *region(const struct environment *environment)
{
    const char *start = environment->version.arn;
    size_t len;

    for (int i = 0; i < 3 && start; i++) {
        start = strchr(start, ':');
        start = start ? start + 1 : NULL;
    }
    len = start ? strcspn(start, ":") : 0;
    return len ? xstrndup(start, len) : xstrdup("us-east-1");
}

/* What Lambda sets whatever the function says: credentials, runtime, platform. */
static void set_reserved(const struct environment *environment, struct launch *launch)
{
    const struct engine *engine = environment->ground->engine;
    const struct function_version *version = &environment->version;
    struct strlist *variables = &launch->variables;

    set(variables, "AWS_ACCESS_KEY_ID", xstrdup(engine->key_id));
    set(variables, "AWS_SECRET_ACCESS_KEY", xstrdup(engine->secret));
    set(variables, "_HANDLER", xstrdup(version->handler ? version->handler : ""));
    set(variables, "AWS_EXECUTION_ENV", xasprintf("AWS_Lambda_%s", version->runtime));
    set(variables, "AWS_LAMBDA_LOG_GROUP_NAME", xstrdup(version->log_group));
    set(variables, "AWS_LAMBDA_LOG_STREAM_NAME", xstrdup(environment->log.stream));
    set(variables, "AWS_LAMBDA_LOG_FORMAT", xstrdup(environment->log.json ? "JSON" : "Text"));
    set(variables, "LAMBDA_TASK_ROOT", launch_path(environment, launch, "/var/task"));
    set(variables, "LAMBDA_RUNTIME_DIR", launch_path(environment, launch, "/var/runtime"));
    set(variables, "AWS_LAMBDA_INITIALIZATION_TYPE",
        xstrdup(environment->warmth == WARMTH_ON_DEMAND ? "on-demand" : "provisioned-concurrency"));
    set(variables, "AWS_REGION", region(environment));
    set(variables, "AWS_DEFAULT_REGION", region(environment));
    set(variables, "AWS_LAMBDA_FUNCTION_NAME", xstrdup(version->name));
    set(variables, "AWS_LAMBDA_FUNCTION_VERSION", xstrdup(version->version));
    set(variables, "AWS_LAMBDA_FUNCTION_MEMORY_SIZE",
        xasprintf("%lld", (long long)version->memory));
    set(variables, "AWS_LAMBDA_RUNTIME_API", xasprintf("127.0.0.1:%d", environment->port));
}

/* A provided runtime's program: of the function, else of its layers. */
static int find_bootstrap(const struct environment *environment, struct launch *launch,
                          struct err *err)
{
    static const char *const places[] = {"/var/task/bootstrap", "/opt/bootstrap"};

    for (size_t i = 0; i < 2; i++) {
        char *real = real_path(environment, launch, places[i]);
        bool found = file_is_regular(real);

        free(real);
        if (found) {
            strlist_take(&launch->argv, launch_path(environment, launch, places[i]));
            launch->shown = xasprintf("%s.local", environment->version.runtime);
            return 0;
        }
    }
    return err_set(err, ERR_FAILED,
                   "Couldn't find valid bootstrap(s): [/var/task/bootstrap /opt/bootstrap]");
}

/* Python and Node run our client; -X: error messages of the client itself in UTF-8 whatever LANG.
 */
static void use_interpreter(const struct environment *environment, struct launch *launch)
{
    const struct interpreter *interpreter = environment->runtime.interpreter;
    char *client = xasprintf("/var/runtime/%s", environment->runtime.client);

    strlist_add(&launch->argv, interpreter->program);
    if (interpreter->kind == INTERPRETER_PYTHON) {
        strlist_add(&launch->argv, "-Xutf8");
        strlist_add(&launch->argv, "-B");
        launch->shown = xasprintf("python:%d.%d.local", interpreter->major, interpreter->minor);
    } else {
        launch->shown = xasprintf("nodejs:%d.local", interpreter->major);
    }
    strlist_take(&launch->argv, launch_path(environment, launch, client));
    strlist_take(&launch->argv, launch_path(environment, launch, "/opt"));
    free(client);
}

int launch_prepare(struct environment *environment, struct launch *launch, struct err *err)
{
    const struct environment_ground *ground = environment->ground;
    struct function_version *version = &environment->version;

    *launch = (struct launch){0};
    strlist_init(&launch->argv);
    strlist_init(&launch->variables);
    if (runtimes_choose(ground->interpreters, version->runtime, &environment->runtime, err) < 0)
        return -1;
    launch->task = store_unpack(ground->engine->store, version->code, err);
    if (!launch->task || layers_merge(ground->engine, &version->layers, &launch->layer, err) < 0)
        return -1;
    if (environment->runtime.kind != RUNTIME_PROVIDED)
        use_interpreter(environment, launch);
    else if (find_bootstrap(environment, launch, err) < 0)
        return -1;
    launch->folder = launch_path(environment, launch, "/var/task");
    set_defaults(environment, launch);
    set_own(environment, launch);
    set_reserved(environment, launch);
    return 0;
}
