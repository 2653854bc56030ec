/*
 * The provider "aws": Lambda functions with roles, layers, log groups, URLs,
 * HTTP API routes and schedules.
 *
 * Names: everything of a function is named PROJECT-STAGE-FUNCTION. What can
 * carry tags carries fnctl:project, fnctl:stage, fnctl:function (and
 * the function's own `tags`); roles lie below the path /fnctl/PROJECT/STAGE/,
 * layers say so in their description. Nothing without these marks is changed
 * or removed. Tags that somebody else set on our resources are left alone.
 *
 * The table is made of the members of the files beside this one; each file is
 * one service's part.
 */
#ifndef FNCTL_PROVIDERS_AWS_AWS_H
#define FNCTL_PROVIDERS_AWS_AWS_H

#include "providers/aws/wire/request.h"
#include "providers/provider.h"

extern const struct provider provider_aws;

/* Opens a session over the connection that `options` describe: what a provider needs that speaks
 * AWS's protocols at another endpoint. Closed with aws_close(). */
int aws_open_with(const struct provider_context *context, const struct aws_options *options,
                  struct session **session, struct err *err);
void aws_close(struct session *session);

int aws_identify(struct session *session, struct identity *identity, struct err *err);

#endif
