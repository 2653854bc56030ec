/*
 * A growing run of bytes, always followed by a NUL.
 *
 * `max` bounds what may be put in (0: no bound), so that input from outside
 * cannot eat the memory. Functions that append return -1 only when the bound
 * would be passed; a caller that set none may ignore the result.
 */
#ifndef FNCTL_CORE_BUF_H
#define FNCTL_CORE_BUF_H

#include <stdarg.h>
#include <stddef.h>

struct buf {
    char *data; /* owned; NULL until something is appended */
    size_t len;
    size_t capacity;
    size_t max;
};

/* An empty buffer that takes at most `max` bytes (0: no bound). Allocates nothing. */
void buf_init(struct buf *buf, size_t max);
void buf_release(struct buf *buf);

/* Keeps the memory, drops the contents. */
void buf_clear(struct buf *buf);

int buf_append(struct buf *buf, const void *data, size_t len);
int buf_puts(struct buf *buf, const char *text);
int buf_putc(struct buf *buf, char c);
int buf_printf(struct buf *buf, const char *format, ...) __attribute__((format(printf, 2, 3)));
int buf_vprintf(struct buf *buf, const char *format, va_list arguments);

/* Removes the first `len` bytes. */
void buf_consume(struct buf *buf, size_t len);

/* The contents as a string, "" when empty; borrowed until the next change. */
const char *buf_string(const struct buf *buf);

/* Hands the contents over as a string to free(), never NULL; the buffer is empty afterwards. */
char *buf_take(struct buf *buf);

#endif
