/* Statements of the resource policy of a function's live alias: who may invoke it. */
#ifndef FNCTL_PROVIDERS_AWS_POLICY_H
#define FNCTL_PROVIDERS_AWS_POLICY_H

#include "providers/aws/session.h"

/* A statement as AddPermission takes it. Borrowed. */
struct permission {
    const char *id;             /* StatementId */
    const char *action;         /* "lambda:InvokeFunction" */
    const char *principal;      /* "*" or a service */
    const char *source_arn;     /* who the service acts for; NULL: not limited */
    const char *source_account; /* whose that has to be; NULL: anybody's */
    const char *auth_type;      /* FunctionUrlAuthType; NULL: none */
    bool via_url;               /* InvokedViaFunctionUrl */
    bool new_source;            /* source_arn does not exist yet: whatever is there is wrong */
};

/* Whether the alias's policy has the statement. */
bool policy_has(const struct remote *remote, const struct permission *permission);

/* Makes sure that it has, without recording: part of a change that is recorded elsewhere. */
int policy_grant(struct session *session, struct remote *remote,
                 const struct permission *permission, struct err *err);

/* Removes the statement of that id, without recording. */
int policy_revoke(struct session *session, struct remote *remote, const char *id, struct err *err);

/* The same as a change of its own, "permission NAME", when there is something to do. */
int policy_ensure(struct session *session, struct remote *remote,
                  const struct permission *permission, struct changes *changes, struct err *err);
int policy_drop(struct session *session, struct remote *remote, const char *id,
                struct changes *changes, struct err *err);

/* Which source a statement is limited to: an ARN, "" for none. Borrowed. */
const char *policy_source(const json_t *statement);

/* The statements of a GetPolicy reply, the caller's; an empty array when there are none. */
json_t *policy_statements(const struct aws_call *call);

#endif
