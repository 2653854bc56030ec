/*
 * zappa_settings.json, of Zappa 0.40 to 0.62: each of its stages becomes a
 * stage on AWS; the app becomes the function "web", and each function that
 * `events` name becomes one of its own, in the same code.
 * https://github.com/zappa/Zappa#advanced-settings
 */
#ifndef FNCTL_CLI_IMPORT_ZAPPA_H
#define FNCTL_CLI_IMPORT_ZAPPA_H

#include "cli/import.h"

/* `root` is the file. Errors: ERR_FAILED when it has no stage, or one that extends what is not
 * there. Looks for a requirements.txt in the current folder. */
int import_zappa(struct import *import, const json_t *root, struct err *err);

#endif
