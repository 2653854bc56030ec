/*
 * Work in pieces on all processors, whose results are taken in order.
 *
 * Pieces are made one after the other, worked on by several threads, and
 * finished in the order they were made by the thread that runs the pipeline. A
 * fixed number of slots holds the pieces between the first step and the last,
 * so memory is bounded whatever the number of pieces.
 */
#ifndef FNCTL_PACKAGER_ZIP_PIPELINE_H
#define FNCTL_PACKAGER_ZIP_PIPELINE_H

#include "core/err.h"

#include <stdbool.h>
#include <stddef.h>

struct pipeline {
    void *context; /* of all steps */
    size_t
        slot_size;  /* bytes of a slot: whatever a piece is, zero at first, reused by later ones */
    size_t threads; /* at least 1 */

    /* Makes the next piece in `slot`; false when there are no more. Called by one thread at a
     * time. */
    bool (*next)(void *context, void *slot);
    /* What a worker needs for itself, and its end. */
    void *(*worker_new)(void *context);
    void (*worker_free)(void *worker);
    /* Works on a piece; on any thread, at the same time as others. */
    int (*work)(void *context, void *worker, void *slot, struct err *err);
    /* Takes the result; in order, on the calling thread. */
    int (*finish)(void *context, void *slot, struct err *err);
    /* Frees what a slot holds at the end. */
    void (*slot_release)(void *slot);
};

/*
 * Runs until all pieces are finished. After a failure no new piece is begun;
 * of several failures that of the first piece is returned. An interrupt ends
 * it as soon as the pieces at hand are done: ERR_INTERRUPTED.
 */
int pipeline_run(const struct pipeline *pipeline, struct err *err);

#endif
