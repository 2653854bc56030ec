/*
 * What GitHub Actions gets besides messages (core/annotation.h): outputs of the
 * step, for later steps, and lines of the job's summary. All of it does nothing
 * elsewhere, and a file that cannot be written is a warning.
 * https://docs.github.com/en/actions/reference/workflow-commands-for-github-actions
 */
#ifndef FNCTL_CLI_GITHUB_H
#define FNCTL_CLI_GITHUB_H

#include "cli/deploy.h"

/* Turns annotations on where GITHUB_ACTIONS is "true". For app_init(). */
void github_init(struct app *app);

/*
 * Tells of a deploy that was done, or of a plan (`done` false): the outputs
 * `stage`, `changes` (how many), and of a deploy `url` (of the API, or of the
 * only function URL) and `urls` (JSON: {FUNCTION: URL}); and the same as
 * Markdown in the summary.
 */
void github_report(struct app *app, const struct deploy *deploy, bool done);

#endif
