/* What is in a package and why, for people and as JSON. */
#ifndef FNCTL_CLI_PACKAGE_LIST_H
#define FNCTL_CLI_PACKAGE_LIST_H

#include "core/out.h"
#include "packager/package.h"

#include <jansson.h>
#include <stdbool.h>

/* Each file of the list on a line of standard output; when a path was asked about, only what is at
 * or below it. */
void package_list_print(struct out *out, const struct package_list *list);

/* The same as [{"path","size","compressed","reason","in"}]; the caller's. */
json_t *package_list_json(const struct package_list *list);

/* What is not deployed of dependencies, in the same way. */
void package_left_out_print(struct out *out, const struct package_list *list);

/* The same as [{"path","size","reason"}]; the caller's. */
json_t *package_left_out_json(const struct package_list *list);

/* The rules about the path that was asked for, and what comes of them, for function `name`. */
void package_why_print(struct out *out, const char *name, const struct package_list *list);

/* Whether the path that was asked for is in the source, in the package, or left
 * out of it. */
bool package_why_found(const struct package_list *list);

/* The rules as {"path","exists","rules":[{"path","where","rule","effect","decides"}]}; the
 * caller's. */
json_t *package_why_json(const struct package_why *why);

#endif
