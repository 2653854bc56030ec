#include "cli/app.h"
#include "cli/command_line.h"
#include "core/interrupt.h"

#include <errno.h>
#include <fcntl.h>
#include <locale.h>
#include <string.h>
#include <unistd.h>

/* With --json a failure is a document too, unless the command wrote one already. */
static void report(struct app *app, const struct err *err)
{
    json_t *document;

    if (err->code == ERR_CHANGES)
        return;
    /* To stop a command by Ctrl-C is no mistake. */
    if (err->code == ERR_INTERRUPTED)
        out_step(&app->out, "%s", err->message);
    else
        out_error(&app->out, "%s", err->message);
    if (!app->out.json || app->out.answered)
        return;
    document = json_pack("{s:{s:s, s:i}}", "error", "message", err->message, "status",
                         err_exit_status(err->code));
    out_json(&app->out, document, false);
    json_decref(document);
}

/* A reader that went away has seen what it wanted; a full disk has not. */
static void check_written(struct app *app, struct err *err)
{
    out_flush(&app->out);
    if (out_broken(&app->out) && app->out.failure != EPIPE)
        err_set(err, ERR_FAILED, "cannot write the result to standard output: %s",
                strerror(app->out.failure));
}

/*
 * A closed standard stream would have its number taken by the next file that is opened, and then
 * messages written into that. What is opened here instead refuses to be read or written, as a
 * closed one does.
 */
static void keep_standard_streams(void)
{
    for (int fd = STDIN_FILENO; fd <= STDERR_FILENO; fd++)
        if (fcntl(fd, F_GETFD) < 0 && errno == EBADF &&
            open("/dev/null", fd == STDIN_FILENO ? O_WRONLY : O_RDONLY) != fd)
            _exit(1);
}

int main(int argc, char **argv)
{
    struct app app;
    struct err err = {0};

    keep_standard_streams();
    setlocale(LC_CTYPE, "");
    interrupt_install();
    app_init(&app);
    if (command_line_run(&app, argc, argv, &err) == 0) {
        /* What a command got over on its way is no failure. */
        err_clear(&err);
        check_written(&app, &err);
    }
    if (err.code != ERR_NONE)
        report(&app, &err);
    app_release(&app);
    return err_exit_status(err.code);
}
