/* A Node.js project: its package.json and the lock file of npm. */
#ifndef FNCTL_PACKAGER_DEPENDENCIES_NODE_PROJECT_H
#define FNCTL_PACKAGER_DEPENDENCIES_NODE_PROJECT_H

#include "core/err.h"
#include "core/json.h"
#include "core/strlist.h"

#include <stdbool.h>

struct node_project {
    char *folder;
    json_t *package; /* package.json; NULL when there is none */
    char *lock;      /* the lock file's path; NULL when there is none, or it was not asked for */
    struct strlist local; /* paths that the lock file names, relative: folders and archives */
};

/* Reads what is there; the lock file, which is large, only when `lock` is set. ERR_PACKAGE: a file
 * is no JSON or cannot be read. */
int node_project_read(struct node_project *project, const char *folder, bool lock, struct err *err);
void node_project_release(struct node_project *project);

/* Whether package.json names packages beyond those that `provided` says are there anyway. */
bool node_project_needs_packages(const struct node_project *project,
                                 bool (*provided)(const char *name));

/* How many folders above the project its local packages reach: 1 for "../lib". */
int node_project_levels(const struct node_project *project);

/* The text of package.json without its scripts, which are for the whole project, to free(). */
char *node_project_package(const struct node_project *project);

#endif
