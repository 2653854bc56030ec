#include "core/file.h"
#include "core/memory.h"
#include "core/process.h"
#include "core/settings.h"

// clang-format off
#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <stdint.h>
#include <cmocka.h>
// clang-format on
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

static int enter_folder(void **state)
{
    struct err err;

    unsetenv("AWS_REGION");
    unsetenv("AWS_DEFAULT_REGION");
    unsetenv("FNCTL_STAGE");
    unsetenv("NOPE");
    *state = file_temporary_folder("fnctl-test", &err);
    return *state && chdir(*state) == 0 ? 0 : -1;
}

static int leave_folder(void **state)
{
    struct err err;
    int result = chdir("/") < 0 || file_remove(*state, &err) < 0 ? -1 : 0;

    free(*state);
    return result;
}

static void write_file(const char *path, const char *text)
{
    struct err err;

    assert_int_equal(file_write(path, text, strlen(text), 0644, &err), 0);
}

static struct settings loaded(const struct settings_context *context)
{
    struct settings settings;
    struct err err = {0};
    int result = settings_load(&settings, context, &err);

    assert_string_equal(err.message, "");
    assert_int_equal(result, 0);
    return settings;
}

static const char weather[] =
    "{\n"
    "  \"$schema\": \"fnctl.schema.json\",\n"
    "  \"project\": \"weather\",\n"
    "  \"region\": \"eu-central-1\",\n"
    "  \"functions\": {\n"
    "    \"api\": {\n"
    "      \"runtime\": \"python3.13\",\n"
    "      \"app\": \"app.app\",\n"
    "      \"source\": \"api\",\n"
    "      \"memory\": 512,\n"
    "      \"routes\": [\"ANY /{proxy+}\", \"GET /items/{id}\", \"$default\"],\n"
    "      \"environment\": { \"MODEL\": \"s3://${stage}/knn.json\", \"KEY\": \"k\" },\n"
    "      \"tags\": { \"team\": \"api\" },\n"
    "      \"url\": { \"cors\": { \"allow_origins\": [\"*\"] } }\n"
    "    },\n"
    "    \"bot\": {\n"
    "      \"runtime\": \"provided.al2023\",\n"
    "      \"handler\": \"bot\",\n"
    "      \"url\": true,\n"
    "      \"permissions\": [\"s3:GetObject,s3:PutObject arn:aws:s3:::b/*\", \"ses:SendEmail "
    "*\"],\n"
    "      \"schedules\": [\n"
    "        { \"cron\": \"0 9 * * *\", \"timezone\": \"Europe/Berlin\", \"input\": {\"a\": 1} },\n"
    "        { \"rate\": \"5 minutes\", \"name\": \"often\", \"enabled\": false },\n"
    "        { \"at\": \"2027-01-01T00:00:00\" },\n"
    "        \"cron(0 9 * * ? *)\", { \"cron\": \"cron(0 10 * * ? *)\" }\n"
    "      ]\n"
    "    }\n"
    "  },\n"
    "  \"tags\": { \"team\": \"all\", \"cost\": \"7\" },\n"
    "  \"default_stage\": \"dev\",\n"
    "  \"stages\": {\n"
    "    \"dev\": {},\n"
    "    \"prod\": { \"provider\": \"aws\", \"region\": \"eu-west-1\", \"aws\": { \"profile\": "
    "\"b\" },\n"
    "      \"functions\": { \"api\": { \"memory\": 1024, \"environment\": { \"KEY\": null } } } }\n"
    "  }\n"
    "}\n";

static void binds_the_whole_file(void **state)
{
    const struct settings_context context = {0};
    const struct function *api, *bot;
    struct settings settings;
    char *name;

    (void)state;
    write_file(SETTINGS_FILE, weather);
    settings = loaded(&context);
    assert_string_equal(settings.file, "fnctl.json");
    assert_string_equal(settings.folder, ".");
    assert_string_equal(settings.project, "weather");
    assert_string_equal(settings.stage, "dev");
    assert_string_equal(settings.provider, "local");
    assert_null(settings.aws.profile);
    assert_int_equal(settings_function_count(&settings), 2);
    api = settings_function_at(&settings, 0);
    assert_string_equal(api->name, "api");
    assert_string_equal(api->app, "app.app");
    assert_null(api->handler);
    assert_int_equal(api->memory, 512);
    assert_int_equal(api->timeout, 30);
    assert_int_equal(api->ephemeral_storage, 512);
    assert_int_equal(api->log_retention, 30);
    assert_string_equal(api->architecture, "x86_64");
    assert_string_equal(api->tracing, "pass-through");
    assert_true(api->layer);
    assert_true(api->url.enabled);
    assert_string_equal(api->url.auth, "none");
    assert_non_null(api->url.cors);
    assert_string_equal(json_string_at(api->tags, "team"), "api");
    assert_string_equal(json_string_at(api->tags, "cost"), "7");
    assert_string_equal(json_string_at(api->environment, "MODEL"), "s3://dev/knn.json");
    assert_string_equal(function_route_at(api, 0)->method, "ANY");
    assert_string_equal(function_route_at(api, 1)->path, "/items/{id}");
    assert_string_equal(function_route_at(api, 1)->key, "GET /items/{id}");
    assert_null(function_route_at(api, 2)->method);
    assert_string_equal(function_route_at(api, 2)->path, "$default");
    bot = settings_function_at(&settings, 1);
    assert_string_equal(bot->source, ".");
    assert_true(bot->url.enabled);
    assert_int_equal(bot->permissions.count, 2);
    name = settings_remote_name(&settings, bot);
    assert_string_equal(name, "weather-dev-bot");
    free(name);
    settings_release(&settings);
}

static void parses_schedules(void **state)
{
    static const char *const expected[][4] = {
        {"cron(0 9 * * ? *)", "Europe/Berlin", "bot-0", "on"},
        {"rate(5 minutes)", "UTC", "often", "off"},
        {"at(2027-01-01T00:00:00)", "UTC", "bot-2", "on"},
        {"cron(0 9 * * ? *)", "UTC", "bot-3", "on"},
        {"cron(0 10 * * ? *)", "UTC", "bot-4", "on"},
    };
    const struct settings_context context = {0};
    struct settings settings = loaded(&context);
    const struct function *bot = settings_function_at(&settings, 1);

    (void)state;
    assert_int_equal(bot->schedules.count, 5);
    for (size_t i = 0; i < 5; i++) {
        const struct schedule *schedule = function_schedule_at(bot, i);
        char *aws = cron_to_aws(&schedule->parsed);
        char *name = settings_schedule_name(bot, schedule, i);

        assert_string_equal(aws, expected[i][0]);
        assert_string_equal(schedule->timezone, expected[i][1]);
        assert_string_equal(name, expected[i][2]);
        assert_int_equal(schedule->enabled, strcmp(expected[i][3], "on") == 0);
        free(aws);
        free(name);
    }
    assert_int_equal(json_int_at(function_schedule_at(bot, 0)->input, "a"), 1);
    settings_release(&settings);
}

static void lays_the_stage_over(void **state)
{
    const struct settings_context context = {.stage = "prod"};
    struct settings settings = loaded(&context);
    const struct function *api = settings_function_at(&settings, 0);
    json_t *rendered = settings_render(&settings);

    (void)state;
    assert_string_equal(settings.stage, "prod");
    assert_string_equal(settings.provider, "aws");
    assert_string_equal(settings.region, "eu-west-1");
    assert_string_equal(settings.aws.profile, "b");
    assert_int_equal(api->memory, 1024);
    assert_null(json_object_get(api->environment, "KEY"));
    assert_string_equal(json_string_at(api->environment, "MODEL"), "s3://prod/knn.json");
    assert_null(json_object_get(rendered, "stages"));
    assert_null(json_object_get(rendered, "$schema"));
    assert_int_equal(json_int_at(rendered, "functions.api.memory"), 1024);
    json_decref(rendered);
    settings_release(&settings);
}

static void chooses_the_stage(void **state)
{
    struct settings_context context = {0};
    struct settings settings;
    struct err err = {0};

    (void)state;
    setenv("FNCTL_STAGE", "prod", 1);
    settings = loaded(&context);
    assert_string_equal(settings.stage, "prod");
    settings_release(&settings);
    context.stage = "dev";
    settings = loaded(&context);
    assert_string_equal(settings.stage, "dev");
    settings_release(&settings);
    context.stage = NULL;
    setenv("FNCTL_STAGE", "prdo", 1);
    assert_int_equal(settings_load(&settings, &context, &err), -1);
    assert_int_equal(err.code, ERR_USAGE);
    assert_string_equal(
        err.message, "FNCTL_STAGE: there is no stage 'prdo' in 'fnctl.json'; did you mean 'prod'?");
    unsetenv("FNCTL_STAGE");
    context.stage = "prdo";
    assert_int_equal(settings_load(&settings, &context, &err), -1);
    assert_int_equal(err.code, ERR_USAGE);
    assert_string_equal(err.message,
                        "there is no stage 'prdo' in 'fnctl.json'; did you mean 'prod'?");
    context.stage = "integration";
    assert_int_equal(settings_load(&settings, &context, &err), -1);
    assert_string_equal(err.message,
                        "there is no stage 'integration' in 'fnctl.json'; there are: dev, prod");
}

#define FUNCTIONS "\"functions\": {\"f\": {\"runtime\": \"python3.13\", \"handler\": \"a.b\"}}"

static void asks_for_a_stage_among_several(void **state)
{
    struct settings_context context = {.file = "other.json"};
    struct settings settings;
    struct err err = {0};

    (void)state;
    write_file("other.json",
               "{\"project\": \"p\", \"stages\": {\"a\": {}, \"b\": {}}, " FUNCTIONS "}");
    assert_int_equal(settings_load(&settings, &context, &err), -1);
    assert_int_equal(err.code, ERR_USAGE);
    assert_string_equal(err.message, "name a stage: 'other.json' has a, b; or set FNCTL_STAGE, or "
                                     "'default_stage' in the file");
    write_file("other.json", "{\"project\": \"p\", \"stages\": {\"only\": {}}, " FUNCTIONS "}");
    settings = loaded(&context);
    assert_string_equal(settings.stage, "only");
    settings_release(&settings);
    write_file("other.json", "{\"project\": \"p\", " FUNCTIONS "}");
    settings = loaded(&context);
    assert_string_equal(settings.stage, "dev");
    settings_release(&settings);
    context.stage = "prod";
    assert_int_equal(settings_load(&settings, &context, &err), -1);
    assert_string_equal(err.message, "there is no stage 'prod' in 'other.json'; there is: dev");
}

static void finds_the_file_in_a_folder_above(void **state)
{
    const struct settings_context context = {0};
    struct settings settings;
    struct err err;
    char *real = realpath(*state, NULL);

    assert_int_equal(file_make_folder("deep/down", 0755, &err), 0);
    assert_int_equal(chdir("deep/down"), 0);
    settings = loaded(&context);
    assert_string_equal(settings.folder, real);
    assert_string_equal(file_name(settings.file), SETTINGS_FILE);
    settings_release(&settings);
    assert_int_equal(chdir(*state), 0);
    free(real);
}

static void takes_the_region_from_the_nearest(void **state)
{
    struct settings_context context = {.file = "other.json"};
    struct settings settings;
    struct err err = {0};

    (void)state;
    write_file("other.json", "{\"project\": \"p\", " FUNCTIONS "}");
    settings = loaded(&context);
    assert_null(settings.region);
    settings_release(&settings);
    setenv("AWS_DEFAULT_REGION", "us-east-1", 1);
    settings = loaded(&context);
    assert_string_equal(settings.region, "us-east-1");
    settings_release(&settings);
    setenv("AWS_REGION", "us-east-2", 1);
    settings = loaded(&context);
    assert_string_equal(settings.region, "us-east-2");
    settings_release(&settings);
    write_file("other.json", "{\"project\": \"p\", \"region\": \"eu-west-3\", " FUNCTIONS "}");
    settings = loaded(&context);
    assert_string_equal(settings.region, "eu-west-3");
    settings_release(&settings);
    context.region = "sa-east-1";
    settings = loaded(&context);
    assert_string_equal(settings.region, "sa-east-1");
    settings_release(&settings);
    context.region = "x/../y";
    assert_int_equal(settings_load(&settings, &context, &err), -1);
    assert_int_equal(err.code, ERR_USAGE);
    assert_string_equal(err.message, "option '--region': 'x/../y' is no region: must be one as "
                                     "'eu-central-1'");
    unsetenv("AWS_REGION");
    unsetenv("AWS_DEFAULT_REGION");
}

static char *account(void *context, struct err *err)
{
    int *calls = context;

    ++*calls;
    if (*calls < 100)
        return xstrdup("123456789012");
    err_set(err, ERR_CREDENTIALS, "no credentials");
    return NULL;
}

/* The description of a function that is `text`. */
static void description_is(const char *text, const char *expected)
{
    int calls = 0;
    const struct settings_context context = {
        .file = "variables.json", .account = account, .context = &calls};
    struct settings settings;
    char *file =
        xasprintf("{\"project\": \"shop\", \"region\": \"eu-west-1\", \"functions\": {\"f\": "
                  "{\"runtime\": \"python3.13\", \"handler\": \"a.b\", \"description\": "
                  "\"%s\", \"environment\": {\"ACCOUNT\": \"${account}\"}}}}",
                  text);

    write_file("variables.json", file);
    settings = loaded(&context);
    assert_string_equal(settings_function_at(&settings, 0)->description, expected);
    assert_int_equal(calls, 1);
    settings_release(&settings);
    free(file);
}

static void replaces_variables(void **state)
{
    (void)state;
    setenv("CITY", "Berlin", 1);
    setenv("EMPTY", "", 1);
    setenv("TRICKY", "${stage}", 1);
    write_file("note.txt", "a note\n\n");
    write_file("dollar.txt", "${stage}");
    description_is("in ${env:CITY}!", "in Berlin!");
    description_is("${env:CITY}${env:CITY}", "BerlinBerlin");
    description_is("${env:CITY:-Rome}", "Berlin");
    description_is("${env:NOPE:-Rome}", "Rome");
    description_is("${env:NOPE:-}", "");
    description_is("${env:EMPTY}", "");
    description_is("${env:EMPTY:-Rome}", "Rome");
    description_is("${env:NOPE:-in ${env:NOPE:-${stage}} {x}}", "in dev {x}");
    description_is("${env:TRICKY}", "${stage}");
    description_is("${project}-${stage}-${region}", "shop-dev-eu-west-1");
    description_is("${account}/${account}", "123456789012/123456789012");
    description_is("$${stage} $ $x $$ {} }", "${stage} $ $x $$ {} }");
    description_is("x$${", "x${");
    description_is("${file:note.txt}", "a note\n");
    description_is("${file:dollar.txt}", "${stage}");
    unsetenv("CITY");
    unsetenv("EMPTY");
    unsetenv("TRICKY");
}

static void run(const char *const *argv)
{
    const struct process process = {.argv = argv, .timeout = 20000};
    struct err err;
    int status;

    assert_int_equal(process_run(&process, &status, &err), 0);
    assert_int_equal(status, 0);
}

static void names_the_commit(void **state)
{
    static const char *const make[] = {"git", "init", "-q", ".", NULL};
    static const char *const commit[] = {"git",    "-c", "user.name=n",   "-c", "user.email=e@x",
                                         "commit", "-q", "--allow-empty", "-m", "m",
                                         NULL};
    static const char *const show[] = {"git", "rev-parse", "HEAD", NULL};
    struct process process = {.argv = show, .timeout = 20000};
    char *git = file_find_program("git");
    struct buf sha;
    struct err err;
    int status;

    (void)state;
    if (!git)
        skip();
    free(git);
    buf_init(&sha, 0);
    process.output = &sha;
    run(make);
    run(commit);
    assert_int_equal(process_run(&process, &status, &err), 0);
    assert_int_equal(sha.len, 41);
    sha.data[40] = '\0';
    description_is("${git:sha}", sha.data);
    buf_release(&sha);
}

static void variables_name_the_place_in_the_stage(void **state)
{
    const struct settings_context context = {.file = "variables.json"};
    struct settings settings;
    struct err err = {0};

    (void)state;
    write_file("variables.json",
               "{\"project\": \"p\",\n \"stages\": {\"dev\": {\"functions\": {\"f\": \n"
               "    {\"description\": \"${env:NOPE}\"}}}},\n " FUNCTIONS "}");
    assert_int_equal(settings_load(&settings, &context, &err), -1);
    assert_string_equal(err.message,
                        "'variables.json': line 3, column 21: functions.f.description: "
                        "'${env:NOPE}' is missing: set the environment variable NOPE, or give a "
                        "default as in '${env:NOPE:-default}'");
}

static void refuses_bytes_that_are_not_text(void **state)
{
    const struct settings_context context = {.file = "variables.json"};
    struct settings settings;
    struct err err = {0};

    (void)state;
    setenv("BYTES", "\xff", 1);
    write_file("variables.json",
               "{\"project\": \"p\", \"tags\": {\"a\": \"${env:BYTES}\"}, " FUNCTIONS "}");
    assert_int_equal(settings_load(&settings, &context, &err), -1);
    assert_string_equal(err.message,
                        "'variables.json': line 1, column 32: tags.a: a variable in it "
                        "stands for bytes that are not UTF-8");
    unsetenv("BYTES");
    assert_int_equal(file_write("nul.txt", "a\0b", 3, 0644, &err), 0);
    write_file("variables.json",
               "{\"project\": \"p\", \"tags\": {\"a\": \"${file:nul.txt}\"}, " FUNCTIONS "}");
    assert_int_equal(settings_load(&settings, &context, &err), -1);
    assert_string_equal(err.message, "'variables.json': line 1, column 32: tags.a: "
                                     "'${file:nul.txt}' has NUL bytes in it: only text can be a "
                                     "setting");
}

static void bounds_what_variables_bring(void **state)
{
    const struct settings_context context = {.file = "variables.json"};
    struct settings settings;
    struct err err = {0};
    char *large = xcalloc(70000, 1), *list = xcalloc(200 * 32, 1), *text;

    (void)state;
    memset(large, 'x', 69999);
    write_file("large.txt", large);
    write_file("variables.json",
               "{\"project\": \"p\", \"tags\": {\"a\": \"${file:large.txt}\"}, " FUNCTIONS "}");
    assert_int_equal(settings_load(&settings, &context, &err), -1);
    assert_string_equal(err.message,
                        "'variables.json': line 1, column 32: tags.a: '${file:large.txt}' cannot "
                        "read './large.txt': it has 69999 bytes, at most 65536 are allowed");
    large[60000] = '\0';
    write_file("large.txt", large);
    for (int i = 0; i < 100; i++)
        strcat(list, "${file:large.txt}");
    text = xasprintf("{\"project\": \"p\", \"tags\": {\"a\": \"%s\"}, " FUNCTIONS "}", list);
    write_file("variables.json", text);
    assert_int_equal(settings_load(&settings, &context, &err), -1);
    assert_string_equal(err.message,
                        "'variables.json': line 1, column 32: tags.a: the strings grow "
                        "beyond 4194304 bytes by their variables");
    free(large);
    free(list);
    free(text);
}

static void reports_what_the_account_costs(void **state)
{
    int calls = 99;
    const struct settings_context context = {
        .file = "variables.json", .account = account, .context = &calls};
    struct settings settings;
    struct err err = {0};

    (void)state;
    write_file("variables.json",
               "{\"project\": \"p\", \"tags\": {\"a\": \"${account}\"}, " FUNCTIONS "}");
    assert_int_equal(settings_load(&settings, &context, &err), -1);
    assert_int_equal(err.code, ERR_CREDENTIALS);
    assert_string_equal(err.message, "no credentials");
}

static void checks_every_stage(void **state)
{
    struct settings_context context = {0};
    struct err err = {0};

    (void)state;
    assert_int_equal(settings_check_stages(&context, &err), 0);
    context.file = "other.json";
    write_file("other.json",
               "{\"project\": \"p\", \"stages\": {\"a\": {}, \"b\": {\"regoin\": 1}}, " FUNCTIONS
               "}");
    assert_int_equal(settings_check_stages(&context, &err), -1);
    assert_int_equal(err.code, ERR_SETTINGS);
    assert_string_equal(err.message, "stage 'b': 'other.json': line 1, column 44: regoin: unknown "
                                     "key; did you mean 'region'?");
    write_file("other.json", "{\"project\": \"p\", \"x\": 1, " FUNCTIONS "}");
    assert_int_equal(settings_check_stages(&context, &err), -1);
}

static void names_the_stages(void **state)
{
    struct settings_context context = {0};
    struct strlist names;
    struct err err = {0};

    (void)state;
    strlist_init(&names);
    assert_int_equal(settings_stage_names(&context, &names, &err), 0);
    assert_int_equal(names.count, 2);
    assert_string_equal(names.items[0], "dev");
    assert_string_equal(names.items[1], "prod");
    context.file = "variables.json";
    write_file("variables.json", "{\"x\": 1}");
    assert_int_equal(settings_stage_names(&context, &names, &err), 0);
    assert_int_equal(names.count, 3);
    assert_string_equal(names.items[2], "dev");
    strlist_release(&names);
}

static void finds_functions_by_name(void **state)
{
    const struct settings_context context = {0};
    struct settings settings = loaded(&context);
    struct err err = {0};

    (void)state;
    assert_string_equal(settings_function(&settings, "bot", &err)->name, "bot");
    assert_null(settings_function(&settings, "apu", &err));
    assert_int_equal(err.code, ERR_USAGE);
    assert_string_equal(err.message, "there is no function 'apu'; did you mean 'api'?");
    assert_null(settings_function(&settings, "mailer", &err));
    assert_string_equal(err.message, "there is no function 'mailer'; there are: api, bot");
    settings_release(&settings);
}

static void runtimes_of_known_families_pass(void **state)
{
    static const char *const runtimes[] = {"python3.16", "nodejs30.x",     "provided.al2027",
                                           "java29",     "java29.al2023",  "dotnet12",
                                           "ruby5.1",    "provided.al2023"};
    const struct settings_context context = {.file = "other.json"};

    (void)state;
    for (size_t i = 0; i < sizeof(runtimes) / sizeof(runtimes[0]); i++) {
        char *text = xasprintf("{\"project\": \"p\", \"functions\": {\"f\": {\"runtime\": \"%s\", "
                               "\"handler\": \"a.b\"}}}",
                               runtimes[i]);
        struct settings settings;

        write_file("other.json", text);
        settings = loaded(&context);
        assert_string_equal(settings_function_at(&settings, 0)->runtime, runtimes[i]);
        settings_release(&settings);
        free(text);
    }
}

/* What the tables promise to those who render them. */
static void check_table(const struct field *fields, bool *names_seen)
{
    struct err err;

    for (const struct field *field = fields; field->name; field++) {
        json_error_t error;
        json_t *example =
            field->example ? json_loads(field->example, JSON_DECODE_ANY, &error) : NULL;

        *names_seen = true;
        assert_non_null(field->help);
        assert_null(strchr(field->help, '\n'));
        assert_int_not_equal(field->help[strlen(field->help) - 1], '.');
        assert_true(!field->example || example);
        assert_true(!field->bind || field->json_schema);
        assert_true((field->type != FIELD_LIST && field->type != FIELD_TABLE) || field->size);
        if (field->fallback && field->type == FIELD_STRING && field->check)
            assert_int_equal(field->check(&field->fallback, &err), 0);
        json_decref(example);
        if (field->children)
            check_table(field->children, names_seen);
    }
}

static void tables_are_complete(void **state)
{
    bool seen = false;
    json_t *schema = schema_json(settings_fields);
    const json_t *function = json_at(schema, "properties.functions.additionalProperties");

    (void)state;
    check_table(settings_fields, &seen);
    assert_true(seen);
    assert_true(json_is_false(json_at(function, "additionalProperties")));
    assert_int_equal(json_int_at(function, "properties.memory.minimum"), 128);
    assert_int_equal(json_int_at(function, "properties.memory.maximum"), 10240);
    assert_true(json_is_array(json_at(function, "properties.architecture.enum")));
    assert_null(json_at(function, "properties.runtime.enum"));
    assert_true(json_is_object(json_at(function, "properties.triggers.not")));
    assert_int_equal(json_array_size(json_at(function, "properties.schedules.items.anyOf")), 2);
    assert_int_equal(json_array_size(json_at(function, "properties.url.anyOf")), 2);
    json_decref(schema);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(binds_the_whole_file),
        cmocka_unit_test(parses_schedules),
        cmocka_unit_test(lays_the_stage_over),
        cmocka_unit_test(chooses_the_stage),
        cmocka_unit_test(asks_for_a_stage_among_several),
        cmocka_unit_test(finds_the_file_in_a_folder_above),
        cmocka_unit_test(takes_the_region_from_the_nearest),
        cmocka_unit_test(replaces_variables),
        cmocka_unit_test(names_the_commit),
        cmocka_unit_test(variables_name_the_place_in_the_stage),
        cmocka_unit_test(refuses_bytes_that_are_not_text),
        cmocka_unit_test(bounds_what_variables_bring),
        cmocka_unit_test(reports_what_the_account_costs),
        cmocka_unit_test(checks_every_stage),
        cmocka_unit_test(names_the_stages),
        cmocka_unit_test(finds_functions_by_name),
        cmocka_unit_test(runtimes_of_known_families_pass),
        cmocka_unit_test(tables_are_complete),
    };

    return cmocka_run_group_tests(tests, enter_folder, leave_folder);
}
