/*
 * The packager's front door: a function's settings to a function zip and a
 * layer zip. Same input, same bytes.
 */
#ifndef FNCTL_PACKAGER_PACKAGE_H
#define FNCTL_PACKAGER_PACKAGE_H

#include "core/artifact.h"
#include "core/err.h"
#include "core/out.h"
#include "core/settings.h"

#include <stdint.h>

struct package_options {
    struct out *out;    /* progress, warnings */
    const char *folder; /* where the zips go; made when missing */
    bool apart; /* leave nothing in the project: what is known of earlier zips is used, not kept */
    bool build; /* run the function's build command first, install dependencies that are not yet */
    const char *why; /* explain this path: on disk, or below the source; NULL: none */
    int level;       /* of compression: 1, fast, to 12, small */
};

/* A file of a package, for `package --list`. */
struct package_entry {
    char *path;    /* in the zip */
    char *origin;  /* on disk; NULL: made by fnctl */
    uint64_t size; /* bytes */
    uint64_t compressed;
    char *reason; /* "source", "include[0] 'data.csv'", "handler", "adapter", "needed by bot" */
    bool layer;   /* in the layer zip */
    bool asked;   /* it is what package_options.why names, or below that */
};

/* A rule that is about a path. */
struct package_reason {
    char *path;         /* the path that was asked for, or a folder above it */
    char *rule;         /* the pattern as written */
    char *where;        /* ".fnctlignore:3", "../.gitignore:7", "exclude[2]", "built in" */
    const char *effect; /* "leaves it out", "takes it back", "puts it in"; static */
    bool decides;       /* no other rule overrules it */
};

/* Why a path is in or not, as far as rules say. */
struct package_why {
    char *path; /* below the source ("": the source itself), or what was asked when it is outside */
    bool exists; /* the source has it */
    bool folder;
    struct package_reason *reasons; /* owned; of the outermost folder first, the weakest first */
    size_t count;
};

struct package_list {
    struct package_entry *entries; /* owned */
    size_t count;
    struct package_entry *left_out; /* of dependencies: what no zip has, by which rule; owned */
    size_t left_out_count;
    struct package_why why; /* path NULL: not asked for */
};
void package_list_release(struct package_list *list);

/* Lambda's limit on the unzipped size, layers included, in bytes. The zip itself may have any size:
 * above ARTIFACT_DIRECT_MAX it goes through S3. */
#define PACKAGE_UNZIPPED_MAX (250 * 1024 * 1024)

/*
 * What goes in.
 *
 * The source folder, by the rules of gitignore: what is never source (.git,
 * __pycache__, virtual environments, fnctl.json ...) stays out, then the
 * .gitignore files when the function's `gitignore` is true, `.fnctlignore` in
 * the source and `exclude` decide; what `include` names goes in all the same.
 *
 * provided.*: `handler` is the path of an executable, in the source or else
 * below the settings' folder. It goes in as `bootstrap`, not a second time
 * under its own name. With a script that is all of the source. With an ELF
 * program whose source is the project itself (".") it is the program alone and
 * what `include` names, since a C project is full of things that only building
 * needs; with a source folder of its own it is all of that.
 *
 * Python and Node: the source; `handler` must name a module in it. `app` adds
 * an adapter, fnctl_wsgi.py, and fnctl_app.json, which names the app.
 *
 * Python packages that `requirements` names, installed for the runtime, go to
 * python/ in the layer zip, or to the root of the function zip when the
 * function's `layer` is false. What of them no program needs stays out.
 *
 * Shared libraries that the ELF files among all these need, and that neither
 * the runtime nor the package has where Lambda's loader will look, go to lib/,
 * in the layer zip, or in the function zip when the function's `layer` is
 * false. They are taken from this machine, or from the folder `sysroot`.
 */

/*
 * Builds FUNCTION.zip and, where there is something for it, FUNCTION-layer.zip
 * in options->folder. `list` (may be NULL) is filled with what is in them.
 * Errors: ERR_PACKAGE, naming the file and what to do: a missing handler, an
 * ELF of the wrong machine, a loader or a script's program that the runtime
 * lacks, a library that is not found, a symbol version the runtime does not
 * have, a size above the limits with the ten largest files, a
 * full disk (nothing is left behind). ERR_FAILED when the build command fails,
 * ERR_SERVICE when the network does while dependencies are installed.
 * With provider "local" what only AWS lacks is a warning.
 */
int package_build(const struct settings *settings, const struct function *function,
                  const struct package_options *options, struct package *package,
                  struct package_list *list, struct err *err);
void package_release(struct package *package);

#endif
