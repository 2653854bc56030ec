/* The file system that a function sees: the machine's, read-only, with Lambda's folders. */
#ifndef FNCTL_ENGINE_SANDBOX_ROOT_H
#define FNCTL_ENGINE_SANDBOX_ROOT_H

#include "providers/local/engine/run/sandbox.h"

struct sandbox_root;

/* Looks at the machine's top folders and makes the mount point FOLDER/runtime/root; NULL when it
 * cannot. */
struct sandbox_root *sandbox_root_new(const char *folder);
void sandbox_root_free(struct sandbox_root *root);

/*
 * Builds the root in this mount namespace and moves into it; only system calls. `temporary` are
 * the options of the tmpfs on /tmp. -1 with errno.
 */
int sandbox_root_enter(const struct sandbox_root *root, const struct sandbox_process *process,
                       const char *temporary);

#endif
