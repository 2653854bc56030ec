#include "core/http.h"

#include "core/memory.h"

#include <ctype.h>
#include <string.h>

void http_exchange_clear(struct http_exchange *exchange)
{
    strlist_release(&exchange->response.headers);
    buf_release(&exchange->response.body);
    exchange->response.status = 0;
    exchange->response.attempts = 0;
    exchange->response.elapsed = 0;
    err_clear(&exchange->err);
}

void http_exchange_release(struct http_exchange *exchange)
{
    strlist_release(&exchange->headers);
    http_exchange_clear(exchange);
}

const char *http_header(const struct http_response *response, const char *name)
{
    size_t len = strlen(name);

    for (size_t i = 0; i < response->headers.count; i++) {
        const char *header = response->headers.items[i];

        if (strncmp(header, name, len) == 0 && header[len] == ':')
            return header + len + 1 + strspn(header + len + 1, " ");
    }
    return NULL;
}

void http_encode(struct buf *out, const char *text, size_t len, bool keep_slash)
{
    static const char digits[] = "0123456789ABCDEF";

    for (size_t i = 0; i < len; i++) {
        unsigned char c = (unsigned char)text[i];

        if ((c < 0x80 && isalnum(c)) || (c && strchr("-._~", c)) || (c == '/' && keep_slash)) {
            buf_putc(out, text[i]);
        } else {
            buf_putc(out, '%');
            buf_putc(out, digits[c >> 4]);
            buf_putc(out, digits[c & 15]);
        }
    }
}

static int hex_digit(char c)
{
    if (c >= '0' && c <= '9')
        return c - '0';
    if (c >= 'a' && c <= 'f')
        return c - 'a' + 10;
    return c >= 'A' && c <= 'F' ? c - 'A' + 10 : -1;
}

char *http_decode(const char *text, size_t len, bool form)
{
    char *decoded = xcalloc(len + 1, 1);
    size_t out = 0;

    for (size_t i = 0; i < len; i++) {
        if (text[i] == '%' && i + 2 < len && hex_digit(text[i + 1]) >= 0 &&
            hex_digit(text[i + 2]) >= 0) {
            decoded[out++] = (char)(hex_digit(text[i + 1]) * 16 + hex_digit(text[i + 2]));
            i += 2;
        } else {
            decoded[out++] = form && text[i] == '+' ? ' ' : text[i];
        }
    }
    return decoded;
}
