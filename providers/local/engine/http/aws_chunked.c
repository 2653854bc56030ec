#include "providers/local/engine/http/aws_chunked.h"

#include <ctype.h>
#include <stdlib.h>
#include <string.h>

enum { HEAD, DATA, DATA_END, TRAILER, DONE, BROKEN };
enum { MAX_TRAILERS = 16, SIZE_DIGITS = 16 };

void aws_chunked_init(struct aws_chunked *reader,
                      int (*write)(void *context, const void *data, size_t len), void *context)
{
    *reader = (struct aws_chunked){.state = HEAD, .write = write, .context = context};
}

void aws_chunked_release(struct aws_chunked *reader)
{
    strlist_release(&reader->trailers);
}

static int take_head(struct aws_chunked *reader)
{
    size_t digits = strspn(reader->line, "0123456789abcdefABCDEF");
    char after = reader->line[digits];

    if (digits == 0 || digits >= SIZE_DIGITS || (after && after != ';'))
        return BROKEN;
    reader->left = strtoull(reader->line, NULL, 16);
    return reader->left ? DATA : TRAILER;
}

static int take_trailer(struct aws_chunked *reader)
{
    char *colon = strchr(reader->line, ':');

    if (reader->line_len == 0)
        return DONE;
    if (!colon || reader->trailers.count == MAX_TRAILERS)
        return BROKEN;
    for (char *at = reader->line; at < colon; at++)
        *at = (char)tolower((unsigned char)*at);
    strlist_addf(&reader->trailers, "%.*s: %s", (int)(colon - reader->line), reader->line,
                 colon + 1 + strspn(colon + 1, " \t"));
    return TRAILER;
}

/* A line has come to its end. */
static int take_line(struct aws_chunked *reader)
{
    int next;

    if (reader->line_len > 0 && reader->line[reader->line_len - 1] == '\r')
        reader->line_len--;
    reader->line[reader->line_len] = '\0';
    if (strlen(reader->line) != reader->line_len)
        next = BROKEN;
    else if (reader->state == HEAD)
        next = take_head(reader);
    else if (reader->state == TRAILER)
        next = take_trailer(reader);
    else
        next = reader->line_len == 0 ? HEAD : BROKEN;
    reader->line_len = 0;
    return next;
}

static void take_byte(struct aws_chunked *reader, char byte)
{
    if (byte == '\n')
        reader->state = take_line(reader);
    else if (reader->line_len + 1 < AWS_CHUNKED_LINE)
        reader->line[reader->line_len++] = byte;
    else
        reader->state = BROKEN;
}

int aws_chunked_read(struct aws_chunked *reader, const void *data, size_t len)
{
    const char *at = data, *end = at + len;

    while (at < end && reader->state != BROKEN) {
        size_t size = (size_t)(end - at);

        if (reader->state == DONE) {
            reader->state = BROKEN;
        } else if (reader->state == DATA) {
            size = size < reader->left ? size : (size_t)reader->left;
            if (reader->write(reader->context, at, size) < 0)
                return -1;
            at += size;
            reader->left -= size;
            if (reader->left == 0)
                reader->state = DATA_END;
        } else {
            take_byte(reader, *at++);
        }
    }
    return reader->state == BROKEN ? -1 : 0;
}

bool aws_chunked_done(const struct aws_chunked *reader)
{
    return reader->state == DONE;
}
