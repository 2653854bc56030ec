/*
 * Members of a function's configuration that Lambda knows and fnctl does not:
 * `aws.function` of the settings. They are sent and compared as they are
 * written; of an object only the members that the settings name are compared,
 * since Lambda fills in the others. The function's tag fnctl:aws has their
 * names, so that one the settings no longer have is noticed.
 */
#ifndef FNCTL_PROVIDERS_AWS_PASS_THROUGH_H
#define FNCTL_PROVIDERS_AWS_PASS_THROUGH_H

#include "providers/aws/session.h"

/* Adds the function's members to the configuration it shall have. */
void pass_through_want(const struct function *function, json_t *wanted);

/* Adds what Lambda's reply says of these members; one that it does not have is left out. */
void pass_through_find(const struct function *function, const json_t *reply, json_t *found);

/*
 * Compares the tag with the settings, and adds to `wanted` the reset of each
 * member that the settings no longer name; where Lambda has none, the user is
 * told that it stays. Errors: ERR_SETTINGS for a member that can be chosen
 * only when a function is created, and is another.
 */
int pass_through_compare(struct session *session, const struct remote *remote, json_t *wanted,
                         struct err *err);

/* The value of the tag, to free(); NULL when there is nothing to note. */
char *pass_through_tag(const struct remote *remote);

#endif
