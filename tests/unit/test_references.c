/* Variables that only the provider knows: their forms, and settings that are bound again. */
#include "core/memory.h"

// clang-format off
#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <stdint.h>
#include <cmocka.h>
// clang-format on
#include "tests/unit/settings_folder.h"

static void forms(void **state)
{
    static const struct {
        enum reference_kind kind;
        const char *text, *name, *selector, *key;
    } rows[] = {
        {REFERENCE_SSM, "/a/b", "/a/b", NULL, NULL},
        {REFERENCE_SSM, "plain", "plain", NULL, NULL},
        {REFERENCE_SSM, "/a/b:3", "/a/b", "3", NULL},
        {REFERENCE_SSM, "/a/b:my.label", "/a/b", "my.label", NULL},
        {REFERENCE_SSM, "arn:aws:ssm:eu-west-1:1:parameter/a",
         "arn:aws:ssm:eu-west-1:1:parameter/a", NULL, NULL},
        {REFERENCE_SSM, "arn:aws:ssm:eu-west-1:1:parameter/a:7",
         "arn:aws:ssm:eu-west-1:1:parameter/a", "7", NULL},
        {REFERENCE_SECRET, "db", "db", NULL, NULL},
        {REFERENCE_SECRET, "prod/db+x=y@z", "prod/db+x=y@z", NULL, NULL},
        {REFERENCE_SECRET, "db#a.b c", "db", NULL, "a.b c"},
        {REFERENCE_SECRET, "db:AWSPREVIOUS#key", "db", "AWSPREVIOUS", "key"},
        {REFERENCE_SECRET, "arn:aws:secretsmanager:eu-west-1:1:secret:db-AbCdEf#k",
         "arn:aws:secretsmanager:eu-west-1:1:secret:db-AbCdEf", NULL, "k"},
        {REFERENCE_SECRET, "arn:aws:secretsmanager:eu-west-1:1:secret:db-AbCdEf:AWSPENDING",
         "arn:aws:secretsmanager:eu-west-1:1:secret:db-AbCdEf", "AWSPENDING", NULL},
        {REFERENCE_CF, "stack.Output", "stack", "Output", NULL},
        {REFERENCE_CF, "arn:aws:cloudformation:eu-west-1:1:stack/s/1-2.Out",
         "arn:aws:cloudformation:eu-west-1:1:stack/s/1-2", "Out", NULL},
    };
    struct references references = {0};
    struct err err = {0};

    (void)state;
    for (size_t i = 0; i < sizeof(rows) / sizeof(*rows); i++) {
        const struct reference *reference =
            references_add(&references, rows[i].kind, rows[i].text, &err);

        assert_non_null(reference);
        assert_string_equal(reference->name, rows[i].name);
        assert_string_equal(reference->selector ? reference->selector : "-",
                            rows[i].selector ? rows[i].selector : "-");
        assert_string_equal(reference->key ? reference->key : "-", rows[i].key ? rows[i].key : "-");
        assert_ptr_equal(references_add(&references, rows[i].kind, rows[i].text, &err), reference);
    }
    assert_int_equal(references.count, sizeof(rows) / sizeof(*rows));
    references_release(&references);
}

static void refuses_other_forms(void **state)
{
    static const struct {
        enum reference_kind kind;
        const char *text;
    } rows[] = {
        {REFERENCE_SSM, ""},        {REFERENCE_SSM, "/a b"},   {REFERENCE_SSM, "/a:"},
        {REFERENCE_SSM, "/a:b:c"},  {REFERENCE_SSM, "/a\n"},   {REFERENCE_SSM, ":3"},
        {REFERENCE_SECRET, "#key"}, {REFERENCE_SECRET, "db#"}, {REFERENCE_SECRET, "db:a:b"},
        {REFERENCE_CF, "stack"},    {REFERENCE_CF, ".Output"}, {REFERENCE_CF, "stack."},
        {REFERENCE_CF, "a_b.c"},
    };
    struct references references = {0};

    (void)state;
    for (size_t i = 0; i < sizeof(rows) / sizeof(*rows); i++) {
        struct err err = {0};

        assert_null(references_add(&references, rows[i].kind, rows[i].text, &err));
        assert_non_null(strstr(err.message, "has not the form of '${"));
    }
    assert_int_equal(references.count, 0);
    references_release(&references);
}

/* Knows "/known", "/key" and "db", may not read "/locked". */
static int fetch(void *context, struct references *references, struct err *err)
{
    int *calls = context;

    (void)err;
    ++*calls;
    for (size_t i = 0; i < references->count; i++) {
        struct reference *reference = references->items[i];

        if (strcmp(reference->name, "/known") == 0)
            reference_found(reference, "${stage} \"it\"");
        else if (strcmp(reference->name, "/arn") == 0)
            reference_found(reference, "arn:aws:iam::123456789012:role/r");
        else if (strcmp(reference->name, "/f/dev/key") == 0)
            reference_found(reference, "hidden");
        else if (reference->kind == REFERENCE_CF)
            reference_found(reference, "shown");
        else if (strcmp(reference->name, "/locked") == 0)
            reference_refused(reference, "AccessDeniedException: no");
        else
            reference_missing(reference, "there is none");
    }
    return 0;
}

static const struct settings_context file = {.file = "references.json"};

/* A function with `more` among its keys. */
static void write_function(const char *more)
{
    char *text = xasprintf("{\"project\": \"p\", \"functions\": {\"f\": {\"runtime\": "
                           "\"python3.13\", \"handler\": \"a.b\", %s}}}",
                           more);

    write_file("references.json", text);
    free(text);
}

static const char *variable(const struct settings *settings, const char *name)
{
    const struct function *function = settings_function_at(settings, 0);

    return json_string_value(json_object_get(function->environment, name));
}

static void resolves_what_the_provider_knows(void **state)
{
    struct settings settings;
    const struct function *function;
    struct err err = {0};
    int calls = 0;
    json_t *shown;

    (void)state;
    write_function(
        "\"role\": \"${ssm:/arn}\", \"environment\": {\"A1\": \"<${ssm:/known}>\", \"B1\": "
        "\"${ssm:/f/${stage}/key}\", \"C1\": \"${ssm:/nope:-${env:NOPE:-d}}\", \"D1\": "
        "\"${cf:s.Out}\", \"E1\": \"${ssm:/nope:-${ssm:/f/dev/key}}\", \"F1\": "
        "\"${ssm:/known:-${env:NOPE}}\", \"G1\": \"$${ssm:/x}\", \"API_KEY\": "
        "\"${ssm:/f/${stage}/key}\"}");
    settings = loaded(&file);
    function = settings_function_at(&settings, 0);
    assert_string_equal(function->role, "${ssm:/arn}");
    assert_string_equal(variable(&settings, "B1"), "${ssm:/f/${stage}/key}");
    /* Where a value comes from is no secret, whatever the name of the variable. */
    shown = settings_render(&settings);
    assert_string_equal(json_string_at(shown, "functions.f.environment.API_KEY"),
                        "${ssm:/f/${stage}/key}");
    json_decref(shown);

    assert_int_equal(settings_resolve(&settings, &file, fetch, &calls, &err), 0);
    assert_int_equal(calls, 1);
    assert_ptr_equal(settings_function_at(&settings, 0), function);
    assert_string_equal(function->role, "arn:aws:iam::123456789012:role/r");
    assert_string_equal(variable(&settings, "A1"), "<${stage} \"it\">");
    assert_string_equal(variable(&settings, "B1"), "hidden");
    assert_string_equal(variable(&settings, "C1"), "d");
    assert_string_equal(variable(&settings, "D1"), "shown");
    assert_string_equal(variable(&settings, "E1"), "hidden");
    assert_string_equal(variable(&settings, "G1"), "${ssm:/x}");
    assert_true(function_hides(function, "A1", "x"));
    assert_true(function_hides(function, "E1", "x"));
    assert_false(function_hides(function, "C1", "x"));
    assert_false(function_hides(function, "D1", "x"));
    shown = settings_render(&settings);
    assert_string_equal(json_string_at(shown, "functions.f.environment.B1"), "******");
    assert_string_equal(json_string_at(shown, "functions.f.environment.D1"), "shown");
    assert_string_equal(json_string_at(shown, "functions.f.role"), "******");
    json_decref(shown);
    settings_release(&settings);
}

/* What is wrong with the settings of `more`: when they are read, or when they are resolved. */
static void fails(const char *more, enum err_code code, const char *message)
{
    struct settings settings;
    struct err err = {0};
    int calls = 0;

    write_function(more);
    if (settings_load(&settings, &file, &err) == 0) {
        assert_int_equal(settings_resolve(&settings, &file, fetch, &calls, &err), -1);
        settings_release(&settings);
    }
    assert_int_equal(err.code, code);
    assert_non_null(strstr(err.message, "'references.json': line 1, column "));
    if (!strstr(err.message, message))
        assert_string_equal(err.message, message);
}

static void says_what_is_wrong_and_where(void **state)
{
    (void)state;
    fails("\"environment\": {\"A1\": \"${ssm:/nope}\"}", ERR_SETTINGS,
          "functions.f.environment.A1: '${ssm:/nope}' is missing: there is none; or give a default "
          "as in '${ssm:/nope:-default}'");
    fails("\"environment\": {\"A1\": \"${ssm:/locked:-x}\"}", ERR_CREDENTIALS,
          "functions.f.environment.A1: '${ssm:/locked:-x}' cannot be read: AccessDeniedException: "
          "no");
    fails("\"environment\": {\"A1\": \"${secret:a b}\"}", ERR_SETTINGS,
          "'${secret:a b}' has not the form of '${secret:name}'");
    fails("\"environment\": {\"A1\": \"${ssm:/a/${ssm:/b}}\"}", ERR_SETTINGS,
          "'${ssm:/b}' cannot stand in the name of another such variable");
    fails("\"source\": \"${ssm:/known}\"", ERR_SETTINGS,
          "functions.f.source: '${ssm:/known}' cannot stand here: this must be known before the "
          "provider is asked");
    fails("\"exclude\": [\"${ssm:/known}\"]", ERR_SETTINGS, "cannot stand here");
    /* Values are checked as if they stood in the file. */
    fails("\"role\": \"${ssm:/known}\"", ERR_SETTINGS, "functions.f.role: ");
    fails("\"log_format\": \"${cf:s.Out}\"", ERR_SETTINGS, "functions.f.log_format: ");
    fails("\"layers\": [\"${cf:s.Out}\"]", ERR_SETTINGS, "functions.f.layers[0]: ");
}

static void asks_only_when_there_is_something(void **state)
{
    struct settings settings;
    struct err err = {0};
    int calls = 0;

    (void)state;
    write_function("\"description\": \"$${ssm:/x}\"");
    settings = loaded(&file);
    assert_int_equal(settings_resolve(&settings, &file, fetch, &calls, &err), 0);
    assert_int_equal(calls, 0);
    settings_release(&settings);
}

static char *account(void *context, struct err *err)
{
    (void)err;
    ++*(int *)context;
    return xstrdup("123456789012");
}

static void asks_for_the_account_once(void **state)
{
    int calls = 0, accounts = 0;
    const struct settings_context context = {
        .file = "references.json", .account = account, .context = &accounts};
    struct settings settings;
    struct err err = {0};

    (void)state;
    write_function("\"description\": \"${account} ${ssm:/known}\"");
    settings = loaded(&context);
    assert_int_equal(settings_resolve(&settings, &context, fetch, &calls, &err), 0);
    assert_string_equal(settings_function_at(&settings, 0)->description,
                        "123456789012 ${stage} \"it\"");
    assert_int_equal(accounts, 1);
    settings_release(&settings);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(forms),
        cmocka_unit_test(refuses_other_forms),
        cmocka_unit_test(resolves_what_the_provider_knows),
        cmocka_unit_test(says_what_is_wrong_and_where),
        cmocka_unit_test(asks_only_when_there_is_something),
        cmocka_unit_test(asks_for_the_account_once),
    };

    return cmocka_run_group_tests(tests, enter_folder, leave_folder);
}
