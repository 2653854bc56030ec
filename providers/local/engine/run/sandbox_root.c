#include "providers/local/engine/run/sandbox_root.h"

#include "core/file.h"
#include "core/memory.h"
#include "core/strlist.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mount.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>

/* The kernel's struct mount_attr: its header clashes with sys/mount.h in some C libraries. */
struct attributes {
    uint64_t set, clear, propagation, user_namespace;
};

enum { READ_ONLY = 1 }; /* MOUNT_ATTR_RDONLY */

/* A top folder, or a link such as /bin -> usr/bin. */
struct entry {
    char *source; /* "/usr" */
    char *target; /* below the mount point */
    char *link;   /* NULL: a folder to bind */
};

struct sandbox_root {
    char *folder; /* the mount point */
    struct entry *entries;
    size_t count;
    char *task, *layer, *runtime, *temporary, *dev, *proc, *var;
};

/* Folders that are made in a way of their own; "/" stands for the root, "/var" for itself. */
static bool is_special(const char *parent, const char *name)
{
    static const char *const special[] = {"/dev", "/proc",     "/tmp",         "/opt",
                                          "/var", "/var/task", "/var/runtime", NULL};

    for (size_t i = 0; special[i]; i++) {
        const char *slash = strrchr(special[i], '/');
        size_t len = (size_t)(slash - special[i]);

        if (strlen(parent) == len && strncmp(special[i], parent, len) == 0 &&
            strcmp(slash + 1, name) == 0)
            return true;
    }
    return false;
}

static void add_entry(struct sandbox_root *root, const char *parent, const char *name)
{
    char *source = xasprintf("%s/%s", parent, name);
    char link[PATH_MAX];
    struct stat status;
    ssize_t len = 0;

    if (lstat(source, &status) < 0 ||
        (S_ISLNK(status.st_mode) && (len = readlink(source, link, sizeof(link) - 1)) < 0) ||
        (!S_ISLNK(status.st_mode) && !S_ISDIR(status.st_mode))) {
        free(source);
        return;
    }
    root->entries = xreallocarray(root->entries, root->count + 1, sizeof(*root->entries));
    root->entries[root->count++] =
        (struct entry){source, xasprintf("%s%s", root->folder, source),
                       S_ISLNK(status.st_mode) ? xstrndup(link, (size_t)len) : NULL};
}

static void add_entries(struct sandbox_root *root, const char *parent)
{
    DIR *folder = opendir(*parent ? parent : "/");
    struct dirent *entry;

    while (folder && (entry = readdir(folder)))
        if (strcmp(entry->d_name, ".") != 0 && strcmp(entry->d_name, "..") != 0 &&
            !is_special(parent, entry->d_name))
            add_entry(root, parent, entry->d_name);
    if (folder)
        closedir(folder);
}

struct sandbox_root *sandbox_root_new(const char *folder)
{
    struct sandbox_root *root = xcalloc(1, sizeof(*root));
    struct err err = {0};

    root->folder = xasprintf("%s/runtime/root", folder);
    if (file_make_folder(root->folder, 0755, &err) < 0) {
        sandbox_root_free(root);
        return NULL;
    }
    root->dev = xasprintf("%s/dev", root->folder);
    root->proc = xasprintf("%s/proc", root->folder);
    root->temporary = xasprintf("%s/tmp", root->folder);
    root->layer = xasprintf("%s/opt", root->folder);
    root->var = xasprintf("%s/var", root->folder);
    root->task = xasprintf("%s/var/task", root->folder);
    root->runtime = xasprintf("%s/var/runtime", root->folder);
    add_entries(root, "");
    add_entries(root, "/var");
    return root;
}

void sandbox_root_free(struct sandbox_root *root)
{
    if (!root)
        return;
    for (size_t i = 0; i < root->count; i++) {
        free(root->entries[i].source);
        free(root->entries[i].target);
        free(root->entries[i].link);
    }
    free(root->entries);
    free(root->folder);
    free(root->dev);
    free(root->proc);
    free(root->temporary);
    free(root->layer);
    free(root->var);
    free(root->task);
    free(root->runtime);
    free(root);
}

static int bind(const char *source, const char *target)
{
    return mount(source, target, NULL, MS_BIND | MS_REC, NULL);
}

/* A folder that went away since the start, or that we may not see, is left out. */
static void bind_entry(const struct entry *entry)
{
    if (entry->link) {
        if (symlink(entry->link, entry->target) < 0)
            errno = 0;
        return;
    }
    if (mkdir(entry->target, 0755) == 0 && bind(entry->source, entry->target) < 0)
        rmdir(entry->target);
}

/* Before Linux 5.12 only single mounts can be made read-only: then it is the two that matter. */
static void make_read_only(const struct sandbox_root *root)
{
    struct attributes attributes = {.set = READ_ONLY};
    unsigned long flags = MS_REMOUNT | MS_BIND | MS_RDONLY;

    if (syscall(SYS_mount_setattr, AT_FDCWD, root->folder, AT_RECURSIVE, &attributes,
                sizeof(attributes)) == 0)
        return;
    mount(NULL, root->task, NULL, flags, NULL);
    mount(NULL, root->layer, NULL, flags, NULL);
}

int sandbox_root_enter(const struct sandbox_root *root, const struct sandbox_process *process,
                       const char *temporary)
{
    if (mount(NULL, "/", NULL, MS_REC | MS_PRIVATE, NULL) < 0 ||
        mount("tmpfs", root->folder, "tmpfs", MS_NOSUID | MS_NODEV, "mode=755") < 0 ||
        /* Else the folders that hold the mount point would take it along. */
        mount(NULL, root->folder, NULL, MS_UNBINDABLE, NULL) < 0 || mkdir(root->dev, 0755) < 0 ||
        mkdir(root->proc, 0755) < 0 || mkdir(root->temporary, 0777) < 0 ||
        mkdir(root->layer, 0755) < 0 || mkdir(root->var, 0755) < 0 || mkdir(root->task, 0755) < 0 ||
        mkdir(root->runtime, 0755) < 0)
        return -1;
    for (size_t i = 0; i < root->count; i++)
        bind_entry(&root->entries[i]);
    if (bind(process->task, root->task) < 0 || bind(process->runtime, root->runtime) < 0 ||
        (process->layer && bind(process->layer, root->layer) < 0))
        return -1;
    make_read_only(root);
    if (bind("/dev", root->dev) < 0 ||
        mount("tmpfs", root->temporary, "tmpfs", MS_NOSUID | MS_NODEV, temporary) < 0)
        return -1;
    /* Refused inside some containers: then the outer one, whose numbers of processes differ. */
    if (mount("proc", root->proc, "proc", MS_NOSUID | MS_NODEV | MS_NOEXEC, NULL) < 0 &&
        bind("/proc", root->proc) < 0)
        return -1;
    if (chdir(root->folder) < 0 || syscall(SYS_pivot_root, ".", ".") < 0 ||
        umount2(".", MNT_DETACH) < 0 || chdir("/") < 0)
        return -1;
    return 0;
}
