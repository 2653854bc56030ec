/*
 * What a deploy changes: the record that `plan` prints as a diff and `deploy`
 * shows as progress. The same code finds the differences in both cases, so the
 * two cannot disagree: a member of a provider compares, records, and carries
 * out what it recorded only when `apply` is set.
 */
#ifndef FNCTL_PROVIDERS_CHANGES_H
#define FNCTL_PROVIDERS_CHANGES_H

#include "core/strlist.h"

#include <jansson.h>
#include <pthread.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum change_kind { CHANGE_CREATE, CHANGE_UPDATE, CHANGE_REMOVE, CHANGE_KINDS };

/* One field of a changed resource: its path and both values as text; NULL: not there. */
struct change_field {
    char *name;
    char *before;
    char *after;
};

struct change {
    enum change_kind kind;
    char *resource; /* "function", "role", "schedule", ... */
    char *name;     /* the remote name */
    struct change_field *fields;
    size_t field_count;
    bool done;       /* carried out */
    int64_t elapsed; /* ms it took */
};

struct changes {
    bool apply;            /* carry out; otherwise only record */
    struct change **items; /* owned */
    size_t count;
    size_t capacity;
    struct strlist left;  /* what is left alone, see changes_leave() */
    pthread_mutex_t lock; /* functions are deployed concurrently */
    /* Told of each change when it is recorded and again when it is done; under the lock. */
    void (*listener)(void *context, const struct change *change);
    void *context;
};

void changes_init(struct changes *changes, bool apply);
void changes_release(struct changes *changes);

/* Records a change; it stays the log's, and may be given fields until it is done. */
struct change *changes_add(struct changes *changes, enum change_kind kind, const char *resource,
                           const char *name);

/* Adds a field of a change. Values that are secret are given as "******". */
void change_field(struct changes *changes, struct change *change, const char *name,
                  const char *before, const char *after);

/* Tells the listener of a change whose fields are complete; call once, before applying. */
void changes_announce(struct changes *changes, struct change *change);

/* Marks a change as carried out. `started`: clock_monotonic() when it began. */
void changes_done(struct changes *changes, struct change *change, int64_t elapsed);

/* Notes that something is not ours and stays as it is: "schedule 'x': others made it". */
void changes_leave(struct changes *changes, const char *format, ...)
    __attribute__((format(printf, 2, 3)));

/* Moves all changes and notes of `from` behind those of `changes`. */
void changes_append(struct changes *changes, struct changes *from);

/* The changes as JSON: [{"action","resource","name","fields":[{"name","before","after"}]}]. */
json_t *changes_json(const struct changes *changes);

#endif
