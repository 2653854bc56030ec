/* The providers there are. */
#ifndef FNCTL_PROVIDERS_REGISTRY_H
#define FNCTL_PROVIDERS_REGISTRY_H

#include "providers/provider.h"

/* NULL-terminated. */
extern const struct provider *const providers[];

/* The provider of that name; NULL with ERR_SETTINGS listing the known ones. */
const struct provider *provider_find(const char *name, struct err *err);

#endif
