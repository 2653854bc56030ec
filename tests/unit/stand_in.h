/* Starts tests/tools/stand_in.py, the server that misbehaves on request. */
#ifndef FNCTL_TESTS_UNIT_STAND_IN_H
#define FNCTL_TESTS_UNIT_STAND_IN_H

#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/wait.h>
#include <unistd.h>

struct stand_in {
    pid_t pid;
    int input; /* it ends when this is closed, however the test ends */
    int port;
};

static inline int stand_in_start(struct stand_in *server)
{
    int in[2], out[2];
    FILE *output;

    if (pipe(in) < 0 || pipe(out) < 0 || (server->pid = fork()) < 0)
        return -1;
    if (server->pid == 0) {
        dup2(in[0], STDIN_FILENO);
        dup2(out[1], STDOUT_FILENO);
        close(in[0]);
        close(in[1]);
        close(out[0]);
        close(out[1]);
        execlp("python3", "python3", "tests/tools/stand_in.py", (char *)NULL);
        _exit(127);
    }
    close(in[0]);
    close(out[1]);
    server->input = in[1];
    output = fdopen(out[0], "r");
    if (fscanf(output, "%d", &server->port) != 1)
        return -1;
    fclose(output);
    return 0;
}

static inline void stand_in_stop(struct stand_in *server)
{
    close(server->input);
    kill(server->pid, SIGKILL);
    waitpid(server->pid, NULL, 0);
}

#endif
