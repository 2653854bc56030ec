/*
 * Content-Encoding aws-chunked: a body in chunks of its own, below HTTP's, with
 * trailers that hold a checksum the client knew only at the end.
 *   SIZE-IN-HEX[;extension] CRLF data CRLF ... 0 CRLF name:value CRLF ... CRLF
 */
#ifndef FNCTL_ENGINE_AWS_CHUNKED_H
#define FNCTL_ENGINE_AWS_CHUNKED_H

#include "core/strlist.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum { AWS_CHUNKED_LINE = 1024 }; /* the longest line of a chunk's head or a trailer */

struct aws_chunked {
    char line[AWS_CHUNKED_LINE];
    size_t line_len;
    uint64_t left; /* of the chunk's data */
    int state;
    struct strlist trailers; /* "name: value", names in lower case */
    int (*write)(void *context, const void *data, size_t len);
    void *context;
};

/* `write` takes the data; -1 from it ends the reading. */
void aws_chunked_init(struct aws_chunked *reader,
                      int (*write)(void *context, const void *data, size_t len), void *context);
void aws_chunked_release(struct aws_chunked *reader);

/* Reads on; -1 when it is no such body (or write() failed). */
int aws_chunked_read(struct aws_chunked *reader, const void *data, size_t len);

/* Whether the body has come to its end. */
bool aws_chunked_done(const struct aws_chunked *reader);

#endif
