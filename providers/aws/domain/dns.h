/*
 * Records in Route 53. Only records that are ours are made and removed: those
 * that were not there, and those that say what we would say.
 * https://docs.aws.amazon.com/Route53/latest/APIReference/API_ChangeResourceRecordSets.html
 */
#ifndef FNCTL_PROVIDERS_AWS_DNS_H
#define FNCTL_PROVIDERS_AWS_DNS_H

#include "providers/aws/session.h"

/* Borrowed strings; names with or without the last dot. */
struct dns_record {
    const char *name;
    const char *type;       /* "CNAME", "A", "AAAA" */
    const char *value;      /* of a CNAME, or what an alias leads to */
    const char *alias_zone; /* the hosted zone of `value`; NULL: no alias */
};

enum dns_state {
    DNS_MISSING,
    DNS_SAME,  /* it is there, or a CNAME of that name leads to the same */
    DNS_OTHER, /* something else is there, which is left alone */
};

/* The public hosted zone that holds the name, the one of the longest name; to free(). `*zone` is
 * NULL when there is none in the account. The settings' own is taken without asking. */
int dns_zone(struct session *session, const char *name, char **zone, struct err *err);

/* What is there of the name: ResourceRecordSet elements, the caller's; NULL on failure. */
json_t *dns_records(struct session *session, const char *zone, const char *name, struct err *err);

/* How the record stands among them. */
enum dns_state dns_state(const json_t *records, const struct dns_record *record);

/* Makes ("UPSERT") or removes ("DELETE") a record. */
int dns_change(struct session *session, const char *zone, const char *action,
               const struct dns_record *record, struct err *err);

/* Whether two names are the same, whatever their case and last dot. */
bool dns_same_name(const char *name, const char *other);

#endif
