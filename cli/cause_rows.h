/* The texts of failures and what they mean: the table behind cause.h. */
#ifndef FNCTL_CLI_CAUSE_ROWS_H
#define FNCTL_CLI_CAUSE_ROWS_H

/* Where the subject, {1}, stands. */
enum cause_place {
    NOWHERE,
    QUOTED, /* behind the pattern, in quotes */
    AFTER,  /* the word behind the pattern */
    BEFORE, /* the word in front of it */
};

enum cause_condition {
    ALWAYS = 0,
    ON_PYTHON = 1,
    ON_NODE = 2,
    IN_VPC = 4,
    WITH_REQUIREMENTS = 8,
    BY_ITSELF = 16, /* says how it ended, not why: the log may know better */
};

/*
 * In `what` and `next`: {1} the subject, {2} the word behind `second`, {memory}, {used}, {timeout},
 * {handler}, {runtime}, {machine}, {requirements}, {name}. The first row that fits counts.
 */
struct cause_row {
    const char *pattern;
    enum cause_place place;
    int when; /* conditions, all of which must hold */
    const char *second;
    const char *what;
    const char *next;
};

/* Ends with a NULL pattern. */
extern const struct cause_row cause_rows[];

#endif
