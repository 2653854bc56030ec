#include "cli/scaffold.h"

#include "core/file.h"
#include "core/memory.h"
#include "core/strlist.h"

#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

enum {
    FILES_MAX = 1000,
    SIZE_LIMIT = 20 * 1024 * 1024,
    GITIGNORE_MAX = 1024 * 1024,
};

void scaffold_release(struct scaffold *scaffold)
{
    for (size_t i = 0; i < scaffold->count; i++) {
        free(scaffold->files[i].path);
        buf_release(&scaffold->files[i].data);
    }
    free(scaffold->files);
    *scaffold = (struct scaffold){0};
}

/* Whether the path stays below the folder it is joined to. */
static bool is_safe(const char *path)
{
    if (path[0] == '\0' || path[0] == '/')
        return false;
    while (*path) {
        size_t len = strcspn(path, "/");

        if (len == 0 || (len == 1 && path[0] == '.') || (len == 2 && strncmp(path, "..", 2) == 0))
            return false;
        path += len;
        if (*path == '/' && *++path == '\0')
            return false;
    }
    return true;
}

/* Names are shown on the terminal. */
static bool has_control(const char *path)
{
    while ((unsigned char)*path >= ' ' && *path != 0x7f)
        path++;
    return *path != '\0';
}

int scaffold_add(struct scaffold *scaffold, const char *path, const void *data, size_t len,
                 bool executable, struct err *err)
{
    struct scaffold_file *file;

    if (has_control(path))
        return err_set(err, ERR_FAILED, "a file's name has control characters in it");
    if (!is_safe(path))
        return err_set(err, ERR_FAILED, "'%s' does not stay in the project's folder", path);
    if (scaffold_find(scaffold, path))
        return err_set(err, ERR_FAILED, "'%s' is in the template twice", path);
    if (scaffold->count == FILES_MAX || len > SIZE_LIMIT - scaffold->size)
        return err_set(err, ERR_FAILED, "a template may have %d files and %d MB, this has more",
                       FILES_MAX, SIZE_LIMIT / (1024 * 1024));
    scaffold->files = xreallocarray(scaffold->files, scaffold->count + 1, sizeof(*file));
    file = &scaffold->files[scaffold->count++];
    *file = (struct scaffold_file){.path = xstrdup(path), .mode = executable ? 0755 : 0644};
    buf_init(&file->data, 0);
    buf_append(&file->data, data, len);
    scaffold->size += len;
    return 0;
}

struct scaffold_file *scaffold_find(const struct scaffold *scaffold, const char *path)
{
    for (size_t i = 0; i < scaffold->count; i++)
        if (strcmp(scaffold->files[i].path, path) == 0)
            return &scaffold->files[i];
    return NULL;
}

static bool is_in_work_tree(void)
{
    const char *home = getenv("HOME");
    char *folder = getcwd(NULL, 0);
    bool found = false, top = !folder;

    while (!found && !top) {
        char *path = file_join(folder, ".git"), *above = file_folder(folder);

        found = file_exists(path);
        top = strcmp(folder, above) == 0 || (home && strcmp(folder, home) == 0);
        free(path);
        free(folder);
        folder = above;
    }
    free(folder);
    return found;
}

int scaffold_add_gitignore(struct scaffold *scaffold, const char *line, struct err *err)
{
    if (scaffold_find(scaffold, ".gitignore") || (!file_exists(".gitignore") && !is_in_work_tree()))
        return 0;
    return scaffold_add(scaffold, ".gitignore", line, strlen(line), false, err);
}

/* A link that leads nowhere is there too. */
static bool is_there(const char *path)
{
    struct stat status;

    return lstat(path, &status) == 0;
}

static bool is_gitignore(const struct scaffold_file *file)
{
    return strcmp(file->path, ".gitignore") == 0;
}

int scaffold_check(const struct scaffold *scaffold, const char *folder, struct err *err)
{
    struct strlist conflicts;
    int result = 0;

    strlist_init(&conflicts);
    for (size_t i = 0; i < scaffold->count; i++) {
        char *path = file_join(folder, scaffold->files[i].path);

        if (!is_gitignore(&scaffold->files[i]) && is_there(path))
            strlist_add(&conflicts, scaffold->files[i].path);
        free(path);
    }
    if (conflicts.count) {
        char *names = strlist_join(&conflicts, ", ");

        result = err_set(err, ERR_FAILED,
                         "nothing was written, since there %s already: %s; "
                         "--force overwrites",
                         conflicts.count == 1 ? "is" : "are", names);
        free(names);
    }
    strlist_release(&conflicts);
    return result;
}

static bool has_line(const char *text, const char *line, size_t len)
{
    for (; text && *text; text = strchr(text, '\n'), text += text != NULL)
        if (strcspn(text, "\r\n") == len && strncmp(text, line, len) == 0)
            return true;
    return false;
}

/* Puts the lines that `path` has and ours has not in front of ours. */
static int merge_lines(struct buf *ours, const char *path, struct err *err)
{
    struct buf merged;
    const char *line = buf_string(ours);

    buf_init(&merged, 0);
    if (file_read(path, GITIGNORE_MAX, &merged, err) < 0) {
        buf_release(&merged);
        return -1;
    }
    while (*line) {
        size_t len = strcspn(line, "\n");

        if (!has_line(buf_string(&merged), line, len)) {
            if (merged.len && merged.data[merged.len - 1] != '\n')
                buf_putc(&merged, '\n');
            buf_append(&merged, line, len);
            buf_putc(&merged, '\n');
        }
        line += len + (line[len] == '\n');
    }
    buf_release(ours);
    *ours = merged;
    return 0;
}

static int write_file(struct scaffold_file *file, const char *path, struct err *err)
{
    char *folder = file_folder(path);
    int result = -1;

    if ((!is_gitignore(file) || !is_there(path) || merge_lines(&file->data, path, err) == 0) &&
        file_make_folder(folder, 0777, err) == 0)
        result = file_write(path, buf_string(&file->data), file->data.len, file->mode, err);
    free(folder);
    return result;
}

int scaffold_write(struct scaffold *scaffold, const char *folder, struct err *err)
{
    struct strlist made;
    int result = 0;

    strlist_init(&made);
    for (size_t i = 0; result == 0 && i < scaffold->count; i++) {
        char *path = file_join(folder, scaffold->files[i].path);
        bool fresh = !is_there(path);

        result = write_file(&scaffold->files[i], path, err);
        if (result == 0 && fresh)
            strlist_add(&made, path);
        free(path);
    }
    for (size_t i = 0; result < 0 && i < made.count; i++)
        unlink(made.items[i]);
    strlist_release(&made);
    return result;
}
