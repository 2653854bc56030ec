/*
 * Messages as GitHub Actions shows them, beside the line of the file they are
 * about: workflow commands.
 * https://docs.github.com/en/actions/reference/workflow-commands-for-github-actions
 */
#ifndef FNCTL_CORE_ANNOTATION_H
#define FNCTL_CORE_ANNOTATION_H

/*
 * "::error file=fnctl.json,line=7,col=3::..." without a line break, to free().
 * `kind` is "error", "warning" or "notice". The place is taken from the
 * message, where it stands as our messages have it: 'FILE': line 7, column 3.
 * The file is named as it is below `workspace` (GITHUB_WORKSPACE; NULL:
 * unknown), since that is how GitHub finds it.
 */
char *annotation_text(const char *kind, const char *message, const char *workspace);

#endif
