#include "core/json_scan.h"

#include <stdint.h>
#include <stdio.h>
#include <string.h>

/* Deep enough for any file of ours, shallow enough for the stack. */
enum { FIND_DEPTH = 256 };

struct scan {
    const char *text;
    size_t len;
    size_t at;
    size_t depth; /* levels that may still be entered */
    size_t limit; /* levels at the start, for the message */
    struct err *err;
};

static bool ended(const struct scan *scan)
{
    return scan->at >= scan->len;
}

static char peek(const struct scan *scan)
{
    return ended(scan) ? '\0' : scan->text[scan->at];
}

static void skip_space(struct scan *scan)
{
    while (!ended(scan) && memchr(" \t\r\n", scan->text[scan->at], 4))
        scan->at++;
}

/* The length of the UTF-8 sequence (RFC 3629) at `text`, 0 when it is none. */
static size_t utf8_length(const unsigned char *text, size_t left)
{
    static const struct {
        unsigned char first, last, low, high; /* ranges of the first and second byte */
        size_t len;
    } forms[] = {
        {0x00, 0x7f, 0x00, 0x00, 1}, {0xc2, 0xdf, 0x80, 0xbf, 2}, {0xe0, 0xe0, 0xa0, 0xbf, 3},
        {0xe1, 0xec, 0x80, 0xbf, 3}, {0xed, 0xed, 0x80, 0x9f, 3}, {0xee, 0xef, 0x80, 0xbf, 3},
        {0xf0, 0xf0, 0x90, 0xbf, 4}, {0xf1, 0xf3, 0x80, 0xbf, 4}, {0xf4, 0xf4, 0x80, 0x8f, 4},
    };

    for (size_t i = 0; i < sizeof(forms) / sizeof(forms[0]); i++) {
        if (text[0] < forms[i].first || text[0] > forms[i].last || forms[i].len > left)
            continue;
        if (forms[i].len > 1 && (text[1] < forms[i].low || text[1] > forms[i].high))
            continue;
        for (size_t k = 2; k < forms[i].len; k++)
            if ((text[k] & 0xc0) != 0x80)
                return 0;
        return forms[i].len;
    }
    return 0;
}

/* "expected WHAT, but ...": the text ends, or what stands there instead. */
static int unexpected(struct scan *scan, const char *what)
{
    const unsigned char *found = (const unsigned char *)scan->text + scan->at;
    size_t len = ended(scan) ? 0 : utf8_length(found, scan->len - scan->at);

    if (ended(scan))
        return err_set(scan->err, ERR_SETTINGS, "expected %s, but the text ends here", what);
    if (len == 0 || found[0] < 0x20 || found[0] == 0x7f)
        return err_set(scan->err, ERR_SETTINGS, "expected %s, but found the byte 0x%02x%s", what,
                       found[0], len == 0 ? ", which is not UTF-8" : "");
    return err_set(scan->err, ERR_SETTINGS, "expected %s, but found '%.*s'%s", what, (int)len,
                   (const char *)found,
                   found[0] == '\''                     ? ": strings take double quotes"
                   : found[0] == '/' || found[0] == '#' ? ": JSON has no comments"
                                                        : "");
}

/* Four hex digits after "\u"; -1 when they are not there. */
static int hex4(const struct scan *scan)
{
    int value = 0;

    if (scan->len - scan->at < 4)
        return -1;
    for (size_t i = 0; i < 4; i++) {
        const char *digits = "0123456789abcdef";
        char c = scan->text[scan->at + i];
        const char *digit = c ? strchr(digits, c >= 'A' && c <= 'F' ? c - 'A' + 'a' : c) : NULL;

        if (!digit)
            return -1;
        value = value * 16 + (int)(digit - digits);
    }
    return value;
}

/* What follows "\u": a character, or two halves of one. */
static int scan_unicode(struct scan *scan)
{
    int unit = hex4(scan);

    if (unit < 0)
        return err_set(scan->err, ERR_SETTINGS, "'\\u' takes four hexadecimal digits");
    if (unit == 0)
        return err_set(scan->err, ERR_SETTINGS, "the character '\\u0000' is not allowed");
    scan->at += 4;
    if (unit < 0xd800 || unit > 0xdfff)
        return 0;
    if (unit <= 0xdbff && scan->len - scan->at >= 6 &&
        memcmp(scan->text + scan->at, "\\u", 2) == 0) {
        scan->at += 2;
        unit = hex4(scan);
        scan->at += 4;
        if (unit >= 0xdc00 && unit <= 0xdfff)
            return 0;
    }
    return err_set(scan->err, ERR_SETTINGS, "'\\u' with half of a surrogate pair is no character");
}

static int scan_escape(struct scan *scan)
{
    scan->at++;
    if (peek(scan) == 'u') {
        scan->at++;
        return scan_unicode(scan);
    }
    if (ended(scan) || !memchr("\"\\/bfnrt", peek(scan), 8))
        return err_set(scan->err, ERR_SETTINGS,
                       "after a backslash only \" \\ / b f n r t and uXXXX may stand");
    scan->at++;
    return 0;
}

/* A string, from its opening quote to behind its closing one. */
static int scan_string(struct scan *scan)
{
    scan->at++;
    while (!ended(scan) && peek(scan) != '"') {
        unsigned char c = (unsigned char)peek(scan);
        size_t len =
            utf8_length((const unsigned char *)scan->text + scan->at, scan->len - scan->at);

        if (c < 0x20)
            return err_set(scan->err, ERR_SETTINGS,
                           c == '\n' || c == '\r'
                               ? "the line ends within a string: '\"' is missing, or write \\n"
                               : "a string holds the control character 0x%02x, write it as \\u%04x",
                           c, c);
        if (len == 0)
            return err_set(scan->err, ERR_SETTINGS, "the byte 0x%02x is not UTF-8", c);
        if (c != '\\')
            scan->at += len;
        else if (scan_escape(scan) < 0)
            return -1;
    }
    if (ended(scan))
        return err_set(scan->err, ERR_SETTINGS, "the text ends within a string: '\"' is missing");
    scan->at++;
    return 0;
}

static bool digits(struct scan *scan)
{
    size_t start = scan->at;

    while (peek(scan) >= '0' && peek(scan) <= '9')
        scan->at++;
    return scan->at > start;
}

static int scan_number(struct scan *scan)
{
    if (peek(scan) == '-')
        scan->at++;
    if (peek(scan) == '0' && scan->at + 1 < scan->len && scan->text[scan->at + 1] >= '0' &&
        scan->text[scan->at + 1] <= '9')
        return err_set(scan->err, ERR_SETTINGS, "a number does not start with 0");
    if (!digits(scan))
        return unexpected(scan, "a digit");
    if (peek(scan) == '.') {
        scan->at++;
        if (!digits(scan))
            return unexpected(scan, "a digit after the point");
    }
    if (peek(scan) != 'e' && peek(scan) != 'E')
        return 0;
    scan->at++;
    if (peek(scan) == '+' || peek(scan) == '-')
        scan->at++;
    return digits(scan) ? 0 : unexpected(scan, "the digits of an exponent");
}

static int scan_word(struct scan *scan)
{
    static const char *const words[] = {"true", "false", "null"};

    for (size_t i = 0; i < sizeof(words) / sizeof(words[0]); i++) {
        size_t len = strlen(words[i]);

        if (scan->len - scan->at >= len && memcmp(scan->text + scan->at, words[i], len) == 0) {
            scan->at += len;
            return 0;
        }
    }
    return unexpected(scan, "a value");
}

static int enter(struct scan *scan)
{
    if (scan->depth == 0)
        return err_set(scan->err, ERR_SETTINGS, "nested deeper than %zu levels", scan->limit);
    scan->depth--;
    scan->at++;
    skip_space(scan);
    return 0;
}

/* After a member or item: 1 when another follows, 0 behind the closing bracket. */
static int more(struct scan *scan, char close)
{
    char expected[16];

    skip_space(scan);
    if (peek(scan) == close) {
        scan->at++;
        scan->depth++;
        return 0;
    }
    if (peek(scan) != ',') {
        snprintf(expected, sizeof(expected), "',' or '%c'", close);
        return unexpected(scan, expected);
    }
    scan->at++;
    skip_space(scan);
    if (peek(scan) == close)
        return err_set(scan->err, ERR_SETTINGS, "there is a comma before '%c', take it out", close);
    return 1;
}

/* A key and its colon, up to the value. */
static int scan_key(struct scan *scan)
{
    if (peek(scan) != '"')
        return unexpected(scan, "a key in double quotes");
    if (scan_string(scan) < 0)
        return -1;
    skip_space(scan);
    if (peek(scan) != ':')
        return unexpected(scan, "':' after the key");
    scan->at++;
    skip_space(scan);
    return 0;
}

static int scan_value(struct scan *scan);

static int scan_nested(struct scan *scan, bool object)
{
    char close = object ? '}' : ']';
    int another = 1;

    if (enter(scan) < 0)
        return -1;
    if (peek(scan) == close)
        return more(scan, close);
    while (another > 0) {
        if ((object && scan_key(scan) < 0) || scan_value(scan) < 0)
            return -1;
        another = more(scan, close);
    }
    return another;
}

static int scan_value(struct scan *scan)
{
    switch (peek(scan)) {
    case '{':
        return scan_nested(scan, true);
    case '[':
        return scan_nested(scan, false);
    case '"':
        return scan_string(scan);
    case '-':
    case '0':
    case '1':
    case '2':
    case '3':
    case '4':
    case '5':
    case '6':
    case '7':
    case '8':
    case '9':
        return scan_number(scan);
    default:
        return scan_word(scan);
    }
}

static int scan_document(struct scan *scan)
{
    if (scan->len >= 3 && memcmp(scan->text, "\xef\xbb\xbf", 3) == 0)
        return err_set(scan->err, ERR_SETTINGS,
                       "the text starts with a byte order mark: save it as UTF-8 without one");
    skip_space(scan);
    if (ended(scan))
        return err_set(scan->err, ERR_SETTINGS, "the text is empty");
    if (scan_value(scan) < 0)
        return -1;
    skip_space(scan);
    return ended(scan) ? 0 : unexpected(scan, "the end of the text");
}

int json_scan_check(const char *text, size_t len, size_t depth, size_t *offset, struct err *err)
{
    struct scan scan = {.text = text, .len = len, .depth = depth, .limit = depth, .err = err};
    int result = scan_document(&scan);

    *offset = scan.at;
    return result;
}

/* Whether the key that stands in text[start..end), quotes included, is `key`. */
static bool key_equals(const char *text, size_t start, size_t end, const char *key)
{
    size_t len = strlen(key);
    json_t *decoded;
    bool equal;

    if (!memchr(text + start, '\\', end - start))
        return end - start == len + 2 && memcmp(text + start + 1, key, len) == 0;
    decoded = json_loadb(text + start, end - start, JSON_DECODE_ANY, NULL);
    equal = json_is_string(decoded) && strcmp(json_string_value(decoded), key) == 0;
    json_decref(decoded);
    return equal;
}

static int find_member(struct scan *scan, const char *key, size_t *key_offset)
{
    int another = 1;

    if (peek(scan) != '{' || enter(scan) < 0 || peek(scan) == '}')
        return -1;
    while (another > 0) {
        size_t start = scan->at, end = start + 1;

        if (scan_key(scan) < 0)
            return -1;
        while (end < scan->at && scan->text[end] != '"')
            end += scan->text[end] == '\\' ? 2 : 1;
        if (key_equals(scan->text, start, end + 1, key)) {
            *key_offset = start;
            return 0;
        }
        if (scan_value(scan) < 0)
            return -1;
        another = more(scan, '}');
    }
    return -1;
}

static int find_item(struct scan *scan, size_t index)
{
    int another = 1;

    if (peek(scan) != '[' || enter(scan) < 0 || peek(scan) == ']')
        return -1;
    for (size_t i = 0; another > 0; i++) {
        if (i == index)
            return 0;
        if (scan_value(scan) < 0)
            return -1;
        another = more(scan, ']');
    }
    return -1;
}

/* Walks from the root to the value at `path`, leaving the scan on it. */
static int find(struct scan *scan, const struct json_path *path, size_t *key_offset)
{
    if (!path || !path->parent) {
        skip_space(scan);
        *key_offset = scan->at;
        return ended(scan) ? -1 : 0;
    }
    if (find(scan, path->parent, key_offset) < 0)
        return -1;
    if (path->key)
        return find_member(scan, path->key, key_offset);
    if (find_item(scan, path->index) < 0)
        return -1;
    *key_offset = scan->at;
    return 0;
}

int json_scan_find(const char *text, size_t len, const struct json_path *path, bool at_key,
                   size_t *offset)
{
    struct err ignored;
    struct scan scan = {.text = text, .len = len, .depth = FIND_DEPTH, .err = &ignored};
    size_t key_offset;

    if (find(&scan, path, &key_offset) < 0)
        return -1;
    *offset = at_key ? key_offset : scan.at;
    return 0;
}

void json_scan_place(const char *text, size_t len, size_t offset, int *line, int *column)
{
    *line = 1;
    *column = 1;
    for (size_t i = 0; i < offset && i < len; i++) {
        if (text[i] == '\n') {
            *line += 1;
            *column = 1;
        } else if (((unsigned char)text[i] & 0xc0) != 0x80) {
            *column += 1;
        }
    }
}
