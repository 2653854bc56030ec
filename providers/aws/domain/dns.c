#include "providers/aws/domain/dns.h"

#include "core/memory.h"
#include "providers/aws/storage/s3.h"

#include <stdlib.h>
#include <string.h>
#include <strings.h>

#define SPACE "https://route53.amazonaws.com/doc/2013-04-01/"

enum { PAGES_MOST = 100, TTL = 300 };

static size_t name_length(const char *name)
{
    size_t len = strlen(name);

    return len && name[len - 1] == '.' ? len - 1 : len;
}

bool dns_same_name(const char *name, const char *other)
{
    size_t len = name_length(name);

    return len == name_length(other) && strncasecmp(name, other, len) == 0;
}

/* Whether `name` is the zone's or below it. */
static bool is_within(const char *name, const char *zone)
{
    size_t len = name_length(name), zone_len = name_length(zone);

    if (len < zone_len || strncasecmp(name + len - zone_len, zone, zone_len) != 0)
        return false;
    return len == zone_len || name[len - zone_len - 1] == '.';
}

/* Takes the better zone of a page: "/hostedzone/ID" of the longest name. */
static void choose_zone(const json_t *reply, const char *name, char **zone, size_t *longest)
{
    json_t *zones = s3_elements(json_object_get(reply, "HostedZones"), "HostedZone");
    const json_t *item;
    size_t i;

    json_array_foreach (zones, i, item) {
        const char *its = json_string_at(item, "Name"), *id = json_string_at(item, "Id");

        if (strcmp(json_string_at(item, "Config.PrivateZone"), "true") == 0 ||
            !is_within(name, its) || strlen(its) <= *longest)
            continue;
        *longest = strlen(its);
        free(*zone);
        *zone = xstrdup(strrchr(id, '/') ? strrchr(id, '/') + 1 : id);
    }
    json_decref(zones);
}

int dns_zone(struct session *session, const char *name, char **zone, struct err *err)
{
    char *marker = xstrdup("");
    size_t longest = 0;
    int result = 0;

    *zone = xstrdup(session->settings->domain.zone);
    for (int page = 0;
         !session->settings->domain.zone && marker && result == 0 && page < PAGES_MOST; page++) {
        char *encoded = aws_encode(marker);
        struct aws_call call;

        aws_call_rest(&call, &aws_route53, "ListHostedZones", "GET", NULL,
                      "/2013-04-01/hostedzone?maxitems=100%s%s", *marker ? "&marker=" : "",
                      encoded);
        result = session_call(session, &call, NULL, name, err);
        if (result == 0)
            choose_zone(call.reply, name, zone, &longest);
        free(marker);
        marker = strcmp(json_string_at(call.reply, "IsTruncated"), "true") == 0
                     ? xstrdup(json_string_at(call.reply, "NextMarker"))
                     : NULL;
        free(encoded);
        aws_call_release(&call);
    }
    free(marker);
    return result;
}

json_t *dns_records(struct session *session, const char *zone, const char *name, struct err *err)
{
    char *encoded = aws_encode(name);
    json_t *records = NULL, *all, *item;
    struct aws_call call;
    size_t i;

    aws_call_rest(&call, &aws_route53, "ListResourceRecordSets", "GET", NULL,
                  "/2013-04-01/hostedzone/%s/rrset?name=%s&maxitems=20", zone, encoded);
    if (session_call(session, &call, NULL, name, err) == 0) {
        records = json_array();
        all = s3_elements(json_object_get(call.reply, "ResourceRecordSets"), "ResourceRecordSet");
        json_array_foreach (all, i, item) {
            if (dns_same_name(json_string_at(item, "Name"), name))
                json_array_append(records, item);
        }
        json_decref(all);
    }
    aws_call_release(&call);
    free(encoded);
    return records;
}

/* Whether a record there leads to that value, as an alias or by name. */
static bool leads_to(const json_t *found, const char *value)
{
    json_t *values = s3_elements(json_object_get(found, "ResourceRecords"), "ResourceRecord");
    bool same = dns_same_name(json_string_at(found, "AliasTarget.DNSName"), value);

    if (json_array_size(values) == 1)
        same = dns_same_name(json_string_at(json_array_get(values, 0), "Value"), value);
    json_decref(values);
    return same;
}

enum dns_state dns_state(const json_t *records, const struct dns_record *record)
{
    const json_t *item;
    size_t i;

    json_array_foreach (records, i, item) {
        const char *type = json_string_at(item, "Type");

        if (strcmp(type, record->type) == 0 || strcmp(type, "CNAME") == 0)
            return leads_to(item, record->value) ? DNS_SAME : DNS_OTHER;
    }
    return DNS_MISSING;
}

static void add_element(struct buf *xml, const char *name, const char *text)
{
    buf_printf(xml, "<%s>", name);
    s3_escape(xml, text);
    buf_printf(xml, "</%s>", name);
}

static char *change_xml(const char *action, const struct dns_record *record)
{
    struct buf xml;

    buf_init(&xml, 0);
    buf_puts(&xml, "<ChangeResourceRecordSetsRequest xmlns=\"" SPACE "\"><ChangeBatch><Changes>"
                   "<Change>");
    add_element(&xml, "Action", action);
    buf_puts(&xml, "<ResourceRecordSet>");
    add_element(&xml, "Name", record->name);
    add_element(&xml, "Type", record->type);
    if (record->alias_zone) {
        buf_puts(&xml, "<AliasTarget>");
        add_element(&xml, "HostedZoneId", record->alias_zone);
        add_element(&xml, "DNSName", record->value);
        buf_puts(&xml, "<EvaluateTargetHealth>false</EvaluateTargetHealth></AliasTarget>");
    } else {
        buf_printf(&xml, "<TTL>%d</TTL><ResourceRecords><ResourceRecord>", TTL);
        add_element(&xml, "Value", record->value);
        buf_puts(&xml, "</ResourceRecord></ResourceRecords>");
    }
    buf_puts(&xml, "</ResourceRecordSet></Change></Changes></ChangeBatch>"
                   "</ChangeResourceRecordSetsRequest>");
    return buf_take(&xml);
}

int dns_change(struct session *session, const char *zone, const char *action,
               const struct dns_record *record, struct err *err)
{
    bool removes = strcmp(action, "DELETE") == 0;
    struct aws_call call;

    aws_call_rest(&call, &aws_route53, "ChangeResourceRecordSets", "POST", NULL,
                  "/2013-04-01/hostedzone/%s/rrset/", zone);
    call.raw = change_xml(action, record);
    call.raw_len = strlen(call.raw);
    strlist_add(&call.headers, "Content-Type: application/xml");
    /* One that is gone, or was changed by somebody, is not ours to remove. */
    return session_do(session, &call, removes ? "InvalidChangeBatch" : NULL, record->name, err);
}
