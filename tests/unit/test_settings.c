#include "core/file.h"
#include "core/memory.h"
#include "core/settings.h"

// clang-format off
#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <stdint.h>
#include <cmocka.h>
// clang-format on
#include "tests/unit/settings_folder.h"

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
    assert_true(json_is_object(json_at(function, "properties.web.not")));
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
        cmocka_unit_test(checks_every_stage),
        cmocka_unit_test(names_the_stages),
        cmocka_unit_test(finds_functions_by_name),
        cmocka_unit_test(runtimes_of_known_families_pass),
        cmocka_unit_test(tables_are_complete),
    };

    return cmocka_run_group_tests(tests, enter_folder, leave_folder);
}
