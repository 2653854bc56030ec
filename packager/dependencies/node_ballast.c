#include "packager/dependencies/node_ballast.h"

#include "core/buf.h"
#include "core/file.h"
#include "core/json.h"
#include "core/memory.h"

#include <stdlib.h>
#include <string.h>

enum { PACKAGE_MAX = 1 << 20, PACKAGE_DEPTH = 64 };

static const char *const always[] = {
    "*.d.ts",
    "*.d.mts",
    "*.d.cts",
    "!**/typescript/lib/*.d.ts",
    "*.js.map",
    "*.mjs.map",
    "*.cjs.map",
    "*.d.ts.map",
    "/nodejs/node_modules/.package-lock.json",
    "**/node_modules/[!@.]*/test/",
    "**/node_modules/[!@.]*/tests/",
    "**/node_modules/[!@.]*/__tests__/",
    "**/node_modules/@*/*/test/",
    "**/node_modules/@*/*/tests/",
    "**/node_modules/@*/*/__tests__/",
};

/* By the first version of Node.js whose runtime has it, and the last; 0: all since. */
static const struct {
    int first, last;
    const char *rule;
} runtime[] = {
    {0, 16, "/nodejs/node_modules/aws-sdk/"},
    {18, 0, "/nodejs/node_modules/@aws-sdk/"},
    {18, 0, "/nodejs/node_modules/@smithy/"},
};

void node_ballast_add(struct ignore *rules, int version, bool runtime_packages)
{
    for (size_t i = 0; i < sizeof(always) / sizeof(*always); i++)
        ignore_add(rules, always[i], strlen(always[i]), "ballast");
    for (size_t i = 0; runtime_packages && i < sizeof(runtime) / sizeof(*runtime); i++)
        if (version >= runtime[i].first && (!runtime[i].last || version <= runtime[i].last))
            ignore_add(rules, runtime[i].rule, strlen(runtime[i].rule), "in the runtime:");
}

bool node_ballast_provided(const char *name)
{
    return strcmp(name, "aws-sdk") == 0 || strncmp(name, "@aws-sdk/", 9) == 0 ||
           strncmp(name, "@smithy/", 8) == 0;
}

/* Whether a string in `value` is a path into the folder `name`: "./test/index.js". */
static bool leads_into(const json_t *value, const char *name)
{
    const char *path = json_string_value(value);
    size_t len = strlen(name);
    const char *key;
    json_t *item;
    size_t i;

    if (path) {
        path += strncmp(path, "./", 2) == 0 ? 2 : 0;
        return strncmp(path, name, len) == 0 && (path[len] == '/' || !path[len]);
    }
    json_array_foreach (value, i, item)
        if (leads_into(item, name))
            return true;
    if (json_is_object(value))
        json_object_foreach ((json_t *)(uintptr_t)value, key, item)
            if (leads_into(item, name))
                return true;
    return false;
}

bool node_ballast_needed(const char *origin, bool folder)
{
    static const char *const keys[] = {"main", "module", "exports", "imports", "bin", "browser"};
    char *package, *path;
    json_t *description = NULL;
    struct err ignored = {0};
    struct buf text;
    bool needed = false;

    if (!folder)
        return false;
    package = file_folder(origin);
    path = file_join(package, "package.json");
    buf_init(&text, 0);
    if (file_read(path, PACKAGE_MAX, &text, &ignored) == 0)
        description = json_parse(buf_string(&text), text.len, PACKAGE_DEPTH, &ignored);
    for (size_t i = 0; i < sizeof(keys) / sizeof(*keys); i++)
        needed |= leads_into(json_object_get(description, keys[i]), file_name(origin));
    json_decref(description);
    buf_release(&text);
    free(path);
    free(package);
    return needed;
}
