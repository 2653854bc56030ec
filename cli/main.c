#include "cli/app.h"
#include "cli/command_line.h"
#include "core/interrupt.h"

#include <errno.h>
#include <locale.h>

/* With --json a failure is a document too, unless the command wrote one already. */
static void report(struct app *app, const struct err *err)
{
    json_t *document;

    if (err->code == ERR_CHANGES)
        return;
    out_error(&app->out, "%s", err->message);
    if (!app->out.json || app->out.answered)
        return;
    document = json_pack("{s:{s:s, s:i}}", "error", "message", err->message, "status",
                         err_exit_status(err->code));
    out_json(&app->out, document, false);
    json_decref(document);
}

int main(int argc, char **argv)
{
    struct app app;
    struct err err = {0};

    setlocale(LC_CTYPE, "");
    interrupt_install();
    app_init(&app);
    if (command_line_run(&app, argc, argv, &err) < 0)
        report(&app, &err);
    /* A reader that went away has seen what it wanted; a full disk has not. */
    if (err.code == ERR_NONE && out_broken(&app.out) && errno != EPIPE)
        err_set(&err, ERR_FAILED, "cannot write the result");
    app_release(&app);
    return err_exit_status(err.code);
}
