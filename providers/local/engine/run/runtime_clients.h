/* The programs that run Python and Node handlers: templates/runtime/, a part of the engine. */
#ifndef FNCTL_ENGINE_RUNTIME_CLIENTS_H
#define FNCTL_ENGINE_RUNTIME_CLIENTS_H

#include "core/err.h"

/* Writes them below `folder`, where interpreters find them. Errors: ERR_FAILED. */
int runtime_clients_write(const char *folder, struct err *err);

#endif
