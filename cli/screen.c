#include "cli/screen.h"

#include "core/buf.h"

#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <unistd.h>

enum { USUAL_COLUMNS = 80, USUAL_ROWS = 24 };

static bool size_of(const struct out *out, struct winsize *size)
{
    return isatty(fileno(out->results)) && ioctl(fileno(out->results), TIOCGWINSZ, size) == 0 &&
           size->ws_col > 0;
}

int screen_columns(const struct out *out)
{
    const char *given = getenv("COLUMNS");
    struct winsize size;
    long columns;

    if (size_of(out, &size))
        return size.ws_col;
    columns = given ? strtol(given, NULL, 10) : 0;
    return columns >= 20 && columns <= 1000 ? (int)columns : USUAL_COLUMNS;
}

void screen_init(struct screen *screen, struct out *out)
{
    const char *kind = getenv("TERM");

    *screen = (struct screen){.out = out,
                              .terminal = isatty(fileno(out->results)) &&
                                          (!kind || strcmp(kind, "dumb") != 0)};
}

void screen_release(struct screen *screen)
{
    if (screen->terminal && screen->shown)
        out_print(screen->out, "\x1b[?25h\x1b[?1049l");
    screen->shown = false;
}

/* Each line over what was there; below the last nothing is left. */
static void add_lines(struct buf *frame, const char *text, int rows)
{
    for (int row = 0; *text && row < rows; row++) {
        size_t len = strcspn(text, "\n");

        buf_printf(frame, "%s%.*s\x1b[0m\x1b[K", row ? "\r\n" : "", (int)len, text);
        text += len + (text[len] == '\n');
    }
    buf_puts(frame, "\x1b[J");
}

void screen_show(struct screen *screen, const char *text)
{
    struct winsize size;
    struct buf frame;

    if (!screen->terminal) {
        out_print(screen->out, "%s%s", screen->shown ? "\n" : "", text);
        screen->shown = true;
        return;
    }
    buf_init(&frame, 0);
    /* The second screen, no cursor, no lines that go on in the next row. */
    buf_puts(&frame, screen->shown ? "\x1b[H" : "\x1b[?1049h\x1b[?25l\x1b[H");
    buf_puts(&frame, "\x1b[?7l");
    add_lines(&frame, text, size_of(screen->out, &size) ? size.ws_row : USUAL_ROWS);
    buf_puts(&frame, "\x1b[?7h");
    out_print(screen->out, "%s", buf_string(&frame));
    buf_release(&frame);
    screen->shown = true;
}
