#include "cli/template.h"

#include "core/embedded.h"
#include "core/file.h"
#include "core/memory.h"
#include "core/settings.h"
#include "core/suggest.h"

#include <archive.h>
#include <archive_entry.h>
#include <dirent.h>
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

enum { FILE_MAX = 20 * 1024 * 1024, DEPTH_MAX = 16 };

void template_names(struct strlist *names)
{
    for (const struct embedded_file *file = embedded_files; file->path; file++) {
        const char *slash = strchr(file->path, '/');

        if (slash && strcmp(slash + 1, SETTINGS_FILE) == 0)
            strlist_addf(names, "%.*s", (int)(slash - file->path), file->path);
    }
    strlist_sort(names);
}

static int load_sample(struct scaffold *scaffold, const char *name, struct err *err)
{
    size_t len = strlen(name);

    for (const struct embedded_file *file = embedded_files; file->path; file++)
        if (strncmp(file->path, name, len) == 0 && file->path[len] == '/' &&
            scaffold_add(scaffold, file->path + len + 1, file->start,
                         (size_t)(file->end - file->start), file->mode & 0100, err) < 0)
            return -1;
    return 0;
}

static int load_file(struct scaffold *scaffold, const char *path, const char *below,
                     const struct stat *status, struct err *err)
{
    struct buf data;
    int result = -1;

    buf_init(&data, FILE_MAX);
    if (file_read(path, FILE_MAX, &data, err) == 0)
        result = scaffold_add(scaffold, below, buf_string(&data), data.len,
                              status->st_mode & S_IXUSR, err);
    buf_release(&data);
    return result;
}

static bool is_left_out(const char *name)
{
    return strcmp(name, ".") == 0 || strcmp(name, "..") == 0 || strcmp(name, ".git") == 0 ||
           strcmp(name, ".fnctl") == 0;
}

/* Whether a part of the path is left out: a template must not bring hooks for git. */
static bool leads_through_left_out(const char *path)
{
    bool found = false;

    while (*path && !found) {
        size_t len = strcspn(path, "/");
        char *part = xstrndup(path, len);

        found = strcmp(part, ".") != 0 && strcmp(part, "..") != 0 && is_left_out(part);
        free(part);
        path += len + (path[len] == '/');
    }
    return found;
}

static int load_folder(struct scaffold *scaffold, const char *folder, const char *below, int depth,
                       struct err *err)
{
    DIR *stream = opendir(folder);
    const struct dirent *entry;
    int result = 0;

    if (!stream)
        return err_set(err, ERR_FAILED, "cannot read the folder '%s': %s", folder, strerror(errno));
    while (result == 0 && (entry = readdir(stream))) {
        char *path = file_join(folder, entry->d_name);
        char *inner = file_join(below, entry->d_name);
        struct stat status;

        if (is_left_out(entry->d_name) || lstat(path, &status) < 0)
            result = 0;
        else if (S_ISREG(status.st_mode))
            result = load_file(scaffold, path, inner, &status, err);
        else if (S_ISDIR(status.st_mode) && depth < DEPTH_MAX)
            result = load_folder(scaffold, path, inner, depth + 1, err);
        free(inner);
        free(path);
    }
    closedir(stream);
    return result;
}

static int load_entry(struct scaffold *scaffold, struct archive *archive,
                      struct archive_entry *entry, struct err *err)
{
    const char *path = archive_entry_pathname(entry);
    struct buf data;
    char chunk[65536];
    la_ssize_t len;
    int result = -1;

    if (!path)
        return err_set(err, ERR_FAILED, "an entry has no name");
    while (strncmp(path, "./", 2) == 0)
        path += 2;
    if (leads_through_left_out(path))
        return 0;
    buf_init(&data, FILE_MAX);
    while ((len = archive_read_data(archive, chunk, sizeof(chunk))) > 0)
        if (buf_append(&data, chunk, (size_t)len) < 0) {
            err_set(err, ERR_FAILED, "'%s' is larger than %d MB", path, FILE_MAX / (1024 * 1024));
            goto out;
        }
    if (len < 0)
        err_set(err, ERR_FAILED, "%s", archive_error_string(archive));
    else
        result = scaffold_add(scaffold, path, buf_string(&data), data.len,
                              archive_entry_perm(entry) & 0100, err);
out:
    buf_release(&data);
    return result;
}

static int load_archive(struct scaffold *scaffold, const char *file, struct err *err)
{
    struct archive *archive = archive_read_new();
    struct archive_entry *entry;
    int status, result = 0;

    archive_read_support_filter_all(archive);
    archive_read_support_format_tar(archive);
    archive_read_support_format_zip(archive);
    status = archive_read_open_filename(archive, file, 65536);
    while (status == ARCHIVE_OK && result == 0 &&
           (status = archive_read_next_header(archive, &entry)) == ARCHIVE_OK)
        if (archive_entry_filetype(entry) == AE_IFREG && !archive_entry_hardlink(entry))
            result = load_entry(scaffold, archive, entry, err);
    if (result == 0 && status != ARCHIVE_EOF)
        result = err_set(err, ERR_FAILED, "%s", archive_error_string(archive));
    archive_read_free(archive);
    return result;
}

/* Archives often have one folder around everything: it goes. */
static void take_off_folder(struct scaffold *scaffold)
{
    size_t len = scaffold->count ? strcspn(scaffold->files[0].path, "/") + 1 : 0;

    for (size_t i = 0; i < scaffold->count; i++)
        if (strcspn(scaffold->files[i].path, "/") + 1 != len ||
            strlen(scaffold->files[i].path) <= len ||
            strncmp(scaffold->files[i].path, scaffold->files[0].path, len) != 0)
            return;
    for (size_t i = 0; i < scaffold->count; i++) {
        char *path = xstrdup(scaffold->files[i].path + len);

        free(scaffold->files[i].path);
        scaffold->files[i].path = path;
    }
}

static int fail_unknown(const char *name, const struct strlist *names, struct err *err)
{
    struct suggest suggest = {.word = name};
    char *list = strlist_join(names, ", ");

    for (size_t i = 0; i < names->count; i++)
        suggest_offer(&suggest, names->items[i]);
    err_set(err, ERR_USAGE, "there is no template '%s'", name);
    if (suggest.best)
        err_append(err, "; did you mean '%s'?", suggest.best);
    err_append(err, "%s the samples are %s; the path of a folder or archive is taken too",
               suggest.best ? "" : ";", list);
    free(list);
    return -1;
}

/* A folder or an archive. */
static int load_own(struct scaffold *scaffold, const char *path, struct err *err)
{
    int result;

    if (file_is_folder(path))
        result = load_folder(scaffold, path, "", 0, err);
    else
        result = load_archive(scaffold, path, err);
    if (result == 0 && !scaffold_find(scaffold, SETTINGS_FILE))
        take_off_folder(scaffold);
    if (result == 0 && !scaffold_find(scaffold, SETTINGS_FILE))
        result = err_set(err, ERR_FAILED, "there is no %s in it", SETTINGS_FILE);
    if (result < 0)
        err_context(err, "cannot use the template '%s'", path);
    return result;
}

int template_load(struct scaffold *scaffold, const char *name, struct err *err)
{
    struct strlist names;
    int result;

    strlist_init(&names);
    template_names(&names);
    if (strlist_has(&names, name))
        result = load_sample(scaffold, name, err);
    else if (file_exists(name))
        result = load_own(scaffold, name, err);
    else
        result = fail_unknown(name, &names, err);
    strlist_release(&names);
    return result;
}
