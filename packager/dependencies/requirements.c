#include "packager/dependencies/requirements.h"

#include "core/buf.h"
#include "core/file.h"
#include "core/memory.h"
#include "core/strlist.h"
#include "packager/dependencies/dependency_cache.h"

#include <ctype.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

enum { FILE_BYTES_MAX = 1 << 20, FILES_MAX = 100 };

struct reading {
    struct hash *hash;
    const char *project;
    struct strlist seen; /* files, so that a circle of includes ends */
};

/* What follows the option at the start of a line, in any of its forms: "-rFILE", "-r FILE",
 * "--requirement=FILE"; NULL when it is another. */
static const char *option_value(const char *line, const char *letter, const char *word)
{
    size_t len = strlen(word);

    if (strncmp(line, letter, 2) == 0 && line[2] != '-')
        line += 2;
    else if (strncmp(line, word, len) == 0 &&
             (line[len] == '=' || isspace((unsigned char)line[len])))
        line += len + 1;
    else
        return NULL;
    return line + strspn(line, " \t=");
}

static int add_file(struct reading *reading, const char *path, struct err *err);

static int add_line(struct reading *reading, const char *folder, const char *line, struct err *err)
{
    const char *name = option_value(line, "-r", "--requirement");
    char *path;
    int result = 0;

    if (!name)
        name = option_value(line, "-c", "--constraint");
    if (name && !strstr(name, "://")) {
        path = file_join(strcmp(folder, ".") == 0 ? "" : folder, name);
        result = add_file(reading, path, err);
    } else {
        name = option_value(line, "-e", "--editable");
        name = name ? name : line;
        path = file_join(reading->project, strncmp(name, "file://", 7) == 0 ? name + 7 : name);
        if (*name && (strchr(name, '/') || strstr(name, ".whl") || strcmp(name, ".") == 0))
            dependency_cache_hash(reading->hash, path);
    }
    free(path);
    return result;
}

/* Takes one logical line from `*text`, without its comment: a backslash joins it with the next. */
static char *take_line(const char **text)
{
    struct buf line;
    const char *p = *text;

    buf_init(&line, 0);
    while (*p && *p != '\n') {
        if (p[0] == '\\' && (p[1] == '\n' || (p[1] == '\r' && p[2] == '\n')))
            p += p[1] == '\n' ? 2 : 3;
        else if (*p == '#' && (line.len == 0 || isspace((unsigned char)line.data[line.len - 1])))
            p += strcspn(p, "\n");
        else if (line.len == 0 && isspace((unsigned char)*p))
            p++;
        else
            buf_putc(&line, *p++);
    }
    *text = *p ? p + 1 : p;
    while (line.len && isspace((unsigned char)line.data[line.len - 1]))
        line.data[--line.len] = '\0';
    return buf_take(&line);
}

static int add_lines(struct reading *reading, const char *path, const char *text, struct err *err)
{
    char *folder = file_folder(path);
    int result = 0;

    while (*text && result == 0) {
        char *line = take_line(&text);

        result = add_line(reading, folder, line, err);
        free(line);
    }
    free(folder);
    return result;
}

static int add_file(struct reading *reading, const char *path, struct err *err)
{
    size_t len = strlen(path);
    struct buf text;
    int result;

    if (strlist_has(&reading->seen, path))
        return 0;
    if (reading->seen.count == FILES_MAX)
        return err_set(err, ERR_PACKAGE, "more than %d files of requirements include one another",
                       FILES_MAX);
    strlist_add(&reading->seen, path);
    buf_init(&text, 0);
    result = file_read(path, FILE_BYTES_MAX, &text, err);
    if (result < 0) {
        err->code = ERR_PACKAGE;
    } else {
        hash_update(reading->hash, &text.len, sizeof(text.len));
        hash_update(reading->hash, buf_string(&text), text.len);
        if (len < 5 || strcmp(path + len - 5, ".toml") != 0)
            result = add_lines(reading, path, buf_string(&text), err);
    }
    buf_release(&text);
    return result;
}

int requirements_hash(struct hash *hash, const char *path, const char *project, struct err *err)
{
    struct reading reading = {.hash = hash, .project = project};
    int result;

    strlist_init(&reading.seen);
    result = add_file(&reading, path, err);
    strlist_release(&reading.seen);
    return result;
}
