/*
 * What differs between two JSON values, leaf by leaf: the fields of a change,
 * each named by its path ("policy.Statement[logs].Resource").
 */
#ifndef FNCTL_PROVIDERS_DIFFERENCE_H
#define FNCTL_PROVIDERS_DIFFERENCE_H

#include "providers/changes.h"

/*
 * Adds one field for each leaf that differs in the two objects (either may be
 * NULL); returns how many. Values are compact JSON, strings without quotes.
 * - Objects are entered; lists of objects too, their items matched by "Sid", "Id" or "name" where
 *   they have one, else by their order after those that are equal were left out. Other lists are
 *   leaves. What is empty on one side and absent on the other does not differ.
 * - A string that is itself a JSON object (a policy, the input of a schedule) is entered as one.
 *   In there, names that tell of secrets have their values masked (settings_looks_secret()), as
 *   have URLs with passwords anywhere.
 */
size_t change_fields_differing(struct changes *changes, struct change *change, const json_t *before,
                               const json_t *after);

#endif
