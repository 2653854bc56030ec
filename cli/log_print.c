#include "cli/log_print.h"

#include "core/memory.h"

#include <stdlib.h>
#include <string.h>
#include <time.h>

enum { ID_SHOWN = 8, NEARLY_FULL = 90 /* % of the memory */ };

static const char *colour(const struct log_style *style, enum out_colour wanted)
{
    return out_colour(style->out, style->out->results, wanted);
}

/* Each function keeps one colour through a run, and from run to run. */
static enum out_colour colour_of(const char *name)
{
    static const enum out_colour colours[] = {OUT_CYAN, OUT_GREEN, OUT_MAGENTA, OUT_YELLOW,
                                              OUT_BLUE};
    size_t sum = 0;

    for (; *name; name++)
        sum += (unsigned char)*name;
    return colours[sum % (sizeof(colours) / sizeof(*colours))];
}

static enum out_colour level_colour(enum log_level level)
{
    return level >= LOG_ERROR                         ? OUT_RED
           : level == LOG_WARN                        ? OUT_YELLOW
           : level == LOG_DEBUG || level == LOG_TRACE ? OUT_DIM
                                                      : OUT_PLAIN;
}

/* "4m12s", "0.3s", "2d03h" */
static void format_age(int64_t age, char text[static 32])
{
    int64_t seconds = age / 1000;

    if (seconds < 60)
        snprintf(text, 32, "%.1fs", (double)(age > 0 ? age : 0) / 1000);
    else if (seconds < 3600)
        snprintf(text, 32, "%dm%02ds", (int)(seconds / 60), (int)(seconds % 60));
    else if (seconds < 86400)
        snprintf(text, 32, "%dh%02dm", (int)(seconds / 3600), (int)(seconds / 60 % 60));
    else
        snprintf(text, 32, "%dd%02dh", (int)(seconds / 86400), (int)(seconds / 3600 % 24));
}

/* RFC 3339 with the zone's offset. */
static void format_date(const struct log_style *style, int64_t timestamp, char text[static 40])
{
    time_t seconds = (time_t)(timestamp / 1000);
    char clock[24], zone[8];
    struct tm fields;

    if (style->times == LOG_UTC)
        gmtime_r(&seconds, &fields);
    else
        localtime_r(&seconds, &fields);
    strftime(clock, sizeof(clock), "%Y-%m-%dT%H:%M:%S", &fields);
    strftime(zone, sizeof(zone), "%z", &fields);
    if (fields.tm_gmtoff == 0)
        snprintf(text, 40, "%.19s.%03dZ", clock, (int)(timestamp % 1000));
    else
        snprintf(text, 40, "%.19s.%03d%.3s:%.2s", clock, (int)(timestamp % 1000), zone, zone + 3);
}

static void format_time(const struct log_style *style, int64_t timestamp, char text[static 40])
{
    if (style->origin) {
        snprintf(text, 40, "%+8.3fs", (double)(timestamp - style->origin) / 1000);
    } else if (style->times == LOG_RELATIVE) {
        char age[32];

        format_age(clock_now(style->clock) - timestamp, age);
        snprintf(text, 40, "%7s ago", age);
    } else {
        format_date(style, timestamp, text);
        if (style->format != LOG_LONG) {
            memmove(text, text + 11, 12);
            text[12] = '\0';
        }
    }
}

/* Appends text, the lines after the first indented; what could drive a terminal is made visible. */
static void add_text(struct buf *out, const char *text, size_t len, size_t indent)
{
    while (len) {
        size_t line = 0;
        char *visible;

        while (line < len && text[line] != '\n' && text[line] != '\r')
            line++;
        visible = out_visible(text, line);
        buf_puts(out, visible);
        free(visible);
        if (line == len)
            return;
        line += text[line] == '\r' && line + 1 < len && text[line + 1] == '\n' ? 2 : 1;
        text += line;
        len -= line;
        if (len)
            buf_printf(out, "\n%*s", (int)indent, "");
    }
}

static bool is_plain(const char *text)
{
    return *text && !text[strcspn(text, " \t\"'=")];
}

/* A member of a record, "key=value"; one of several lines goes below. */
static void add_field(struct buf *out, const char *key, const json_t *value, size_t indent)
{
    const char *string = json_string_value(value);
    const json_t *item;
    char *text;
    size_t i;

    if (string && strpbrk(string, "\n\r")) {
        buf_printf(out, "\n%*s", (int)indent, "");
        add_text(out, string, json_string_length(value), indent);
    } else if (json_is_array(value) && json_is_string(json_array_get(value, 0)) &&
               json_array_size(value) > 1) {
        json_array_foreach (value, i, item) {
            buf_printf(out, "\n%*s", (int)indent, "");
            add_text(out, json_is_string(item) ? json_string_value(item) : "",
                     json_string_length(item), indent);
        }
    } else {
        text = string && is_plain(string) ? xstrdup(string)
                                          : json_dumps(value, JSON_COMPACT | JSON_ENCODE_ANY);
        buf_putc(out, ' ');
        add_text(out, key, strlen(key), indent);
        buf_putc(out, '=');
        add_text(out, text ? text : "", text ? strlen(text) : 0, indent);
        free(text);
    }
}

/* A record's message, then the members that say something new, those of several lines last. */
static void add_record(struct buf *out, const struct log_style *style, const struct log_line *line,
                       size_t indent)
{
    const char *message = log_line_message(line->json), *key;
    struct buf below;
    json_t *value;

    buf_init(&below, 0);
    if (message)
        add_text(out, message, strlen(message), indent);
    buf_puts(out, colour(style, OUT_DIM));
    json_object_foreach (line->json, key, value) {
        struct buf field;

        if (log_line_is_shown(key) || (message && json_string_value(value) == message))
            continue;
        buf_init(&field, 0);
        add_field(&field, key, value, indent);
        buf_append(field.data[0] == '\n' ? &below : out, field.data, field.len);
        buf_release(&field);
    }
    buf_puts(out, colour(style, OUT_PLAIN));
    buf_append(out, buf_string(&below), below.len);
    buf_release(&below);
}

/* "3.41 ms", "2.1 s" */
static void add_duration(struct buf *out, const char *before, double milliseconds)
{
    if (milliseconds < 0)
        return;
    if (milliseconds < 10000)
        buf_printf(out, "%s%.*f ms", before,
                   milliseconds < 100 && milliseconds > (double)(int)milliseconds ? 2 : 0,
                   milliseconds);
    else
        buf_printf(out, "%s%.1f s", before, milliseconds / 1000);
}

/* The figures of a request: duration, what is billed, memory, initialising. */
static void add_report(struct buf *out, const struct log_style *style, const struct log_line *line,
                       const char *request)
{
    const struct log_report *report = &line->report;
    bool full = report->memory * 100 >= report->memory_size * NEARLY_FULL;

    buf_printf(out, "%sREPORT%s", colour(style, line->failure ? OUT_RED : OUT_DIM),
               colour(style, OUT_PLAIN));
    if (report->status[0]) {
        buf_putc(out, ' ');
        add_text(out, report->status, strlen(report->status), 0);
    }
    if (report->error_type[0]) {
        buf_putc(out, ' ');
        add_text(out, report->error_type, strlen(report->error_type), 0);
    }
    add_duration(out, " ", report->duration);
    add_duration(out, ", billed ", report->billed);
    if (report->memory >= 0 && report->memory_size > 0)
        buf_printf(out, ", %smemory %.0f of %.0f MB%s",
                   colour(style, full ? OUT_YELLOW : OUT_PLAIN), report->memory,
                   report->memory_size, colour(style, OUT_PLAIN));
    add_duration(out, ", init ", report->init);
    add_duration(out, ", restored in ", report->restore);
    if (!style->origin)
        buf_printf(out, "%s  %.*s%s", colour(style, OUT_DIM), ID_SHOWN, request,
                   colour(style, OUT_PLAIN));
}

/* What the platform says, as short as can be. */
static void add_platform(struct buf *out, const struct log_style *style,
                         const struct log_line *line, size_t indent)
{
    const char *type = json_string_value(json_object_get(line->json, "type"));
    const char *tab = memchr(line->text, '\t', line->text_len);

    buf_puts(out, colour(style, line->failure ? OUT_RED : OUT_DIM));
    if (type)
        add_text(out, type, strlen(type), indent);
    else if (strncmp(line->text, "INIT_START", 10) == 0 && tab)
        add_text(out, line->text, (size_t)(tab - line->text), indent);
    else
        add_text(out, line->text, line->text_len, indent);
    if (type && line->report.status[0])
        buf_printf(out, " %s %s", line->report.status, line->report.error_type);
    buf_puts(out, colour(style, OUT_PLAIN));
}

/* Spells a message out, as its kind wants. */
static void add_message(struct buf *out, const struct log_style *style, const struct log_line *line,
                        const char *request, size_t indent)
{
    if (line->kind == LOG_REPORT && style->format == LOG_SHORT) {
        add_report(out, style, line, request);
        return;
    }
    if (line->kind == LOG_PLATFORM && style->format == LOG_SHORT) {
        add_platform(out, style, line, indent);
        return;
    }
    if (line->level)
        buf_printf(out, "%s%s%s ", colour(style, level_colour(line->level)),
                   log_level_name(line->level), colour(style, OUT_PLAIN));
    if (line->kind == LOG_JSON)
        add_record(out, style, line, indent);
    else
        add_text(out, line->text, line->text_len, indent);
}

/* Whether the line is one of those that the figures make up for. */
static bool is_hidden(const struct log_style *style, const struct log_line *line)
{
    return style->format == LOG_SHORT && (line->kind == LOG_START || line->kind == LOG_END);
}

/* Puts a figure into the object, unless it is not told. */
static void set_figure(json_t *object, const char *name, double value)
{
    if (value >= 0)
        json_object_set_new(object, name, json_real(value));
}

static json_t *report_json(const struct log_report *report)
{
    json_t *object = json_object();

    set_figure(object, "duration", report->duration);
    set_figure(object, "billed", report->billed);
    set_figure(object, "memory", report->memory);
    set_figure(object, "memory_size", report->memory_size);
    set_figure(object, "init", report->init);
    if (report->status[0])
        json_object_set_new(object, "status", json_string(report->status));
    return object;
}

/* Appends JSON text; the control characters that JSON leaves as they are (DEL, and U+0080 to
 * U+009F, of which U+009B begins escape sequences) can only stand in strings, and are escaped. */
static void add_escaped(struct buf *out, const char *json)
{
    const unsigned char *at = (const unsigned char *)json;

    for (; *at; at++) {
        if (*at == 0x7f)
            buf_puts(out, "\\u007f");
        else if (*at == 0xc2 && at[1] < 0xa0)
            buf_printf(out, "\\u%04x", *++at);
        else
            buf_putc(out, (char)*at);
    }
}

static void add_json(struct buf *out, const struct log_event *event, const struct log_line *line,
                     const char *request)
{
    char time[CLOCK_RFC3339_LEN];
    json_t *object;
    char *text;

    clock_format_rfc3339(event->timestamp, time);
    object =
        json_pack("{s:s, s:s, s:s, s:o, s:s%}", "time", time, "function", event->function->name,
                  "stream", event->stream, "id", *event->id ? json_string(event->id) : json_null(),
                  "message", event->message, event->message_len);
    if (*request)
        json_object_set_new(object, "request", json_string(request));
    if (line->level)
        json_object_set_new(object, "level", json_string(log_level_name(line->level)));
    if (line->kind == LOG_REPORT)
        json_object_set_new(object, "report", report_json(&line->report));
    text = json_dumps(object, JSON_COMPACT | JSON_REAL_PRECISION(12));
    add_escaped(out, text ? text : "null");
    buf_putc(out, '\n');
    free(text);
    json_decref(object);
}

static void add_raw(struct buf *out, const struct log_event *event)
{
    char *visible = out_visible(event->message, event->message_len);

    buf_puts(out, visible);
    buf_putc(out, '\n');
    free(visible);
}

/* Characters of the terminal that `text` takes, escape sequences aside: its UTF-8 characters. */
static size_t width_of(const char *text)
{
    size_t width = 0;

    for (; *text; text++)
        width += ((unsigned char)*text & 0xc0) != 0x80;
    return width;
}

void log_print(struct buf *out, const struct log_style *style, const struct log_event *event,
               const struct log_line *line, const char *request)
{
    const char *name = event->function->name;
    size_t indent;
    char time[40];

    if (style->format == LOG_AS_JSON) {
        add_json(out, event, line, request);
        return;
    }
    if (style->format == LOG_RAW) {
        add_raw(out, event);
        return;
    }
    if (is_hidden(style, line))
        return;
    format_time(style, event->timestamp, time);
    indent = strlen(time) + 1;
    buf_printf(out, "%s%s%s ", colour(style, OUT_DIM), time, colour(style, OUT_PLAIN));
    if (!style->origin) {
        buf_printf(out, "%s%s%s%*s ", colour(style, colour_of(name)), name,
                   colour(style, OUT_PLAIN), (int)(style->name_width - width_of(name)), "");
        indent += style->name_width + 1;
    }
    if (style->format == LOG_LONG && !style->origin) {
        add_text(out, event->stream, strlen(event->stream), 0);
        buf_putc(out, ' ');
        indent = 4;
    }
    add_message(out, style, line, request, indent);
    buf_putc(out, '\n');
}

void log_print_request(struct buf *out, const struct log_style *style,
                       const struct log_event *event, const char *request, bool finished)
{
    const char *name = event->function->name;
    char time[40];

    if (style->format == LOG_AS_JSON || style->format == LOG_RAW)
        return;
    format_time(style, event->timestamp, time);
    buf_printf(out, "%s%s%s %s%s%s request %s%s%s", colour(style, OUT_DIM), time,
               colour(style, OUT_PLAIN), colour(style, colour_of(name)), name,
               colour(style, OUT_PLAIN), colour(style, OUT_BOLD), request,
               colour(style, OUT_PLAIN));
    buf_puts(out, finished ? "\n" : " (not ended)\n");
}
