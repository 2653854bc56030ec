#include "providers/aws/domain/domain_records.h"

#include "core/memory.h"
#include "providers/aws/domain/dns.h"

#include <stdlib.h>
#include <string.h>

static const char *const types[] = {"A", "AAAA"};
enum { TYPES = sizeof(types) / sizeof(*types) };

/* The record that shall be there; false: API Gateway has not said what it leads to. */
static bool alias_of(const struct session *session, const char *name, const char *type,
                     struct dns_record *record)
{
    const json_t *found = json_array_get(json_at(session->domain, "domainNameConfigurations"), 0);

    *record = (struct dns_record){.name = name,
                                  .type = type,
                                  .value = json_string_at(found, "apiGatewayDomainName"),
                                  .alias_zone = json_string_at(found, "hostedZoneId")};
    return *record->value && *record->alias_zone;
}

/* One that the domain's address family has no use for is not made. */
static bool is_useful(const struct session *session, const char *type)
{
    const json_t *found = json_array_get(json_at(session->domain, "domainNameConfigurations"), 0);

    return strcmp(type, "A") == 0 ||
           strcmp(json_string_at(found, "ipAddressType"), "dualstack") == 0;
}

static struct change *announce(struct changes *changes, enum change_kind kind,
                               const struct dns_record *record)
{
    char *label = xasprintf("%s %s", record->name, record->type);
    struct change *change = changes_add(changes, kind, "dns record", label);

    free(label);
    if (kind == CHANGE_CREATE)
        change_field(changes, change, "alias", NULL, record->value);
    changes_announce(changes, change);
    return change;
}

static int put_record(struct session *session, const char *zone, const json_t *records,
                      const struct dns_record *record, struct changes *changes, struct err *err)
{
    int64_t started = clock_monotonic(session->clock);
    enum dns_state state = dns_state(records, record);
    struct change *change;

    if (state == DNS_SAME)
        return 0;
    if (state == DNS_OTHER) {
        if (session->context.out)
            out_warn(session->context.out,
                     "the DNS record %s of '%s' leads somewhere else and is left alone; it should "
                     "lead to '%s'",
                     record->type, record->name, record->value);
        return 0;
    }
    change = announce(changes, CHANGE_CREATE, record);
    if (!changes->apply)
        return 0;
    if (dns_change(session, zone, "UPSERT", record, err) < 0)
        return -1;
    changes_done(changes, change, session_elapsed(session, started));
    return 0;
}

int domain_records_put(struct session *session, const char *name, struct changes *changes,
                       struct err *err)
{
    struct dns_record record;
    json_t *records = NULL;
    char *zone = NULL;
    int result = 0;

    if (!alias_of(session, name, "A", &record))
        return 0;
    if (dns_zone(session, name, &zone, err) < 0)
        return -1;
    if (!zone) {
        if (changes->apply && session->context.out)
            out_step(session->context.out,
                     "no hosted zone of this account holds %s: set a CNAME record there that leads "
                     "to %s",
                     name, record.value);
        return 0;
    }
    records = dns_records(session, zone, name, err);
    for (size_t i = 0; i < TYPES && records && result == 0; i++) {
        if (is_useful(session, types[i]) && alias_of(session, name, types[i], &record))
            result = put_record(session, zone, records, &record, changes, err);
    }
    result = records ? result : -1;
    json_decref(records);
    free(zone);
    return result;
}

static int drop_record(struct session *session, const char *zone, const struct dns_record *record,
                       struct changes *changes, struct err *err)
{
    int64_t started = clock_monotonic(session->clock);
    struct change *change = announce(changes, CHANGE_REMOVE, record);

    if (!changes->apply)
        return 0;
    if (dns_change(session, zone, "DELETE", record, err) < 0)
        return -1;
    changes_done(changes, change, session_elapsed(session, started));
    return 0;
}

/* Whether the very alias is there: a CNAME to the same place is somebody's own. */
static bool has_alias(const json_t *records, const struct dns_record *record)
{
    const json_t *item;
    size_t i;

    json_array_foreach (records, i, item) {
        if (strcmp(json_string_at(item, "Type"), record->type) == 0 &&
            dns_same_name(json_string_at(item, "AliasTarget.DNSName"), record->value))
            return true;
    }
    return false;
}

int domain_records_drop(struct session *session, const char *name, struct changes *changes,
                        struct err *err)
{
    struct dns_record record;
    json_t *records = NULL;
    char *zone = NULL;
    int result = 0;

    if (!alias_of(session, name, "A", &record))
        return 0;
    if (dns_zone(session, name, &zone, err) < 0)
        return -1;
    if (!zone)
        return 0;
    records = dns_records(session, zone, name, err);
    for (size_t i = 0; i < TYPES && records && result == 0; i++) {
        if (alias_of(session, name, types[i], &record) && has_alias(records, &record))
            result = drop_record(session, zone, &record, changes, err);
    }
    result = records ? result : -1;
    json_decref(records);
    free(zone);
    return result;
}
