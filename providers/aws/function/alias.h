/*
 * The live alias: where it leads to, and moving it. Each write names the
 * RevisionId that was read, so that a move that somebody else made in between
 * is not undone unseen.
 *
 * AliasRoutingConfiguration: one further version may get a part of the calls,
 * 0.0 to 1.0; UpdateAlias merges, an empty map ends it.
 */
#ifndef FNCTL_PROVIDERS_AWS_ALIAS_H
#define FNCTL_PROVIDERS_AWS_ALIAS_H

#include "providers/aws/function/alias_note.h"
#include "providers/aws/session.h"

/* Where an alias leads to, or shall lead to. */
struct alias_target {
    const char *version;   /* "" : there is no alias. Borrowed from the remote, or the caller's */
    const char *candidate; /* the version that gets a part of the calls; NULL: none */
    double weight;         /* its part, 0 to 1 */
    struct alias_note note;
    const char *description; /* instead of the note: as it was; NULL: the note */
};

/*
 * Where the live alias leads to now, borrowed from `remote`. The note is that
 * of its description; where that says something else than what is there, for
 * somebody else moved the alias, it has an empty fingerprint.
 */
struct alias_target alias_now(const struct remote *remote);

/* Whether `remote` is a function of ours with a live alias. Errors: ERR_FAILED, that it is not
 * deployed; ERR_SERVICE, that it is somebody else's. */
int alias_demand(const struct session *session, const struct remote *remote, struct err *err);

/* Records the alias's change from what it is now; NULL in `version`: to one that is yet to be
 * published. */
struct change *alias_record(struct changes *changes, const struct remote *remote,
                            const struct alias_target *target);

/* Makes the alias lead to `target`, creating it where there is none. Errors: ERR_SERVICE when
 * somebody else moved it meanwhile. */
int alias_put(struct session *session, struct remote *remote, const struct alias_target *target,
              struct err *err);

/* Reads the alias again into `remote`. */
int alias_read(struct session *session, struct remote *remote, struct err *err);

/* The number of a version; 0: it is none, as $LATEST. */
int64_t alias_version_number(const char *version);

#endif
