#include "providers/aws/wire/canonical.h"

#include "core/http.h"
#include "core/memory.h"

#include <ctype.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

/* A header or a parameter on its way to its place. */
struct pair {
    char *name;
    char *value;
    size_t order; /* of arrival: repeated headers keep it */
};

struct pairs {
    struct pair *items;
    size_t count;
};

/* Headers that proxies and libraries change: never signed. */
static const char *const unsigned_headers[] = {
    "authorization",
    "connection",
    "expect",
    "keep-alive",
    "proxy-authenticate",
    "te",
    "proxy-connection",
    "trailer",
    "x-amzn-trace-id",
    "proxy-authorization",
    "upgrade",
    "transfer-encoding",
    "user-agent",
};

static void pairs_add(struct pairs *pairs, char *name, char *value)
{
    pairs->items = xreallocarray(pairs->items, pairs->count + 1, sizeof(*pairs->items));
    pairs->items[pairs->count] = (struct pair){name, value, pairs->count};
    pairs->count++;
}

static void pairs_release(struct pairs *pairs)
{
    for (size_t i = 0; i < pairs->count; i++) {
        free(pairs->items[i].name);
        free(pairs->items[i].value);
    }
    free(pairs->items);
}

static int compare_headers(const void *a, const void *b)
{
    const struct pair *one = a, *other = b;
    int names = strcmp(one->name, other->name);

    return names ? names : one->order < other->order ? -1 : 1;
}

static int compare_parameters(const void *a, const void *b)
{
    const struct pair *one = a, *other = b;
    int names = strcmp(one->name, other->name);

    return names ? names : strcmp(one->value, other->value);
}

static int hex_digit(char c)
{
    if (c >= '0' && c <= '9')
        return c - '0';
    c = (char)tolower((unsigned char)c);
    return c >= 'a' && c <= 'f' ? c - 'a' + 10 : -1;
}

/* Takes one byte of percent-encoded text, moving `*at` behind it. */
static char take_byte(const char *text, size_t len, size_t *at)
{
    char c = text[(*at)++];

    if (c == '%' && len - *at >= 2 && hex_digit(text[*at]) >= 0 && hex_digit(text[*at + 1]) >= 0) {
        c = (char)(hex_digit(text[*at]) << 4 | hex_digit(text[*at + 1]));
        *at += 2;
    }
    return c;
}

/* Decodes and encodes again, so that every spelling of the same bytes becomes one. */
static void recode(struct buf *out, const char *text, size_t len, bool keep_slash)
{
    for (size_t at = 0; at < len;) {
        char c = take_byte(text, len, &at);

        http_encode(out, &c, 1, keep_slash);
    }
}

char *canonical_decode(const char *text, size_t len)
{
    char *decoded = xcalloc(len + 1, 1);
    size_t used = 0;

    for (size_t at = 0; at < len;)
        decoded[used++] = take_byte(text, len, &at);
    return decoded;
}

/* Puts the path together again without empty, "." and ".." segments. */
static void remove_dots(struct buf *out, const char *path)
{
    size_t len = strlen(path);

    for (const char *at = path; *at;) {
        size_t segment = strcspn(at, "/");

        if (segment == 2 && strncmp(at, "..", 2) == 0) {
            while (out->len > 0 && out->data[--out->len] != '/')
                continue;
        } else if (segment > 0 && !(segment == 1 && *at == '.')) {
            buf_putc(out, '/');
            buf_append(out, at, segment);
        }
        at += segment + (at[segment] == '/');
    }
    if (out->len == 0 || path[len - 1] == '/')
        buf_putc(out, '/');
}

void canonical_path(struct buf *out, const char *path, bool s3, bool normalize)
{
    struct buf clean;

    buf_init(&clean, 0);
    if (!*path)
        path = "/";
    if (s3) {
        recode(out, path, strlen(path), true);
    } else if (normalize) {
        remove_dots(&clean, path);
        http_encode(out, clean.data, clean.len, true);
    } else {
        http_encode(out, path, strlen(path), true);
    }
    buf_release(&clean);
}

static void parse_query(struct pairs *pairs, const char *query)
{
    while (*query) {
        size_t len = strcspn(query, "&");
        size_t name = strcspn(query, "=&");
        size_t value = name < len ? name + 1 : len;
        struct buf left, right;

        buf_init(&left, 0);
        buf_init(&right, 0);
        recode(&left, query, name, false);
        recode(&right, query + value, len - value, false);
        if (len > 0)
            pairs_add(pairs, buf_take(&left), buf_take(&right));
        buf_release(&left);
        buf_release(&right);
        query += len + (query[len] == '&');
    }
}

void canonical_query(struct buf *out, const char *query, const char *skip)
{
    struct pairs pairs = {0};
    const char *separator = "";

    parse_query(&pairs, query ? query : "");
    if (pairs.count)
        qsort(pairs.items, pairs.count, sizeof(*pairs.items), compare_parameters);
    for (size_t i = 0; i < pairs.count; i++) {
        const struct pair *pair = &pairs.items[i];

        if (strcmp(pair->name, "X-Amz-Signature") == 0 || (skip && strcmp(pair->name, skip) == 0))
            continue;
        buf_printf(out, "%s%s=%s", separator, pair->name, pair->value);
        separator = "&";
    }
    pairs_release(&pairs);
}

char *canonical_parameter(const char *query, const char *name)
{
    size_t name_len = strlen(name);

    while (query && *query) {
        size_t len = strcspn(query, "&");

        if (len > name_len && strncmp(query, name, name_len) == 0 && query[name_len] == '=')
            return canonical_decode(query + name_len + 1, len - name_len - 1);
        query += len + (query[len] == '&');
    }
    return NULL;
}

const char *canonical_header(const struct strlist *headers, const char *name)
{
    size_t len = strlen(name);

    for (size_t i = 0; headers && i < headers->count; i++) {
        const char *header = headers->items[i];

        if (strncasecmp(header, name, len) == 0 && header[len] == ':')
            return header + len + 1 + strspn(header + len + 1, " \t");
    }
    return NULL;
}

bool canonical_lists(const char *names, const char *name)
{
    size_t len = strlen(name);

    while (*names) {
        size_t item = strcspn(names, ";");

        if (item == len && strncmp(names, name, len) == 0)
            return true;
        names += item + (names[item] == ';');
    }
    return false;
}

static bool to_sign(const char *name, const char *only)
{
    if (only)
        return canonical_lists(only, name);
    for (size_t i = 0; i < sizeof(unsigned_headers) / sizeof(*unsigned_headers); i++)
        if (strcmp(name, unsigned_headers[i]) == 0)
            return false;
    return true;
}

/* Trims, and makes each run of blanks one space. */
static char *squeeze(const char *text)
{
    char *result = xcalloc(strlen(text) + 1, 1);
    size_t len = 0;

    for (; *text; text++) {
        if (!isspace((unsigned char)*text))
            result[len++] = *text;
        else if (len > 0 && result[len - 1] != ' ')
            result[len++] = ' ';
    }
    if (len > 0 && result[len - 1] == ' ')
        result[len - 1] = '\0';
    return result;
}

static void parse_headers(struct pairs *pairs, const struct strlist *headers, const char *only)
{
    for (size_t i = 0; headers && i < headers->count; i++) {
        const char *header = headers->items[i];
        size_t len = strcspn(header, ":");
        char *name;

        if (!header[len])
            continue;
        name = xstrndup(header, len);
        for (char *c = name; *c; c++)
            *c = (char)tolower((unsigned char)*c);
        if (to_sign(name, only))
            pairs_add(pairs, name, squeeze(header + len + 1));
        else
            free(name);
    }
}

void canonical_headers(struct buf *lines, struct buf *names, const struct strlist *first,
                       const struct strlist *second, const char *only)
{
    struct pairs pairs = {0};

    parse_headers(&pairs, first, only);
    parse_headers(&pairs, second, only);
    if (pairs.count)
        qsort(pairs.items, pairs.count, sizeof(*pairs.items), compare_headers);
    for (size_t i = 0; i < pairs.count; i++) {
        const struct pair *pair = &pairs.items[i];
        bool again = i > 0 && strcmp(pair->name, pair[-1].name) == 0;
        bool more = i + 1 < pairs.count && strcmp(pair->name, pair[1].name) == 0;

        if (again)
            buf_printf(lines, ",%s", pair->value);
        else
            buf_printf(lines, "%s:%s", pair->name, pair->value);
        if (!again)
            buf_printf(names, "%s%s", i > 0 ? ";" : "", pair->name);
        if (!more)
            buf_putc(lines, '\n');
    }
    pairs_release(&pairs);
}
