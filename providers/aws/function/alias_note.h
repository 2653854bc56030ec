/*
 * What the live alias's description says: which version it was written for,
 * what that version was made from, when it became live, and which ones were
 * live before. So an unchanged function is recognised without a request, and
 * `rollback` knows where to go without a state file.
 *
 *   fnctl VERSION FINGERPRINT [at MS] [before VERSION@MS,...] [next VERSION FINGERPRINT]
 *
 * MS is the time of the run that moved the alias there, in hex, the same for
 * all functions of one deploy: what was deployed together goes back together.
 * `next` is a version that gets a part of the calls. A description of an alias
 * has at most 256 characters (Lambda's AliasConfiguration); the oldest
 * versions are left out where they do not fit.
 */
#ifndef FNCTL_PROVIDERS_AWS_ALIAS_NOTE_H
#define FNCTL_PROVIDERS_AWS_ALIAS_NOTE_H

#include "providers/aws/function/configuration.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum { ALIAS_BEFORE_MAX = 10 };

/* A version that is, or was, live. */
struct alias_past {
    int64_t version;
    int64_t at; /* ms since 1970; 0 or 1: not known */
};

struct alias_note {
    struct alias_past live; /* version 0: there is no note of ours */
    char fingerprint[CONFIGURATION_FINGERPRINT_LEN];
    struct alias_past before[ALIAS_BEFORE_MAX]; /* the one that was live last comes first */
    size_t count;
    int64_t next; /* 0: none */
    char next_fingerprint[CONFIGURATION_FINGERPRINT_LEN];
};

/* Reads a description. False, and an empty note, when it is not of this form. */
bool alias_note_parse(const char *text, struct alias_note *note);

/* The description, to free(). */
char *alias_note_text(const struct alias_note *note);

/* The note for the time after `version` has become live at `at`, by going forward: what was live
 * comes to those before. */
void alias_note_forward(struct alias_note *note, int64_t version, const char *fingerprint,
                        int64_t at);

/* The same by going back: an older version, live again as of its time then if that is known, and
 * what is newer is forgotten. To a newer one it goes as by alias_note_forward(). */
void alias_note_back(struct alias_note *note, int64_t version, const char *fingerprint, int64_t at);

/* No version gets a part of the calls any more. */
void alias_note_end(struct alias_note *note);

#endif
