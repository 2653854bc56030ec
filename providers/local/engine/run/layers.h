/* The folder that becomes /opt: a function's layers, one over the other. */
#ifndef FNCTL_ENGINE_LAYERS_H
#define FNCTL_ENGINE_LAYERS_H

#include "core/err.h"
#include "core/strlist.h"
#include "providers/local/engine/engine.h"

/*
 * The real folder that holds the layers (blob names), later ones over earlier
 * ones; made once for each combination, complete or not there. `*folder` is to
 * free(), NULL without layers. Errors: ERR_FAILED, ERR_PACKAGE.
 */
int layers_merge(struct engine *engine, const struct strlist *layers, char **folder,
                 struct err *err);

/* At start: removes all merged folders. Making one again is quick, and nothing else tells which are
 * still wanted. */
void layers_sweep(struct engine *engine);

#endif
