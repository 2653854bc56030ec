/*
 * What an execution environment writes to its log stream: the function's
 * output, cut into events, and Lambda's own START, END, REPORT, INIT_ lines.
 *
 * Output is lines of text. Our runtime clients may put whole events of
 * several lines between them as frames:
 *   4 bytes type, 0xa55a0003 (0xa55a0002: the event goes on in the next frame)
 *   4 bytes length, 8 bytes time in microseconds since 1970, `length` bytes
 * big-endian, each frame one write of at most 4096 bytes, which a pipe keeps
 * in one piece. It is the framing Lambda's clients use, on the same pipe so
 * that the order is kept.
 */
#ifndef FNCTL_ENGINE_FUNCTION_LOG_H
#define FNCTL_ENGINE_FUNCTION_LOG_H

#include "core/buf.h"
#include "providers/local/engine/run/functions.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum {
    FUNCTION_LOG_EVENT_MAX = 256 * 1024, /* longer lines are split */
    FUNCTION_LOG_TAIL = 4096,            /* bytes of LogType Tail */
};

struct function_log {
    struct engine *engine;
    const struct function_version *version; /* borrowed */
    char *stream;                           /* "2026/11/20/[$LATEST]<32 hex>" */
    bool json;
    struct buf line;  /* output without its newline yet */
    struct buf event; /* frames of an event that goes on */
    struct buf tail;  /* the last of this invocation's log */
};

/* A log of a new stream; allocates its name. */
void function_log_init(struct function_log *log, struct engine *engine,
                       const struct function_version *version);
void function_log_release(struct function_log *log);

/* Takes bytes that the process wrote. */
void function_log_output(struct function_log *log, const char *data, size_t len);

/* Writes what is left without a newline: at the end of an invocation. */
void function_log_flush(struct function_log *log);

/* One event as it is, a newline added. */
void function_log_line(struct function_log *log, const char *format, ...)
    __attribute__((format(printf, 2, 3)));

/* How a phase ended; NULL: well. */
struct function_report {
    const char *request_id;
    double duration;        /* ms */
    double init;            /* ms; negative: none */
    int64_t memory;         /* kB at most */
    const char *status;     /* "timeout", "error" */
    const char *error_type; /* "Runtime.ExitError" */
};

/* `runtime`: "python:3.11". */
void function_log_init_start(struct function_log *log, const char *runtime);
/* An initialisation that failed. */
void function_log_init_report(struct function_log *log, const struct function_report *report);
void function_log_start(struct function_log *log, const char *request_id);
/* END and REPORT. */
void function_log_report(struct function_log *log, const struct function_report *report);

#endif
