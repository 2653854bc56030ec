#include "core/buf.h"

#include "core/memory.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

void buf_init(struct buf *buf, size_t max)
{
    *buf = (struct buf){.max = max};
}

void buf_release(struct buf *buf)
{
    free(buf->data);
    *buf = (struct buf){.max = buf->max};
}

void buf_clear(struct buf *buf)
{
    buf->len = 0;
    if (buf->data)
        buf->data[0] = '\0';
}

/* Makes room for `more` bytes and the NUL, growing by half so that appending stays linear. */
static int reserve(struct buf *buf, size_t more)
{
    size_t wanted = buf->len + more + 1;
    size_t grown = buf->capacity + buf->capacity / 2;

    if (wanted <= buf->len || (buf->max && buf->len + more > buf->max))
        return -1;
    if (wanted <= buf->capacity)
        return 0;
    if (grown < wanted)
        grown = wanted < 64 ? 64 : wanted;
    buf->data = xreallocarray(buf->data, grown, 1);
    buf->capacity = grown;
    return 0;
}

int buf_append(struct buf *buf, const void *data, size_t len)
{
    if (reserve(buf, len) < 0)
        return -1;
    if (len)
        memcpy(buf->data + buf->len, data, len);
    buf->len += len;
    buf->data[buf->len] = '\0';
    return 0;
}

int buf_puts(struct buf *buf, const char *text)
{
    return buf_append(buf, text, strlen(text));
}

int buf_putc(struct buf *buf, char c)
{
    return buf_append(buf, &c, 1);
}

int buf_vprintf(struct buf *buf, const char *format, va_list arguments)
{
    va_list again;
    int len;

    va_copy(again, arguments);
    len = vsnprintf(NULL, 0, format, again);
    va_end(again);
    if (len < 0 || reserve(buf, (size_t)len) < 0)
        return -1;
    vsnprintf(buf->data + buf->len, (size_t)len + 1, format, arguments);
    buf->len += (size_t)len;
    return 0;
}

int buf_printf(struct buf *buf, const char *format, ...)
{
    va_list arguments;
    int result;

    va_start(arguments, format);
    result = buf_vprintf(buf, format, arguments);
    va_end(arguments);
    return result;
}

void buf_consume(struct buf *buf, size_t len)
{
    if (len >= buf->len) {
        buf_clear(buf);
        return;
    }
    buf->len -= len;
    memmove(buf->data, buf->data + len, buf->len + 1);
}

const char *buf_string(const struct buf *buf)
{
    return buf->data ? buf->data : "";
}

char *buf_take(struct buf *buf)
{
    char *data = buf->data ? buf->data : xcalloc(1, 1);
    size_t max = buf->max;

    *buf = (struct buf){.max = max};
    return data;
}
