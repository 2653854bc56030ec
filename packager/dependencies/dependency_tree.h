/* The files of installed dependencies: which go in, which are ballast. */
#ifndef FNCTL_PACKAGER_DEPENDENCIES_DEPENDENCY_TREE_H
#define FNCTL_PACKAGER_DEPENDENCIES_DEPENDENCY_TREE_H

#include "core/err.h"
#include "packager/files/entries.h"
#include "packager/files/ignore.h"

#include <stdbool.h>

struct dependency_tree {
    const char *folder;          /* on disk */
    const char *root;            /* its name for the rules: "python", "nodejs/node_modules" */
    const char *place;           /* in the zip: the same, or "", "node_modules" without a layer */
    const char *reason;          /* why its files are in */
    const struct ignore *rules;  /* what stays out */
    const struct entries *taken; /* sorted; a file that has its place in these stays out; or NULL */
    /* Whether a file or folder is needed though a rule leaves it out; asked for what is
     * in a package. NULL: never. */
    bool (*needed)(const char *origin, bool folder);
};

/*
 * Adds the files to `entries`, sorted, and what stays out to `left_out`, each
 * with the rule. Links are followed where they lead out of the folder, as they
 * do in trees of local packages; one that leads nowhere stays out.
 * ERR_PACKAGE: a file or folder cannot be read, or has a name that a zip
 * cannot have; ERR_INTERRUPTED.
 */
int dependency_tree_add(const struct dependency_tree *tree, struct entries *entries,
                        struct entries *left_out, struct err *err);

#endif
