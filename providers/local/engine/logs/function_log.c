#include "providers/local/engine/logs/function_log.h"

#include "core/clock.h"
#include "core/hash.h"
#include "core/memory.h"
#include "providers/local/engine/logs/logs.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum {
    FRAME_HEADER = 16,
    FRAME_MAX = 4096,
    FRAME_LAST = 3, /* the low half of the type */
};

static const unsigned char frame_mark[] = {0xa5, 0x5a, 0x00};

void function_log_init(struct function_log *log, struct engine *engine,
                       const struct function_version *version)
{
    char day[CLOCK_RFC3339_LEN], hex[33];
    unsigned char random[16];

    *log = (struct function_log){.engine = engine, .version = version};
    log->json = version->log_format && strcmp(version->log_format, "JSON") == 0;
    clock_format_rfc3339(clock_now(engine->clock), day);
    hash_random(random, sizeof(random));
    hash_hex(random, sizeof(random), hex);
    log->stream = xasprintf("%.4s/%.2s/%.2s/[%s]%s", day, day + 5, day + 8, version->version, hex);
    buf_init(&log->line, 0);
    buf_init(&log->event, 0);
    buf_init(&log->tail, 0);
}

void function_log_release(struct function_log *log)
{
    free(log->stream);
    buf_release(&log->line);
    buf_release(&log->event);
    buf_release(&log->tail);
    *log = (struct function_log){0};
}

static void add_tail(struct function_log *log, const char *text, size_t len)
{
    size_t skip = len > FUNCTION_LOG_TAIL ? len - FUNCTION_LOG_TAIL : 0;

    buf_append(&log->tail, text + skip, len - skip);
    if (log->tail.len > FUNCTION_LOG_TAIL)
        buf_consume(&log->tail, log->tail.len - FUNCTION_LOG_TAIL);
}

/* How much of a text becomes the next event: all, or what fits without cutting a character. */
static size_t event_length(const char *text, size_t len)
{
    size_t part = FUNCTION_LOG_EVENT_MAX;

    if (len <= part)
        return len;
    while (part > FUNCTION_LOG_EVENT_MAX - 4 && ((unsigned char)text[part] & 0xc0) == 0x80)
        part--;
    return part;
}

/* Writes an event of `time` (ms), in pieces when it is too long. */
static void write_event(struct function_log *log, int64_t time, const char *text, size_t len)
{
    add_tail(log, text, len);
    while (len > 0) {
        size_t part = event_length(text, len);

        logs_append(log->engine, log->version->log_group, log->stream, time, text, part);
        text += part;
        len -= part;
    }
}

static int64_t now(const struct function_log *log)
{
    return clock_now(log->engine->clock);
}

void function_log_flush(struct function_log *log)
{
    if (log->line.len > 0) {
        buf_putc(&log->line, '\n');
        write_event(log, now(log), log->line.data, log->line.len);
        buf_clear(&log->line);
    }
    if (log->event.len > 0) {
        write_event(log, now(log), log->event.data, log->event.len);
        buf_clear(&log->event);
    }
}

static uint64_t big_endian(const char *data, size_t len)
{
    uint64_t value = 0;

    for (size_t i = 0; i < len; i++)
        value = value << 8 | (unsigned char)data[i];
    return value;
}

/* The length of the frame that `data` starts with: 0: it is none, -1: more bytes are needed. */
static ssize_t frame_length(const char *data, size_t len)
{
    size_t known = len < sizeof(frame_mark) ? len : sizeof(frame_mark);
    uint64_t length;

    if (memcmp(data, frame_mark, known) != 0)
        return 0;
    if (len < FRAME_HEADER)
        return -1;
    length = big_endian(data + 4, 4);
    if (length > FRAME_MAX - FRAME_HEADER)
        return 0;
    return len < FRAME_HEADER + length ? -1 : (ssize_t)(FRAME_HEADER + length);
}

static void take_frame(struct function_log *log, const char *frame, size_t len)
{
    int64_t time = (int64_t)(big_endian(frame + 8, 8) / 1000);

    buf_append(&log->event, frame + FRAME_HEADER, len - FRAME_HEADER);
    if (frame[3] != FRAME_LAST && log->event.len < FUNCTION_LOG_EVENT_MAX)
        return;
    write_event(log, time, log->event.data, log->event.len);
    buf_clear(&log->event);
}

/* Where the first frame, whole or not, begins in the buffer; its length is as frame_length() says,
 * 0: there is none. */
static size_t find_frame(const struct buf *line, ssize_t *length)
{
    const char *end = line->data + line->len;
    const char *mark = line->data;

    *length = 0;
    while ((mark = memchr(mark, frame_mark[0], (size_t)(end - mark)))) {
        *length = frame_length(mark, (size_t)(end - mark));
        if (*length != 0)
            return (size_t)(mark - line->data);
        mark++;
    }
    return line->len;
}

/* Takes the first line out of the `len` bytes of text at the front; false when there is none. */
static bool take_line(struct function_log *log, size_t len)
{
    const char *newline = len ? memchr(log->line.data, '\n', len) : NULL;

    if (!newline && len <= FUNCTION_LOG_EVENT_MAX)
        return false;
    len = newline ? (size_t)(newline - log->line.data) + 1 : event_length(log->line.data, len);
    if (len > 1 || !newline)
        write_event(log, now(log), log->line.data, len);
    buf_consume(&log->line, len);
    return true;
}

void function_log_output(struct function_log *log, const char *data, size_t len)
{
    buf_append(&log->line, data, len);
    while (log->line.len > 0) {
        ssize_t frame;
        size_t text = find_frame(&log->line, &frame);

        if (take_line(log, text))
            continue;
        if (frame <= 0)
            return;
        /* A line that has not ended yet stays in front, the frame goes out before it. */
        take_frame(log, log->line.data + text, (size_t)frame);
        log->line.len -= (size_t)frame;
        memmove(log->line.data + text, log->line.data + text + frame, log->line.len - text);
    }
}

static void write_text(struct function_log *log, char *text)
{
    write_event(log, now(log), text, strlen(text));
    free(text);
}

void function_log_line(struct function_log *log, const char *format, ...)
{
    struct buf text;
    va_list arguments;

    buf_init(&text, 0);
    va_start(arguments, format);
    buf_vprintf(&text, format, arguments);
    va_end(arguments);
    buf_putc(&text, '\n');
    write_text(log, buf_take(&text));
}

/* Takes `record`. */
static void write_platform(struct function_log *log, const char *type, json_t *record)
{
    char time[CLOCK_RFC3339_LEN];
    json_t *line;
    char *text;

    clock_format_rfc3339(now(log), time);
    line = json_pack("{s:s, s:s, s:o}", "time", time, "type", type, "record", record);
    text = json_dumps(line, JSON_COMPACT | JSON_REAL_PRECISION(12));
    function_log_line(log, "%s", text ? text : "{}");
    free(text);
    json_decref(line);
}

/* Thousandths, as a JSON number that is not longer than it needs to be. */
static json_t *milliseconds(double value)
{
    return json_real((double)(int64_t)(value * 1000 + 0.5) / 1000);
}

void function_log_init_start(struct function_log *log, const char *runtime)
{
    uint8_t digest[HASH_LEN];
    char hex[HASH_HEX_LEN];

    if (log->json) {
        write_platform(log, "platform.initStart",
                       json_pack("{s:s, s:s, s:s, s:s, s:s}", "initializationType", "on-demand",
                                 "phase", "init", "runtimeVersion", runtime, "functionName",
                                 log->version->name, "functionVersion", log->version->version));
        return;
    }
    hash_sha256(runtime, strlen(runtime), digest);
    hash_hex(digest, sizeof(digest), hex);
    function_log_line(log,
                      "INIT_START Runtime Version: %s\tRuntime Version ARN: "
                      "arn:aws:lambda:local::runtime:%s",
                      runtime, hex);
}

/* "\tStatus: error\tError Type: Runtime.ExitError" */
static void add_status(struct buf *line, const struct function_report *report)
{
    if (report->status)
        buf_printf(line, "\tStatus: %s", report->status);
    if (report->error_type)
        buf_printf(line, "\tError Type: %s", report->error_type);
    buf_putc(line, '\n');
}

static void add_json_status(json_t *record, const struct function_report *report)
{
    json_object_set_new(record, "status", json_string(report->status ? report->status : "success"));
    if (report->error_type)
        json_object_set_new(record, "errorType", json_string(report->error_type));
}

void function_log_init_report(struct function_log *log, const struct function_report *report)
{
    struct buf line;

    if (log->json) {
        json_t *record =
            json_pack("{s:s, s:s, s:{s:o}}", "initializationType", "on-demand", "phase", "init",
                      "metrics", "durationMs", milliseconds(report->init));

        add_json_status(record, report);
        write_platform(log, "platform.initReport", record);
        return;
    }
    buf_init(&line, 0);
    buf_printf(&line, "INIT_REPORT Init Duration: %.2f ms\tPhase: init", report->init);
    add_status(&line, report);
    write_text(log, buf_take(&line));
}

void function_log_start(struct function_log *log, const char *request_id)
{
    if (log->json)
        write_platform(
            log, "platform.start",
            json_pack("{s:s, s:s}", "requestId", request_id, "version", log->version->version));
    else
        function_log_line(log, "START RequestId: %s Version: %s", request_id,
                          log->version->version);
}

/* Whole milliseconds that are paid for; initialising counts. */
static int64_t billed(const struct function_report *report)
{
    double exact = report->duration + (report->init > 0 ? report->init : 0);
    int64_t whole = (int64_t)exact;

    return (double)whole < exact ? whole + 1 : whole;
}

static void write_json_report(struct function_log *log, const struct function_report *report)
{
    json_t *record =
        json_pack("{s:s, s:{s:o, s:I, s:I, s:I}}", "requestId", report->request_id, "metrics",
                  "durationMs", milliseconds(report->duration), "billedDurationMs",
                  (json_int_t)billed(report), "memorySizeMB", (json_int_t)log->version->memory,
                  "maxMemoryUsedMB", (json_int_t)(report->memory / 1024));

    if (report->init >= 0)
        json_object_set_new(json_object_get(record, "metrics"), "initDurationMs",
                            milliseconds(report->init));
    add_json_status(record, report);
    write_platform(log, "platform.report", record);
}

void function_log_report(struct function_log *log, const struct function_report *report)
{
    struct buf line;

    if (log->json) {
        write_json_report(log, report);
        return;
    }
    function_log_line(log, "END RequestId: %s", report->request_id);
    buf_init(&line, 0);
    buf_printf(&line,
               "REPORT RequestId: %s\tDuration: %.2f ms\tBilled Duration: %lld ms\tMemory Size: "
               "%lld MB\tMax Memory Used: %lld MB\t",
               report->request_id, report->duration, (long long)billed(report),
               (long long)log->version->memory, (long long)(report->memory / 1024));
    if (report->init >= 0)
        buf_printf(&line, "Init Duration: %.2f ms\t", report->init);
    if (report->status) {
        line.len--;
        add_status(&line, report);
    } else {
        buf_putc(&line, '\n');
    }
    write_text(log, buf_take(&line));
}
