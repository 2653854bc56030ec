#include "packager/python_target.h"

#include "core/interpreter.h"
#include "core/memory.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/utsname.h>
#ifdef __GLIBC__
#include <gnu/libc-version.h>
#endif

/* The oldest glibc that manylinux tags have been given for. */
enum { OLDEST_X86_64 = 5, OLDEST_AARCH64 = 17 };

static const struct {
    int glibc;
    const char *name;
} older_names[] = {{17, "manylinux2014"}, {12, "manylinux2010"}, {5, "manylinux1"}};

/* The versions that uv has a platform for, newest first. */
static const int uv_versions[] = {40, 39, 38, 37, 36, 35, 34, 33, 32, 31, 28, 17};

/* "2.34" is 34. */
static int minor_of(const char *version)
{
    const char *dot = version ? strchr(version, '.') : NULL;

    return dot ? atoi(dot + 1) : 0;
}

static int local_glibc(void)
{
#ifdef __GLIBC__
    return minor_of(gnu_get_libc_version());
#else
    return 0;
#endif
}

static const char *local_machine(void)
{
    struct utsname names;

    return uname(&names) == 0 && strcmp(names.machine, "aarch64") == 0 ? "aarch64" : "x86_64";
}

/* The engine takes the nearest Python where there is none of the version. */
static void find_local(const struct content *content, struct python_target *target)
{
    struct interpreters *interpreters = interpreters_new(true);
    const struct interpreter *interpreter =
        interpreters_find(interpreters, INTERPRETER_PYTHON, target->minor);

    if (interpreter && interpreter->minor != target->minor) {
        out_step(content->out,
                 "function '%s': %s is not on this machine, Python 3.%d will run it here: its "
                 "packages are those for that",
                 content->function->name, content->function->runtime, interpreter->minor);
        target->minor = interpreter->minor;
    }
    target->glibc = local_glibc();
    target->machine = local_machine();
    interpreters_free(interpreters);
}

int python_target_find(const struct content *content, struct python_target *target, struct err *err)
{
    const struct function *function = content->function;

    *target = (struct python_target){
        .glibc = minor_of(runtime_version(&content->runtime, "GLIBC")),
        .machine = strcmp(function->architecture, "arm64") == 0 ? "aarch64" : "x86_64"};
    if (sscanf(function->runtime, "python3.%d", &target->minor) != 1)
        return err_set(err, ERR_PACKAGE,
                       "the runtime '%s' of function '%s' names no version of Python 3: packages "
                       "cannot be installed for it",
                       function->runtime, function->name);
    if (strcmp(content->settings->provider, "local") == 0)
        find_local(content, target);
    snprintf(target->name, sizeof(target->name), "Python 3.%d on %s", target->minor,
             target->machine);
    return 0;
}

void python_target_tags(const struct python_target *target, struct strlist *tags)
{
    int oldest = strcmp(target->machine, "x86_64") == 0 ? OLDEST_X86_64 : OLDEST_AARCH64;

    for (int glibc = target->glibc; glibc >= oldest; glibc--) {
        strlist_addf(tags, "manylinux_2_%d_%s", glibc, target->machine);
        for (size_t i = 0; i < sizeof(older_names) / sizeof(*older_names); i++)
            if (older_names[i].glibc == glibc)
                strlist_addf(tags, "%s_%s", older_names[i].name, target->machine);
    }
    for (int musl = target->glibc ? 0 : 2; musl > 0; musl--)
        strlist_addf(tags, "musllinux_1_%d_%s", musl, target->machine);
    strlist_addf(tags, "linux_%s", target->machine);
}

char *python_target_uv(const struct python_target *target)
{
    for (size_t i = 0; i < sizeof(uv_versions) / sizeof(*uv_versions); i++)
        if (uv_versions[i] <= target->glibc)
            return xasprintf("%s-manylinux_2_%d", target->machine, uv_versions[i]);
    return xasprintf("%s-unknown-linux-musl", target->machine);
}
