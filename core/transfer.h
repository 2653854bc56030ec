/*
 * One attempt of one HTTP exchange, as a libcurl easy handle: sets it up,
 * collects what comes back, and puts failures into words. Used by core/http.c
 * alone, on its I/O thread.
 */
#ifndef FNCTL_CORE_TRANSFER_H
#define FNCTL_CORE_TRANSFER_H

#include "core/http.h"

#include <curl/curl.h>

enum transfer_end {
    TRANSFER_OPEN,
    TRANSFER_TOO_LARGE,  /* the response passed its bound */
    TRANSFER_STOPPED,    /* the exchange's receive() wanted no more */
    TRANSFER_STALLED,    /* no byte for too long */
    TRANSFER_UNREADABLE, /* the exchange's file could not be read */
};

struct transfer {
    struct http_exchange *exchange;
    const struct http_options *options; /* with the defaults filled in */
    CURL *easy;                         /* owned; NULL between attempts */
    struct curl_slist *headers;
    char *host; /* "host:port", for messages; owned */
    char reason[CURL_ERROR_SIZE];
    size_t header_bytes;
    int64_t moved;                   /* when the last byte went either way, monotonic */
    curl_off_t uploaded, downloaded; /* so far */
    int64_t read;                    /* of the exchange's file */
    bool received;                   /* receive() has seen bytes: there is no way back */
    enum transfer_end end;
};

/* Prepares attempt `attempt` (from 1); the handle is then the caller's to run. Errors: those of
 * exchange->prepare; ERR_USAGE for an address that is none. */
int transfer_start(struct transfer *transfer, int attempt, struct err *err);

/* When the attempt is to be given up for want of progress, monotonic; INT64_MAX: never. */
int64_t transfer_deadline(const struct transfer *transfer);

/*
 * After the attempt: `result` is curl's. Returns 0 when a response came; -1
 * with the failure in words, and `*again` says whether another try makes sense.
 */
int transfer_outcome(struct transfer *transfer, CURLcode result, bool *again, struct err *err);

/* Writes the line for --verbose. */
void transfer_trace(const struct transfer *transfer, int attempt, int64_t elapsed,
                    const struct err *err);

/* Frees the handle of the attempt, and what belongs to it; not the response. */
void transfer_release(struct transfer *transfer);

/* `url` without user name, and without the values of parameters that are signatures or tokens; to
 * free(). */
char *transfer_public_url(const char *url);

#endif
