#include "cli/commands.h"
#include "cli/detect.h"
#include "cli/import_function.h"
#include "cli/new_settings.h"
#include "cli/scaffold.h"
#include "cli/template.h"
#include "core/file.h"
#include "core/interrupt.h"
#include "core/json.h"
#include "core/memory.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#define SCHEMA_FILE "fnctl.schema.json"

struct init_options {
    const char *template, *name, *runtime, *from, *from_function;
    bool force;
};

/* One run of init: what is known so far. */
struct init {
    struct app *app;
    const struct init_options *options;
    struct new_settings settings; /* `project` and `region` are owned here */
    char *project, *region;
    struct detection detection;
    struct scaffold scaffold;
    struct import import; /* with --from and --from-function */
    char *code;           /* the folder that --from-function made; or NULL */
    const char *template; /* the one that is used; or NULL */
    char *answer;         /* that to which `template` may point */
};

static bool may_ask(const struct init *init)
{
    return init->app->interactive && !init->app->common.yes;
}

/* A question with a default; what was typed, or the default; to free(). NULL when interrupted. */
static char *ask(const struct init *init, const char *question, const char *fallback,
                 struct err *err)
{
    FILE *messages = init->app->out.messages;
    char *line = NULL;
    size_t size = 0;

    fprintf(messages, "%s [%s]: ", question, fallback);
    fflush(messages);
    if (interrupt_wait_readable(STDIN_FILENO) < 0 || getline(&line, &size, stdin) < 0) {
        fputc('\n', messages);
        free(line);
        return interrupt_check(err) < 0 ? NULL : xstrdup(fallback);
    }
    line[strcspn(line, "\r\n")] = '\0';
    if (*line)
        return line;
    free(line);
    return xstrdup(fallback);
}

static int choose_project(struct init *init, struct err *err)
{
    char *folder = getcwd(NULL, 0);
    char *proposed;
    bool cut;

    if (!folder)
        return err_set(err, ERR_FAILED, "cannot tell this folder's name: %s", strerror(errno));
    proposed = new_settings_project(file_name(folder), &cut);
    if (cut && !init->options->name)
        out_step(&init->app->out, "the project is called %s, cut from '%s'; --name gives another",
                 proposed, file_name(folder));
    free(folder);
    if (init->options->name) {
        init->project = xstrdup(init->options->name);
        free(proposed);
    } else if (*json_string_at(init->import.settings, "project")) {
        init->project = xstrdup(json_string_at(init->import.settings, "project"));
        free(proposed);
    } else if (may_ask(init)) {
        init->project = ask(init, "project name", proposed, err);
        free(proposed);
    } else {
        init->project = proposed;
    }
    init->settings.project = init->project;
    if (!init->project)
        return -1;
    return new_settings_check(init->project, NULL, NULL, err);
}

static int choose_region(struct init *init, struct err *err)
{
    const char *given = init->app->common.region;

    if (given)
        init->region = xstrdup(given);
    else if (!init->import.settings && may_ask(init) &&
             !(init->region =
                   ask(init, "AWS region of the stage 'prod'", NEW_SETTINGS_REGION, err)))
        return -1;
    init->settings.region = init->region;
    return new_settings_check(NULL, init->region, NULL, err);
}

/* Which of several candidates; by default the first, which is the best. NULL when interrupted. */
static const struct candidate *choose_candidate(const struct init *init, struct err *err)
{
    const struct detection *detection = &init->detection;
    size_t chosen = 0;
    char *answer;

    if (detection->count < 2 || !may_ask(init))
        return &detection->candidates[0];
    for (size_t i = 0; i < detection->count; i++)
        fprintf(init->app->out.messages, "%zu  %s: %s\n", i + 1,
                detect_describe(detection->candidates[i].kind), detection->candidates[i].target);
    answer = ask(init, "which one", "1", err);
    if (!answer)
        return NULL;
    chosen = strtoul(answer, NULL, 10);
    free(answer);
    return &detection->candidates[chosen >= 1 && chosen <= detection->count ? chosen - 1 : 0];
}

static int fail_unrecognised(const struct init *init, struct err *err)
{
    struct strlist names;
    char *list;

    if (init->detection.advice)
        return err_set(err, ERR_FAILED, "%s", init->detection.advice);
    strlist_init(&names);
    template_names(&names);
    list = strlist_join(&names, ", ");
    err_set(err, ERR_FAILED,
            "found nothing to deploy in this folder: looked for a Flask or other WSGI app, a "
            "Python 'def NAME(event, context)', a Node.js 'export const handler', and a program "
            "or bootstrap script; 'fnctl init TEMPLATE' adds a sample (%s)",
            list);
    if (init->detection.script)
        err_append(
            err,
            "; '%s' is a script, but no runtime: it has no AWS_LAMBDA_RUNTIME_API in it, the "
            "address where events are fetched; 'fnctl init bash' writes a runtime and a "
            "handler.sh, which reads the event from standard input and writes the answer to "
            "standard output",
            init->detection.script);
    free(list);
    strlist_release(&names);
    return -1;
}

/* The sample for an empty folder. */
static int choose_sample(struct init *init, struct err *err)
{
    struct strlist names;
    char *list, *question;

    init->template = "python";
    if (!may_ask(init))
        return 0;
    strlist_init(&names);
    template_names(&names);
    list = strlist_join(&names, ", ");
    question = xasprintf("the folder is empty; which sample (%s)", list);
    init->template = init->answer = ask(init, question, init->template, err);
    free(question);
    free(list);
    strlist_release(&names);
    return init->answer ? 0 : -1;
}

/* Settings for the code that is there, or the default sample for an empty folder. */
static int use_folder(struct init *init, struct err *err)
{
    const struct candidate *candidate;

    if (detect_folder(".", &init->detection, err) < 0)
        return -1;
    if (init->detection.empty)
        return choose_sample(init, err);
    if (init->detection.count == 0)
        return fail_unrecognised(init, err);
    init->settings.requirements = init->detection.requirements;
    candidate = choose_candidate(init, err);
    if (!candidate)
        return -1;
    return new_settings_use(&init->settings, candidate, init->options->runtime, err);
}

static int choose_import(struct init *init, struct err *err)
{
    const struct init_options *options = init->options;

    if (init->app->arguments.count || options->template ||
        (options->from && options->from_function))
        return err_set(err, ERR_USAGE,
                       "only one of TEMPLATE, --template, --from and --from-function may be given; "
                       "with --from it takes no template");
    if (options->from)
        return import_file(&init->import, options->from, err);
    return import_function(&init->import, init->app, options->from_function, options->name,
                           &init->code, err);
}

static int choose_source(struct init *init, struct err *err)
{
    const struct strings *arguments = &init->app->arguments;

    if (init->options->from || init->options->from_function)
        return choose_import(init, err);
    if (arguments->count && init->options->template)
        return err_set(err, ERR_USAGE, "there are two templates, '%s' and '%s'; name one",
                       arguments->items[0], init->options->template);
    init->template = arguments->count ? arguments->items[0] : init->options->template;
    return init->template ? 0 : use_folder(init, err);
}

/* What can be said before any look and any question. */
static int check_fresh(const struct init *init, struct err *err)
{
    if (init->app->common.settings)
        return err_set(err, ERR_USAGE, "init writes %s in this folder; it takes no --settings",
                       SETTINGS_FILE);
    if (!init->options->force && file_exists(SETTINGS_FILE))
        return err_set(err, ERR_FAILED,
                       "there is a %s already; 'fnctl check' validates it, --force overwrites it",
                       SETTINGS_FILE);
    return new_settings_check(init->options->name, init->app->common.region, init->options->runtime,
                              err);
}

static int add_schema(struct init *init, struct err *err)
{
    json_t *schema = schema_json(settings_fields);
    char *text = json_dumps(schema, JSON_INDENT(2));
    struct scaffold_file *old = scaffold_find(&init->scaffold, SCHEMA_FILE);
    int result = 0;

    if (!old)
        result = scaffold_add(&init->scaffold, SCHEMA_FILE, text, strlen(text), false, err);
    free(text);
    json_decref(schema);
    return result;
}

static int add_settings(struct init *init, struct err *err)
{
    char *text;
    int result;

    if (init->template)
        return new_settings_fill(&init->settings, init->options->runtime,
                                 &scaffold_find(&init->scaffold, SETTINGS_FILE)->data, err);
    text = init->import.settings ? import_text(&init->import, init->project)
                                 : new_settings_text(&init->settings);
    result = scaffold_add(&init->scaffold, SETTINGS_FILE, text, strlen(text), false, err);
    free(text);
    return result;
}

/* What makes up the new project, in memory. */
static int collect(struct init *init, struct err *err)
{
    if (init->template && template_load(&init->scaffold, init->template, err) < 0)
        return -1;
    if (add_settings(init, err) < 0)
        return -1;
    return scaffold_add_gitignore(&init->scaffold, ".fnctl/\n", err);
}

static int write_all(struct init *init, struct err *err)
{
    bool force = init->options->force;

    if (collect(init, err) < 0)
        return -1;
    /* The schema is ours and can be made again: it is no conflict. */
    if (!force && scaffold_check(&init->scaffold, ".", err) < 0)
        return -1;
    return add_schema(init, err) < 0 ? -1 : scaffold_write(&init->scaffold, ".", err);
}

static void tell_json(const struct init *init)
{
    json_t *document = json_pack("{s:s, s:s?, s:[]}", "project", init->project, "template",
                                 init->template, "wrote");
    const struct new_settings *settings = &init->settings;

    if (settings->candidate)
        json_object_set_new(
            document, "found",
            json_pack("{s:s, s:s, s:s}", "kind", detect_describe(settings->candidate->kind), "file",
                      settings->candidate->file, "target", settings->candidate->target));
    if (init->import.settings)
        json_object_set_new(document, "notes", import_notes(&init->import));
    for (size_t i = 0; i < init->scaffold.count; i++)
        json_array_append_new(json_object_get(document, "wrote"),
                              json_string(init->scaffold.files[i].path));
    out_json(&init->app->out, document, false);
    json_decref(document);
}

static void tell_files(const struct init *init)
{
    struct out *out = &init->app->out;

    if (init->template)
        out_print(out, "wrote a %s sample:\n", file_name(init->template));
    for (size_t i = 0; i < init->scaffold.count; i++)
        out_print(out, init->template ? "  %s\n" : "wrote %s\n", init->scaffold.files[i].path);
}

static void tell(const struct init *init)
{
    struct out *out = &init->app->out;
    const struct candidate *candidate = init->settings.candidate;
    size_t others = init->detection.count ? init->detection.count - 1 : 0;

    if (candidate)
        out_print(out, "found %s in %s: %s\n", detect_describe(candidate->kind), candidate->file,
                  candidate->target);
    if (candidate && others && !may_ask(init))
        out_step(out, "there %s %zu other%s; 'fnctl init' on a terminal lets you choose",
                 others == 1 ? "is" : "are", others, others == 1 ? "" : "s");
    if (candidate && candidate->kind <= DETECT_PYTHON && init->detection.requirements)
        out_step(out, "stage 'prod' installs the packages of requirements.txt; stage 'dev' uses "
                      "those that this machine's Python has");
    tell_files(init);
    if (init->import.settings)
        import_tell(&init->import, out);
    out_print(out, "next: fnctl deploy\n");
}

static int run(struct app *app, const void *options, struct err *err)
{
    struct init init = {.app = app, .options = options};
    struct err ignored = {0};
    int result = -1;

    if (check_fresh(&init, err) < 0 || choose_source(&init, err) < 0 ||
        choose_project(&init, err) < 0 || choose_region(&init, err) < 0 ||
        write_all(&init, err) < 0)
        goto out;
    if (app->out.json)
        tell_json(&init);
    else
        tell(&init);
    result = 0;
out:
    /* The code alone is of no use, and would be in the way of the next try. */
    if (result < 0 && init.code)
        file_remove(init.code, &ignored);
    scaffold_release(&init.scaffold);
    detection_release(&init.detection);
    import_release(&init.import);
    free(init.project);
    free(init.region);
    free(init.answer);
    free(init.code);
    return result;
}

static const struct field options[] = {
    {.name = "template",
     .type = FIELD_STRING,
     .offset = offsetof(struct init_options, template),
     .letter = 't',
     .value = "NAME",
     .help = "start from this sample, folder or archive (tar, zip)"},
    {.name = "from",
     .type = FIELD_STRING,
     .offset = offsetof(struct init_options, from),
     .value = "FILE",
     .help = "make the settings of another tool's: zappa_settings.json"},
    {.name = "from-function",
     .type = FIELD_STRING,
     .offset = offsetof(struct init_options, from_function),
     .value = "NAME",
     .help = "make settings and source of a function that is deployed; reads, and changes nothing "
             "there"},
    {.name = "name",
     .type = FIELD_STRING,
     .offset = offsetof(struct init_options, name),
     .letter = 'n',
     .value = "PROJECT",
     .help = "the project's name; by default made from the folder's"},
    {.name = "runtime",
     .type = FIELD_STRING,
     .offset = offsetof(struct init_options, runtime),
     .value = "RUNTIME",
     .help = "the runtime of the functions, as in python3.13"},
    {.name = "force",
     .type = FIELD_BOOL,
     .offset = offsetof(struct init_options, force),
     .letter = 'f',
     .help = "overwrite files that are there"},
    FIELD_END,
};

static const struct command_argument arguments[] = {
    {.name = "TEMPLATE",
     .help = "bash, c, flask, node, python, or the path of a folder or archive",
     .optional = true,
     .words = template_names},
    {.name = NULL},
};

static const char *const examples[] = {
    "fnctl init",
    "settings for the code in this folder, or a sample when it is empty",
    "fnctl init c --yes",
    "the sample in C, without a question",
    "fnctl init --from zappa_settings.json",
    "each stage of Zappa's as a stage; says what has no counterpart",
    "fnctl init --from-function weather-prod-api --region eu-central-1",
    "a project of a function that is deployed, whoever made it",
    "fnctl init --template ../our-template.tar.gz --name weather",
    "a project from an archive",
    NULL,
};

const struct command cmd_init = {
    .name = "init",
    .summary = "write fnctl.json for this folder, or start from a sample",
    .description =
        "Looks at the folder for a WSGI app (Flask, Bottle, Falcon, Django), a Python or Node.js\n"
        "handler, or a program, and writes fnctl.json for it, with the stages 'dev' (on this\n"
        "machine) and 'prod' (on AWS). In an empty folder, or with a template, writes a sample\n"
        "project. Reads files, never runs them. Overwrites nothing without --force.\n"
        "\n"
        "Also writes fnctl.schema.json, with which editors complete and check fnctl.json.\n"
        "\n"
        "With --json: {\"project\", \"template\": NAME or null, \"wrote\": [FILE], \"found\": "
        "{\"kind\", \"file\",\n"
        "\"target\"}, \"notes\": [TEXT]}, \"found\" where code was found, \"notes\" with --from "
        "and --from-function.",
    .examples = examples,
    .arguments = arguments,
    .options = options,
    .options_size = sizeof(struct init_options),
    .needs = NEEDS_NOTHING,
    .run = run,
};
