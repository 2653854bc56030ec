#include "core/err.h"

#include <stdio.h>
#include <string.h>

/* The one table of failures: code, exit status, the words of the documentation. */
static const struct {
    int status;
    const char *text;
} codes[ERR_CODES] = {
    [ERR_NONE] = {0, "done"},
    [ERR_FAILED] = {1, "the command failed"},
    [ERR_USAGE] = {2, "wrong usage: unknown command, option or argument"},
    [ERR_SETTINGS] = {3, "the settings file is missing or wrong"},
    [ERR_CREDENTIALS] = {4, "no, wrong or expired credentials, or a permission is missing"},
    [ERR_SERVICE] = {5, "the network or the service failed"},
    [ERR_PACKAGE] = {6, "the code cannot be packaged"},
    [ERR_CHANGES] = {7, "changes are pending (`plan --exit-code`)"},
    [ERR_INTERRUPTED] = {130, "interrupted"},
};

int err_set(struct err *err, enum err_code code, const char *format, ...)
{
    char message[sizeof(err->message)];
    va_list arguments;

    /* The old message may be among the arguments, so it is overwritten last. */
    va_start(arguments, format);
    vsnprintf(message, sizeof(message), format, arguments);
    va_end(arguments);
    err->code = code;
    memcpy(err->message, message, sizeof(message));
    return -1;
}

int err_context(struct err *err, const char *format, ...)
{
    char context[1024];
    char message[sizeof(err->message)];
    va_list arguments;

    va_start(arguments, format);
    vsnprintf(context, sizeof(context), format, arguments);
    va_end(arguments);
    memcpy(message, err->message, sizeof(message));
    if (err->code == ERR_NONE)
        err->code = ERR_FAILED;
    snprintf(err->message, sizeof(err->message), "%s: %.*s", context,
             (int)(sizeof(message) - sizeof(context) - 3), message);
    return -1;
}

int err_append(struct err *err, const char *format, ...)
{
    size_t len = strlen(err->message);
    va_list arguments;

    va_start(arguments, format);
    vsnprintf(err->message + len, sizeof(err->message) - len, format, arguments);
    va_end(arguments);
    return -1;
}

void err_clear(struct err *err)
{
    err->code = ERR_NONE;
    err->message[0] = '\0';
}

int err_exit_status(enum err_code code)
{
    return codes[code].status;
}

const char *err_describe(enum err_code code)
{
    return codes[code].text;
}
