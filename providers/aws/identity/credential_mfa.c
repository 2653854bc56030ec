#include "providers/aws/identity/credential_mfa.h"

#include "core/interrupt.h"
#include "core/memory.h"
#include "core/out.h"

#include <ctype.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

/* What is typed, up to the end of the line. A code is of use once and for 30 s, so it may be seen.
 */
static ssize_t read_line(char *line, size_t size)
{
    ssize_t len;

    if (interrupt_wait_readable(STDIN_FILENO) < 0)
        return -1;
    len = read(STDIN_FILENO, line, size - 1);
    if (len < 0)
        return -1;
    while (len > 0 && isspace((unsigned char)line[len - 1]))
        len--;
    line[len] = '\0';
    return len;
}

char *credential_mfa_ask(const char *serial, struct err *err)
{
    char line[64], *shown, *code;
    ssize_t len;

    if (!isatty(STDIN_FILENO) || !isatty(STDERR_FILENO)) {
        err_set(err, ERR_CREDENTIALS,
                "the role needs the code of the MFA device '%s', and there is no terminal to ask "
                "for it; run this on one, or give temporary keys in the environment",
                serial);
        return NULL;
    }
    shown = out_visible(serial, strlen(serial));
    fprintf(stderr, "MFA code for %s: ", shown);
    free(shown);
    len = read_line(line, sizeof(line));
    if (len < 0 && interrupt_check(err) < 0)
        return NULL;
    /* What STS takes as a TokenCode. */
    if (len != 6 || strspn(line, "0123456789") != 6) {
        err_set(err, ERR_CREDENTIALS, "an MFA code has six digits; run the command again");
        return NULL;
    }
    code = xstrdup(line);
    memory_wipe(line, sizeof(line));
    return code;
}
