#include "providers/aws/domain/certificate.h"

#include "core/hash.h"
#include "core/memory.h"
#include "providers/aws/domain/dns.h"
#include "providers/aws/wire/pages.h"

#include <stdlib.h>
#include <string.h>

enum { PATIENCE = 10 * 60 * 1000, LONGEST_PAUSE = 5000 /* ms */ };

/* Whether a certificate's name, which may begin with "*.", covers a domain name. */
static bool covers(const char *pattern, const char *name)
{
    const char *dot = strchr(name, '.');

    if (strncmp(pattern, "*.", 2) == 0)
        return dot && dns_same_name(pattern + 2, dot + 1);
    return dns_same_name(pattern, name);
}

static bool is_for(const json_t *summary, const char *name)
{
    const json_t *other;
    size_t i;

    json_array_foreach (json_object_get(summary, "SubjectAlternativeNameSummaries"), i, other) {
        if (json_is_string(other) && covers(json_string_value(other), name))
            return true;
    }
    return covers(json_string_at(summary, "DomainName"), name);
}

/* DescribeCertificate's Certificate, the caller's; NULL on failure, or with `missing` set. */
static json_t *describe(struct session *session, const char *arn, bool *missing, struct err *err)
{
    json_t *certificate = NULL;
    struct aws_call call;

    aws_call_action(&call, &aws_acm, "DescribeCertificate",
                    json_pack("{s:s}", "CertificateArn", arn));
    *missing = false;
    if (session_call(session, &call, "ResourceNotFoundException", arn, err) == 0) {
        *missing = call.code != NULL;
        certificate = call.code ? NULL : call_take(&call, "Certificate");
    }
    aws_call_release(&call);
    return certificate;
}

static int is_ours(struct session *session, const char *arn, bool *ours, struct err *err)
{
    struct aws_call call;
    json_t *tags;
    int result;

    aws_call_action(&call, &aws_acm, "ListTagsForCertificate",
                    json_pack("{s:s}", "CertificateArn", arn));
    result = session_call(session, &call, "ResourceNotFoundException", arn, err);
    tags = tags_from_list(json_at(call.reply, "Tags"));
    *ours = result == 0 && !call.code && session_owns(session, tags);
    json_decref(tags);
    aws_call_release(&call);
    return result;
}

/* The summaries of all certificates that are issued or wait, the caller's; NULL on failure. */
static json_t *list(struct session *session, struct err *err)
{
    /* Without the kinds of keys, only some are listed. */
    json_t *body = json_pack("{s:[s, s], s:{s:[s, s, s, s, s]}}", "CertificateStatuses", "ISSUED",
                             "PENDING_VALIDATION", "Includes", "keyTypes", "RSA_2048", "RSA_3072",
                             "RSA_4096", "EC_prime256v1", "EC_secp384r1");
    struct listing listing = {.service = &aws_acm,
                              .operation = "ListCertificates",
                              .body = body,
                              .items = "CertificateSummaryList",
                              .ask = "NextToken",
                              .next = "NextToken"};
    json_t *items = listing_all(session, &listing, err);

    json_decref(body);
    return items;
}

/* An issued certificate for the name, else one of ours that waits; `*arn` NULL: neither. */
static int find(struct session *session, const char *name, char **arn, struct err *err)
{
    json_t *items = list(session, err), *item;
    int result = items ? 0 : -1;
    bool ours = false;
    size_t i;

    *arn = NULL;
    json_array_foreach (items, i, item) {
        const char *its = json_string_at(item, "CertificateArn");
        bool issued = strcmp(json_string_at(item, "Status"), "ISSUED") == 0;

        if (!is_for(item, name) || (*arn && !issued))
            continue;
        if (!issued)
            result = is_ours(session, its, &ours, err);
        if (result < 0)
            break;
        if (!issued && !ours)
            continue;
        free(*arn);
        *arn = xstrdup(its);
        if (issued)
            break;
    }
    json_decref(items);
    return result;
}

/* The same for the same stage and name, so that a request whose answer was lost makes no other. */
static void make_token(const struct session *session, const char *name, char token[static 33])
{
    char *text = xasprintf("%s %s %s", session->settings->project, session->settings->stage, name);
    uint8_t digest[HASH_LEN];
    char hex[HASH_HEX_LEN];

    hash_sha256(text, strlen(text), digest);
    hash_hex(digest, sizeof(digest), hex);
    memcpy(token, hex, 32);
    token[32] = '\0';
    free(text);
}

static char *request(struct session *session, const char *name, struct err *err)
{
    json_t *tags = session_tags(session, NULL);
    struct aws_call call;
    char token[33];
    char *arn = NULL;

    make_token(session, name, token);
    aws_call_action(&call, &aws_acm, "RequestCertificate",
                    json_pack("{s:s, s:s, s:s, s:o}", "DomainName", name, "ValidationMethod", "DNS",
                              "IdempotencyToken", token, "Tags", tags_to_list(tags)));
    if (session_call(session, &call, NULL, name, err) == 0)
        arn = xstrdup(json_string_at(call.reply, "CertificateArn"));
    json_decref(tags);
    aws_call_release(&call);
    return arn;
}

/* The record that proves that the name is ours; false: ACM does not tell it yet. */
static bool validation_record(const json_t *certificate, struct dns_record *record)
{
    const json_t *option = json_array_get(json_at(certificate, "DomainValidationOptions"), 0);

    *record = (struct dns_record){.name = json_string_at(option, "ResourceRecord.Name"),
                                  .type = json_string_at(option, "ResourceRecord.Type"),
                                  .value = json_string_at(option, "ResourceRecord.Value")};
    return *record->name && *record->value;
}

static int validate(struct session *session, const char *name, const struct dns_record *record,
                    struct err *err)
{
    json_t *records = NULL;
    char *zone = NULL;
    int result = -1;

    if (dns_zone(session, name, &zone, err) < 0)
        goto out;
    if (!zone) {
        err_set(err, ERR_FAILED,
                "the certificate of '%s' waits for its validation, and no hosted zone of this "
                "account holds the name: set the DNS record '%s' of type %s with the value '%s' "
                "where its zone is, then run the command again",
                name, record->name, record->type, record->value);
        goto out;
    }
    records = dns_records(session, zone, record->name, err);
    if (!records)
        goto out;
    if (dns_state(records, record) == DNS_OTHER)
        err_set(err, ERR_FAILED,
                "the DNS record '%s' has another value than '%s', which would validate the "
                "certificate of '%s'; it is left alone",
                record->name, record->value, name);
    else if (dns_state(records, record) == DNS_SAME ||
             dns_change(session, zone, "UPSERT", record, err) == 0)
        result = 0;
out:
    json_decref(records);
    free(zone);
    return result;
}

/* One look at a certificate that was requested: 1 when it is issued, 0 when not yet. */
static int progress(struct session *session, const char *name, const char *arn, bool *validated,
                    struct err *err)
{
    bool missing;
    json_t *certificate = describe(session, arn, &missing, err);
    const char *status = json_string_at(certificate, "Status");
    struct dns_record record;
    int result = -1;

    if (!certificate) {
        if (missing)
            err_set(err, ERR_SERVICE, "the certificate '%s' is not there any more", arn);
    } else if (strcmp(status, "ISSUED") == 0) {
        result = 1;
    } else if (strcmp(status, "PENDING_VALIDATION") != 0) {
        err_set(err, ERR_FAILED, "the certificate of '%s' was not issued: %s %s", name, status,
                json_string_at(certificate, "FailureReason"));
    } else if (*validated || !validation_record(certificate, &record)) {
        result = 0;
    } else if (validate(session, name, &record, err) == 0) {
        *validated = true;
        result = 0;
    }
    json_decref(certificate);
    return result;
}

static int await(struct session *session, const char *name, const char *arn, struct err *err)
{
    int64_t started = clock_monotonic(session->clock), delay = 50;
    bool validated = false, said = false;
    int result;

    while ((result = progress(session, name, arn, &validated, err)) == 0) {
        if (session_elapsed(session, started) > PATIENCE)
            return err_set(err, ERR_FAILED,
                           "the certificate of '%s' is not issued yet: its DNS record is set, and "
                           "running the command again goes on waiting",
                           name);
        if (validated && !said && session->context.out)
            out_step(session->context.out, "waiting until the certificate of %s is issued", name);
        said = said || validated;
        if (session_pause(session, &delay, LONGEST_PAUSE, err) < 0)
            return -1;
    }
    return result < 0 ? -1 : 0;
}

char *certificate_get(struct session *session, const char *name, struct changes *changes,
                      struct err *err)
{
    int64_t started = clock_monotonic(session->clock);
    struct change *change = NULL;
    char *arn;

    if (session->settings->domain.certificate)
        return xstrdup(session->settings->domain.certificate);
    if (find(session, name, &arn, err) < 0)
        return NULL;
    if (!arn) {
        change = changes_add(changes, CHANGE_CREATE, "certificate", name);
        change_field(changes, change, "ValidationMethod", NULL, "DNS");
        changes_announce(changes, change);
    }
    if (!changes->apply)
        return arn;
    if (!arn)
        arn = request(session, name, err);
    if (arn && await(session, name, arn, err) < 0) {
        free(arn);
        return NULL;
    }
    if (arn && change)
        changes_done(changes, change, session_elapsed(session, started));
    return arn;
}

/* The record goes first: without the certificate nobody knows it any more. */
static int remove_record(struct session *session, const char *name, const char *arn,
                         struct err *err)
{
    bool missing;
    json_t *certificate = describe(session, arn, &missing, err), *records = NULL;
    struct dns_record record;
    char *zone = NULL;
    int result = certificate || missing ? 0 : -1;

    if (!certificate || !validation_record(certificate, &record))
        goto out;
    result = dns_zone(session, name, &zone, err);
    if (result < 0 || !zone)
        goto out;
    records = dns_records(session, zone, record.name, err);
    result = records ? 0 : -1;
    if (records && dns_state(records, &record) == DNS_SAME)
        result = dns_change(session, zone, "DELETE", &record, err);
out:
    json_decref(records);
    json_decref(certificate);
    free(zone);
    return result;
}

static int remove_one(struct session *session, const char *name, const char *arn,
                      struct changes *changes, struct err *err)
{
    int64_t started = clock_monotonic(session->clock);
    struct change *change;
    struct aws_call call;
    bool ours = false;

    if (is_ours(session, arn, &ours, err) < 0)
        return -1;
    if (!ours)
        return 0;
    change = changes_add(changes, CHANGE_REMOVE, "certificate", name);
    changes_announce(changes, change);
    if (!changes->apply)
        return 0;
    if (remove_record(session, name, arn, err) < 0)
        return -1;
    aws_call_action(&call, &aws_acm, "DeleteCertificate",
                    json_pack("{s:s}", "CertificateArn", arn));
    if (session_do(session, &call, "ResourceNotFoundException", name, err) < 0)
        return -1;
    changes_done(changes, change, session_elapsed(session, started));
    return 0;
}

int certificate_remove(struct session *session, const char *name, struct changes *changes,
                       struct err *err)
{
    json_t *items = list(session, err), *item;
    int result = items ? 0 : -1;
    size_t i;

    json_array_foreach (items, i, item) {
        if (result == 0 && dns_same_name(json_string_at(item, "DomainName"), name))
            result =
                remove_one(session, name, json_string_at(item, "CertificateArn"), changes, err);
    }
    json_decref(items);
    return result;
}
