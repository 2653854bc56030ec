/* The throttling of routes: token buckets, as the stage's settings say. */
#ifndef FNCTL_ENGINE_THROTTLE_H
#define FNCTL_ENGINE_THROTTLE_H

#include "providers/local/engine/front/call.h"

/* Whether the route of the call takes one more request now. */
bool throttle_admits(struct call *call);

#endif
