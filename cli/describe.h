/*
 * Renderings of the tables: help, man pages, completions. Nothing about a
 * command, an option or a setting is written a second time.
 */
#ifndef FNCTL_CLI_DESCRIBE_H
#define FNCTL_CLI_DESCRIBE_H

#include "cli/commands.h"
#include "core/buf.h"
#include "core/err.h"
#include "core/out.h"

/* `fnctl --help`: the commands by name and summary. */
void describe_program(struct out *out);

/* `fnctl COMMAND --help`. */
void describe_command(struct out *out, const struct command *command);

/* `fnctl help settings-file`: every key of fnctl.json. */
void describe_settings(struct out *out);

/* What a setting may be, in words: "number, 128 to 10240; default 256". */
void describe_facts(struct buf *buf, const struct field *field);

/* The source of a manual page: fnctl(1), fnctl-COMMAND(1) or fnctl.json(5). */
void describe_program_man(struct out *out);
void describe_command_man(struct out *out, const struct command *command);
void describe_settings_man(struct out *out);

/* Adds the shells that completion knows. */
void describe_shells(struct strlist *shells);

/* The completion script for one of them; ERR_USAGE for another shell. */
int describe_completion(struct out *out, const char *shell, struct err *err);

#endif
