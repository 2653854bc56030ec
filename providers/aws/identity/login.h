/* `fnctl login` and `fnctl logout` for AWS: the members of the provider. */
#ifndef FNCTL_PROVIDERS_AWS_LOGIN_H
#define FNCTL_PROVIDERS_AWS_LOGIN_H

#include "providers/provider.h"

int aws_login(const struct provider_context *context, struct login *login, struct err *err);
int aws_logout(const struct provider_context *context, struct login *login, struct err *err);

#endif
