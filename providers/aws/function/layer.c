#include "providers/aws/function/layer.h"

#include "core/memory.h"
#include "providers/aws/function/code.h"
#include "providers/aws/wire/pages.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static char *description_start(const struct session *session)
{
    return xasprintf("fnctl %s %s ", session->settings->project, session->settings->stage);
}

bool layer_owned(const struct session *session, const char *description)
{
    char *start = description_start(session);
    bool owned = strncmp(description, start, strlen(start)) == 0;

    free(start);
    return owned;
}

/* The ARN among the function's layers that is version `version` of our layer; borrowed or NULL. */
static const char *used_version(const struct remote *remote, const char *version)
{
    char *end = xasprintf(":layer:%s:%s", remote->name, version);
    const char *found = NULL;
    size_t i;
    json_t *item;

    json_array_foreach (json_at(remote->configuration, "Layers"), i, item) {
        const char *arn = json_string_at(item, "Arn");
        const char *at = strstr(arn, end);

        if (at && at[strlen(end)] == '\0')
            found = arn;
    }
    free(end);
    return found;
}

/* The version that the function uses, when its tag says that it has this content. */
static char *known_version(const struct remote *remote, const char *identity, char **tag)
{
    const char *value = json_string_value(json_object_get(remote->tags, TAG_LAYER));
    size_t len = value ? strcspn(value, ":") : 0;
    char *version = xstrndup(value ? value : "", len);
    const char *arn = NULL;

    if (len && value[len] == ':' && strcmp(value + len + 1, identity) == 0)
        arn = used_version(remote, version);
    if (arn)
        *tag = xstrdup(value);
    free(version);
    return xstrdup(arn);
}

static json_t *list_versions(struct session *session, const char *name, struct err *err)
{
    char *path = xasprintf("/2018-10-31/layers/%s/versions?MaxItems=50", name);
    struct listing listing = {.service = &aws_lambda,
                              .operation = "ListLayerVersions",
                              .path = path,
                              .items = "LayerVersions",
                              .ask = "Marker",
                              .next = "NextMarker",
                              .accept = "ResourceNotFoundException"};
    json_t *versions = listing_all(session, &listing, err);

    free(path);
    return versions;
}

static char *description_for(const struct session *session, const struct remote *remote,
                             const char *identity)
{
    char *start = description_start(session);
    char *description = xasprintf("%s%s %s", start, remote->function->name, identity);

    free(start);
    return description;
}

/* The ARN of a version that an earlier, interrupted deploy published; borrowed or NULL. */
static const char *published_version(const json_t *versions, const char *description,
                                     int64_t *version)
{
    const char *arn = NULL;
    size_t i;
    json_t *item;

    *version = 0;
    json_array_foreach (versions, i, item) {
        if (strcmp(json_string_at(item, "Description"), description) == 0 &&
            json_int_at(item, "Version") > *version) {
            *version = json_int_at(item, "Version");
            arn = json_string_at(item, "LayerVersionArn");
        }
    }
    return arn;
}

static char *publish(struct session *session, const struct remote *remote,
                     const struct artifact *artifact, const char *description, int64_t *version,
                     struct err *err)
{
    struct aws_call call;
    char *arn = NULL;
    char *subject = xasprintf("layer %s", remote->name);
    json_t *content = code_send(session, artifact, subject, err);

    if (!content)
        goto out;
    aws_call_rest(&call, &aws_lambda, "PublishLayerVersion", "POST",
                  json_pack("{s:s, s:o, s:[s], s:[s]}", "Description", description, "Content",
                            content, "CompatibleRuntimes", remote->function->runtime,
                            "CompatibleArchitectures", remote->function->architecture),
                  "/2018-10-31/layers/%s/versions", remote->name);
    if (session_upload(session, &call, NULL, subject, err) == 0 &&
        code_verify(artifact, json_string_at(call.reply, "Content.CodeSha256"), subject, err) ==
            0) {
        *version = json_int_at(call.reply, "Version");
        arn = xstrdup(json_string_at(call.reply, "LayerVersionArn"));
    }
    aws_call_release(&call);
out:
    free(subject);
    return arn;
}

/* Records the new version and, when applying, uploads it. */
static char *put_new(struct session *session, struct remote *remote,
                     const struct artifact *artifact, const char *description,
                     struct changes *changes, int64_t *version, struct err *err)
{
    struct change *change = changes_add(changes, CHANGE_CREATE, "layer", remote->name);
    int64_t started = clock_monotonic(session->clock);
    char *size = xasprintf("%llu", (unsigned long long)artifact->size);
    char *arn;

    change_field(changes, change, "CodeSha256", NULL, artifact->sha256);
    change_field(changes, change, "CodeSize", NULL, size);
    free(size);
    changes_announce(changes, change);
    if (!changes->apply)
        return xasprintf("%s:new", remote->name);
    arn = publish(session, remote, artifact, description, version, err);
    if (arn)
        changes_done(changes, change, session_elapsed(session, started));
    return arn;
}

char *layer_put(struct session *session, struct remote *remote, const struct artifact *artifact,
                struct changes *changes, char **tag, struct err *err)
{
    const char *identity = artifact->identity;
    char *arn = known_version(remote, identity, tag);
    char *description = description_for(session, remote, identity);
    json_t *versions = NULL;
    int64_t version = 0;

    if (arn)
        goto out;
    versions = list_versions(session, remote->name, err);
    if (!versions)
        goto out;
    arn = xstrdup(published_version(versions, description, &version));
    if (!arn)
        arn = put_new(session, remote, artifact, description, changes, &version, err);
    *tag = xasprintf("%lld:%s", (long long)version, identity);
    json_replace(&remote->layer_versions, versions);
out:
    free(remote->layer);
    remote->layer = xstrdup(arn);
    free(description);
    return arn;
}

int layer_remove_version(struct session *session, const char *name, int64_t version,
                         struct err *err)
{
    struct aws_call call;

    aws_call_rest(&call, &aws_lambda, "DeleteLayerVersion", "DELETE", NULL,
                  "/2018-10-31/layers/%s/versions/%lld", name, (long long)version);
    return session_do(session, &call, "ResourceNotFoundException", name, err);
}

int layer_remove(struct session *session, const char *name, struct changes *changes,
                 struct err *err)
{
    json_t *versions = list_versions(session, name, err);
    int64_t started = clock_monotonic(session->clock);
    struct change *change = NULL;
    int result = versions ? 0 : -1;
    size_t i;
    json_t *item;

    json_array_foreach (versions, i, item) {
        if (result < 0 || !layer_owned(session, json_string_at(item, "Description")))
            continue;
        if (!change) {
            change = changes_add(changes, CHANGE_REMOVE, "layer", name);
            changes_announce(changes, change);
        }
        if (!changes->apply)
            break;
        result = layer_remove_version(session, name, json_int_at(item, "Version"), err);
    }
    if (result == 0 && change && changes->apply)
        changes_done(changes, change, session_elapsed(session, started));
    json_decref(versions);
    return result;
}
