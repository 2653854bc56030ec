/* Whether a file is a program that Lambda could start as `bootstrap`. */
#ifndef FNCTL_CLI_DETECT_PROGRAM_H
#define FNCTL_CLI_DETECT_PROGRAM_H

enum program_kind {
    PROGRAM_NONE,
    PROGRAM_ELF,
    PROGRAM_FOREIGN, /* an ELF program for a machine that Lambda does not have */
    PROGRAM_SCRIPT,  /* a script that speaks with the Runtime API */
    PROGRAM_OTHER,   /* a script that does not */
};

/* Looks at an executable file; `*architecture` is "x86_64" or "arm64" for PROGRAM_ELF, else NULL.
 * A file that cannot be read or executed, or a shared library by its name, is PROGRAM_NONE. */
enum program_kind program_read(const char *path, const char **architecture);

#endif
