/* Listings: all pages of an operation as one array. */
#ifndef FNCTL_PROVIDERS_AWS_PAGES_H
#define FNCTL_PROVIDERS_AWS_PAGES_H

#include "providers/aws/session.h"

/* Pages are followed up to this many items: a listing is input from outside. */
enum { PAGES_MOST_ITEMS = 100000 };

/* What to list. Strings are borrowed. */
struct listing {
    const struct aws_service *service;
    const char *operation;
    const char *path;   /* AWS_REST_JSON: path with "?" and at least one parameter */
    const json_t *body; /* others: the body of the first page; NULL: empty */
    const char *items;  /* key of the array in a reply */
    const char *ask;    /* the parameter that asks for a further page */
    const char *next;   /* the key of a reply that holds its value */
    const char *accept; /* codes that mean "nothing there"; NULL: none */
};

/* Fills the call for the page after `token` (NULL: the first), to be performed with others. */
void listing_call(const struct listing *listing, const char *token, struct aws_call *call);

/* Appends the items of a performed first page to `items`, and those of all further pages. */
int listing_follow(struct session *session, const struct listing *listing,
                   const struct aws_call *first, json_t *items, struct err *err);

/* All items, the caller's; NULL on failure. */
json_t *listing_all(struct session *session, const struct listing *listing, struct err *err);

#endif
