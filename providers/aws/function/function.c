#include "providers/aws/function/function.h"

#include "core/memory.h"
#include "providers/aws/function/code.h"
#include "providers/aws/function/configuration.h"
#include "providers/aws/function/function_state.h"
#include "providers/aws/function/layer.h"
#include "providers/aws/function/marks.h"
#include "providers/aws/function/others.h"
#include "providers/aws/function/pass_through.h"
#include "providers/aws/function/update.h"
#include "providers/aws/iam.h"
#include "providers/aws/observe.h"
#include "providers/difference.h"

#include <stdlib.h>
#include <string.h>

/* What a function shall be, and what is there in the same shape. */
struct plan {
    struct remote *remote;
    const struct package *package;
    json_t *wanted;
    json_t *found;      /* NULL: the function does not exist */
    json_t *difference; /* keys of `wanted` to update */
    json_t *tags;
    bool code; /* to upload */
};

static json_t *create_body(struct session *session, const struct plan *plan, struct err *err)
{
    json_t *code = code_send(session, &plan->package->function, plan->remote->name, err);
    json_t *body;

    if (!code)
        return NULL;
    body = configuration_for_create(plan->wanted);
    json_object_set_new(body, "FunctionName", json_string(plan->remote->name));
    json_object_set_new(body, "Code", code);
    json_object_set_new(body, "PackageType", json_string("Zip"));
    json_object_set_new(body, "Architectures",
                        json_pack("[s]", plan->remote->function->architecture));
    json_object_set(body, "Tags", plan->tags);
    return body;
}

/* Creates the function. `*taken`: somebody did so meanwhile, maybe an earlier try of ours. */
static int create_function(struct session *session, struct plan *plan, bool *taken, struct err *err)
{
    json_t *body = create_body(session, plan, err);
    struct aws_call call;
    int result;

    if (!body)
        return -1;
    aws_call_rest(&call, &aws_lambda, "CreateFunction", "POST", body, "/2015-03-31/functions");
    result = session_upload(session, &call, "ResourceConflictException", plan->remote->name, err);
    *taken = result == 0 && call.code;
    if (result == 0 && !call.code) {
        json_replace(&plan->remote->configuration, json_incref(call.reply));
        json_replace(&plan->remote->tags, json_deep_copy(plan->tags));
        session_learn(session, json_string_at(call.reply, "FunctionArn"));
        result = code_verify(&plan->package->function, json_string_at(call.reply, "CodeSha256"),
                             plan->remote->name, err);
    }
    aws_call_release(&call);
    if (result == 0 && !*taken)
        result =
            function_wait(session, plan->remote->name, NULL, &plan->remote->configuration, err);
    return result;
}

static int update_code(struct session *session, struct plan *plan, struct err *err)
{
    const struct artifact *zip = &plan->package->function;
    struct remote *remote = plan->remote;
    json_t *body = code_send(session, zip, remote->name, err);
    json_t *made = json_pack("{s:s}", "CodeSha256", zip->sha256);
    int result = body ? 0 : -1;

    if (body)
        json_object_set_new(body, "Architectures",
                            json_pack("[s]", remote->function->architecture));
    if (result == 0)
        result = function_update(session, remote, "UpdateFunctionCode", "code", body, made, err);
    json_decref(body);
    json_decref(made);
    if (result < 0)
        return -1;
    return code_verify(zip, json_string_at(remote->configuration, "CodeSha256"), remote->name, err);
}

static int update_function(struct session *session, struct plan *plan, struct err *err)
{
    if (json_object_size(plan->difference) &&
        function_update(session, plan->remote, "UpdateFunctionConfiguration", "configuration",
                        plan->difference, plan->difference, err) < 0)
        return -1;
    if (plan->code && update_code(session, plan, err) < 0)
        return -1;
    return function_tag(session, plan->remote, plan->tags, err);
}

/* The value of the tag fnctl:code that says that the package's content is the code `sha256`. */
static char *code_tag(const struct plan *plan, const char *sha256)
{
    return xasprintf("%s:%s", plan->package->function.identity, sha256);
}

/*
 * Whether the code that is there has the content of the package: it is the same zip, or the tag
 * says of that very zip that it has this content, compressed by another version or level. What the
 * tag says stays true whatever comes after it, so that it misleads nobody when the steps of a
 * deploy are interrupted or another tool uploads: then it is of another zip than the one there.
 */
static bool same_code(const struct plan *plan)
{
    const json_t *configuration = plan->remote->configuration;
    const char *sha256 = json_string_at(configuration, "CodeSha256");
    const char *recorded = json_string_value(json_object_get(plan->remote->tags, TAG_CODE));
    char *tag = code_tag(plan, sha256);
    bool same = strcmp(sha256, plan->package->function.sha256) == 0 ||
                (recorded && strcmp(recorded, tag) == 0);

    free(tag);
    return same && strcmp(configuration_architecture(configuration),
                          plan->remote->function->architecture) == 0;
}

/* Whether the code is another one than the tag says was uploaded. */
static bool code_drifted(const struct plan *plan)
{
    const char *recorded = json_string_value(json_object_get(plan->remote->tags, TAG_CODE));
    const char *sha256 = recorded ? strchr(recorded, ':') : NULL;

    return sha256 && plan->found &&
           strcmp(sha256 + 1, json_string_at(plan->remote->configuration, "CodeSha256")) != 0;
}

/* Fills in what differs from what is there. */
static void compare(struct plan *plan)
{
    const json_t *configuration = plan->remote->configuration;
    char *tag;

    json_replace(&plan->found, NULL);
    json_replace(&plan->difference, NULL);
    if (configuration) {
        plan->found = configuration_found(configuration, plan->remote->function);
        plan->difference = configuration_difference(plan->found, plan->wanted);
    }
    plan->code = !configuration || !same_code(plan);
    tag = code_tag(plan, plan->code ? plan->package->function.sha256
                                    : json_string_at(configuration, "CodeSha256"));
    json_object_set_new(plan->tags, TAG_CODE, json_string(tag));
    free(tag);
}

/*
 * The tags that the settings give the function, and its marks. Where the
 * function alone was looked at (`update`), those that it has: its log group has
 * the same, and is compared when the function's are about to change.
 */
static json_t *wanted_tags(const struct session *session, const struct remote *remote)
{
    json_t *tags;

    if (!session->observed && remote->configuration)
        return json_copy(remote->tags);
    tags = session_tags(session, remote->function);
    marks_add(remote->function, tags);
    return tags;
}

static int prepare(struct session *session, struct plan *plan, struct changes *changes,
                   struct err *err)
{
    const struct function *function = plan->remote->function;
    char *role =
        function->role ? xstrdup(function->role) : iam_role_arn(session, plan->remote->name, err);
    char *layer = NULL;
    char *layer_tag = NULL;
    char *members = NULL;
    int result = role ? 0 : -1;

    if (result == 0 && plan->package->layer.path) {
        layer = layer_put(session, plan->remote, &plan->package->layer, changes, &layer_tag, err);
        result = layer ? 0 : -1;
    }
    if (result == 0) {
        plan->wanted = configuration_wanted(function, role, plan->package->handler, layer);
        result = pass_through_compare(session, plan->remote, plan->wanted, err);
    }
    if (result == 0) {
        plan->tags = wanted_tags(session, plan->remote);
        members = pass_through_tag(plan->remote);
        if (members)
            json_object_set_new(plan->tags, TAG_AWS, json_string(members));
        if (layer_tag)
            json_object_set_new(plan->tags, TAG_LAYER, json_string(layer_tag));
        compare(plan);
    }
    free(role);
    free(layer);
    free(layer_tag);
    free(members);
    return result;
}

/* A function that has our name but not our tags belongs to somebody else. */
static int check_ours(struct session *session, const struct remote *remote, struct err *err)
{
    if (!remote->configuration || session_owns(session, remote->tags))
        return 0;
    return err_set(err, ERR_SERVICE,
                   "function '%s' exists already and is not of this project and stage: it lacks "
                   "the tags %s=%s and %s=%s; rename the project or the function, or remove it",
                   remote->name, TAG_PROJECT, session->settings->project, TAG_STAGE,
                   session->settings->stage);
}

/* What of `tags` is told. New code has a new tag fnctl:code, which goes without saying. */
static json_t *told_tags(const struct plan *plan, const json_t *tags)
{
    json_t *told = tags_told(tags, plan->remote->tags, plan->tags);

    if (plan->code)
        json_object_del(told, TAG_CODE);
    return json_pack("{s:o}", "Tags", told);
}

static void record_code(struct changes *changes, struct change *change, const struct plan *plan)
{
    const json_t *configuration = plan->remote->configuration;

    if (!plan->code)
        return;
    if (code_drifted(plan))
        change_field(changes, change, "Code",
                     "not what was deployed last: changed by other means, or a deploy was "
                     "interrupted",
                     "as packaged");
    change_field(changes, change, "CodeSha256",
                 plan->found ? json_string_at(configuration, "CodeSha256") : NULL,
                 plan->package->function.sha256);
}

static struct change *record(struct changes *changes, const struct plan *plan)
{
    struct change *change = changes_add(changes, plan->found ? CHANGE_UPDATE : CHANGE_CREATE,
                                        "function", plan->remote->name);
    json_t *before = plan->found ? told_tags(plan, plan->remote->tags) : NULL;
    json_t *after = told_tags(plan, plan->tags);

    configuration_fields(changes, change, plan->remote->function, plan->found, plan->wanted);
    record_code(changes, change, plan);
    change_fields_differing(changes, change, before, after);
    json_decref(before);
    json_decref(after);
    changes_announce(changes, change);
    return change;
}

/* What release() would find, had the changes been carried out. */
static char *planned_fingerprint(const struct plan *plan)
{
    return configuration_fingerprint_of(
        plan->wanted,
        plan->code ? plan->package->function.sha256
                   : json_string_at(plan->remote->configuration, "CodeSha256"),
        plan->remote->function->architecture);
}

static int carry_out(struct session *session, struct plan *plan, struct err *err)
{
    bool taken = false;

    if (plan->found)
        return update_function(session, plan, err);
    if (create_function(session, plan, &taken, err) < 0)
        return -1;
    if (!taken)
        return 0;
    if (observe_function(session, plan->remote, err) < 0 ||
        check_ours(session, plan->remote, err) < 0)
        return -1;
    compare(plan);
    return plan->found ? update_function(session, plan, err)
                       : err_set(err, ERR_SERVICE, "%s: it appeared and went while it was created",
                                 plan->remote->name);
}

static bool nothing_to_do(const struct plan *plan)
{
    return plan->found && !json_object_size(plan->difference) && !plan->code &&
           tags_right(plan->remote->tags, plan->tags);
}

static void plan_release(struct plan *plan)
{
    json_decref(plan->wanted);
    json_decref(plan->found);
    json_decref(plan->difference);
    json_decref(plan->tags);
}

int aws_put_function(struct session *session, const struct function *function,
                     const struct package *package, struct changes *changes, struct err *err)
{
    struct plan plan = {.remote = session_remote(session, function), .package = package};
    int64_t started = clock_monotonic(session->clock);
    struct change *change;
    int result = -1;

    if (check_ours(session, plan.remote, err) < 0 || prepare(session, &plan, changes, err) < 0)
        goto out;
    result = 0;
    others_tell(plan.remote, plan.tags, changes);
    plan.remote->changed = !nothing_to_do(&plan);
    free(plan.remote->planned);
    plan.remote->planned = NULL;
    if (!plan.remote->changed)
        goto out;
    change = record(changes, &plan);
    if (!changes->apply) {
        plan.remote->planned = planned_fingerprint(&plan);
        goto out;
    }
    result = carry_out(session, &plan, err);
    if (result == 0)
        changes_done(changes, change, session_elapsed(session, started));
out:
    plan_release(&plan);
    return result;
}
