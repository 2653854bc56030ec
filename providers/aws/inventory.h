/*
 * What is there of this project and stage, by its marks and not by the
 * settings, and removing it: prune takes what the settings no longer name,
 * remove takes all.
 */
#ifndef FNCTL_PROVIDERS_AWS_INVENTORY_H
#define FNCTL_PROVIDERS_AWS_INVENTORY_H

#include "providers/aws/session.h"

/* Names of what is ours. */
struct inventory {
    json_t *functions; /* object: remote name -> GetFunction's reply */
    struct strlist roles, log_groups, layers, schedules;
    bool group;  /* the schedule group */
    json_t *api; /* GetApis' item, or NULL */
};

/* Reads the inventory; release it in any case. */
int inventory_read(struct session *session, struct inventory *inventory, struct err *err);
void inventory_release(struct inventory *inventory);

/*
 * Removes what observe() found of functions that the settings no longer name. It
 * knows them by the log groups below the project's prefix: a function of ours
 * always has one. The group stays when the function goes, with what it holds
 * until its retention ends that; undeploy removes it.
 */
int aws_prune(struct session *session, struct changes *changes, struct err *err);
int aws_remove(struct session *session, bool keep_logs, struct changes *changes, struct err *err);

#endif
