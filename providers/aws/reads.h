/* Reads that go out together, each with what takes its answer. */
#ifndef FNCTL_PROVIDERS_AWS_READS_H
#define FNCTL_PROVIDERS_AWS_READS_H

#include "providers/aws/session.h"

/* One of the reads, as its taker sees it. */
struct read {
    struct remote *remote; /* the function it is about; NULL: none */
    char *name;            /* of what it is about; NULL: what the remote is; owned */
    /* Puts the answer where it belongs. `call` succeeded, or failed with a code that it accepts:
     * then call->code is set. */
    int (*take)(struct session *session, const struct read *read, const struct aws_call *call,
                struct err *err);
};

struct reads {
    struct aws_call *calls;
    struct read *items; /* one for each call */
    size_t count, capacity;
};

/* Adds a read (its name is copied) and returns its call, to be filled before the next is added. */
struct aws_call *reads_add(struct reads *reads, const struct read *read);

/* Performs all of them at once and has the answers taken, in order; empties `reads` in any case. */
int reads_run(struct session *session, struct reads *reads, struct err *err);

#endif
