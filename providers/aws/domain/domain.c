#include "providers/aws/domain/domain.h"

#include "core/memory.h"
#include "providers/aws/domain/certificate.h"
#include "providers/aws/domain/domain_records.h"
#include "providers/difference.h"

#include <stdlib.h>
#include <string.h>

static const char *api_id(const struct session *session)
{
    return json_string_at(session->api, "apiId");
}

const char *domain_wanted(const struct session *session)
{
    return strcmp(session->settings->provider, "local") == 0 ? NULL
                                                             : session->settings->domain.name;
}

/* The name that the API's tag has; NULL: none. */
static const char *marked(const struct session *session)
{
    return json_string_value(json_object_get(json_at(session->api, "tags"), TAG_DOMAIN));
}

char *domain_url(const struct session *session)
{
    const char *path = session->settings->domain.base_path;

    if (!domain_wanted(session))
        return NULL;
    return xasprintf("https://%s%s%s", domain_wanted(session), path && *path ? "/" : "",
                     path ? path : "");
}

static void domain_call(const char *name, struct aws_call *call)
{
    aws_call_rest(call, &aws_apigateway, "GetDomainName", "GET", NULL, "/v2/domainnames/%s", name);
    call->accept = "NotFoundException";
}

static void mappings_call(const char *name, struct aws_call *call)
{
    /* More than 200 base paths a domain name has nowhere. */
    aws_call_rest(call, &aws_apigateway, "GetApiMappings", "GET", NULL,
                  "/v2/domainnames/%s/apimappings?maxResults=500", name);
    call->accept = "NotFoundException";
}

static int take_domain(struct session *session, const struct read *read,
                       const struct aws_call *call, struct err *err)
{
    (void)read;
    (void)err;
    json_replace(&session->domain, call->code ? NULL : json_incref(call->reply));
    return 0;
}

static int take_mappings(struct session *session, const struct read *read,
                         const struct aws_call *call, struct err *err)
{
    json_t *items = call->code ? NULL : call_take(call, "items");

    (void)read;
    (void)err;
    json_replace(&session->mappings, items ? items : json_array());
    return 0;
}

void domain_read(const struct session *session, struct reads *reads)
{
    const char *name = domain_wanted(session) ? domain_wanted(session) : marked(session);

    if (!name)
        return;
    domain_call(name, reads_add(reads, &(struct read){.take = take_domain}));
    mappings_call(name, reads_add(reads, &(struct read){.take = take_mappings}));
}

/* The same, alone: another domain than observe() looked at. */
static int read_now(struct session *session, const char *name, struct err *err)
{
    struct aws_call calls[2];
    int result;

    domain_call(name, &calls[0]);
    mappings_call(name, &calls[1]);
    result = aws_perform(session->aws, calls, 2, err);
    if (result == 0) {
        take_domain(session, NULL, &calls[0], err);
        take_mappings(session, NULL, &calls[1], err);
    }
    aws_call_release(&calls[0]);
    aws_call_release(&calls[1]);
    return result;
}

/* Makes the API's tag name the domain; NULL: takes it away. */
static int mark(struct session *session, const char *name, struct err *err)
{
    const char *before = marked(session);
    struct aws_call call;
    char *arn;

    if (name ? before && strcmp(before, name) == 0 : !before)
        return 0;
    arn = xasprintf("arn%%3A%s%%3Aapigateway%%3A%s%%3A%%3A%%2Fapis%%2F%s",
                    aws_partition(session->aws), aws_region(session->aws), api_id(session));
    if (name)
        aws_call_rest(&call, &aws_apigateway, "TagResource", "POST",
                      json_pack("{s:{s:s}}", "tags", TAG_DOMAIN, name), "/v2/tags/%s", arn);
    else
        aws_call_rest(&call, &aws_apigateway, "UntagResource", "DELETE", NULL,
                      "/v2/tags/%s?tagKeys=fnctl%%3Adomain", arn);
    free(arn);
    if (session_do(session, &call, NULL, json_string_at(session->api, "name"), err) < 0)
        return -1;
    if (name)
        json_object_set_new(json_at(session->api, "tags"), TAG_DOMAIN, json_string(name));
    else
        json_object_del(json_at(session->api, "tags"), TAG_DOMAIN);
    return 0;
}

static json_t *configuration(const char *certificate)
{
    return json_pack("[{s:s, s:s, s:s, s:s}]", "certificateArn", certificate, "endpointType",
                     "REGIONAL", "securityPolicy", "TLS_1_2", "ipAddressType", "dualstack");
}

static int send_domain(struct session *session, const char *name, const char *certificate,
                       struct err *err)
{
    bool update = session->domain != NULL;
    json_t *body = json_pack("{s:o}", "domainNameConfigurations", configuration(certificate));
    struct aws_call call;
    int result;

    if (!update) {
        json_object_set_new(body, "domainName", json_string(name));
        json_object_set_new(body, "tags", session_tags(session, NULL));
    }
    aws_call_rest(&call, &aws_apigateway, update ? "UpdateDomainName" : "CreateDomainName",
                  update ? "PATCH" : "POST", body, "/v2/domainnames%s%s", update ? "/" : "",
                  update ? name : "");
    result = session_call(session, &call, update ? NULL : "ConflictException", name, err);
    /* One that exists after all: a try of ours whose answer was lost made it. */
    if (result == 0 && call.code && call.attempts < 2)
        result = err_set(err, ERR_SERVICE,
                         "cannot CreateDomainName: '%s' is taken, maybe by another account or "
                         "region: %s",
                         name, call.message ? call.message : call.code);
    if (result == 0 && !call.code)
        json_replace(&session->domain, json_incref(call.reply));
    aws_call_release(&call);
    return result == 0 && !session->domain ? read_now(session, name, err) : result;
}

static const json_t *first_configuration(const struct session *session)
{
    return json_array_get(json_at(session->domain, "domainNameConfigurations"), 0);
}

/* Whether the domain there has the certificate that it shall have; any that it has, when the
 * settings name none. */
static bool is_right(const struct session *session)
{
    const char *wanted = session->settings->domain.certificate;

    return session->domain &&
           (!wanted || !session_owns(session, json_at(session->domain, "tags")) ||
            strcmp(json_string_at(first_configuration(session), "certificateArn"), wanted) == 0);
}

static int put_domain(struct session *session, const char *name, struct changes *changes,
                      struct err *err)
{
    int64_t started = clock_monotonic(session->clock);
    const char *before = json_string_at(first_configuration(session), "certificateArn");
    struct change *change;
    char *certificate;
    int result = 0;

    if (is_right(session))
        return 0;
    certificate = certificate_get(session, name, changes, err);
    if (!certificate && err->code != ERR_NONE)
        return -1;
    change = changes_add(changes, session->domain ? CHANGE_UPDATE : CHANGE_CREATE, "domain", name);
    change_field(changes, change, "certificateArn", *before ? before : NULL,
                 certificate ? certificate : "new certificate");
    changes_announce(changes, change);
    if (changes->apply) {
        result = send_domain(session, name, certificate, err);
        if (result == 0)
            changes_done(changes, change, session_elapsed(session, started));
    }
    free(certificate);
    return result;
}

static int delete_mapping(struct session *session, const char *name, size_t index,
                          struct changes *changes, struct err *err)
{
    const json_t *mapping = json_array_get(session->mappings, index);
    char *label = xasprintf("%s/%s", name, json_string_at(mapping, "apiMappingKey"));
    struct change *change = changes_add(changes, CHANGE_REMOVE, "mapping", label);
    int64_t started = clock_monotonic(session->clock);
    struct aws_call call;
    int result = 0;

    changes_announce(changes, change);
    if (changes->apply) {
        aws_call_rest(&call, &aws_apigateway, "DeleteApiMapping", "DELETE", NULL,
                      "/v2/domainnames/%s/apimappings/%s", name,
                      json_string_at(mapping, "apiMappingId"));
        result = session_do(session, &call, "NotFoundException", label, err);
    }
    if (result == 0 && changes->apply) {
        json_array_remove(session->mappings, index);
        changes_done(changes, change, session_elapsed(session, started));
    }
    free(label);
    return result;
}

/* Removes our mappings but the one of base path `keep` (NULL: all). */
static int drop_mappings(struct session *session, const char *name, const char *keep,
                         struct changes *changes, struct err *err)
{
    for (size_t i = json_array_size(session->mappings); i > 0; i--) {
        const json_t *mapping = json_array_get(session->mappings, i - 1);

        if (strcmp(json_string_at(mapping, "apiId"), api_id(session)) == 0 &&
            (!keep || strcmp(json_string_at(mapping, "apiMappingKey"), keep) != 0) &&
            delete_mapping(session, name, i - 1, changes, err) < 0)
            return -1;
    }
    return 0;
}

static const json_t *find_mapping(const struct session *session, const char *key)
{
    size_t i;
    json_t *mapping;

    json_array_foreach (session->mappings, i, mapping) {
        if (strcmp(json_string_at(mapping, "apiMappingKey"), key) == 0)
            return mapping;
    }
    return NULL;
}

static int create_mapping(struct session *session, const char *name, const char *key,
                          struct err *err)
{
    json_t *body = json_pack("{s:s, s:s}", "apiId", api_id(session), "stage", "$default");
    struct aws_call call;
    int result;

    if (*key)
        json_object_set_new(body, "apiMappingKey", json_string(key));
    aws_call_rest(&call, &aws_apigateway, "CreateApiMapping", "POST", body,
                  "/v2/domainnames/%s/apimappings", name);
    result = session_call(session, &call, "ConflictException", name, err);
    if (result == 0 && call.code && call.attempts < 2)
        result = err_set(err, ERR_SERVICE, "cannot CreateApiMapping: %s: %s", call.code,
                         call.message ? call.message : "no message");
    if (result == 0 && !call.code)
        json_array_append(session->mappings, call.reply);
    aws_call_release(&call);
    return result;
}

static int put_mapping(struct session *session, const char *name, struct changes *changes,
                       struct err *err)
{
    int64_t started = clock_monotonic(session->clock);
    const char *key = session->settings->domain.base_path;
    const json_t *found = find_mapping(session, key);
    struct change *change;
    char *label;

    if (found && strcmp(json_string_at(found, "apiId"), api_id(session)) == 0)
        return 0;
    if (found)
        return err_set(err, ERR_SETTINGS,
                       "the base path '/%s' of the domain '%s' leads to another API, '%s'; choose "
                       "another 'base_path', or remove that mapping",
                       key, name, json_string_at(found, "apiId"));
    label = xasprintf("%s/%s", name, key);
    change = changes_add(changes, CHANGE_CREATE, "mapping", label);
    free(label);
    change_field(changes, change, "stage", NULL, "$default");
    changes_announce(changes, change);
    if (!changes->apply)
        return 0;
    if (create_mapping(session, name, key, err) < 0)
        return -1;
    changes_done(changes, change, session_elapsed(session, started));
    return 0;
}

/* Removes the domain name itself and its records. */
static int delete_domain(struct session *session, const char *name, struct changes *changes,
                         struct err *err)
{
    int64_t started = clock_monotonic(session->clock);
    struct change *change;
    struct aws_call call;
    int result = domain_records_drop(session, name, changes, err);

    if (result == 0) {
        change = changes_add(changes, CHANGE_REMOVE, "domain", name);
        changes_announce(changes, change);
    }
    if (result == 0 && changes->apply) {
        aws_call_rest(&call, &aws_apigateway, "DeleteDomainName", "DELETE", NULL,
                      "/v2/domainnames/%s", name);
        result = session_do(session, &call, "NotFoundException", name, err);
        if (result == 0)
            changes_done(changes, change, session_elapsed(session, started));
    }
    return result;
}

/* How many mappings lead to other APIs. */
static size_t count_foreign(const struct session *session)
{
    size_t i, count = 0;
    json_t *mapping;

    json_array_foreach (session->mappings, i, mapping)
        count += strcmp(json_string_at(mapping, "apiId"), api_id(session)) != 0;
    return count;
}

/* All that is ours: of a domain that leads to APIs of others too, or is somebody else's, only the
 * mappings. */
static int remove_domain(struct session *session, const char *name, struct changes *changes,
                         struct err *err)
{
    if (drop_mappings(session, name, NULL, changes, err) < 0)
        return -1;
    if (session->domain && !session_owns(session, json_at(session->domain, "tags")))
        return 0;
    if (count_foreign(session)) {
        if (session->context.out)
            out_step(session->context.out, "the domain %s stays: it leads to APIs of others, too",
                     name);
        return 0;
    }
    if (session->domain && delete_domain(session, name, changes, err) < 0)
        return -1;
    return certificate_remove(session, name, changes, err);
}

int domain_drop(struct session *session, struct changes *changes, struct err *err)
{
    const char *name = marked(session);

    if (!name)
        return 0;
    if (strcmp(json_string_at(session->domain, "domainName"), name) != 0 &&
        read_now(session, name, err) < 0)
        return -1;
    if (remove_domain(session, name, changes, err) < 0)
        return -1;
    if (!changes->apply)
        return 0;
    json_replace(&session->domain, NULL);
    json_replace(&session->mappings, NULL);
    return mark(session, NULL, err);
}

static int put_all(struct session *session, const char *name, struct changes *changes,
                   struct err *err)
{
    if (changes->apply && mark(session, name, err) < 0)
        return -1;
    if (put_domain(session, name, changes, err) < 0 ||
        put_mapping(session, name, changes, err) < 0 ||
        drop_mappings(session, name, session->settings->domain.base_path, changes, err) < 0)
        return -1;
    return domain_records_put(session, name, changes, err);
}

int domain_sync(struct session *session, struct changes *changes, struct err *err)
{
    const char *name = domain_wanted(session), *before = marked(session);
    bool moves = before && (!name || strcmp(before, name) != 0);

    if (session->settings->domain.name && !name && changes->apply && session->context.out)
        out_step(session->context.out,
                 "the domain %s is for AWS: the local engine has no DNS names",
                 session->settings->domain.name);
    if (moves && domain_drop(session, changes, err) < 0)
        return -1;
    if (!name)
        return 0;
    if (moves && read_now(session, name, err) < 0)
        return -1;
    if (!session->mappings)
        session->mappings = json_array();
    return put_all(session, name, changes, err);
}
