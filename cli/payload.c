#include "cli/payload.h"

#include "core/file.h"
#include "core/interrupt.h"

#include <errno.h>
#include <fcntl.h>
#include <jansson.h>
#include <poll.h>
#include <string.h>
#include <unistd.h>

static int too_large(struct err *err)
{
    return err_set(err, ERR_USAGE, "the payload has more than %d bytes", PAYLOAD_MAX);
}

/* Appends what can be read now: 1, or 0 at the end. */
static int read_some(int fd, const char *name, struct buf *data, struct err *err)
{
    char chunk[65536];
    ssize_t len;

    do {
        if (interrupt_wait_readable(fd) < 0)
            return interrupt_check(err);
        len = read(fd, chunk, sizeof(chunk));
    } while (len < 0 && errno == EINTR);
    if (len < 0)
        return err_set(err, ERR_FAILED, "cannot read %s: %s", name, strerror(errno));
    if (len && buf_append(data, chunk, (size_t)len) < 0)
        return too_large(err);
    return len > 0;
}

static int read_standard_input(struct buf *payload, struct err *err)
{
    int more = isatty(STDIN_FILENO) ? 0 : 1;

    while (more > 0)
        more = read_some(STDIN_FILENO, "standard input", payload, err);
    if (more == 0 && payload->len == 0)
        buf_puts(payload, "{}");
    return more;
}

/* It is only looked at: a number that is too large for us is the function's business. */
int payload_check(const struct buf *payload, struct err *err)
{
    json_error_t where;
    json_t *value = json_loadb(buf_string(payload), payload->len,
                               JSON_DECODE_ANY | JSON_ALLOW_NUL | JSON_DECODE_INT_AS_REAL, &where);

    if (!value && json_error_code(&where) != json_error_numeric_overflow)
        return err_set(err, ERR_USAGE, "the payload is no JSON: line %d, column %d: %s", where.line,
                       where.column, where.text);
    json_decref(value);
    return 0;
}

int payload_read(const char *argument, const char *file, struct buf *payload, struct err *err)
{
    int result = 0;

    if (argument)
        result = buf_puts(payload, argument) < 0 ? too_large(err) : 0;
    else if (file && strcmp(file, "-") != 0)
        result = file_read(file, PAYLOAD_MAX, payload, err);
    else
        result = read_standard_input(payload, err);
    return result;
}

int payload_lines_open(struct payload_lines *lines, const char *file, struct err *err)
{
    bool standard = !file || strcmp(file, "-") == 0;

    *lines = (struct payload_lines){.fd = STDIN_FILENO, .name = "standard input"};
    /* The last line and the start of the next one. */
    buf_init(&lines->data, 2 * (size_t)PAYLOAD_MAX);
    if (standard)
        return 0;
    lines->name = file;
    lines->fd = open(file, O_RDONLY | O_CLOEXEC | O_NOCTTY);
    if (lines->fd < 0)
        return err_set(err, ERR_FAILED, "cannot read '%s': %s", file, strerror(errno));
    return 0;
}

void payload_lines_close(struct payload_lines *lines)
{
    if (lines->fd > STDIN_FILENO)
        close(lines->fd);
    buf_release(&lines->data);
}

/* Moves the first line that is whole; false: there is none. */
static bool take_line(struct payload_lines *lines, struct buf *line)
{
    const char *data = buf_string(&lines->data);
    const char *end = lines->data.len ? memchr(data, '\n', lines->data.len) : NULL;
    size_t len = end ? (size_t)(end - data) : lines->data.len;

    if (!end && (!lines->ended || !len))
        return false;
    buf_clear(line);
    buf_append(line, data, len);
    buf_consume(&lines->data, end ? len + 1 : len);
    lines->number++;
    return true;
}

static bool is_blank(const struct buf *line)
{
    return strspn(buf_string(line), " \t\r") == line->len;
}

static bool has_come(int fd)
{
    struct pollfd wait = {.fd = fd, .events = POLLIN};

    return poll(&wait, 1, 0) > 0;
}

static int check_line(const struct payload_lines *lines, const struct buf *line, struct err *err)
{
    if (line->len > PAYLOAD_MAX)
        too_large(err);
    else if (payload_check(line, err) == 0)
        return 1;
    return err_context(err, "line %zu of %s", lines->number, lines->name);
}

int payload_lines_next(struct payload_lines *lines, bool wait, struct buf *line, struct err *err)
{
    for (;;) {
        int more;

        if (take_line(lines, line)) {
            if (!is_blank(line))
                return check_line(lines, line, err);
            continue;
        }
        if (lines->ended || (!wait && !has_come(lines->fd)))
            return 0;
        more = read_some(lines->fd, lines->name, &lines->data, err);
        if (more < 0)
            return -1;
        lines->ended = more == 0;
    }
}
