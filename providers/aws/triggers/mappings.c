#include "providers/aws/triggers/mappings.h"

#include "core/arn.h"
#include "core/memory.h"
#include "providers/aws/function/function_state.h"
#include "providers/aws/triggers/mapping_body.h"
#include "providers/aws/triggers/sources.h"
#include "providers/aws/triggers/tables.h"
#include "providers/aws/wire/pages.h"
#include "providers/difference.h"

#include <stdlib.h>
#include <string.h>

#define MAPPINGS "/2015-03-31/event-source-mappings"

enum {
    FIRST_POLL = 50,       /* ms */
    LONGEST_POLL = 2000,   /* ms */
    WAIT_LIMIT = 5 * 60000 /* ms */
};

/* The path of the list, to free(). */
static char *list_path(const char *name)
{
    return xasprintf(MAPPINGS "?FunctionName=%s%%3A%s&MaxItems=100", name, LIVE_ALIAS);
}

static struct listing mappings_listing(const char *path)
{
    return (struct listing){.service = &aws_lambda,
                            .operation = "ListEventSourceMappings",
                            .path = path,
                            .items = "EventSourceMappings",
                            .ask = "Marker",
                            .next = "NextMarker",
                            .accept = "ResourceNotFoundException"};
}

void mappings_call(const char *name, struct aws_call *call)
{
    char *path = list_path(name);
    const struct listing listing = mappings_listing(path);

    listing_call(&listing, NULL, call);
    free(path);
}

json_t *mappings_take(struct session *session, const char *name, const struct aws_call *first,
                      struct err *err)
{
    char *path = list_path(name);
    const struct listing listing = mappings_listing(path);
    json_t *mappings = json_array();

    if (!first->code && listing_follow(session, &listing, first, mappings, err) < 0)
        json_replace(&mappings, NULL);
    free(path);
    return mappings;
}

json_t *mappings_find(const struct remote *remote, const char *arn)
{
    json_t *mapping;
    size_t i;

    json_array_foreach (remote->mappings, i, mapping)
        if (strcmp(json_string_at(mapping, "EventSourceArn"), arn) == 0)
            return mapping;
    return NULL;
}

static bool is_moving(const json_t *mapping)
{
    static const char *const moving[] = {"Creating", "Updating", "Enabling", "Disabling",
                                         "Deleting"};

    for (size_t i = 0; i < sizeof(moving) / sizeof(*moving); i++)
        if (strcmp(json_string_at(mapping, "State"), moving[i]) == 0)
            return true;
    return false;
}

/* Waits until the mapping has settled; `*mapping` takes what it is then, NULL: it is gone. */
static int await(struct session *session, const char *subject, json_t **mapping, struct err *err)
{
    int64_t started = clock_monotonic(session->clock), delay = FIRST_POLL;
    char *uuid = xstrdup(json_string_at(*mapping, "UUID"));
    int result = 0;

    while (result == 0 && *mapping && is_moving(*mapping)) {
        struct aws_call call;

        if (session_elapsed(session, started) > WAIT_LIMIT) {
            result = err_set(err, ERR_SERVICE,
                             "%s: the event source mapping is still '%s' after %d minutes; run the "
                             "command again to go on waiting",
                             subject, json_string_at(*mapping, "State"), WAIT_LIMIT / 60000);
            break;
        }
        result = session_pause(session, &delay, LONGEST_POLL, err);
        if (result < 0)
            break;
        aws_call_rest(&call, &aws_lambda, "GetEventSourceMapping", "GET", NULL, MAPPINGS "/%s",
                      uuid);
        result = session_call(session, &call, "ResourceNotFoundException", subject, err);
        if (result == 0)
            json_replace(mapping, json_incref(call.reply));
        aws_call_release(&call);
    }
    free(uuid);
    return result;
}

/* What to do about a source that is not there, which AWS says in several ways. */
static void explain(const char *arn, struct err *err)
{
    if (!arn_is(arn, "sqs", NULL))
        return;
    if (strstr(err->message, "NonExistentQueue") || strstr(err->message, "does not exist") ||
        strstr(err->message, "Invalid EventSourceArn"))
        err_append(err,
                   "; make the queue ('aws sqs create-queue --queue-name %s') or correct the "
                   "trigger",
                   arn_name(arn));
}

/* Keeps the snapshot current. */
static void remember(struct remote *remote, const char *arn, json_t *mapping)
{
    json_t *old;
    size_t i;

    if (!remote->mappings)
        remote->mappings = json_array();
    json_array_foreach (remote->mappings, i, old) {
        if (strcmp(json_string_at(old, "EventSourceArn"), arn) == 0) {
            json_array_remove(remote->mappings, i);
            break;
        }
    }
    if (mapping)
        json_array_append(remote->mappings, mapping);
}

static json_t *create_body(struct session *session, const struct remote *remote, const char *arn,
                           const json_t *wanted)
{
    json_t *body = mapping_for_create(wanted);

    json_object_set_new(body, "EventSourceArn", json_string(arn));
    json_object_set_new(body, "FunctionName", json_sprintf("%s:%s", remote->name, LIVE_ALIAS));
    json_object_set_new(body, "Tags", session_tags(session, remote->function));
    return body;
}

static int update(struct session *session, struct remote *remote, const char *arn, json_t *mapping,
                  json_t *difference, struct err *err);

/* A mapping that came after the snapshot, maybe by a retry of ours. */
static int adopt(struct session *session, struct remote *remote, const char *arn,
                 const json_t *wanted, struct err *err)
{
    json_t *mapping, *found, *difference;
    struct aws_call call;
    int result;

    mappings_call(remote->name, &call);
    result = session_call(session, &call, "ResourceNotFoundException", remote->name, err);
    if (result == 0)
        json_replace(&remote->mappings, mappings_take(session, remote->name, &call, err));
    aws_call_release(&call);
    mapping = json_incref(mappings_find(remote, arn));
    if (result < 0 || !remote->mappings)
        return -1;
    if (!mapping)
        return err_set(err, ERR_SERVICE,
                       "cannot CreateEventSourceMapping: Lambda has one from '%s' to '%s' and does "
                       "not list it; run the command again",
                       arn, remote->name);
    found = mapping_found(mapping);
    difference = mapping_difference(found, wanted);
    if (json_object_size(difference))
        result = update(session, remote, arn, mapping, difference, err);
    json_decref(found);
    json_decref(difference);
    json_decref(mapping);
    return result;
}

static int create(struct session *session, struct remote *remote, const char *arn,
                  const json_t *wanted, struct err *err)
{
    struct aws_call call;
    json_t *mapping;
    int result;

    aws_call_rest(&call, &aws_lambda, "CreateEventSourceMapping", "POST",
                  create_body(session, remote, arn, wanted), MAPPINGS);
    result = session_call(session, &call, "ResourceConflictException", remote->name, err);
    if (result < 0)
        explain(arn, err);
    if (result == 0 && call.code) {
        aws_call_release(&call);
        return adopt(session, remote, arn, wanted, err);
    }
    mapping = json_incref(call.reply);
    aws_call_release(&call);
    if (result == 0)
        result = await(session, remote->name, &mapping, err);
    if (result == 0)
        remember(remote, arn, mapping);
    json_decref(mapping);
    return result;
}

static int update(struct session *session, struct remote *remote, const char *arn, json_t *mapping,
                  json_t *difference, struct err *err)
{
    struct aws_call call;
    json_t *updated;
    int result;

    aws_call_rest(&call, &aws_lambda, "UpdateEventSourceMapping", "PUT", json_incref(difference),
                  MAPPINGS "/%s", json_string_at(mapping, "UUID"));
    result = session_call(session, &call, NULL, remote->name, err);
    updated = json_incref(call.reply);
    aws_call_release(&call);
    if (result == 0)
        result = await(session, remote->name, &updated, err);
    if (result == 0)
        remember(remote, arn, updated);
    json_decref(updated);
    return result;
}

/* Deletes a mapping and waits until it is gone. */
static int delete_mapping(struct session *session, const char *name, const json_t *mapping,
                          struct err *err)
{
    struct aws_call call;
    json_t *left;
    int result;

    aws_call_rest(&call, &aws_lambda, "DeleteEventSourceMapping", "DELETE", NULL, MAPPINGS "/%s",
                  json_string_at(mapping, "UUID"));
    result = session_call(session, &call, "ResourceNotFoundException", name, err);
    left = json_incref(call.reply);
    aws_call_release(&call);
    if (result == 0)
        result = await(session, name, &left, err);
    json_decref(left);
    return result;
}

/* Where a stream is begun cannot be changed. */
static int recreate(struct session *session, struct remote *remote, const char *arn,
                    const json_t *mapping, const json_t *wanted, struct err *err)
{
    if (delete_mapping(session, remote->name, mapping, err) < 0)
        return -1;
    remember(remote, arn, NULL);
    return create(session, remote, arn, wanted, err);
}

static struct change *record(struct changes *changes, enum change_kind kind, const char *name,
                             const char *arn)
{
    char *service = arn_take(arn, ARN_SERVICE);
    char *resource = arn_take(arn, ARN_RESOURCE);
    char *text = xasprintf("%s %s:%s", name, service, resource);
    struct change *change = changes_add(changes, kind, "trigger", text);

    free(service);
    free(resource);
    free(text);
    return change;
}

static void record_fields(struct changes *changes, struct change *change, const json_t *found,
                          const json_t *wanted)
{
    json_t *before = found ? mapping_told(found) : NULL;
    json_t *after = mapping_told(wanted);

    change_fields_differing(changes, change, before, after);
    changes_announce(changes, change);
    json_decref(before);
    json_decref(after);
}

static int put_mapping(struct session *session, struct remote *remote, const char *arn,
                       const json_t *wanted, struct changes *changes, struct err *err)
{
    json_t *mapping = json_incref(mappings_find(remote, arn)), *found = NULL, *difference = NULL;
    int64_t started = clock_monotonic(session->clock);
    struct change *change;
    int result = 0;

    /* One that an earlier run began to remove has to be gone first. */
    if (changes->apply && mapping && strcmp(json_string_at(mapping, "State"), "Deleting") == 0)
        result = await(session, remote->name, &mapping, err);
    found = mapping ? mapping_found(mapping) : NULL;
    difference = mapping_difference(found, wanted);
    if (result < 0 || (found && !json_object_size(difference)))
        goto out;
    change = record(changes, found ? CHANGE_UPDATE : CHANGE_CREATE, remote->name, arn);
    record_fields(changes, change, found, wanted);
    if (!changes->apply)
        goto out;
    if (found && json_object_get(difference, "StartingPosition"))
        result = recreate(session, remote, arn, mapping, wanted, err);
    else
        result = found ? update(session, remote, arn, mapping, difference, err)
                       : create(session, remote, arn, wanted, err);
    if (result == 0)
        changes_done(changes, change, session_elapsed(session, started));
out:
    json_decref(mapping);
    json_decref(found);
    json_decref(difference);
    return result;
}

static int remove_mapping(struct session *session, const char *name, const json_t *mapping,
                          struct changes *changes, struct err *err)
{
    struct change *change =
        record(changes, CHANGE_REMOVE, name, json_string_at(mapping, "EventSourceArn"));
    int64_t started = clock_monotonic(session->clock);

    changes_announce(changes, change);
    if (!changes->apply)
        return 0;
    if (delete_mapping(session, name, mapping, err) < 0)
        return -1;
    changes_done(changes, change, session_elapsed(session, started));
    return 0;
}

/* The ARN of a mapping, of which older replies have no member; to free(). */
static char *mapping_arn(struct session *session, const json_t *mapping, struct err *err)
{
    const char *arn = json_string_at(mapping, "EventSourceMappingArn");

    return *arn ? xstrdup(arn)
                : session_arn(session, "lambda", err, "event-source-mapping:%s",
                              json_string_at(mapping, "UUID"));
}

/* Whether the tags say that we made it. */
static int is_ours(struct session *session, const json_t *mapping, bool *ours, struct err *err)
{
    char *arn = mapping_arn(session, mapping, err);
    char *encoded = arn ? aws_encode(arn) : NULL;
    struct aws_call call;
    int result = -1;

    if (encoded) {
        aws_call_rest(&call, &aws_lambda, "ListTags", "GET", NULL, "/2017-03-31/tags/%s", encoded);
        result = session_call(session, &call, "ResourceNotFoundException",
                              json_string_at(mapping, "UUID"), err);
        *ours = result == 0 && session_owns(session, json_object_get(call.reply, "Tags"));
        aws_call_release(&call);
    }
    free(arn);
    free(encoded);
    return result;
}

int mappings_remove(struct session *session, const char *name, const json_t *mappings,
                    struct changes *changes, struct err *err)
{
    json_t *mapping;
    size_t i;

    json_array_foreach (mappings, i, mapping) {
        const char *source = json_string_at(mapping, "EventSourceArn");
        bool ours = false;

        if (is_ours(session, mapping, &ours, err) < 0)
            return -1;
        if (!ours)
            out_step(session->context.out,
                     "the event source mapping from '%s' to '%s' was not made by fnctl and is left "
                     "alone",
                     source, name);
        else if (remove_mapping(session, name, mapping, changes, err) < 0)
            return -1;
    }
    return 0;
}

static bool is_local(const struct session *session)
{
    return strcmp(session->settings->provider, "local") == 0;
}

static void tell_left_out(const struct session *session, const struct remote *remote,
                          const struct trigger *trigger)
{
    out_step(session->context.out,
             "%s: the local engine has no streams: '%s' is left out; 'fnctl invoke' can send its "
             "events",
             remote->function->name, trigger->source);
}

int mappings_put(struct session *session, struct remote *remote, struct changes *changes,
                 struct err *err)
{
    json_t *unnamed = remote->mappings ? json_copy(remote->mappings) : json_array(), *mapping;
    char *like = function_arn(session, remote, NULL, err);
    int result = like ? 0 : -1;

    for (size_t i = 0; result == 0 && i < remote->function->triggers.count; i++) {
        const struct trigger *trigger = function_trigger_at(remote->function, i);
        char *arn;
        json_t *wanted;
        size_t k;

        if (!trigger_is_polled(trigger))
            continue;
        if (trigger_is_stream(trigger) && is_local(session)) {
            tell_left_out(session, remote, trigger);
            continue;
        }
        arn = trigger->kind == TRIGGER_DYNAMODB ? tables_stream(session, trigger, err)
                                                : source_arn(trigger, like);
        if (!arn) {
            result = -1;
            break;
        }
        wanted = mapping_wanted(trigger);
        json_array_foreach (unnamed, k, mapping) {
            if (strcmp(json_string_at(mapping, "EventSourceArn"), arn) == 0) {
                json_array_remove(unnamed, k);
                break;
            }
        }
        result = put_mapping(session, remote, arn, wanted, changes, err);
        json_decref(wanted);
        free(arn);
    }
    if (result == 0)
        result = mappings_remove(session, remote->name, unnamed, changes, err);
    json_decref(unnamed);
    free(like);
    return result;
}
