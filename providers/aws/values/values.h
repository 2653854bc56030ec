/*
 * What the settings ask for by ${ssm:...}, ${secret:...} and ${cf:...}: parameters of Systems
 * Manager, secrets of Secrets Manager, outputs of CloudFormation stacks. One file a service; each
 * says what to ask, and takes the answers.
 */
#ifndef FNCTL_PROVIDERS_AWS_VALUES_H
#define FNCTL_PROVIDERS_AWS_VALUES_H

#include "core/references.h"
#include "providers/aws/session.h"

int aws_values(struct session *session, struct references *references, struct err *err);

/* A call, and the references that its answer decides. */
struct question {
    struct aws_call call;
    struct reference **asked; /* the array is owned */
    size_t count;
};

/* Questions of one round, at most as many as there are references. */
struct questions {
    struct question *items;
    size_t count;
};

void question_add(struct question *question, struct reference *reference);

/* "CODE: MESSAGE" of a call that was refused; to free(). */
char *question_refusal(const struct question *question);

/* GetParameters: ten names a call, of one parameter one version. */
void parameters_ask(const struct references *references, struct questions *questions);
void parameters_take(const struct question *question);

/* BatchGetSecretValue: twenty secrets a call; GetSecretValue for a single one, for a version that
 * is not the current one, and for those that a batch left unanswered (then `alone`). */
void secrets_ask(const struct references *references, bool alone, struct questions *questions);
void secrets_take(const struct question *question);

/* DescribeStacks: one call a stack. */
void stacks_ask(const struct references *references, struct questions *questions);
void stacks_take(const struct question *question);

#endif
