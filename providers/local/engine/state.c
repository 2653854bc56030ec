#include "providers/local/engine/state.h"

#include "core/file.h"
#include "core/hash.h"
#include "core/json.h"
#include "core/memory.h"

#include <errno.h>
#include <fcntl.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

enum { STATE_FILE_MAX = 65536 };

void engine_log(const char *format, ...)
{
    char now[CLOCK_RFC3339_LEN];
    va_list arguments;

    clock_format_rfc3339(clock_now(clock_system()), now);
    flockfile(stderr);
    fprintf(stderr, "%s ", now);
    va_start(arguments, format);
    vfprintf(stderr, format, arguments);
    va_end(arguments);
    fputc('\n', stderr);
    funlockfile(stderr);
}

int state_lock(const char *folder, struct err *err)
{
    char *path = file_join(folder, "lock");
    int fd = -1, result = -1;

    if (file_make_folder(folder, 0700, err) < 0)
        goto out;
    if (chmod(folder, 0700) < 0) {
        err_set(err, ERR_FAILED, "cannot make '%s' private: %s", folder, strerror(errno));
        goto out;
    }
    fd = open(path, O_RDWR | O_CREAT | O_CLOEXEC | O_NOFOLLOW, 0600);
    if (fd < 0) {
        err_set(err, ERR_FAILED, "cannot open '%s': %s", path, strerror(errno));
        goto out;
    }
    if (flock(fd, LOCK_EX | LOCK_NB) == 0) {
        result = fd;
        fd = -1;
    } else if (errno == EWOULDBLOCK) {
        err_set(err, ERR_FAILED, "an engine is already running on '%s'", folder);
        result = -2;
    } else {
        err_set(err, ERR_FAILED, "cannot lock '%s': %s", path, strerror(errno));
    }
out:
    if (fd >= 0)
        close(fd);
    free(path);
    return result;
}

static int write_json(const struct engine *engine, const char *name, json_t *value, struct err *err)
{
    char *path = file_join(engine->folder, name);
    char *text = json_dumps(value, JSON_INDENT(2));
    int result = file_write(path, text, strlen(text), 0600, err);

    memory_wipe(text, strlen(text));
    free(text);
    free(path);
    json_decref(value);
    return result;
}

/* In the form of AWS's own keys, so that other clients find nothing odd about them. */
static int make_credentials(struct engine *engine, struct err *err)
{
    static const char letters[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZ234567";
    uint8_t random[46];
    char id[21] = "AKIA";

    hash_random(random, sizeof(random));
    for (size_t i = 0; i < 16; i++)
        id[4 + i] = letters[random[i] % 32];
    engine->key_id = xstrdup(id);
    /* 30 random bytes are 40 characters, the length of AWS's secrets. */
    engine->secret = hash_base64(random + 16, 30);
    memory_wipe(random, sizeof(random));
    return write_json(engine, "credentials.json",
                      json_pack("{s:s, s:s}", "access_key_id", engine->key_id, "secret_access_key",
                                engine->secret),
                      err);
}

int state_credentials(struct engine *engine, struct err *err)
{
    char *path = file_join(engine->folder, "credentials.json");
    json_t *root = NULL;
    struct buf text;
    int result = -1;

    buf_init(&text, STATE_FILE_MAX);
    if (!file_exists(path)) {
        result = make_credentials(engine, err);
        goto out;
    }
    if (file_read(path, STATE_FILE_MAX, &text, err) < 0)
        goto out;
    root = json_parse(text.data ? text.data : "", text.len, 8, err);
    if (!root) {
        err_context(err, "cannot read '%s'", path);
        goto out;
    }
    engine->key_id = xstrdup(json_string_at(root, "access_key_id"));
    engine->secret = xstrdup(json_string_at(root, "secret_access_key"));
    result = *engine->key_id && *engine->secret ? 0 : -1;
    if (result < 0)
        err_set(err, ERR_FAILED, "'%s' holds no credentials: remove it to get new ones", path);
out:
    json_decref(root);
    if (text.data)
        memory_wipe(text.data, text.len);
    buf_release(&text);
    free(path);
    return result;
}

int state_remembered_port(const char *folder)
{
    char *path = file_join(folder, "port");
    struct err ignored;
    struct buf text;
    long port = 0;

    buf_init(&text, STATE_FILE_MAX);
    if (file_read(path, 16, &text, &ignored) == 0)
        port = strtol(buf_string(&text), NULL, 10);
    buf_release(&text);
    free(path);
    return port > 0 && port < 65536 ? (int)port : 0;
}

int state_announce(const struct engine *engine, struct err *err)
{
    char *path = file_join(engine->folder, "port");
    char port[16];
    int result;

    snprintf(port, sizeof(port), "%d\n", engine->port);
    result = file_write(path, port, strlen(port), 0600, err);
    free(path);
    if (result < 0)
        return -1;
    return write_json(engine, "engine.json",
                      json_pack("{s:i, s:i, s:s, s:s}", "pid", (int)getpid(), "port", engine->port,
                                "url", engine->base_url, "version", FNCTL_VERSION),
                      err);
}

void state_withdraw(const struct engine *engine)
{
    char *path = file_join(engine->folder, "engine.json");

    unlink(path);
    free(path);
}
