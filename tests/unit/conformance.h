/*
 * What every provider must do, as one sequence over its members: deploy, find
 * nothing to do, change, prune, remove. Included by the test of each provider.
 *
 * A conformance owns a project folder and gives each step a fresh session, as
 * each run of the program has one.
 */
#ifndef FNCTL_TESTS_UNIT_CONFORMANCE_H
#define FNCTL_TESTS_UNIT_CONFORMANCE_H

#include "core/file.h"
#include "core/memory.h"
#include "providers/provider.h"

// clang-format off
#include <stdarg.h>
#include <setjmp.h>
#include <stdint.h>
#include <cmocka.h>
// clang-format on
#include <stdlib.h>
#include <string.h>
#include <zip.h>

struct conformance {
    const struct provider *provider;
    const char *endpoint_url;  /* NULL: the provider's own */
    const char *region;        /* NULL: the provider's own */
    const struct clock *clock; /* NULL: the machine's */
    bool recompress;           /* packages have other bytes with the same contents */
    char *folder;
    struct out out;
};

/* One run of the program: settings, a session, what it changes. */
struct run {
    struct conformance *conformance;
    struct settings settings;
    struct session *session;
    struct changes changes;
};

#define SETTINGS_BASE                                                                              \
    "{\"project\": \"conform\", \"tags\": {\"team\": \"tests\"}, \"stages\": {\"dev\": {}}, "      \
    "\"functions\": {"

/* Two functions with everything a function can have. */
#define SETTINGS_FULL                                                                              \
    SETTINGS_BASE                                                                                  \
    "\"api\": {\"runtime\": \"python3.13\", \"handler\": \"app.handler\", \"memory\": 256,"        \
    "  \"environment\": {\"COLOUR\": \"red\", \"API_KEY\": \"hidden-value\"},"                     \
    "  \"permissions\": [\"s3:GetObject arn:aws:s3:::models/*\"], \"log_retention\": 7,"           \
    "  \"routes\": [\"GET /time\", \"POST /items/{id}\"], \"url\": true},"                         \
    "\"job\": {\"runtime\": \"python3.13\", \"handler\": \"app.handler\", \"source\": \"job\","    \
    "  \"routes\": [\"ANY /job/{proxy+}\"],"                                                       \
    "  \"schedules\": [{\"cron\": \"0 9 * * *\", \"timezone\": \"Europe/Berlin\","                 \
    "    \"input\": {\"city\": \"Berlin\"}}, {\"rate\": \"5 minutes\"}]}}}"

/* Memory, a variable, a tag, a route, a schedule changed; the URL and a route gone. */
#define SETTINGS_CHANGED                                                                           \
    "{\"project\": \"conform\", \"tags\": {\"team\": \"others\"}, \"stages\": {\"dev\": {}}, "     \
    "\"functions\": {"                                                                             \
    "\"api\": {\"runtime\": \"python3.13\", \"handler\": \"app.handler\", \"memory\": 512,"        \
    "  \"environment\": {\"COLOUR\": \"blue\", \"API_KEY\": \"other-value\"},"                     \
    "  \"permissions\": [\"s3:GetObject arn:aws:s3:::models/*\"], \"log_retention\": 14,"          \
    "  \"routes\": [\"GET /time\", \"GET /new\"]},"                                                \
    "\"job\": {\"runtime\": \"python3.13\", \"handler\": \"app.handler\", \"source\": \"job\","    \
    "  \"routes\": [\"ANY /job/{proxy+}\"],"                                                       \
    "  \"schedules\": [{\"cron\": \"30 9 * * *\", \"timezone\": \"Europe/Berlin\","                \
    "    \"input\": {\"city\": \"Berlin\"}}]}}}"

/* One function, nothing that calls it. */
#define SETTINGS_FEW                                                                               \
    SETTINGS_BASE                                                                                  \
    "\"api\": {\"runtime\": \"python3.13\", \"handler\": \"app.handler\", \"memory\": 512,"        \
    "  \"environment\": {\"COLOUR\": \"blue\", \"API_KEY\": \"other-value\"},"                     \
    "  \"permissions\": [\"s3:GetObject arn:aws:s3:::models/*\"], \"log_retention\": 14}}}"

static inline void conform_write(struct conformance *conformance, const char *name,
                                 const char *text)
{
    char *path = file_join(conformance->folder, name);
    struct err err = {0};

    assert_int_equal(file_write(path, text, strlen(text), 0644, &err), 0);
    free(path);
}

/* A zip with one file; the same text gives the same identity, and the same bytes unless another
 * compressor is to be imitated: what differs then is a date. */
static inline void conform_zip(struct conformance *conformance, const char *name, const char *entry,
                               const char *text, struct artifact *artifact)
{
    time_t date = conformance->recompress ? 1609459200 : 1577836800;
    char *path = file_join(conformance->folder, name);
    uint8_t digest[HASH_LEN];
    struct err err = {0};
    zip_t *zip = zip_open(path, ZIP_CREATE | ZIP_TRUNCATE, NULL);
    char *sha256;

    assert_non_null(zip);
    zip_int64_t index =
        zip_file_add(zip, entry, zip_source_buffer(zip, text, strlen(text), 0), ZIP_FL_ENC_UTF_8);
    assert_true(index >= 0);
    zip_file_set_mtime(zip, (zip_uint64_t)index, date, 0);
    zip_file_set_external_attributes(zip, (zip_uint64_t)index, 0, ZIP_OPSYS_UNIX,
                                     (zip_uint32_t)0100644 << 16);
    assert_int_equal(zip_close(zip), 0);
    assert_int_equal(hash_file(path, digest, &err), 0);
    sha256 = hash_base64(digest, HASH_LEN);
    *artifact = (struct artifact){.path = path, .size = strlen(text), .entries = 1};
    snprintf(artifact->sha256, sizeof(artifact->sha256), "%s", sha256);
    free(sha256);
    hash_sha256(text, strlen(text), digest);
    hash_hex(digest, sizeof(digest), artifact->identity);
}

static inline void conform_open(struct conformance *conformance, const char *settings, bool apply,
                                struct run *run)
{
    char *file = file_join(conformance->folder, "fnctl.json");
    struct settings_context context = {.file = file, .stage = "dev"};
    struct provider_context world = {.settings = &run->settings,
                                     .clock =
                                         conformance->clock ? conformance->clock : clock_system(),
                                     .out = &conformance->out,
                                     .region = conformance->region,
                                     .endpoint_url = conformance->endpoint_url,
                                     .start = true};
    struct err err = {0};

    *run = (struct run){.conformance = conformance};
    conform_write(conformance, "fnctl.json", settings);
    if (settings_load(&run->settings, &context, &err) < 0)
        fail_msg("%s", err.message);
    if (conformance->provider->open(&world, &run->session, &err) < 0)
        fail_msg("%s", err.message);
    changes_init(&run->changes, apply);
    free(file);
}

static inline void conform_close(struct run *run)
{
    run->conformance->provider->close(run->session);
    changes_release(&run->changes);
    settings_release(&run->settings);
}

static inline void conform_function(struct run *run, const struct function *function,
                                    const char *code, const char *library)
{
    const struct provider *provider = run->conformance->provider;
    struct package package = {.handler = function->handler};
    struct err err = {0};

    conform_zip(run->conformance, "function.zip", "app.py", code, &package.function);
    if (library)
        conform_zip(run->conformance, "layer.zip", "python/library.py", library, &package.layer);
    if (provider->put_role(run->session, function, &run->changes, &err) < 0 ||
        provider->put_logs(run->session, function, &run->changes, &err) < 0 ||
        provider->put_function(run->session, function, &package, &run->changes, &err) < 0 ||
        provider->publish(run->session, function, &run->changes, &err) < 0 ||
        provider->release(run->session, function, 0, &run->changes, &err) < 0 ||
        provider->put_url(run->session, function, &run->changes, &err) < 0)
        fail_msg("%s", err.message);
    free(package.function.path);
    free(package.layer.path);
}

/* What `deploy` does, with the same code and library for every function. */
static inline void conform_deploy(struct run *run, const char *code, const char *library)
{
    const struct provider *provider = run->conformance->provider;
    struct err err = {0};

    if (provider->observe(run->session, OBSERVE_ALL, &err) < 0)
        fail_msg("%s", err.message);
    for (size_t i = 0; i < settings_function_count(&run->settings); i++)
        conform_function(run, settings_function_at(&run->settings, i), code, library);
    if (provider->sync_routes(run->session, &run->changes, &err) < 0 ||
        provider->sync_schedules(run->session, &run->changes, &err) < 0 ||
        provider->prune(run->session, &run->changes, &err) < 0)
        fail_msg("%s", err.message);
}

/* How many changes of that kind and resource ("" any) were recorded. */
static inline size_t conform_count(const struct run *run, enum change_kind kind,
                                   const char *resource)
{
    size_t count = 0;

    for (size_t i = 0; i < run->changes.count; i++)
        count += run->changes.items[i]->kind == kind &&
                 (!*resource || strcmp(run->changes.items[i]->resource, resource) == 0);
    return count;
}

/* The record as text, for comparison and messages; to free(). */
static inline char *conform_record(const struct run *run)
{
    json_t *changes = changes_json(&run->changes);
    char *text = json_dumps(changes, JSON_INDENT(1));

    json_decref(changes);
    return text;
}

static inline void conform_expect_none(const struct run *run)
{
    char *text = conform_record(run);

    if (run->changes.count)
        fail_msg("unexpected changes: %s", text);
    free(text);
}

static inline void conform_expect_done(const struct run *run)
{
    for (size_t i = 0; i < run->changes.count; i++) {
        if (!run->changes.items[i]->done)
            fail_msg("not done: %s %s", run->changes.items[i]->resource,
                     run->changes.items[i]->name);
    }
}

static inline void conform_plans_without_acting(struct conformance *conformance)
{
    struct run run;

    conform_open(conformance, SETTINGS_FULL, false, &run);
    conform_deploy(&run, "code 1", "library 1");
    assert_int_equal(conform_count(&run, CHANGE_CREATE, "function"), 2);
    assert_int_equal(conform_count(&run, CHANGE_CREATE, "role"), 3);
    assert_int_equal(conform_count(&run, CHANGE_CREATE, "layer"), 2);
    assert_int_equal(conform_count(&run, CHANGE_CREATE, "route"), 3);
    assert_int_equal(conform_count(&run, CHANGE_CREATE, "schedule"), 2);
    for (size_t i = 0; i < run.changes.count; i++)
        assert_false(run.changes.items[i]->done);
    conform_close(&run);

    conform_open(conformance, SETTINGS_FULL, true, &run);
    struct err err = {0};
    assert_int_equal(run.conformance->provider->observe(run.session, OBSERVE_ALL, &err), 0);
    assert_false(
        conformance->provider->exists(run.session, settings_function_at(&run.settings, 0)));
    conform_close(&run);
}

/* Changes of a plan and of the deploy that follows are the same. */
static inline void conform_deploys_as_planned(struct conformance *conformance, const char *settings,
                                              const char *code, const char *library)
{
    struct run plan;
    struct run deploy;
    char *planned;
    char *made;

    conform_open(conformance, settings, false, &plan);
    conform_deploy(&plan, code, library);
    conform_close(&(struct run){.conformance = conformance, .session = plan.session});
    planned = conform_record(&plan);
    conform_open(conformance, settings, true, &deploy);
    conform_deploy(&deploy, code, library);
    conform_expect_done(&deploy);
    made = conform_record(&deploy);
    assert_null(strstr(made, "hidden-value"));
    assert_null(strstr(made, "other-value"));
    assert_int_equal(plan.changes.count, deploy.changes.count);
    for (size_t i = 0; i < plan.changes.count; i++) {
        assert_string_equal(plan.changes.items[i]->resource, deploy.changes.items[i]->resource);
        assert_string_equal(plan.changes.items[i]->name, deploy.changes.items[i]->name);
    }
    free(planned);
    free(made);
    changes_release(&plan.changes);
    settings_release(&plan.settings);
    conform_close(&deploy);
}

static inline void conform_finds_nothing(struct conformance *conformance, const char *settings,
                                         const char *code, const char *library)
{
    struct run run;

    conform_open(conformance, settings, true, &run);
    conform_deploy(&run, code, library);
    conform_expect_none(&run);
    conform_close(&run);
}

static inline void conform_shows_status(struct conformance *conformance)
{
    const struct provider *provider = conformance->provider;
    struct run run;
    struct err err = {0};
    json_t *status = NULL;
    json_t *versions = NULL;

    conform_open(conformance, SETTINGS_FULL, true, &run);
    assert_int_equal(provider->status(run.session, &status, &err), 0);
    assert_int_equal(json_array_size(json_at(status, "functions")), 2);
    const json_t *api = json_array_get(json_at(status, "functions"), 0);
    assert_string_equal(json_string_at(api, "name"), "api");
    assert_string_equal(json_string_at(api, "version"), "1");
    assert_int_equal(json_int_at(api, "memory"), 256);
    assert_true(*json_string_at(api, "url") != '\0');
    assert_int_equal(json_array_size(json_at(api, "routes")), 2);
    const json_t *job = json_array_get(json_at(status, "functions"), 1);
    assert_int_equal(json_array_size(json_at(job, "schedules")), 2);
    assert_true(*json_string_at(status, "api") != '\0');
    assert_int_equal(
        provider->versions(run.session, settings_function_at(&run.settings, 0), &versions, &err),
        0);
    assert_int_equal(json_array_size(versions), 1);
    assert_true(json_bool_at(json_array_get(versions, 0), "live"));
    json_decref(status);
    json_decref(versions);
    conform_close(&run);
}

static inline void conform_changes_what_differs(struct conformance *conformance)
{
    struct run run;

    conform_open(conformance, SETTINGS_CHANGED, false, &run);
    conform_deploy(&run, "code 1", "library 1");
    assert_int_equal(conform_count(&run, CHANGE_UPDATE, "function"), 2);
    assert_int_equal(conform_count(&run, CHANGE_UPDATE, "alias"), 1);
    assert_int_equal(conform_count(&run, CHANGE_UPDATE, "role"), 3);
    assert_int_equal(conform_count(&run, CHANGE_UPDATE, "api"), 1);
    assert_int_equal(conform_count(&run, CHANGE_UPDATE, "log group"), 2);
    assert_int_equal(conform_count(&run, CHANGE_REMOVE, "url"), 1);
    assert_int_equal(conform_count(&run, CHANGE_CREATE, "route"), 1);
    assert_int_equal(conform_count(&run, CHANGE_REMOVE, "route"), 1);
    assert_int_equal(conform_count(&run, CHANGE_UPDATE, "schedule"), 1);
    assert_int_equal(conform_count(&run, CHANGE_REMOVE, "schedule"), 1);
    assert_int_equal(conform_count(&run, CHANGE_CREATE, ""), 1);
    conform_close(&run);
    conform_deploys_as_planned(conformance, SETTINGS_CHANGED, "code 1", "library 1");
}

/* Code alone: the path of `update`. */
static inline void conform_updates_code(struct conformance *conformance, const char *settings,
                                        const char *code, const char *library)
{
    const struct provider *provider = conformance->provider;
    struct package package = {.handler = "app.handler"};
    const struct function *function;
    struct err err = {0};
    struct run run;

    conform_open(conformance, settings, true, &run);
    function = settings_function_at(&run.settings, 0);
    conform_zip(conformance, "function.zip", "app.py", code, &package.function);
    conform_zip(conformance, "layer.zip", "python/library.py", library, &package.layer);
    assert_int_equal(provider->observe(run.session, OBSERVE_FUNCTIONS, &err), 0);
    assert_int_equal(provider->put_function(run.session, function, &package, &run.changes, &err),
                     0);
    assert_int_equal(provider->publish(run.session, function, &run.changes, &err), 0);
    assert_int_equal(provider->release(run.session, function, 0, &run.changes, &err), 0);
    assert_int_equal(run.changes.count, 2);
    conform_expect_done(&run);
    free(package.function.path);
    free(package.layer.path);
    conform_close(&run);
}

#define SETTINGS_KEEP                                                                              \
    "{\"project\": \"keep\", \"stages\": {\"dev\": {}}, \"functions\": {\"api\": {"                \
    "\"runtime\": \"python3.13\", \"handler\": \"app.handler\", \"keep\": 2}}}"

/* Deploys with that library: how many layer versions are made, and the name of the one that goes
 * (NULL: none), as planned. */
static inline void conform_expect_layers(struct conformance *conformance, const char *code,
                                         const char *library, size_t made, const char *removed)
{
    size_t planned = 0;

    for (int apply = 0; apply < 2; apply++) {
        const struct change *last;
        struct run run;

        conform_open(conformance, SETTINGS_KEEP, apply, &run);
        conform_deploy(&run, code, library);
        assert_int_equal(conform_count(&run, CHANGE_CREATE, "layer"), made);
        assert_int_equal(conform_count(&run, CHANGE_REMOVE, "layer version"), removed ? 1 : 0);
        if (apply)
            assert_int_equal(conform_count(&run, CHANGE_REMOVE, "version"), planned);
        planned = conform_count(&run, CHANGE_REMOVE, "version");
        last = run.changes.items[run.changes.count - 1];
        if (removed)
            assert_string_equal(last->name, removed);
        conform_close(&run);
    }
    conform_finds_nothing(conformance, SETTINGS_KEEP, code, library);
}

/* Of a row of layers the newest `keep` stay, and what is in use. */
static inline void conform_keeps_layers(struct conformance *conformance)
{
    struct err err = {0};
    struct run run;

    conform_expect_layers(conformance, "code", "a", 1, NULL);
    conform_expect_layers(conformance, "code", "b", 1, NULL);
    conform_expect_layers(conformance, "code", "c", 1, "keep-dev-api:1");
    conform_expect_layers(conformance, "other code", "c", 0, NULL);
    conform_expect_layers(conformance, "other code", "b", 0, NULL);
    /* The newest two versions of the function have b and c, the layers to keep are c and d. */
    conform_expect_layers(conformance, "other code", "d", 1, NULL);
    /* The newest two have d and c. */
    conform_expect_layers(conformance, "other code", "c", 0, "keep-dev-api:2");
    conform_open(conformance, SETTINGS_KEEP, true, &run);
    if (conformance->provider->remove(run.session, false, &run.changes, &err) < 0)
        fail_msg("%s", err.message);
    assert_int_equal(conform_count(&run, CHANGE_REMOVE, "layer"), 1);
    conform_close(&run);
}

/* A machine whose compressor gives other bytes finds nothing to do, and leaves the record alone. */
static inline void conform_knows_the_content(struct conformance *conformance, const char *settings,
                                             const char *code, const char *library)
{
    conformance->recompress = true;
    conform_finds_nothing(conformance, settings, code, library);
    conformance->recompress = false;
    conform_finds_nothing(conformance, settings, code, library);
    conformance->recompress = true;
    conform_updates_code(conformance, settings, "code from elsewhere", library);
    conformance->recompress = false;
    conform_updates_code(conformance, settings, code, library);
}

static inline void conform_prunes(struct conformance *conformance)
{
    struct run run;

    conform_open(conformance, SETTINGS_FEW, true, &run);
    conform_deploy(&run, "code 2", "library 2");
    conform_expect_done(&run);
    assert_int_equal(conform_count(&run, CHANGE_REMOVE, "function"), 1);
    assert_int_equal(conform_count(&run, CHANGE_REMOVE, "api"), 1);
    assert_int_equal(conform_count(&run, CHANGE_REMOVE, "schedule"), 1);
    assert_int_equal(conform_count(&run, CHANGE_REMOVE, "role"), 2);
    assert_int_equal(conform_count(&run, CHANGE_CREATE, "layer"), 1);
    conform_close(&run);
    conform_finds_nothing(conformance, SETTINGS_FEW, "code 2", "library 2");
}

static inline void conform_removes(struct conformance *conformance)
{
    struct err err = {0};
    struct run run;

    conform_open(conformance, SETTINGS_FEW, true, &run);
    if (conformance->provider->remove(run.session, false, &run.changes, &err) < 0)
        fail_msg("%s", err.message);
    conform_expect_done(&run);
    assert_int_equal(conform_count(&run, CHANGE_REMOVE, "function"), 1);
    assert_int_equal(conform_count(&run, CHANGE_REMOVE, "log group"), 2);
    conform_close(&run);

    conform_open(conformance, SETTINGS_FULL, true, &run);
    if (conformance->provider->remove(run.session, false, &run.changes, &err) < 0)
        fail_msg("%s", err.message);
    conform_expect_none(&run);
    conform_close(&run);
}

/* The whole sequence. Leaves nothing behind. */
static inline void conform_run(struct conformance *conformance)
{
    conform_plans_without_acting(conformance);
    conform_deploys_as_planned(conformance, SETTINGS_FULL, "code 1", "library 1");
    conform_finds_nothing(conformance, SETTINGS_FULL, "code 1", "library 1");
    conform_shows_status(conformance);
    conform_changes_what_differs(conformance);
    conform_finds_nothing(conformance, SETTINGS_CHANGED, "code 1", "library 1");
    conform_knows_the_content(conformance, SETTINGS_CHANGED, "code 1", "library 1");
    conform_updates_code(conformance, SETTINGS_CHANGED, "code 2", "library 1");
    conform_prunes(conformance);
    conform_removes(conformance);
    /* moto gives a version's number again when an older one was deleted. */
    if (strcmp(conformance->provider->name, "local") == 0)
        conform_keeps_layers(conformance);
}

#endif
