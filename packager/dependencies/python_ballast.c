#include "packager/dependencies/python_ballast.h"

#include "core/buf.h"
#include "core/file.h"
#include "core/memory.h"
#include "core/strlist.h"

#include <ctype.h>
#include <dirent.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>
#include <unistd.h>

/* The head of METADATA is at most that long; a long description follows it. */
enum { METADATA_MAX = 1 << 16, SOURCE_MAX = 1 << 20 };

static const char *const always[] = {
    "__pycache__/",
    "*.pyc",
    "tests/",
    "/python/bin/*",
    "/python/*.dist-info/RECORD",
    "/python/*.dist-info/INSTALLER",
    "/python/*.dist-info/REQUESTED",
    "/python/*.dist-info/direct_url.json",
    "/python/*.dist-info/uv_cache.json",
    "/python/_virtualenv.py",
    "/python/_virtualenv.pth",
    "/python/.lock",
};

/* A package that stays out, if nothing requires it, with its rules. */
struct droppable {
    const char *name;
    const char *rules[5];
};

static const struct droppable installers[] = {
    {"pip", {"/python/pip/", "/python/pip-*.dist-info/"}},
    {"wheel", {"/python/wheel/", "/python/wheel-*.dist-info/"}},
    {"setuptools",
     {"/python/setuptools/", "/python/setuptools-*.dist-info/", "/python/pkg_resources/",
      "/python/_distutils_hack/", "/python/distutils-precedence.pth"}},
};

/* In every Python runtime. The runtime's urllib3, dateutil and six serve these alone: other
 * packages bring their own. */
static const struct droppable runtime[] = {
    {"boto3", {"/python/boto3/", "/python/boto3-*.dist-info/"}},
    {"botocore", {"/python/botocore/", "/python/botocore-*.dist-info/"}},
    {"s3transfer", {"/python/s3transfer/", "/python/s3transfer-*.dist-info/"}},
    {"jmespath", {"/python/jmespath/", "/python/jmespath-*.dist-info/"}},
};

#define COUNT(array) (sizeof(array) / sizeof(*(array)))

/* What the packages of a folder require of one another. */
struct demands {
    bool installers[COUNT(installers)];
    bool runtime; /* certain versions of what the runtime has */
};

static bool same_name(const char *text, size_t len, const char *name)
{
    return len == strlen(name) && strncasecmp(text, name, len) == 0;
}

static bool is_of_runtime(const char *name, size_t len)
{
    for (size_t i = 0; i < COUNT(runtime); i++)
        if (same_name(name, len, runtime[i].name))
            return true;
    return false;
}

/* "botocore (<1.36,>=1.35); extra == 's3'": one requirement of the package `owner`. */
static void note_requirement(struct demands *demands, const char *owner, size_t owner_len,
                             const char *text, size_t text_len)
{
    char *line = xstrndup(text, text_len);
    size_t len = strcspn(line, " \t\r([<>=!~;");
    char *condition = strchr(line, ';');

    if (!condition || !strstr(condition, "extra")) {
        if (condition)
            *condition = '\0';
        for (size_t i = 0; i < COUNT(installers); i++)
            demands->installers[i] |= same_name(line, len, installers[i].name) &&
                                      !same_name(owner, owner_len, installers[i].name);
        /* Beyond "not older than" the runtime's version does not do. */
        if (is_of_runtime(line, len) && !is_of_runtime(owner, owner_len))
            demands->runtime |= strstr(line, "<") || strstr(line, "==") || strstr(line, "~=");
    }
    free(line);
}

/* Reads the headers of one distribution. */
static void note_distribution(struct demands *demands, const char *metadata)
{
    static const char name_header[] = "Name:", requirement_header[] = "Requires-Dist:";
    char *text = xcalloc(METADATA_MAX + 1, 1);
    int fd = open(metadata, O_RDONLY | O_CLOEXEC);
    ssize_t len = fd < 0 ? -1 : read(fd, text, METADATA_MAX);
    const char *owner = "";
    size_t owner_len = 0;

    for (const char *line = text; len > 0 && *line && *line != '\n' && *line != '\r';) {
        size_t size = strcspn(line, "\n");

        if (strncasecmp(line, name_header, sizeof(name_header) - 1) == 0) {
            owner = line + sizeof(name_header) - 1;
            owner += strspn(owner, " \t");
            owner_len = strcspn(owner, " \t\r\n");
        } else if (strncasecmp(line, requirement_header, sizeof(requirement_header) - 1) == 0) {
            const char *value = line + sizeof(requirement_header) - 1;

            value += strspn(value, " \t");
            note_requirement(demands, owner, owner_len, value, strcspn(value, "\n"));
        }
        line += size + (line[size] == '\n');
    }
    if (fd >= 0)
        close(fd);
    free(text);
}

static void note_all(struct demands *demands, const char *site)
{
    DIR *stream = opendir(site);
    struct dirent *item;

    while (stream && (item = readdir(stream)) != NULL) {
        size_t len = strlen(item->d_name);
        char *metadata;

        if (len < 10 || strcmp(item->d_name + len - 10, ".dist-info") != 0)
            continue;
        metadata = xasprintf("%s/%s/METADATA", site, item->d_name);
        note_distribution(demands, metadata);
        free(metadata);
    }
    if (stream)
        closedir(stream);
}

static void add_rules(struct ignore *rules, const struct droppable *package, const char *source)
{
    for (size_t i = 0; i < COUNT(package->rules) && package->rules[i]; i++)
        ignore_add(rules, package->rules[i], strlen(package->rules[i]), source);
}

void python_ballast_add(struct ignore *rules, const char *site, bool runtime_packages)
{
    struct demands demands = {0};

    note_all(&demands, site);
    for (size_t i = 0; i < COUNT(always); i++)
        ignore_add(rules, always[i], strlen(always[i]), "ballast");
    for (size_t i = 0; i < COUNT(installers); i++)
        if (!demands.installers[i])
            add_rules(rules, &installers[i], "ballast");
    for (size_t i = 0; runtime_packages && !demands.runtime && i < COUNT(runtime); i++)
        add_rules(rules, &runtime[i], "in the runtime:");
}

/* Whether a line imports something of the folder `tests` beside the file it stands in. */
static bool imports_tests(const char *line, size_t len)
{
    const char *end = line + len;
    const char *at;

    while (line < end && isspace((unsigned char)*line))
        line++;
    if ((size_t)(end - line) < 12 ||
        (strncmp(line, "from ", 5) != 0 && strncmp(line, "import ", 7) != 0))
        return false;
    at = memmem(line, (size_t)(end - line), "tests", 5);
    while (at) {
        bool starts = at[-1] == '.' || at[-1] == ' ' || at[-1] == ',' || at[-1] == '(';
        bool ends = at + 5 == end || !(isalnum((unsigned char)at[5]) || at[5] == '_');

        if (starts && ends)
            return true;
        at = memmem(at + 5, (size_t)(end - at - 5), "tests", 5);
    }
    return false;
}

static bool source_imports_tests(const char *path)
{
    struct err ignored = {0};
    struct buf text;
    bool found = false;

    buf_init(&text, 0);
    if (file_read(path, SOURCE_MAX, &text, &ignored) == 0 && text.len &&
        memmem(text.data, text.len, "tests", 5)) {
        for (const char *line = text.data; *line && !found;) {
            size_t len = strcspn(line, "\n");

            found = imports_tests(line, len);
            line += len + (line[len] == '\n');
        }
    }
    buf_release(&text);
    return found;
}

/* Packages as astropy's import their tests' helpers whenever they are imported themselves. */
static bool package_imports_tests(const char *tests)
{
    char *package = file_folder(tests);
    DIR *stream = opendir(package);
    struct dirent *item;
    bool found = false;

    while (stream && !found && (item = readdir(stream)) != NULL) {
        size_t len = strlen(item->d_name);
        char *path;

        if (len < 4 || strcmp(item->d_name + len - 3, ".py") != 0)
            continue;
        path = file_join(package, item->d_name);
        found = source_imports_tests(path);
        free(path);
    }
    if (stream)
        closedir(stream);
    free(package);
    return found;
}

/* The scripts that pip and uv make start with the path of a Python of this machine. */
static bool is_made_script(const char *path)
{
    char start[256] = "";
    int fd = open(path, O_RDONLY | O_CLOEXEC);
    ssize_t len = fd < 0 ? -1 : read(fd, start, sizeof(start) - 1);

    if (fd >= 0)
        close(fd);
    return len > 2 && start[0] == '#' && start[1] == '!' && memmem(start, (size_t)len, "python", 6);
}

bool python_ballast_needed(const char *origin, bool folder)
{
    const char *name = file_name(origin);
    size_t len = strlen(name);

    if (folder)
        return strcmp(name, "tests") == 0 && package_imports_tests(origin);
    if (len > 4 && strcmp(name + len - 4, ".pyc") == 0) {
        char *source = xstrndup(origin, strlen(origin) - 1);
        bool alone = !file_exists(source);

        free(source);
        return alone;
    }
    return name - origin > 4 && strncmp(name - 5, "/bin/", 5) == 0 && !is_made_script(origin);
}
