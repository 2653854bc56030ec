/* When code is uploaded, by what the function's tag says of the code that is there. */
#include "tests/unit/scripted.h"

#define SETTINGS                                                                                   \
    "{\"project\": \"same\", \"stages\": {\"dev\": {}}, \"functions\": {\"api\": {"                \
    "\"runtime\": \"python3.13\", \"handler\": \"app.handler\","                                   \
    "\"role\": \"arn:aws:iam::123456789012:role/r\"}}}"
#define NAME "/2015-03-31/functions/same-dev-api"
#define UPLOAD "PUT " NAME "/code"
#define TAGGING "POST /2017-03-31/tags/"
#define OTHER_ZIP "AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA="

/* GetFunction's reply, as the settings say, with that code and tag (NULL: none); to free(). */
static char *get_function(const char *sha256, const char *tag)
{
    return xasprintf(
        "{\"Configuration\": {\"FunctionName\": \"same-dev-api\", \"State\": \"Active\","
        "\"FunctionArn\": \"arn:aws:lambda:eu-central-1:123456789012:function:same-dev-api\","
        "\"Role\": \"arn:aws:iam::123456789012:role/r\", \"Handler\": \"app.handler\","
        "\"Runtime\": \"python3.13\", \"Timeout\": 30, \"MemorySize\": 256, \"CodeSha256\": "
        "\"%s\"}, \"Tags\": {\"fnctl:project\": \"same\", \"fnctl:stage\": \"dev\", "
        "\"fnctl:function\": \"api\"%s%s%s}}",
        sha256, tag ? ", \"fnctl:code\": \"" : "", tag ? tag : "", tag ? "\"" : "");
}

/* Puts the package where that code and tag are; the record of what it changes, to free(). */
static char *put(struct script *script, const struct artifact *zip, const char *there,
                 const char *tag, bool apply)
{
    const struct provider *provider = script->conformance.provider;
    struct package package = {.function = *zip, .handler = "app.handler"};
    char *reply = get_function(there, tag);
    struct err err = {0};
    struct run run;
    char *record;

    script->count = 0;
    rule(script, "GET " NAME " ", ALWAYS, 200, NULL, reply);
    rule(script, UPLOAD, ALWAYS, 200, NULL, "{\"State\": \"Active\"}");
    rule(script, TAGGING, ALWAYS, 204, NULL, "");
    conform_open(&script->conformance, SETTINGS, apply, &run);
    if (provider->observe(run.session, OBSERVE_FUNCTIONS, &err) < 0 ||
        provider->put_function(run.session, settings_function_at(&run.settings, 0), &package,
                               &run.changes, &err) < 0)
        fail_msg("%s", err.message);
    record = conform_record(&run);
    conform_close(&run);
    free(reply);
    return record;
}

/* The zip of these tests, and the tag that says that `sha256` has its content; both to free(). */
static char *make_zip(struct script *script, const char *sha256, struct artifact *zip)
{
    conform_zip(&script->conformance, "function.zip", "app.py", "code", zip);
    return xasprintf("%s:%s", zip->identity, sha256 ? sha256 : zip->sha256);
}

static void knows_content_that_another_compressor_zipped(void **state)
{
    struct script *script = *state;
    struct artifact zip;
    char *tag = make_zip(script, OTHER_ZIP, &zip);
    char *record = put(script, &zip, OTHER_ZIP, tag, true);

    assert_string_equal(record, "[]");
    assert_int_equal(count_of(script, UPLOAD), 0);
    assert_int_equal(count_of(script, TAGGING), 0);
    free(record);
    free(tag);
    free(zip.path);
}

static void records_code_that_has_no_tag_yet(void **state)
{
    struct script *script = *state;
    struct artifact zip;
    char *tag = make_zip(script, NULL, &zip);
    char *record = put(script, &zip, zip.sha256, NULL, true);

    assert_int_equal(count_of(script, UPLOAD), 0);
    assert_int_equal(count_of(script, TAGGING), 1);
    assert_int_equal(count_of(script, tag), 1);
    free(record);
    free(tag);
    free(zip.path);
}

/* As after a kill between upload and tag, from another machine: better once too often. */
static void uploads_when_nothing_tells_the_content(void **state)
{
    struct script *script = *state;
    struct artifact zip;
    char *tag = make_zip(script, NULL, &zip);
    char *record = put(script, &zip, OTHER_ZIP, NULL, true);

    assert_int_equal(count_of(script, UPLOAD), 1);
    assert_int_equal(count_of(script, tag), 1);
    assert_null(strstr(record, "changed by other means"));
    free(record);
    free(tag);
    free(zip.path);
}

/* The tag is that of our zip, but the code is another one. */
static void mends_a_change_behind_our_back(void **state)
{
    struct script *script = *state;
    struct artifact zip;
    char *tag = make_zip(script, NULL, &zip);
    char *planned = put(script, &zip, OTHER_ZIP, tag, false);
    char *made;

    assert_int_equal(count_of(script, UPLOAD), 0);
    made = put(script, &zip, OTHER_ZIP, tag, true);
    assert_string_equal(planned, made);
    assert_non_null(strstr(made, "changed by other means"));
    assert_non_null(strstr(made, OTHER_ZIP));
    assert_non_null(strstr(made, zip.sha256));
    assert_null(strstr(made, "Tags"));
    assert_int_equal(count_of(script, UPLOAD), 1);
    free(planned);
    free(made);
    free(tag);
    free(zip.path);
}

/* The tag names the code that is there, and other content. */
static void uploads_new_content(void **state)
{
    struct script *script = *state;
    struct artifact zip;
    char *tag = make_zip(script, OTHER_ZIP, &zip);
    char *record;

    tag[0] = tag[0] == 'a' ? 'b' : 'a';
    record = put(script, &zip, OTHER_ZIP, tag, true);
    assert_int_equal(count_of(script, UPLOAD), 1);
    assert_int_equal(count_of(script, TAGGING), 1);
    assert_null(strstr(record, "changed by other means"));
    free(record);
    free(tag);
    free(zip.path);
}

/* Tags of other shapes, as another tool may write them, are no record. */
static void distrusts_a_tag(void **state)
{
    static const char *const tags[] = {"", ":", "x", OTHER_ZIP, (":" OTHER_ZIP)};
    struct script *script = *state;
    struct artifact zip;

    conform_zip(&script->conformance, "function.zip", "app.py", "code", &zip);
    for (size_t i = 0; i < sizeof(tags) / sizeof(*tags); i++) {
        free(put(script, &zip, OTHER_ZIP, tags[i], true));
        assert_int_equal(count_of(script, UPLOAD), i + 1);
    }
    free(zip.path);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(knows_content_that_another_compressor_zipped, set_up,
                                        tear_down),
        cmocka_unit_test_setup_teardown(records_code_that_has_no_tag_yet, set_up, tear_down),
        cmocka_unit_test_setup_teardown(uploads_when_nothing_tells_the_content, set_up, tear_down),
        cmocka_unit_test_setup_teardown(mends_a_change_behind_our_back, set_up, tear_down),
        cmocka_unit_test_setup_teardown(uploads_new_content, set_up, tear_down),
        cmocka_unit_test_setup_teardown(distrusts_a_tag, set_up, tear_down),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
