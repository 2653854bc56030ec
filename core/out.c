#include "core/out.h"

#include "core/annotation.h"
#include "core/buf.h"
#include "core/memory.h"

#include <errno.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

static const char *const escapes[] = {
    [OUT_PLAIN] = "\x1b[0m", [OUT_BOLD] = "\x1b[1m",     [OUT_DIM] = "\x1b[2m",
    [OUT_RED] = "\x1b[31m",  [OUT_GREEN] = "\x1b[32m",   [OUT_YELLOW] = "\x1b[33m",
    [OUT_BLUE] = "\x1b[34m", [OUT_MAGENTA] = "\x1b[35m", [OUT_CYAN] = "\x1b[36m",
};

/* https://no-color.org: any value but an empty one turns colour off. */
static bool wants_colour(FILE *stream)
{
    const char *no_color = getenv("NO_COLOR");
    const char *term = getenv("TERM");

    return isatty(fileno(stream)) && !(no_color && *no_color) && term && strcmp(term, "dumb") != 0;
}

void out_init(struct out *out, FILE *results, FILE *messages)
{
    const char *term = getenv("TERM");

    *out = (struct out){.results = results, .messages = messages};
    out->colour_results = wants_colour(results);
    out->colour_messages = wants_colour(messages);
    out->bars = isatty(fileno(messages)) && term && strcmp(term, "dumb") != 0;
    pthread_mutex_init(&out->lock, NULL);
}

void out_release(struct out *out)
{
    out_progress(out, NULL, 0, 0);
    for (size_t i = 0; i < out->secrets.count; i++)
        memory_wipe(out->secrets.items[i], strlen(out->secrets.items[i]));
    strlist_release(&out->secrets);
    pthread_mutex_destroy(&out->lock);
}

void out_add_secret(struct out *out, const char *text)
{
    if (!text || strlen(text) < 4)
        return;
    pthread_mutex_lock(&out->lock);
    if (!strlist_has(&out->secrets, text))
        strlist_add(&out->secrets, text);
    pthread_mutex_unlock(&out->lock);
}

/* The first secret in `text`: where it begins, and how long it is. NULL: there is none. */
static const char *find_secret(const struct out *out, const char *text, size_t len, size_t *secret)
{
    const char *first = NULL;

    for (size_t s = 0; s < out->secrets.count; s++) {
        size_t size = strlen(out->secrets.items[s]);
        const char *found = memmem(text, len, out->secrets.items[s], size);

        if (!found || (first && (found > first || (found == first && size < *secret))))
            continue;
        first = found;
        *secret = size;
    }
    return first;
}

/* Writes `text` with every secret in it replaced. */
static void write_masked(const struct out *out, FILE *stream, const char *text, size_t len)
{
    size_t secret = 0;
    const char *found;

    while ((found = find_secret(out, text, len, &secret))) {
        size_t before = (size_t)(found - text);

        fwrite(text, 1, before, stream);
        fputs("******", stream);
        text += before + secret;
        len -= before + secret;
    }
    fwrite(text, 1, len, stream);
}

static void erase_bar(struct out *out)
{
    if (out->bar_shown)
        fputs("\r\x1b[K", out->messages);
    out->bar_shown = false;
}

/* Writes under the lock. */
static void write_text(struct out *out, FILE *stream, const char *text, size_t len)
{
    pthread_mutex_lock(&out->lock);
    erase_bar(out);
    errno = 0;
    write_masked(out, stream, text, len);
    if (stream == out->results)
        out_flush(out);
    else
        fflush(stream);
    pthread_mutex_unlock(&out->lock);
}

/* The text with every secret replaced, before its characters are written in another way; to
 * free(). */
static char *masked(struct out *out, const char *text)
{
    char *result = NULL;
    size_t len = 0;
    FILE *stream = open_memstream(&result, &len);

    if (!stream)
        abort();
    pthread_mutex_lock(&out->lock);
    write_masked(out, stream, text, strlen(text));
    pthread_mutex_unlock(&out->lock);
    fclose(stream);
    return result;
}

/* The kinds of messages: what stands in front, in a colour, and what an annotation calls it. */
enum kind { STEP, TRACE, WARNING, ERROR };
static const struct {
    const char *prefix, *annotation;
    enum out_colour colour;
} kinds[] = {
    [STEP] = {NULL, NULL, OUT_PLAIN},
    [TRACE] = {"  ", NULL, OUT_DIM},
    [WARNING] = {"warning: ", "warning", OUT_YELLOW},
    [ERROR] = {"error: ", "error", OUT_RED},
};

static void put_annotation(struct out *out, struct buf *line, const char *kind, const char *text)
{
    char *safe = masked(out, text);
    char *annotation = annotation_text(kind, safe, getenv("GITHUB_WORKSPACE"));

    buf_puts(line, annotation);
    free(annotation);
    free(safe);
}

static void put_plain(struct out *out, struct buf *line, enum kind kind, const char *text)
{
    if (kinds[kind].prefix)
        buf_printf(line, "%s%s%s", out_colour(out, out->messages, kinds[kind].colour),
                   kinds[kind].prefix, out_colour(out, out->messages, OUT_PLAIN));
    buf_puts(line, text);
}

/* A line on standard error. */
static void write_message(struct out *out, enum kind kind, const char *format, va_list arguments)
{
    struct buf line, text;
    char *visible;

    buf_init(&text, 0);
    buf_vprintf(&text, format, arguments);
    visible = out_visible(buf_string(&text), text.len);
    buf_init(&line, 0);
    if (out->annotations && kinds[kind].annotation)
        put_annotation(out, &line, kinds[kind].annotation, visible);
    else
        put_plain(out, &line, kind, visible);
    if (!line.len || line.data[line.len - 1] != '\n')
        buf_putc(&line, '\n');
    write_text(out, out->messages, line.data, line.len);
    buf_release(&line);
    buf_release(&text);
    free(visible);
}

void out_print(struct out *out, const char *format, ...)
{
    struct buf text;
    va_list arguments;

    buf_init(&text, 0);
    va_start(arguments, format);
    buf_vprintf(&text, format, arguments);
    va_end(arguments);
    write_text(out, out->results, buf_string(&text), text.len);
    buf_release(&text);
}

void out_json(struct out *out, const json_t *value, bool line)
{
    size_t flags = JSON_ENCODE_ANY | (line ? JSON_COMPACT : JSON_INDENT(2));
    char *text = json_dumps(value, flags);

    out_print(out, "%s\n", text ? text : "null");
    out->answered = true;
    free(text);
}

void out_step(struct out *out, const char *format, ...)
{
    va_list arguments;

    if (out->quiet)
        return;
    va_start(arguments, format);
    write_message(out, STEP, format, arguments);
    va_end(arguments);
}

void out_tell(struct out *out, const char *format, ...)
{
    va_list arguments;

    va_start(arguments, format);
    write_message(out, STEP, format, arguments);
    va_end(arguments);
}

void out_warn(struct out *out, const char *format, ...)
{
    va_list arguments;

    va_start(arguments, format);
    write_message(out, WARNING, format, arguments);
    va_end(arguments);
}

void out_error(struct out *out, const char *format, ...)
{
    va_list arguments;

    out_group_end(out);
    va_start(arguments, format);
    write_message(out, ERROR, format, arguments);
    va_end(arguments);
}

void out_trace(struct out *out, const char *format, ...)
{
    va_list arguments;

    if (!out->verbose)
        return;
    va_start(arguments, format);
    write_message(out, TRACE, format, arguments);
    va_end(arguments);
}

void out_group(struct out *out, const char *title)
{
    char *text;

    if (!out->annotations || out->quiet)
        return;
    out_group_end(out);
    text = xasprintf("::group::%s\n", title);
    write_text(out, out->messages, text, strlen(text));
    free(text);
    out->grouped = true;
}

void out_group_end(struct out *out)
{
    static const char text[] = "::endgroup::\n";

    if (out->grouped)
        write_text(out, out->messages, text, strlen(text));
    out->grouped = false;
}

void out_progress(struct out *out, const char *label, int64_t done, int64_t total)
{
    enum { WIDTH = 30 };
    int filled = total > 0 ? (int)(done * WIDTH / total) : 0;
    char bar[WIDTH + 1];

    if (!out->bars || out->quiet)
        return;
    pthread_mutex_lock(&out->lock);
    erase_bar(out);
    if (total > 0) {
        memset(bar, ' ', WIDTH);
        memset(bar, '=', (size_t)(filled < WIDTH ? filled : WIDTH));
        bar[WIDTH] = '\0';
        fprintf(out->messages, "\r%s [%s] %3d%%", label, bar, (int)(done * 100 / total));
        out->bar_shown = true;
    }
    fflush(out->messages);
    pthread_mutex_unlock(&out->lock);
}

void out_flush(struct out *out)
{
    if (fflush(out->results) == 0 && !ferror(out->results))
        return;
    if (!out->failure)
        out->failure = errno ? errno : EIO;
}

void out_capture(struct out *out)
{
    out->real_results = out->results;
    out->results = open_memstream(&out->captured, &out->captured_len);
    if (!out->results)
        abort();
    out->colour_results = false;
}

char *out_captured(struct out *out)
{
    char *text;

    fclose(out->results);
    text = out->captured;
    out->results = out->real_results;
    out->captured = NULL;
    return text;
}

bool out_broken(const struct out *out)
{
    return out->failure != 0;
}

const char *out_colour(const struct out *out, const FILE *stream, enum out_colour colour)
{
    bool wanted = stream == out->results ? out->colour_results : out->colour_messages;

    return wanted ? escapes[colour] : "";
}

void out_size(uint64_t bytes, char text[static OUT_SIZE_LEN])
{
    static const char *const units[] = {"kB", "MB", "GB"};
    double value = (double)bytes / 1000;
    size_t unit = 0;

    if (bytes < 1000) {
        snprintf(text, OUT_SIZE_LEN, "%d B", (int)bytes);
        return;
    }
    while (value >= 999.95 && unit < 2) {
        value /= 1000;
        unit++;
    }
    snprintf(text, OUT_SIZE_LEN, "%.1f %s", value, units[unit]);
}

/* The length of the UTF-8 sequence at `text`, 0 when it is invalid (RFC 3629). */
static size_t sequence_length(const unsigned char *text, size_t len)
{
    static const struct {
        unsigned char first, last, low, high;
        size_t len;
    } forms[] = {
        {0xc2, 0xdf, 0x80, 0xbf, 2}, {0xe0, 0xe0, 0xa0, 0xbf, 3}, {0xe1, 0xec, 0x80, 0xbf, 3},
        {0xed, 0xed, 0x80, 0x9f, 3}, {0xee, 0xef, 0x80, 0xbf, 3}, {0xf0, 0xf0, 0x90, 0xbf, 4},
        {0xf1, 0xf3, 0x80, 0xbf, 4}, {0xf4, 0xf4, 0x80, 0x8f, 4},
    };

    for (size_t i = 0; i < sizeof(forms) / sizeof(*forms); i++) {
        if (*text < forms[i].first || *text > forms[i].last || forms[i].len > len)
            continue;
        if (text[1] < forms[i].low || text[1] > forms[i].high)
            return 0;
        for (size_t k = 2; k < forms[i].len; k++)
            if ((text[k] & 0xc0) != 0x80)
                return 0;
        return forms[i].len;
    }
    return 0;
}

char *out_visible(const char *text, size_t len)
{
    size_t start = 0, i = 0;
    struct buf buf;

    buf_init(&buf, 0);
    while (i < len) {
        unsigned char c = (unsigned char)text[i];
        size_t sequence = c < 0x80 ? 1 : sequence_length((const unsigned char *)text + i, len - i);
        /* U+0080 to U+009F are control characters too: 0x9b alone starts an escape sequence. */
        bool control = c < 0x80 ? ((c < 0x20 && c != '\t' && c != '\n') || c == 0x7f)
                                : (c == 0xc2 && sequence == 2 && (unsigned char)text[i + 1] < 0xa0);

        if (sequence && !control) {
            i += sequence;
            continue;
        }
        buf_append(&buf, text + start, i - start);
        buf_printf(&buf, "\\x%02x", c);
        start = ++i;
    }
    buf_append(&buf, text + start, len - start);
    return buf_take(&buf);
}
