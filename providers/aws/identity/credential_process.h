/*
 * Credentials from a program: the `credential_process` of a profile.
 * https://docs.aws.amazon.com/sdkref/latest/guide/feature-process-credentials.html
 */
#ifndef FNCTL_PROVIDERS_AWS_CREDENTIAL_PROCESS_H
#define FNCTL_PROVIDERS_AWS_CREDENTIAL_PROCESS_H

#include "core/err.h"
#include "core/strlist.h"
#include "providers/aws/identity/credential_source.h"

#include <stddef.h>

/*
 * Runs `command` (no shell; quotes and backslashes as in one) and reads what it
 * prints. The answer is the caller's to release. Errors: ERR_CREDENTIALS, with
 * the program's last words; ERR_INTERRUPTED.
 */
int credential_process_run(const char *command, struct credential_answer *answer, struct err *err);

/* Splits a command line into words as a shell does, without expanding anything. Errors:
 * ERR_CREDENTIALS: no word, a quote that is not closed. */
int credential_process_split(const char *command, struct strlist *words, struct err *err);

/* Reads the JSON that the program prints. */
int credential_process_parse(const char *text, size_t len, struct credential_answer *answer,
                             struct err *err);

#endif
