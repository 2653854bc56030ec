/*
 * What a log event says: Lambda's own lines (START, END, REPORT, INIT_*, and
 * the platform.* records of the JSON format), the lines of the runtimes'
 * loggers, and JSON records of applications.
 */
#ifndef FNCTL_CLI_LOG_LINE_H
#define FNCTL_CLI_LOG_LINE_H

#include <jansson.h>
#include <stdbool.h>
#include <stddef.h>

enum log_kind {
    LOG_TEXT,
    LOG_JSON,     /* an object of the application */
    LOG_START,    /* a request begins */
    LOG_END,      /* its handler has ended */
    LOG_REPORT,   /* its figures */
    LOG_PLATFORM, /* others of Lambda's own: INIT_START, platform.initReport, EXTENSION ... */
};

enum log_level { LOG_UNKNOWN, LOG_TRACE, LOG_DEBUG, LOG_INFO, LOG_WARN, LOG_ERROR, LOG_FATAL };

/* Of a REPORT; negative or "": not told. */
struct log_report {
    double duration, billed, init, restore; /* ms */
    double memory, memory_size;             /* MB */
    char status[32];                        /* "timeout", "error" */
    char error_type[64];
};

enum { LOG_REQUEST = 64 };

struct log_line {
    enum log_kind kind;
    enum log_level level;
    char request[LOG_REQUEST]; /* the request's id; "": the line does not tell */
    bool failure;              /* it tells of an error, whatever its level */
    bool trace;                /* it begins a traceback that is written line by line */
    /* The message without the time, the request and the level in front; borrowed. */
    const char *text;
    size_t text_len;
    json_t *json; /* LOG_JSON, and platform records: the object; owned */
    struct log_report report;
};

/* Reads a message, which must outlive the line. */
void log_line_read(struct log_line *line, const char *message, size_t len);
void log_line_release(struct log_line *line);

/* "ERROR"; "" for LOG_UNKNOWN. */
const char *log_level_name(enum log_level level);

/* Of a record: its message, or NULL. */
const char *log_line_message(const json_t *record);

/* Whether the member of a record is shown elsewhere: time, level, message, request. */
bool log_line_is_shown(const char *key);

#endif
