/*
 * The provider "local": the AWS provider with the endpoint and credentials of
 * the engine on this machine, which it starts when it is not running. The
 * environment's AWS variables and profiles have no part in it.
 */
#ifndef FNCTL_PROVIDERS_LOCAL_LOCAL_H
#define FNCTL_PROVIDERS_LOCAL_LOCAL_H

#include "providers/provider.h"

#define LOCAL_REGION "us-east-1"

extern const struct provider provider_local;

#endif
