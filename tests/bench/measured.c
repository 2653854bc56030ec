/*
 * Runs a command and says what it took: "WALL USER SYSTEM MEMORY STATUS", in seconds, KiB and as a
 * shell tells it. A process of its own, because the peak memory of a child begins with that of its
 * parent: measured from a script, nothing is smaller than the script's interpreter.
 *
 * measured COMMAND [ARGUMENT...]; what the command says goes to standard error.
 */
#include <stdio.h>
#include <stdlib.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

static double now(void)
{
    struct timespec time;

    clock_gettime(CLOCK_MONOTONIC, &time);
    return (double)time.tv_sec + (double)time.tv_nsec / 1e9;
}

static double seconds(struct timeval time)
{
    return (double)time.tv_sec + (double)time.tv_usec / 1e6;
}

int main(int argc, char **argv)
{
    double started = now();
    struct rusage usage;
    int status;
    pid_t pid = argc > 1 ? fork() : -1;

    if (pid == 0) {
        dup2(STDERR_FILENO, STDOUT_FILENO);
        execvp(argv[1], argv + 1);
        perror(argv[1]);
        _exit(127);
    }
    if (pid < 0 || wait4(pid, &status, 0, &usage) < 0) {
        fprintf(stderr, "measured: cannot run a command\n");
        return 1;
    }
    printf("%.6f %.6f %.6f %ld %d\n", now() - started, seconds(usage.ru_utime),
           seconds(usage.ru_stime), usage.ru_maxrss,
           WIFEXITED(status) ? WEXITSTATUS(status) : 128 + WTERMSIG(status));
    return 0;
}
