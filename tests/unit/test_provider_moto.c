/* The provider "aws" against moto, where moto_server is installed. */
#include "providers/aws/aws.h"
#include "tests/unit/conformance_kill.h"

#include <arpa/inet.h>
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

struct moto {
    pid_t pid;
    char *endpoint_url;
    char *log; /* one line for each request */
    struct conformance conformance;
};

static int free_port(void)
{
    struct sockaddr_in address = {.sin_family = AF_INET, .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
    socklen_t len = sizeof(address);
    int fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
    int port = 0;

    if (bind(fd, (struct sockaddr *)&address, len) == 0 &&
        getsockname(fd, (struct sockaddr *)&address, &len) == 0)
        port = ntohs(address.sin_port);
    close(fd);
    return port;
}

static bool listens(int port)
{
    struct sockaddr_in address = {.sin_family = AF_INET,
                                  .sin_port = htons((uint16_t)port),
                                  .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
    int fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
    bool result = connect(fd, (struct sockaddr *)&address, sizeof(address)) == 0;

    close(fd);
    return result;
}

static void run_moto(const char *program, int port, const char *log)
{
    char text[16];
    int fd = open(log, O_WRONLY | O_CREAT | O_APPEND, 0600);

    snprintf(text, sizeof(text), "%d", port);
    setpgid(0, 0);
    dup2(fd, 1);
    dup2(fd, 2);
    execl(program, program, "-p", text, (char *)NULL);
    _exit(127);
}

static void start_moto(struct moto *moto, const char *program)
{
    int port = free_port();

    moto->log = file_join(moto->conformance.folder, "moto.log");
    moto->endpoint_url = xasprintf("http://127.0.0.1:%d", port);
    moto->pid = fork();
    if (moto->pid == 0)
        run_moto(program, port, moto->log);
    setpgid(moto->pid, moto->pid);
    for (int i = 0; i < 600 && !listens(port); i++)
        usleep(100000);
}

static int set_up(void **state)
{
    char *program = file_find_program("moto_server");
    struct moto *moto = xcalloc(1, sizeof(*moto));
    struct err err = {0};

    *state = moto;
    setenv("AWS_ACCESS_KEY_ID", "AKIATESTTESTTESTTEST", 1);
    setenv("AWS_SECRET_ACCESS_KEY", "test", 1);
    unsetenv("AWS_SESSION_TOKEN");
    moto->conformance.provider = &provider_aws;
    moto->conformance.region = "eu-central-1";
    moto->conformance.folder = file_temporary_folder("fnctl-moto", &err);
    out_init(&moto->conformance.out, stdout, stderr);
    if (program)
        start_moto(moto, program);
    moto->conformance.endpoint_url = moto->endpoint_url;
    free(program);
    return moto->conformance.folder ? 0 : -1;
}

static int tear_down(void **state)
{
    struct moto *moto = *state;
    struct err err = {0};

    if (moto->pid > 0) {
        kill(-moto->pid, SIGKILL);
        waitpid(moto->pid, NULL, 0);
    }
    file_remove(moto->conformance.folder, &err);
    out_release(&moto->conformance.out);
    free(moto->conformance.folder);
    free(moto->endpoint_url);
    free(moto->log);
    free(moto);
    return 0;
}

/* Requests that moto has answered so far, by its log; `word` NULL: all. */
static size_t count_requests(const struct moto *moto, const char *word)
{
    struct err err = {0};
    struct buf log;
    size_t count = 0;

    buf_init(&log, 0);
    assert_int_equal(file_read(moto->log, 0, &log, &err), 0);
    for (char *line = strtok(log.data, "\n"); line; line = strtok(NULL, "\n"))
        count += strstr(line, " HTTP/1.1") && (!word || strstr(line, word));
    buf_release(&log);
    return count;
}

static void conforms(void **state)
{
    struct moto *moto = *state;

    if (!moto->pid) {
        print_message("skipped: moto_server is not in PATH\n");
        skip();
    }
    conform_run(&moto->conformance);
}

#define SETTINGS_SMALL                                                                             \
    "{\"project\": \"small\", \"stages\": {\"dev\": {}}, \"functions\": {\"api\": {"               \
    "\"runtime\": \"python3.13\", \"handler\": \"app.handler\", \"routes\": [\"GET /\"],"          \
    "\"schedules\": [{\"rate\": \"1 hour\"}]}}}"

/* One function with a layer, a route and a schedule: what an unchanged deploy costs. */
static void asks_little_when_nothing_changed(void **state)
{
    struct moto *moto = *state;
    struct err err = {0};
    struct run run;
    size_t before;

    if (!moto->pid)
        skip();
    conform_open(&moto->conformance, SETTINGS_SMALL, true, &run);
    conform_deploy(&run, "code", "library");
    conform_close(&run);
    before = count_requests(moto, NULL);
    conform_finds_nothing(&moto->conformance, SETTINGS_SMALL, "code", "library");
    assert_in_range(count_requests(moto, NULL) - before, 1, 10);
    before = count_requests(moto, NULL);
    conform_updates_code(&moto->conformance, SETTINGS_SMALL, "new code", "library");
    assert_in_range(count_requests(moto, NULL) - before, 3, 6);
    conform_open(&moto->conformance, SETTINGS_SMALL, true, &run);
    assert_int_equal(provider_aws.remove(run.session, false, &run.changes, &err), 0);
    conform_close(&run);
}

/* Every STRIDE-th point only: all of them take minutes. FNCTL_KILL_STRIDE=1 tries each one. */
static void survives_kill(void **state)
{
    struct moto *moto = *state;
    const char *stride = getenv("FNCTL_KILL_STRIDE");

    if (!moto->pid)
        skip();
    conform_survives_kill(&moto->conformance, stride ? 1 : 120, stride ? atoi(stride) : 400);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(conforms),
        cmocka_unit_test(asks_little_when_nothing_changed),
        cmocka_unit_test(survives_kill),
    };

    return cmocka_run_group_tests(tests, set_up, tear_down);
}
