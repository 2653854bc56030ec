#include "providers/aws/function/alias.h"

#include "core/memory.h"
#include "providers/aws/function/concurrency.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static const char changed_meanwhile[] = "PreconditionFailedException";

int64_t alias_version_number(const char *version)
{
    size_t len = strspn(version, "0123456789");

    return len && len < 18 && version[len] == '\0' ? strtoll(version, NULL, 10) : 0;
}

/* The alias's further version, if one gets calls. */
static void take_weight(const json_t *alias, struct alias_target *target)
{
    const char *version;
    json_t *share;

    json_object_foreach (json_at(alias, "RoutingConfig.AdditionalVersionWeights"), version, share) {
        if (json_number_value(share) > 0) {
            target->candidate = version;
            target->weight = json_number_value(share);
        }
    }
}

struct alias_target alias_now(const struct remote *remote)
{
    struct alias_target now = {.version = json_string_at(remote->alias, "FunctionVersion")};
    struct alias_note *note = &now.note;
    int64_t live = alias_version_number(now.version), next;

    take_weight(remote->alias, &now);
    next = now.candidate ? alias_version_number(now.candidate) : 0;
    alias_note_parse(json_string_at(remote->alias, "Description"), note);
    if (note->live.version != live || note->next != next) {
        note->live = (struct alias_past){.version = live};
        note->fingerprint[0] = '\0';
        alias_note_end(note);
    }
    return now;
}

int alias_demand(const struct session *session, const struct remote *remote, struct err *err)
{
    const char *name = remote->function->name;

    if (!remote->configuration || !remote->alias)
        return err_set(err, ERR_FAILED,
                       "function '%s' is not deployed to stage '%s'; run 'fnctl deploy %s' first",
                       name, session->settings->stage, session->settings->stage);
    if (!session_owns(session, remote->tags))
        return err_set(err, ERR_SERVICE,
                       "function '%s' is not of this project and stage: it lacks the tags %s=%s "
                       "and %s=%s",
                       remote->name, TAG_PROJECT, session->settings->project, TAG_STAGE,
                       session->settings->stage);
    return 0;
}

/* "6: 10 %", to free(); "none" when no further version gets calls. */
static char *weight_text(const struct alias_target *target)
{
    if (!target->candidate)
        return xstrdup("none");
    return xasprintf("%s: %.4g %%", target->candidate, target->weight * 100);
}

struct change *alias_record(struct changes *changes, const struct remote *remote,
                            const struct alias_target *target)
{
    struct alias_target now = alias_now(remote);
    struct change *change =
        changes_add(changes, remote->alias ? CHANGE_UPDATE : CHANGE_CREATE, "alias", remote->name);
    const char *version = target->version ? target->version : "new version";
    char *before = weight_text(&now), *after = weight_text(target);

    if (strcmp(now.version, version) != 0)
        change_field(changes, change, "FunctionVersion", remote->alias ? now.version : NULL,
                     version);
    if (strcmp(before, after) != 0)
        change_field(changes, change, "RoutingConfig", before, after);
    if (!change->field_count)
        change_field(changes, change, "Description", json_string_at(remote->alias, "Description"),
                     "as fnctl writes it");
    free(before);
    free(after);
    return change;
}

static char *description_of(const struct alias_target *target)
{
    return target->description ? xstrdup(target->description) : alias_note_text(&target->note);
}

static json_t *alias_body(const struct remote *remote, const struct alias_target *target)
{
    char *description = description_of(target);
    json_t *body =
        json_pack("{s:s, s:s}", "FunctionVersion", target->version, "Description", description);
    json_t *weights = json_object();

    if (target->candidate)
        json_object_set_new(weights, target->candidate, json_real(target->weight));
    if (target->candidate ||
        json_object_size(json_at(remote->alias, "RoutingConfig.AdditionalVersionWeights")))
        json_object_set_new(body, "RoutingConfig",
                            json_pack("{s:O}", "AdditionalVersionWeights", weights));
    json_decref(weights);
    free(description);
    return body;
}

int alias_read(struct session *session, struct remote *remote, struct err *err)
{
    struct aws_call call;
    int result;

    aws_call_rest(&call, &aws_lambda, "GetAlias", "GET", NULL,
                  "/2015-03-31/functions/%s/aliases/%s", remote->name, LIVE_ALIAS);
    result = session_call(session, &call, "ResourceNotFoundException", remote->name, err);
    if (result == 0)
        json_replace(&remote->alias, call.code ? NULL : json_incref(call.reply));
    aws_call_release(&call);
    return result;
}

/* Whether the alias is as wanted: a write that was answered twice, or whose answer was lost, was
 * ours all the same. */
static bool is_there(const struct remote *remote, const struct alias_target *target)
{
    struct alias_target now = alias_now(remote);
    char *description = description_of(target);
    double apart = now.weight - target->weight;
    bool there = strcmp(now.version, target->version) == 0 &&
                 strcmp(description, json_string_at(remote->alias, "Description")) == 0 &&
                 !now.candidate == !target->candidate && apart < 1e-6 && apart > -1e-6;

    free(description);
    return there;
}

/* After a refused write: fine when it is as wanted, as it was us. */
static int look_again(struct session *session, struct remote *remote,
                      const struct alias_target *target, struct err *err)
{
    if (alias_read(session, remote, err) < 0)
        return -1;
    if (is_there(remote, target))
        return 0;
    return err_set(err, ERR_SERVICE,
                   "the alias '%s' of '%s' was moved by somebody else at the same time, to version "
                   "%s; it was left there; run the command again if it shall be another",
                   LIVE_ALIAS, remote->name, json_string_at(remote->alias, "FunctionVersion"));
}

/* Sends `call` (taken). */
static int write_alias(struct session *session, struct remote *remote,
                       const struct alias_target *target, struct aws_call *call, const char *accept,
                       struct err *err)
{
    int result = session_call(session, call, accept, remote->name, err);
    bool refused = result == 0 && call->code;

    if (result == 0 && !refused) {
        json_replace(&remote->alias, json_incref(call->reply));
        provisioned_moved(remote);
    }
    aws_call_release(call);
    return refused ? look_again(session, remote, target, err) : result;
}

int alias_put(struct session *session, struct remote *remote, const struct alias_target *target,
              struct err *err)
{
    json_t *body = alias_body(remote, target);
    const char *revision = json_string_at(remote->alias, "RevisionId");
    struct aws_call call;

    if (!remote->alias) {
        json_object_set_new(body, "Name", json_string(LIVE_ALIAS));
        aws_call_rest(&call, &aws_lambda, "CreateAlias", "POST", body,
                      "/2015-03-31/functions/%s/aliases", remote->name);
        return write_alias(session, remote, target, &call, "ResourceConflictException", err);
    }
    if (*revision)
        json_object_set_new(body, "RevisionId", json_string(revision));
    aws_call_rest(&call, &aws_lambda, "UpdateAlias", "PUT", body,
                  "/2015-03-31/functions/%s/aliases/%s", remote->name, LIVE_ALIAS);
    return write_alias(session, remote, target, &call, changed_meanwhile, err);
}
