/*
 * One request to where credentials come from: STS, IAM Identity Center, the
 * metadata services. Nothing of what is sent and answered is kept or shown.
 */
#ifndef FNCTL_PROVIDERS_AWS_CREDENTIAL_CALL_H
#define FNCTL_PROVIDERS_AWS_CREDENTIAL_CALL_H

#include "core/buf.h"
#include "core/strlist.h"
#include "providers/aws/identity/credential_source.h"

struct credential_call {
    const char *label;      /* "sts AssumeRole": for traces and messages */
    const char *method;     /* NULL: GET */
    char *url;              /* owned */
    struct strlist headers; /* "Name: value" */
    struct buf body;
    int64_t timeout; /* ms of an attempt, 0: 10 s */
    bool once;       /* not tried again */
    /* Signed with this key when there is one. */
    const struct credentials_key *key;
    const char *region, *service;

    int status;
    struct buf reply;
    char *code, *message; /* of an error in one of AWS's forms; or NULL */
};

/* Sends it. 0 when an answer came, whatever its status. Errors: ERR_SERVICE, ERR_INTERRUPTED,
 * ERR_USAGE (no such address). Wiped and released by credential_call_release() in any case. */
int credential_call_perform(struct credential_call *call, const struct credential_world *world,
                            struct err *err);
void credential_call_release(struct credential_call *call);

/* The answer as a JSON object, NULL when it is none; to credential_json_free(). */
json_t *credential_call_json(const struct credential_call *call);

/* "cannot `doing`: CODE: message", ERR_CREDENTIALS, of an answer that is no success; ERR_SERVICE
 * when it is the service that failed. */
int credential_call_fail(const struct credential_call *call, const char *doing, struct err *err);

/* Appends "&name=value" of a form, encoded; nothing when `value` is NULL. */
void credential_call_form(struct credential_call *call, const char *name, const char *value);

#endif
