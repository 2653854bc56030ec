/*
 * Roles: one per function, one for the schedules of a project and stage. Each
 * has one inline policy, "fnctl".
 */
#ifndef FNCTL_PROVIDERS_AWS_IAM_H
#define FNCTL_PROVIDERS_AWS_IAM_H

#include "providers/aws/iam_documents.h"
#include "providers/aws/session.h"

#define ROLE_POLICY "fnctl"

/* A role as it shall be. Borrowed. */
struct role {
    const char *name;
    json_t *trust;
    json_t *policy;
    json_t *tags; /* object */
};

int aws_put_role(struct session *session, const struct function *function, struct changes *changes,
                 struct err *err);

/* "/fnctl/PROJECT/STAGE/REGION/", to free(): where our roles are. Their names are of the whole
 * account: by the region in the path, a deploy does not take the roles of the same stage elsewhere
 * for its own. */
char *iam_path(const struct session *session);

/* The ARN of the role `name` below our path; to free(). */
char *iam_role_arn(struct session *session, const char *name, struct err *err);

/* The calls that read a role and its policy, to be performed with others. */
void iam_role_call(const char *name, struct aws_call *call);
void iam_policy_call(const char *name, struct aws_call *call);

/* What those calls found: the role, the document of its policy; NULL: not there. The caller's. */
json_t *iam_role_found(const struct aws_call *call);
json_t *iam_policy_found(const struct aws_call *call);

/* Makes `*found` and `*document` equal to `role`, recording the difference. */
int iam_put(struct session *session, const struct role *role, json_t **found, json_t **document,
            struct changes *changes, struct err *err);

/* Removes a role with all its policies; one that is not there is fine. */
int iam_remove(struct session *session, const char *name, struct changes *changes, struct err *err);

#endif
