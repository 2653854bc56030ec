#include "packager/python_abi.h"

#include "core/file.h"
#include "core/memory.h"

#include <stdlib.h>
#include <string.h>

#define TAG ".cpython-"

/* Modules for other Pythons, and the first of them. */
struct strangers {
    size_t count;
    const char *first;
};

/* The digits of the Python that a module is for, "311"; NULL: it does not say. */
static const char *find_tag(const char *path)
{
    const char *tag = strstr(file_name(path), TAG);

    return tag && strchr(tag, '-') ? tag + strlen(TAG) : NULL;
}

/* The same for a runtime: "313" for python3.13, to free(). */
static char *digits_of(const char *runtime)
{
    const char *dot = strchr(runtime, '.');

    return dot ? xasprintf("3%s", dot + 1) : xstrdup("");
}

/* Whether the module is there for the right Python as well. */
static bool has_twin(const struct entries *entries, const char *path, const char *tag,
                     const char *digits)
{
    size_t len = strspn(tag, "0123456789");
    char *twin = xasprintf("%.*s%s%s", (int)(tag - path), path, digits, tag + len);
    bool found = entries_find(entries, twin) != NULL;

    free(twin);
    return found;
}

static void count_strangers(const struct entries *entries, const char *digits,
                            struct strangers *strangers)
{
    for (size_t i = 0; i < entries->count; i++) {
        const char *path = entries->items[i].path;
        const char *tag = find_tag(path);
        size_t len = tag ? strspn(tag, "0123456789") : 0;

        if (!len || (len == strlen(digits) && strncmp(tag, digits, len) == 0) ||
            has_twin(entries, path, tag, digits))
            continue;
        if (strangers->count++ == 0)
            strangers->first = path;
    }
}

void python_abi_check(const struct content *content)
{
    struct strangers strangers = {0};
    char *digits;

    if (content->runtime.kind != RUNTIME_PYTHON ||
        strcmp(content->settings->provider, "local") == 0)
        return;
    digits = digits_of(content->runtime.name);
    count_strangers(&content->code, digits, &strangers);
    count_strangers(&content->libraries, digits, &strangers);
    if (strangers.count)
        out_warn(content->out,
                 "function '%s' has %zu module%s for another Python than %s, as '%s', which it "
                 "does not import: install the packages for %s",
                 content->function->name, strangers.count, strangers.count == 1 ? "" : "s",
                 content->runtime.name, strangers.first, content->runtime.name);
    free(digits);
}
