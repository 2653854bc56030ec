/*
 * Sources of triggers on the engine. On AWS the queue or bucket that a trigger
 * names has to be there; the engine is for trying things out, so a deploy makes
 * it. It stays when the project is undeployed, with what is in it.
 */
#ifndef FNCTL_PROVIDERS_LOCAL_SOURCES_H
#define FNCTL_PROVIDERS_LOCAL_SOURCES_H

#include "providers/provider.h"

/* As put_triggers of providers/provider.h. */
int local_put_triggers(struct session *session, const struct function *function,
                       struct changes *changes, struct err *err);

#endif
