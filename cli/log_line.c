#include "cli/log_line.h"

#include "core/json.h"
#include "core/memory.h"

#include <ctype.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

static const struct {
    const char *word;
    enum log_level level;
} levels[] = {
    {"TRACE", LOG_TRACE},  {"DEBUG", LOG_DEBUG},    {"INFO", LOG_INFO},       {"NOTICE", LOG_INFO},
    {"WARN", LOG_WARN},    {"WARNING", LOG_WARN},   {"ERROR", LOG_ERROR},     {"ERR", LOG_ERROR},
    {"FATAL", LOG_FATAL},  {"CRITICAL", LOG_FATAL}, {"EMERGENCY", LOG_FATAL}, {"ALERT", LOG_FATAL},
    {"SEVERE", LOG_ERROR}, {"PANIC", LOG_FATAL},
};

/* Words of failures that have no level. */
static const char *const failures[] = {
    "Traceback (most recent call last)",
    "Task timed out after",
    "Runtime exited",
    "Runtime.ExitError",
    "Runtime.OutOfMemory",
    "Unhandled",
    "Exception in thread",
    "panic: ",
    "thread 'main' panicked",
    "Error: ",
    "Segmentation fault",
    "error while loading shared libraries: ",
};

/* Members of JSON records, by what they mean; the first that there is counts. */
static const char *const level_keys[] = {"level", "severity",  "log.level", "loglevel",
                                         "lvl",   "levelname", NULL};
static const char *const message_keys[] = {"message", "msg", "errorMessage", "event", NULL};
static const char *const request_keys[] = {
    "requestId",    "function_request_id", "aws_request_id",  "awsRequestId",
    "AWSRequestId", "request_id",          "lambdaRequestId", NULL};
static const char *const time_keys[] = {"timestamp", "time", "ts", "@timestamp", "asctime", NULL};

const char *log_level_name(enum log_level level)
{
    static const char *const names[] = {"", "TRACE", "DEBUG", "INFO", "WARN", "ERROR", "FATAL"};

    return names[level];
}

static enum log_level find_level(const char *word, size_t len)
{
    for (size_t i = 0; i < sizeof(levels) / sizeof(*levels); i++)
        if (strlen(levels[i].word) == len && strncasecmp(word, levels[i].word, len) == 0)
            return levels[i].level;
    return LOG_UNKNOWN;
}

/* Whether a request's id begins there: a UUID. */
static bool is_request(const char *text, size_t len)
{
    if (len != 36)
        return false;
    for (size_t i = 0; i < len; i++) {
        bool dash = i == 8 || i == 13 || i == 18 || i == 23;

        if (dash ? text[i] != '-' : !isxdigit((unsigned char)text[i]))
            return false;
    }
    return true;
}

/* "2026-11-20T09:15:00.123Z" */
static bool is_time(const char *text, size_t len)
{
    return len >= 20 && len <= 30 && isdigit((unsigned char)text[0]) && text[4] == '-' &&
           text[7] == '-' && text[10] == 'T' && text[len - 1] == 'Z';
}

static void set_request(struct log_line *line, const char *text, size_t len)
{
    snprintf(line->request, sizeof(line->request), "%.*s", (int)len, text);
}

static void skip(struct log_line *line, size_t len)
{
    line->text += len;
    line->text_len -= len;
}

/* The level that a text begins with: "[ERROR]", "ERROR:", "ERROR "; the length of all that. */
static size_t read_level(const char *text, size_t len, enum log_level *level)
{
    size_t open = len && text[0] == '[', end = open;

    while (end < len && isupper((unsigned char)text[end]))
        end++;
    *level = end < len && end - open >= 3 ? find_level(text + open, end - open) : LOG_UNKNOWN;
    if (*level && open && text[end] == ']')
        return end + 1;
    if (*level && !open && strchr(" \t:|", text[end]))
        return end + (text[end] == ':');
    *level = LOG_UNKNOWN;
    return 0;
}

/* Takes time, request and level off the front, in whatever order the runtime's logger has them. */
static void strip_prefix(struct log_line *line)
{
    bool any = true;

    while (any && line->text_len) {
        size_t word = 0, level_len = 0;
        enum log_level level = LOG_UNKNOWN;

        while (word < line->text_len && !isspace((unsigned char)line->text[word]))
            word++;
        if (!line->level)
            level_len = read_level(line->text, line->text_len, &level);
        any = true;
        if (level) {
            line->level = level;
            skip(line, level_len);
        } else if (is_request(line->text, word)) {
            set_request(line, line->text, word);
            skip(line, word);
        } else if (is_time(line->text, word) ||
                   (word == 9 && !strncmp(line->text, "undefined\t", 10))) {
            skip(line, word);
        } else {
            any = false;
        }
        while (any && line->text_len && strchr(" \t", *line->text))
            skip(line, 1);
    }
}

static bool contains(const struct log_line *line, const char *words)
{
    return memmem(line->text, line->text_len, words, strlen(words)) != NULL;
}

static void read_text(struct log_line *line)
{
    strip_prefix(line);
    line->failure = line->level >= LOG_ERROR;
    for (size_t i = 0; !line->failure && i < sizeof(failures) / sizeof(*failures); i++)
        line->failure = contains(line, failures[i]);
    line->trace = line->text_len < 60 && strncmp(line->text, "Traceback (most recent", 22) == 0;
}

/* One "Name: value" of a REPORT. */
static void read_figure(struct log_report *report, const char *text, size_t len)
{
    static const struct {
        const char *name;
        size_t offset;
    } figures[] = {
        {"Duration: ", offsetof(struct log_report, duration)},
        {"Billed Duration: ", offsetof(struct log_report, billed)},
        {"Memory Size: ", offsetof(struct log_report, memory_size)},
        {"Max Memory Used: ", offsetof(struct log_report, memory)},
        {"Init Duration: ", offsetof(struct log_report, init)},
        {"Restore Duration: ", offsetof(struct log_report, restore)},
    };
    char copy[128];

    snprintf(copy, sizeof(copy), "%.*s", (int)(len < sizeof(copy) ? len : sizeof(copy) - 1), text);
    if (strncmp(copy, "Status: ", 8) == 0)
        snprintf(report->status, sizeof(report->status), "%.31s", copy + 8);
    if (strncmp(copy, "Error Type: ", 12) == 0)
        snprintf(report->error_type, sizeof(report->error_type), "%.63s", copy + 12);
    for (size_t i = 0; i < sizeof(figures) / sizeof(*figures); i++) {
        size_t name = strlen(figures[i].name);

        if (strncmp(copy, figures[i].name, name) == 0)
            *(double *)(void *)((char *)report + figures[i].offset) = strtod(copy + name, NULL);
    }
}

/* The figures of a REPORT or INIT_REPORT, from after its first word. */
static void read_figures(struct log_line *line, const char *text, size_t len)
{
    while (len) {
        size_t part = 0;

        while (part < len && text[part] != '\t' && text[part] != '\n')
            part++;
        read_figure(&line->report, text, part);
        part += part < len;
        text += part;
        len -= part;
    }
    line->failure = line->report.status[0] && strcmp(line->report.status, "success") != 0;
}

/* Lambda's own lines of the text format; false when it is none. */
static bool read_platform_text(struct log_line *line)
{
    static const struct {
        const char *start;
        enum log_kind kind;
    } forms[] = {
        {"START RequestId: ", LOG_START},    {"END RequestId: ", LOG_END},
        {"REPORT RequestId: ", LOG_REPORT},  {"INIT_START ", LOG_PLATFORM},
        {"INIT_REPORT ", LOG_PLATFORM},      {"EXTENSION\tName: ", LOG_PLATFORM},
        {"TELEMETRY\tName: ", LOG_PLATFORM}, {"LOGS\tName: ", LOG_PLATFORM},
        {"RESTORE_START ", LOG_PLATFORM},    {"RESTORE_REPORT ", LOG_PLATFORM},
    };

    for (size_t i = 0; i < sizeof(forms) / sizeof(*forms); i++) {
        size_t start = strlen(forms[i].start), id = 0;

        if (line->text_len <= start || strncmp(line->text, forms[i].start, start) != 0)
            continue;
        line->kind = forms[i].kind;
        if (line->kind != LOG_PLATFORM) {
            while (start + id < line->text_len && !isspace((unsigned char)line->text[start + id]))
                id++;
            set_request(line, line->text + start, id);
        }
        if (strstr(forms[i].start, "REPORT"))
            read_figures(line, line->text + start, line->text_len - start);
        return true;
    }
    return false;
}

static const json_t *first_of(const json_t *object, const char *const *keys)
{
    const json_t *value = NULL;

    for (; *keys && !value; keys++)
        value = json_object_get(object, *keys);
    return value;
}

const char *log_line_message(const json_t *record)
{
    for (const char *const *key = message_keys; *key; key++)
        if (json_is_string(json_object_get(record, *key)))
            return json_string_value(json_object_get(record, *key));
    return NULL;
}

static bool among(const char *key, const char *const *keys)
{
    while (*keys && strcmp(key, *keys) != 0)
        keys++;
    return *keys != NULL;
}

bool log_line_is_shown(const char *key)
{
    return among(key, level_keys) || among(key, request_keys) || among(key, time_keys);
}

/* Pino and Bunyan number their levels: 10 trace, 20 debug ... 60 fatal. */
static enum log_level record_level(const json_t *record)
{
    const json_t *value = first_of(record, level_keys);

    if (json_is_string(value))
        return find_level(json_string_value(value), json_string_length(value));
    if (!json_is_integer(value) || json_integer_value(value) < 10)
        return LOG_UNKNOWN;
    return json_integer_value(value) >= 60 ? LOG_FATAL
                                           : (enum log_level)(json_integer_value(value) / 10);
}

static double figure(const json_t *record, const char *name)
{
    const json_t *value = json_object_get(json_object_get(record, "metrics"), name);

    return json_is_number(value) ? json_number_value(value) : -1;
}

static void read_platform_record(struct log_line *line, const char *type)
{
    const json_t *record = json_object_get(line->json, "record");
    struct log_report *report = &line->report;

    line->kind = strcmp(type, "platform.start") == 0         ? LOG_START
                 : strcmp(type, "platform.runtimeDone") == 0 ? LOG_END
                 : strcmp(type, "platform.report") == 0      ? LOG_REPORT
                                                             : LOG_PLATFORM;
    set_request(line, json_string_at(record, "requestId"), LOG_REQUEST - 1);
    report->duration = figure(record, "durationMs");
    report->billed = figure(record, "billedDurationMs");
    report->memory = figure(record, "maxMemoryUsedMB");
    report->memory_size = figure(record, "memorySizeMB");
    report->init = figure(record, "initDurationMs");
    report->restore = figure(record, "restoreDurationMs");
    snprintf(report->status, sizeof(report->status), "%.31s", json_string_at(record, "status"));
    snprintf(report->error_type, sizeof(report->error_type), "%.63s",
             json_string_at(record, "errorType"));
    if (strcmp(report->status, "success") == 0)
        report->status[0] = '\0';
    line->failure = report->status[0] != '\0';
}

/* A JSON object; false when it is none. */
static bool read_record(struct log_line *line)
{
    const char *type;
    const json_t *request;

    if (line->text[0] != '{' || line->text[line->text_len - 1] != '}')
        return false;
    line->json = json_loadb(line->text, line->text_len, JSON_ALLOW_NUL, NULL);
    if (!line->json)
        return false;
    type = json_string_value(json_object_get(line->json, "type"));
    if (type && strncmp(type, "platform.", 9) == 0 &&
        json_is_object(json_object_get(line->json, "record"))) {
        read_platform_record(line, type);
        return true;
    }
    line->kind = LOG_JSON;
    line->level = record_level(line->json);
    request = first_of(line->json, request_keys);
    if (json_is_string(request))
        set_request(line, json_string_value(request), json_string_length(request));
    line->failure = line->level >= LOG_ERROR || json_object_get(line->json, "errorType") ||
                    json_object_get(line->json, "exception");
    return true;
}

void log_line_read(struct log_line *line, const char *message, size_t len)
{
    *line = (struct log_line){
        .text = message, .text_len = len, .report = {-1, -1, -1, -1, -1, -1, "", ""}};
    if (len && !read_record(line) && !read_platform_text(line))
        read_text(line);
}

void log_line_release(struct log_line *line)
{
    json_decref(line->json);
    line->json = NULL;
}
