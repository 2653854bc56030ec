#include "cli/traceback.h"

#include "core/json.h"

#include <stdbool.h>
#include <string.h>

enum { CAUSES_MAX = 16, FRAMES_MAX = 200 };

static void add_line(struct buf *out, const char *text)
{
    size_t len = strlen(text);

    while (len && text[len - 1] == '\n')
        len--;
    buf_append(out, text, len);
    buf_putc(out, '\n');
}

/* Go's frames are objects. */
static void add_place(struct buf *out, const json_t *frame)
{
    buf_printf(out, "    at %s (%s:%lld)\n", json_string_at(frame, "label"),
               json_string_at(frame, "path"), (long long)json_int_at(frame, "line"));
}

/* Java and Ruby tell bare places; others bring their own indentation or "at". */
static void add_frame(struct buf *out, const json_t *frame)
{
    const char *text = json_string_value(frame);

    if (json_is_object(frame))
        add_place(out, frame);
    if (!text)
        return;
    if (*text != ' ' && *text != '\t')
        buf_puts(out, strncmp(text, "at ", 3) == 0 ? "    " : "    at ");
    add_line(out, text);
}

static void add_frames(struct buf *out, const json_t *frames)
{
    json_t *frame;
    size_t i;

    json_array_foreach (frames, i, frame) {
        if (i == FRAMES_MAX) {
            buf_printf(out, "    ... %zu more\n", json_array_size(frames) - i);
            return;
        }
        add_frame(out, frame);
    }
}

/* "TypeError: x is undefined" */
static void add_head(struct buf *out, const json_t *error)
{
    const char *type = json_string_at(error, "errorType");
    const char *message = json_string_at(error, "errorMessage");

    buf_printf(out, "%s%s", type, *type && *message ? ": " : "");
    add_line(out, message);
}

/* Node.js puts what other runtimes put in front into the first lines of its stack. */
static void add_lines(struct buf *out, const json_t *lines)
{
    json_t *line;
    size_t i;

    json_array_foreach (lines, i, line)
        if (json_is_string(line) && i < FRAMES_MAX)
            add_line(out, json_string_value(line));
}

static bool is_python(const json_t *frames)
{
    const char *first = json_string_value(json_array_get(frames, 0));

    return first && strncmp(first, "  File ", 7) == 0;
}

static void add_error(struct buf *out, const json_t *error)
{
    const json_t *frames = json_at(error, "stackTrace");

    add_head(out, error);
    if (is_python(frames))
        buf_puts(out, "Traceback (most recent call last):\n");
    add_frames(out, frames);
}

void traceback_print(struct buf *out, const json_t *error)
{
    for (int depth = 0; json_is_object(error) && depth < CAUSES_MAX; depth++) {
        if (!*json_string_at(error, "errorType") && !*json_string_at(error, "errorMessage"))
            return;
        if (depth)
            buf_puts(out, "Caused by: ");
        if (json_is_string(json_array_get(json_at(error, "trace"), 0)))
            add_lines(out, json_at(error, "trace"));
        else
            add_error(out, error);
        error = json_at(error, "cause");
    }
}
