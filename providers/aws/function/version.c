#include "providers/aws/function/version.h"

#include "core/memory.h"
#include "core/settings_smoke.h"
#include "providers/aws/function/alias.h"
#include "providers/aws/function/configuration.h"
#include "providers/aws/function/function_state.h"
#include "providers/aws/function/layer_prune.h"
#include "providers/aws/function/version_list.h"
#include "providers/aws/function/version_prune.h"
#include "providers/aws/observe.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* What $LATEST is, or is planned to be; to free(). */
static char *latest_fingerprint(const struct remote *remote)
{
    return remote->planned ? xstrdup(remote->planned)
                           : configuration_fingerprint(remote->configuration, remote->function);
}

/* Whether the alias leads to a version made from $LATEST as it is, or is planned to be. */
static bool is_released(const struct remote *remote)
{
    struct alias_target now = alias_now(remote);
    char *latest;
    bool same;

    if (!remote->alias || !remote->configuration)
        return false;
    latest = latest_fingerprint(remote);
    same = strcmp(latest, now.candidate ? now.note.next_fingerprint : now.note.fingerprint) == 0;
    free(latest);
    return same;
}

/* $LATEST has another revision than expected: fine when it still is what we put there. */
static int look_again(struct session *session, struct remote *remote, struct err *err)
{
    char *before = configuration_fingerprint(remote->configuration, remote->function), *now;
    int result = observe_function(session, remote, err);

    now = configuration_fingerprint(remote->configuration, remote->function);
    if (result == 0 && strcmp(before, now) != 0)
        result = err_set(err, ERR_SERVICE,
                         "function '%s' was changed by somebody else while it was deployed; "
                         "nothing was published; run the command again",
                         remote->name);
    free(before);
    free(now);
    return result;
}

/* Asks for a version of $LATEST as we know it. `*again`: its revision is another. */
static int try_to_publish(struct session *session, struct remote *remote, json_t **published,
                          bool *again, struct err *err)
{
    const char *description = remote->function->description;
    const char *revision = json_string_at(remote->configuration, "RevisionId");
    json_t *body =
        json_pack("{s:s}", "CodeSha256", json_string_at(remote->configuration, "CodeSha256"));
    struct aws_call call;
    int result;

    if (description && *description)
        json_object_set_new(body, "Description", json_string(description));
    if (*revision)
        json_object_set_new(body, "RevisionId", json_string(revision));
    aws_call_rest(&call, &aws_lambda, "PublishVersion", "POST", body,
                  "/2015-03-31/functions/%s/versions", remote->name);
    result = session_call(session, &call, "PreconditionFailedException", remote->name, err);
    *again = result == 0 && call.code;
    if (result == 0 && !call.code)
        *published = json_incref(call.reply);
    aws_call_release(&call);
    return result;
}

/* Publishes $LATEST and waits until the version can be called. */
static int publish(struct session *session, struct remote *remote, struct err *err)
{
    json_t *published = NULL;
    bool again;
    int result = try_to_publish(session, remote, &published, &again, err);

    if (result == 0 && again) {
        result = look_again(session, remote, err);
        if (result == 0)
            result = try_to_publish(session, remote, &published, &again, err);
        if (result == 0 && again)
            result = err_set(err, ERR_SERVICE, "function '%s' is being changed by somebody else",
                             remote->name);
    }
    if (result == 0) {
        remote->candidate = xstrdup(json_string_at(published, "Version"));
        result = function_wait(session, remote->name, remote->candidate, &published, err);
        version_list_add(remote, published);
    }
    json_decref(published);
    return result;
}

/* $LATEST was not changed by this run, and yet is not live: after a rollback, or a run that was
 * interrupted, there may be a version of it. */
static int find_published(struct session *session, struct remote *remote, struct err *err)
{
    const json_t *versions = version_list(session, remote, err), *found;
    char *fingerprint = latest_fingerprint(remote);

    found = versions ? version_made_from(remote, fingerprint) : NULL;
    if (found)
        remote->candidate = xstrdup(json_string_at(found, "Version"));
    free(fingerprint);
    return versions ? 0 : -1;
}

int aws_publish(struct session *session, const struct function *function, struct changes *changes,
                struct err *err)
{
    struct remote *remote = session_remote(session, function);

    free(remote->candidate);
    remote->candidate = NULL;
    if (is_released(remote))
        return 0;
    if (remote->configuration && !remote->changed && find_published(session, remote, err) < 0)
        return -1;
    if (remote->candidate || !changes->apply)
        return 0;
    return publish(session, remote, err) < 0
               ? err_context(err, "cannot publish function '%s'", remote->name)
               : 0;
}

const char *aws_candidate(struct session *session, const struct function *function)
{
    return session_remote(session, function)->candidate;
}

/* The candidate gets a part of the calls, and what is live the others. */
static int share(struct session *session, struct remote *remote, double weight,
                 struct alias_target *target, struct err *err)
{
    char *fingerprint = latest_fingerprint(remote);
    int result = version_complete_note(session, remote, &target->note, err);

    target->version = alias_now(remote).version;
    target->candidate = remote->candidate ? remote->candidate : "new version";
    target->weight = weight;
    target->note.next = alias_version_number(target->candidate);
    snprintf(target->note.next_fingerprint, sizeof(target->note.next_fingerprint), "%s",
             fingerprint);
    free(fingerprint);
    return result;
}

/* Where the alias shall lead to. */
static int find_target(struct session *session, struct remote *remote, double weight,
                       struct alias_target *target, struct err *err)
{
    struct alias_target now = alias_now(remote);
    char *fingerprint;

    *target = (struct alias_target){.version = remote->candidate, .note = now.note};
    if (weight > 0 && remote->alias &&
        (!remote->candidate || strcmp(remote->candidate, now.version) != 0))
        return share(session, remote, weight, target, err);
    if (!remote->candidate)
        return 0;
    fingerprint = latest_fingerprint(remote);
    alias_note_forward(&target->note, alias_version_number(remote->candidate), fingerprint,
                       session->opened);
    free(fingerprint);
    return 0;
}

/* What comes before the alias moves. */
static void tell_smoke(struct changes *changes, struct change *change, const struct remote *remote)
{
    const struct smoke *smoke = &remote->function->smoke;
    char *text = settings_smoke_is_set(smoke) ? settings_smoke_text(smoke) : NULL;

    if (text)
        change_field(changes, change, "smoke", NULL, text);
    free(text);
}

/* Moves the alias, or records that it would. */
static int release(struct session *session, struct remote *remote, double weight,
                   struct changes *changes, struct err *err)
{
    int64_t started = clock_monotonic(session->clock);
    json_t *before = json_incref(remote->alias); /* which the target borrows from */
    bool tested = !is_released(remote);
    struct alias_target target;
    struct change *change;
    int result = find_target(session, remote, weight, &target, err);

    if (result < 0)
        goto out;
    change = alias_record(changes, remote, &target);
    if (tested)
        tell_smoke(changes, change, remote);
    changes_announce(changes, change);
    if (!changes->apply)
        goto out;
    result = alias_put(session, remote, &target, err);
    if (result < 0)
        err_context(err, "cannot release function '%s'", remote->name);
    else
        changes_done(changes, change, session_elapsed(session, started));
out:
    json_decref(before);
    return result;
}

/* A version that gets a part of the calls already shall get another one. */
static bool shares_otherwise(const struct remote *remote, int64_t weight)
{
    struct alias_target now = alias_now(remote);

    return weight && now.candidate && (int64_t)(now.weight * 100 + 0.5) != weight;
}

/* After the alias has moved, or it was recorded that it would. That old versions stay is no reason
 * to fail. */
static int prune_versions(struct session *session, struct remote *remote, struct changes *changes,
                          struct err *err)
{
    enum version_coming coming = changes->apply      ? VERSION_NONE
                                 : remote->candidate ? VERSION_THERE
                                                     : VERSION_PENDING;
    struct err why = {0};

    if (version_prune(session, remote, remote->function->keep, coming, changes, &why) == 0)
        return 0;
    if (why.code == ERR_INTERRUPTED) {
        *err = why;
        return -1;
    }
    out_warn(session->context.out, "old versions of '%s' were not removed: %s", remote->name,
             why.message);
    return 0;
}

int aws_release(struct session *session, const struct function *function, int64_t weight,
                struct changes *changes, struct err *err)
{
    struct remote *remote = session_remote(session, function);
    bool pending = !is_released(remote);

    if (!pending && shares_otherwise(remote, weight) && !remote->candidate)
        remote->candidate = xstrdup(alias_now(remote).candidate);
    if ((pending || shares_otherwise(remote, weight)) &&
        release(session, remote, (double)weight / 100, changes, err) < 0)
        return -1;
    if (pending && prune_versions(session, remote, changes, err) < 0)
        return -1;
    return layer_prune(session, remote, pending && !changes->apply, changes, err);
}

void aws_live(struct session *session, const struct function *function, struct live *live)
{
    struct alias_target now = alias_now(session_remote(session, function));

    *live = (struct live){
        .version = now.version, .candidate = now.candidate, .weight = now.weight * 100};
}
