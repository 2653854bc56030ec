/* Whether Python's modules in C are for the Python of the function's runtime. */
#ifndef FNCTL_PACKAGER_PYTHON_ABI_H
#define FNCTL_PACKAGER_PYTHON_ABI_H

#include "packager/content.h"

/*
 * Warns when there are modules whose names say that they are for another
 * Python, as "a.cpython-311-x86_64-linux-gnu.so" with python3.13, and that are
 * not there for the right one too: the runtime does not import them. No error,
 * since many packages go on without. Not with the provider "local", which runs
 * them on the Python that is there.
 */
void python_abi_check(const struct content *content);

#endif
