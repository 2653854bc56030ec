/*
 * Takes a zip that came from outside apart, into a new folder. Names that lead
 * out of it, links, devices, and more than Lambda itself allows (250 MB;
 * 100,000 entries) are refused, and then nothing is left behind.
 */
#ifndef FNCTL_CLI_UNZIP_H
#define FNCTL_CLI_UNZIP_H

#include "core/err.h"

/* `folder` must not be there. Errors: ERR_FAILED with the entry and why not. */
int unzip_file(const char *zip, const char *folder, struct err *err);

#endif
