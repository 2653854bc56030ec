#include "providers/local/engine/run/sandbox.h"

#include "core/memory.h"
#include "providers/local/engine/run/sandbox_root.h"

#include <ctype.h>
#include <errno.h>
#include <fcntl.h>
#include <sched.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#ifndef CLOSE_RANGE_CLOEXEC
#define CLOSE_RANGE_CLOEXEC (1U << 2)
#endif

enum { OPEN_FILES = 1024, MAX_DESCENDANTS = 256, MAX_DESCRIPTORS = 65536 };

struct sandbox {
    struct sandbox_root *root; /* NULL: no namespaces */
    bool user;                 /* a user namespace is needed to have the others */
};

/* What the child needs between clone and exec: it may only make system calls, since another thread
 * could have held a lock of the C library. */
struct start {
    const struct sandbox *sandbox;
    const struct sandbox_process *process;
    int go[2], report[2], status[2];
    uid_t uid;
    gid_t gid;
    char size[32]; /* option of the tmpfs on /tmp */
};

static _Noreturn void fail(const struct start *start)
{
    int failure = errno;

    if (write(start->report[1], &failure, sizeof(failure)) < 0)
        _exit(126);
    _exit(127);
}

static void put_line(const char *path, const char *text)
{
    int fd = open(path, O_WRONLY | O_CLOEXEC);

    if (fd < 0)
        return;
    if (write(fd, text, strlen(text)) < 0)
        errno = 0;
    close(fd);
}

/* Writes "ID ID 1": the user stays who it is. */
static void put_map(const char *path, unsigned long id)
{
    char text[64], digits[24];
    size_t len = 0, at = 0;

    do
        digits[len++] = (char)('0' + id % 10);
    while ((id /= 10) > 0);
    for (int twice = 0; twice < 2; twice++) {
        for (size_t i = len; i > 0; i--)
            text[at++] = digits[i - 1];
        text[at++] = ' ';
    }
    text[at++] = '1';
    text[at] = '\0';
    put_line(path, text);
}

static void reset_signals(void)
{
    struct sigaction standard = {.sa_handler = SIG_DFL};
    sigset_t none;

    for (int number = 1; number < NSIG; number++)
        sigaction(number, &standard, NULL);
    sigemptyset(&none);
    sigprocmask(SIG_SETMASK, &none, NULL);
}

/* Gives up what root could do, also for programs it starts. */
static void drop_privileges(void)
{
    for (unsigned long capability = 0; capability < 64; capability++)
        prctl(PR_CAPBSET_DROP, capability, 0, 0, 0);
    prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0);
}

static _Noreturn void become(const struct start *start)
{
    const struct sandbox_process *process = start->process;
    struct rlimit files = {OPEN_FILES, OPEN_FILES}, core = {0, 0};
    int null = open("/dev/null", O_RDONLY | O_CLOEXEC);

    prctl(PR_SET_PDEATHSIG, SIGKILL, 0, 0, 0);
    if (null < 0 || dup2(null, STDIN_FILENO) < 0 || dup2(process->output, STDOUT_FILENO) < 0 ||
        dup2(process->output, STDERR_FILENO) < 0)
        fail(start);
    setrlimit(RLIMIT_NOFILE, &files);
    setrlimit(RLIMIT_CORE, &core);
    umask(022);
    drop_privileges();
    if (chdir(process->folder) < 0)
        fail(start);
    /* The rest closes by itself at exec; this covers what a library may have forgotten. */
    syscall(SYS_close_range, 3U, ~0U, CLOSE_RANGE_CLOEXEC);
    execve(process->argv[0], (char *const *)(uintptr_t)process->argv,
           (char *const *)(uintptr_t)process->variables);
    fail(start);
}

/* Nothing of the engine's may be held open: a descriptor that it closes would go on giving events.
 */
static void close_all_but(int keep)
{
    unsigned kept = (unsigned)keep;

    if ((kept == 0 || syscall(SYS_close_range, 0U, kept - 1, 0U) == 0) &&
        syscall(SYS_close_range, kept + 1, ~0U, 0U) == 0)
        return;
    for (int fd = 0; fd < MAX_DESCRIPTORS; fd++)
        if (fd != keep)
            close(fd);
}

/* Process 1 of the namespace: collects orphans and hands on how the function's process ended. When
 * it dies, the kernel ends all others. */
static _Noreturn void look_after(const struct start *start, pid_t pid)
{
    int status = 0;
    pid_t done;

    close_all_but(start->status[1]);
    prctl(PR_SET_NAME, "fnctl-init", 0, 0, 0);
    while ((done = waitpid(-1, &status, 0)) != pid)
        if (done < 0 && errno != EINTR)
            _exit(125);
    if (write(start->status[1], &status, sizeof(status)) < 0)
        _exit(126);
    _exit(0);
}

static _Noreturn void run_child(const struct start *start)
{
    const struct sandbox *sandbox = start->sandbox;
    char go;
    pid_t pid;

    reset_signals();
    prctl(PR_SET_PDEATHSIG, SIGKILL, 0, 0, 0);
    setpgid(0, 0);
    /* Nothing to read: the engine died before the line above could take effect. */
    close(start->go[1]);
    if (read(start->go[0], &go, 1) != 1)
        _exit(125);
    put_line("/proc/self/oom_score_adj", "1000");
    if (!sandbox->root)
        become(start);
    if (sandbox->user) {
        put_line("/proc/self/setgroups", "deny");
        put_map("/proc/self/uid_map", start->uid);
        put_map("/proc/self/gid_map", start->gid);
    }
    if (sandbox_root_enter(sandbox->root, start->process, start->size) < 0)
        fail(start);
    /* Until exec there is a copy of the engine's memory here, secrets among it: nobody may look. */
    prctl(PR_SET_DUMPABLE, 0, 0, 0, 0);
    pid = (pid_t)syscall(SYS_clone, (unsigned long)SIGCHLD, 0, 0, 0, 0);
    if (pid < 0)
        fail(start);
    if (pid == 0)
        become(start);
    look_after(start, pid);
}

static void close_pair(int pair[2])
{
    for (int i = 0; i < 2; i++)
        if (pair[i] >= 0)
            close(pair[i]);
}

/* Lets the child go on and waits until it runs the program. Returns 0 or the errno that kept it. */
static int await_exec(struct start *start)
{
    int failure = 0;
    ssize_t len;

    close(start->report[1]);
    start->report[1] = -1;
    if (write(start->go[1], "", 1) < 0)
        return errno;
    do
        len = read(start->report[0], &failure, sizeof(failure));
    while (len < 0 && errno == EINTR);
    return len == sizeof(failure) ? failure : 0;
}

/* Lambda's wording of what exec says, which is Go's: in lower case. */
static int exec_error(const struct sandbox_process *process, int failure, struct err *err)
{
    char reason[256];

    snprintf(reason, sizeof(reason), "%s", strerror(failure));
    for (char *c = reason; *c; c++)
        *c = (char)tolower((unsigned char)*c);
    return err_set(err, ERR_FAILED, "fork/exec %s: %s", process->argv[0], reason);
}

int sandbox_start(const struct sandbox *sandbox, const struct sandbox_process *process,
                  struct sandbox_child *child, struct err *err)
{
    struct start start = {sandbox, process, {-1, -1}, {-1, -1}, {-1, -1}, getuid(), getgid(), {0}};
    unsigned long flags = SIGCHLD;
    int failure = 0, result = -1;

    snprintf(start.size, sizeof(start.size), "size=%lldm,mode=1777", (long long)process->temporary);
    if (sandbox->root)
        flags |= CLONE_NEWNS | CLONE_NEWPID | (sandbox->user ? (unsigned long)CLONE_NEWUSER : 0);
    child->pid = -1;
    child->status = -1;
    if (pipe2(start.go, O_CLOEXEC) < 0 || pipe2(start.report, O_CLOEXEC) < 0 ||
        pipe2(start.status, O_CLOEXEC) < 0 ||
        (child->pid = (pid_t)syscall(SYS_clone, flags, 0, 0, 0, 0)) < 0) {
        err_set(err, ERR_FAILED, "cannot start a process: %s", strerror(errno));
        goto out;
    }
    if (child->pid == 0)
        run_child(&start);
    failure = await_exec(&start);
    if (failure) {
        kill(child->pid, SIGKILL);
        waitpid(child->pid, NULL, 0);
        exec_error(process, failure, err);
        goto out;
    }
    if (sandbox->root) {
        child->status = start.status[0];
        start.status[0] = -1;
    }
    result = 0;
out:
    close_pair(start.go);
    close_pair(start.report);
    close_pair(start.status);
    return result;
}

int sandbox_finish(struct sandbox_child *child, int status)
{
    int real = 0;

    if (child->status < 0)
        return status;
    fcntl(child->status, F_SETFL, O_NONBLOCK);
    if (read(child->status, &real, sizeof(real)) == sizeof(real))
        status = real;
    close(child->status);
    child->status = -1;
    return status;
}

static bool works(const struct sandbox *sandbox, const char *folder)
{
    static const char *const argv[] = {"/bin/true", NULL}, *const variables[] = {NULL};
    int null = open("/dev/null", O_WRONLY | O_CLOEXEC);
    struct sandbox_process process = {folder, NULL, folder, 1, argv, variables, "/", null};
    struct sandbox_child child;
    struct err err = {0};
    int status = -1;

    if (sandbox_start(sandbox, &process, &child, &err) == 0) {
        waitpid(child.pid, &status, 0);
        status = sandbox_finish(&child, status);
    }
    close(null);
    return status == 0;
}

struct sandbox *sandbox_new(const char *folder)
{
    struct sandbox *sandbox = xcalloc(1, sizeof(*sandbox));

    sandbox->root = sandbox_root_new(folder);
    if (!sandbox->root || works(sandbox, folder))
        return sandbox;
    sandbox->user = true;
    if (!works(sandbox, folder)) {
        sandbox_root_free(sandbox->root);
        sandbox->root = NULL;
    }
    return sandbox;
}

void sandbox_free(struct sandbox *sandbox)
{
    if (!sandbox)
        return;
    sandbox_root_free(sandbox->root);
    free(sandbox);
}

bool sandbox_isolates(const struct sandbox *sandbox)
{
    return sandbox->root != NULL;
}

/* Reads a small file of /proc; "" when the process is gone. */
static void read_proc(pid_t pid, const char *name, char *text, size_t size)
{
    char path[64];
    ssize_t len = 0;
    int fd;

    snprintf(path, sizeof(path), "/proc/%d/%s", (int)pid, name);
    fd = open(path, O_RDONLY | O_CLOEXEC);
    if (fd >= 0) {
        len = read(fd, text, size - 1);
        close(fd);
    }
    text[len > 0 ? len : 0] = '\0';
}

/* Adds the children of `pid` to the list. */
static size_t add_children(pid_t pid, pid_t *list, size_t count)
{
    char name[64], text[4096], *rest = text, *end;

    snprintf(name, sizeof(name), "task/%d/children", (int)pid);
    read_proc(pid, name, text, sizeof(text));
    for (;;) {
        long child = strtol(rest, &end, 10);

        if (end == rest || count == MAX_DESCENDANTS)
            return count;
        list[count++] = (pid_t)child;
        rest = end;
    }
}

void sandbox_memory(const struct sandbox_child *child, int64_t *now, int64_t *peak)
{
    pid_t list[MAX_DESCENDANTS];
    size_t count = 1, first = 0;
    long long pages, shared;
    char text[4096], *high;
    int64_t page = sysconf(_SC_PAGESIZE) / 1024;

    *now = *peak = 0;
    list[0] = child->pid;
    if (child->status >= 0) {
        count = add_children(child->pid, list, 0);
        if (count == 0)
            return;
    }
    for (first = 0; first < count; first++) {
        read_proc(list[first], "statm", text, sizeof(text));
        /* What a descendant shares with the first process is counted there. */
        if (sscanf(text, "%*s %lld %lld", &pages, &shared) == 2)
            *now += (first == 0 ? pages : pages - shared) * page;
        count = add_children(list[first], list, count);
    }
    read_proc(list[0], "status", text, sizeof(text));
    high = strstr(text, "VmHWM:");
    *peak = high ? strtoll(high + 6, NULL, 10) : 0;
}
