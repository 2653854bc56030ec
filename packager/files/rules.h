/*
 * What of a source folder goes into a package: all the lists of rules, and the
 * order among them. From the weakest: what is never source, the .gitignore
 * files (when asked for; a deeper one is stronger, as with git), .fnctlignore,
 * `exclude`. The last of these that matches a path decides on it - but that a
 * .gitignore does not take back what is never source - and nothing below an
 * excluded folder is taken back. What `include` names goes in all the same.
 */
#ifndef FNCTL_PACKAGER_FILES_RULES_H
#define FNCTL_PACKAGER_FILES_RULES_H

#include "core/err.h"
#include "packager/files/ignore.h"

#include <stdbool.h>
#include <stddef.h>

/* A .gitignore: it applies to all below its folder. */
struct rules_level {
    struct rules_level *outer; /* the one of the next folder above that has one; NULL: none has */
    struct ignore ignore;
    char *above; /* of one above the source: the source's path below its folder; or NULL */
    size_t skip; /* of one in the source: bytes of a path that lead to what is below its folder */
};

struct rules {
    struct ignore built_in;
    struct ignore exclude; /* .fnctlignore, `exclude`, and what fnctl puts there itself */
    struct ignore include;
    bool only_included; /* nothing but what `include` names */
    bool gitignore;
    struct rules_level *above; /* the innermost .gitignore above the source; NULL: none; owned */
};

/* A file or folder that is judged: its path below the source, no slash at either end. */
struct subject {
    const char *path;
    bool folder;
    bool virtualenv;                 /* a folder with pyvenv.cfg in it */
    const struct rules_level *level; /* what applies in the folder that it is in */
};

/* The rules that decide; NULL: none. Borrowed. */
struct verdict {
    const struct ignore_rule *included; /* the rule of `include` that puts it in */
    const struct ignore_rule *excluded; /* the rule that leaves it, or a folder above it, out */
    const struct ignore_rule *restored; /* the `!` rule that takes back what would be left out */
};

/* Starts with the built-in rules; the others are added to the lists. */
void rules_init(struct rules *rules);
void rules_release(struct rules *rules);

/*
 * Reads the .gitignore files above the source (`real`, without symbolic links
 * in its path): from the top of the git repository it is in, if any. Nothing
 * unless `gitignore` is set. Errors: ERR_PACKAGE with the file.
 */
int rules_read_above(struct rules *rules, const char *real, struct err *err);

/*
 * The walk enters a folder where `level` applies: the result is what applies
 * in it, `level` itself when it has no .gitignore, or none is asked for; else
 * one to rules_leave(), after all that is made from it. NULL is a level too.
 * `folder` is the folder's path on disk, `path` the one below the source, ""
 * for the source itself. Errors: -1, ERR_PACKAGE with the file. The rules stay
 * as they are: several threads may walk.
 */
int rules_enter(const struct rules *rules, struct rules_level *level, const char *folder,
                const char *path, struct rules_level **entered, struct err *err);

/* Frees the levels from `level` outwards, up to `until`, which stays. */
void rules_leave(struct rules_level *level, const struct rules_level *until);

/* What holds for the source folder itself. */
struct verdict rules_start(const struct rules *rules);

/* What the rules say of a path, given what they say of its folder, which was entered. */
struct verdict rules_judge(const struct rules *rules, struct verdict above,
                           const struct subject *subject);

/* The rules that decide on the subject itself; NULL: none does. Below an excluded folder only
 * `include` has a say. */
void rules_decide(const struct rules *rules, struct verdict above, const struct subject *subject,
                  const struct ignore_rule **exclude, const struct ignore_rule **include);

/* Calls `tell` with each rule that is about the subject, the weakest first. */
typedef void rules_listener(void *context, const struct ignore_rule *rule, bool include);
void rules_each(const struct rules *rules, const struct subject *subject, rules_listener *tell,
                void *context);

#endif
