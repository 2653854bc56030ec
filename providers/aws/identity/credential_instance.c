/*
 * The role of an EC2 instance, from its metadata service, version 2 alone. It
 * is asked last, once and for a second, as most machines are no instance.
 * https://docs.aws.amazon.com/AWSEC2/latest/UserGuide/instancedata-data-retrieval.html
 */
#include "core/field.h"
#include "core/memory.h"
#include "providers/aws/identity/credential_call.h"

#include <stdlib.h>
#include <string.h>
#include <strings.h>

extern const struct credential_kind credential_instance;

enum {
    TIMEOUT = 1, /* s */
    LONGEST_TIMEOUT = 60,
    EXTENSION = 15 * 60 * 1000, /* ms */
};

#define ROLES "/latest/meta-data/iam/security-credentials/"

struct instance {
    struct credential_source source;
    char *url;
    int64_t timeout; /* ms */
};

/* One request: 0 with an answer of status 200. */
static int ask(const struct instance *instance, struct credential_call *call, char *url,
               const char *header, struct err *err)
{
    call->label = "instance metadata";
    call->url = url;
    call->timeout = instance->timeout;
    call->once = true;
    strlist_add(&call->headers, header);
    if (credential_call_perform(call, instance->source.world, err) < 0)
        return err->code == ERR_INTERRUPTED
                   ? -1
                   : err_set(err, ERR_CREDENTIALS, "no answer from %s within %lld s", instance->url,
                             (long long)instance->timeout / 1000);
    if (call->status == 200 && call->reply.len)
        return 0;
    return err_set(err, ERR_CREDENTIALS, "%s answered with status %d to %s", instance->url,
                   call->status, url + strlen(instance->url));
}

/* The token that the other requests need, as their header; to credential_wipe(). */
static char *ask_token(const struct instance *instance, struct err *err)
{
    struct credential_call call = {.method = "PUT"};
    char *header = NULL;

    if (ask(instance, &call, xasprintf("%s/latest/api/token", instance->url),
            "X-aws-ec2-metadata-token-ttl-seconds: 21600", err) == 0)
        header = xasprintf("X-aws-ec2-metadata-token: %.*s", (int)strcspn(call.reply.data, "\r\n"),
                           call.reply.data);
    credential_call_release(&call);
    return header;
}

/* The name of the instance's role, encoded for a path; to free(). */
static char *ask_role(const struct instance *instance, const char *token, struct err *err)
{
    struct credential_call call = {0};
    struct buf name;

    buf_init(&name, 0);
    if (ask(instance, &call, xasprintf("%s" ROLES, instance->url), token, err) == 0)
        http_encode(&name, call.reply.data, strcspn(call.reply.data, "\r\n"), false);
    else if (call.status == 404)
        err_set(err, ERR_CREDENTIALS, "the instance has no role");
    credential_call_release(&call);
    if (name.len)
        return buf_take(&name);
    buf_release(&name);
    return NULL;
}

static int read_answer(const struct credential_call *call, const struct clock *clock,
                       struct credential_answer *answer, struct err *err)
{
    static const struct credential_members members = {"AccessKeyId", "SecretAccessKey", "Token",
                                                      "Expiration"};
    json_t *reply = credential_call_json(call);
    const char *code = json_string_value(json_object_get(reply, "Code"));
    int result;

    if (code && strcmp(code, "Success") != 0)
        result = err_set(err, ERR_CREDENTIALS,
                         "the metadata service has no credentials for the role: %.60s", code);
    else
        result = credential_answer_read(answer, reply, &members, "the metadata service", err);
    /* When the service cannot renew them it goes on to give the old ones, which then may well be
     * accepted for longer than they say. */
    if (result == 0 && answer->expires <= clock_now(clock))
        answer->expires = clock_now(clock) + EXTENSION;
    credential_json_free(reply);
    return result;
}

static int fetch(struct credential_source *source, struct credential_answer *answer,
                 struct err *err)
{
    const struct instance *instance = (const struct instance *)source;
    char *token = ask_token(instance, err);
    char *role = token ? ask_role(instance, token, err) : NULL;
    struct credential_call call = {0};
    int result = -1;

    if (role &&
        ask(instance, &call, xasprintf("%s" ROLES "%s", instance->url, role), token, err) == 0)
        result = read_answer(&call, source->world->clock, answer, err);
    credential_call_release(&call);
    credential_wipe(token);
    free(role);
    return result;
}

static void release(struct credential_source *source)
{
    free(((struct instance *)source)->url);
}

/* A variable, else what the profile says. */
static const char *get(const struct credential_search *search, const char *variable,
                       const char *name)
{
    const char *value = credential_variable(variable);

    return value ? value : credential_setting(search, name);
}

/* Where the service is, without a slash at the end. */
static char *find_url(const struct credential_search *search)
{
    const char *given =
        get(search, "AWS_EC2_METADATA_SERVICE_ENDPOINT", "ec2_metadata_service_endpoint");
    const char *mode =
        get(search, "AWS_EC2_METADATA_SERVICE_ENDPOINT_MODE", "ec2_metadata_service_endpoint_mode");
    size_t len;

    if (!given)
        given = mode && strcasecmp(mode, "ipv6") == 0 ? "http://[fd00:ec2::254]"
                                                      : "http://169.254.169.254";
    len = strlen(given);
    while (len > 0 && given[len - 1] == '/')
        len--;
    return xstrndup(given, len);
}

static int open_instance(const struct credential_search *search, struct credential_source **source,
                         struct err *err)
{
    const char *disabled = credential_variable("AWS_EC2_METADATA_DISABLED");
    const char *timeout = get(search, "AWS_METADATA_SERVICE_TIMEOUT", "metadata_service_timeout");
    int64_t seconds = TIMEOUT;
    struct instance *instance;

    if (disabled && strcasecmp(disabled, "true") == 0)
        return 0;
    if (timeout &&
        (field_parse_int(timeout, &seconds) < 0 || seconds < 1 || seconds > LONGEST_TIMEOUT))
        return err_set(err, ERR_CREDENTIALS,
                       "AWS_METADATA_SERVICE_TIMEOUT is '%.40s'; it must be a number of seconds "
                       "from 1 to %d",
                       timeout, LONGEST_TIMEOUT);
    instance = credential_source_new(sizeof(*instance), search->world,
                                     xstrdup("the instance's role"), fetch, release);
    instance->source.guessed = true;
    instance->url = find_url(search);
    instance->timeout = seconds * 1000;
    *source = &instance->source;
    return 0;
}

const struct credential_kind credential_instance = {
    .looked_at = "an instance's role",
    .canonical = "Ec2InstanceMetadata",
    .open = open_instance,
};
