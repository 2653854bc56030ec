/* The code of a second factor, asked for on the terminal. */
#ifndef FNCTL_PROVIDERS_AWS_CREDENTIAL_MFA_H
#define FNCTL_PROVIDERS_AWS_CREDENTIAL_MFA_H

#include "core/err.h"

/* Asks for the code of the device `serial`; to credential_wipe(). NULL with ERR_CREDENTIALS without
 * a terminal or a code, ERR_INTERRUPTED. */
char *credential_mfa_ask(const char *serial, struct err *err);

#endif
