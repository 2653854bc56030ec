#include "providers/aws/identity/config_file.h"

#include "core/buf.h"
#include "core/file.h"
#include "core/memory.h"

#include <ctype.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

enum {
    MAX_SIZE = 1 << 20,
    MAX_ITEMS = 20000,
};

/* Where the parser is: the section, and the last key that was not indented. */
struct place {
    struct config_file *file;
    char *section; /* owned; NULL: before the first one */
    size_t key;    /* index of the last item, SIZE_MAX: none since the section started */
    int line;
};

static int fail(const struct place *place, struct err *err, const char *text)
{
    return err_set(err, ERR_CREDENTIALS, "cannot read '%s': line %d: %s", place->file->path,
                   place->line, text);
}

/* `text` up to `len` without blanks at both ends, to free(). */
static char *trim(const char *text, size_t len)
{
    while (len > 0 && isspace((unsigned char)*text)) {
        text++;
        len--;
    }
    while (len > 0 && isspace((unsigned char)text[len - 1]))
        len--;
    return xstrndup(text, len);
}

static char *lower(char *text)
{
    for (char *c = text; *c; c++)
        *c = (char)tolower((unsigned char)*c);
    return text;
}

static int add(struct place *place, const char *group, char *key, char *value, struct err *err)
{
    struct config_file *file = place->file;

    if (file->count >= MAX_ITEMS) {
        free(key);
        free(value);
        return fail(place, err, "more than 20000 settings");
    }
    file->items = xreallocarray(file->items, file->count + 1, sizeof(*file->items));
    file->items[file->count++] =
        (struct config_item){xstrdup(place->section), xstrdup(group), key, value};
    return 0;
}

/* "[profile 'a b']" becomes "profile a b". */
static char *section_name(const char *text, size_t len)
{
    char *name = xcalloc(len + 1, 1);
    size_t used = 0;

    for (size_t i = 0; i < len; i++) {
        if (text[i] == '"' || text[i] == '\'')
            continue;
        if (!isspace((unsigned char)text[i]))
            name[used++] = text[i];
        else if (used > 0 && name[used - 1] != ' ')
            name[used++] = ' ';
    }
    if (used > 0 && name[used - 1] == ' ')
        name[used - 1] = '\0';
    return name;
}

static int parse_section(struct place *place, const char *line, size_t len, struct err *err)
{
    const char *end = memchr(line, ']', len);

    if (!end)
        return fail(place, err, "the section has no closing ']'");
    free(place->section);
    place->section = section_name(line + 1, (size_t)(end - line - 1));
    place->key = SIZE_MAX;
    if (!*place->section)
        return fail(place, err, "the section has no name");
    return add(place, NULL, NULL, NULL, err);
}

/* Cuts a comment behind the value. */
static size_t without_comment(const char *text, size_t len)
{
    for (size_t i = 0; i + 1 < len; i++)
        if (isspace((unsigned char)text[i]) && (text[i + 1] == '#' || text[i + 1] == ';'))
            return i;
    return len;
}

static int parse_key(struct place *place, const char *line, size_t len, const char *group,
                     struct err *err)
{
    size_t name = 0;
    char *key;

    while (name < len && line[name] != '=' && line[name] != ':')
        name++;
    if (name == len)
        return fail(place, err, "neither '[section]' nor 'key = value'");
    key = lower(trim(line, name));
    if (!*key) {
        free(key);
        return fail(place, err, "there is no key before the '='");
    }
    line += name + 1;
    len -= name + 1;
    if (strcmp(key, "credential_process") != 0)
        len = without_comment(line, len);
    return add(place, group, key, trim(line, len), err);
}

/* An indented line: nested below a key without value, else more of the value. */
static int parse_indented(struct place *place, const char *line, size_t len, struct err *err)
{
    struct config_item *above;
    char *more, *value;

    if (place->key == SIZE_MAX)
        return fail(place, err, "an indented line needs a key above it");
    above = &place->file->items[place->key];
    if (!*above->value)
        return parse_key(place, line, len, above->key, err);
    more = trim(line, len);
    value = xasprintf("%s\n%s", above->value, more);
    free(more);
    free(above->value);
    above->value = value;
    return 0;
}

static int parse_line(struct place *place, const char *line, size_t len, struct err *err)
{
    size_t indent = 0;
    int result;

    if (memchr(line, '\0', len))
        return fail(place, err, "a NUL byte: is this a text file?");
    while (indent < len && isspace((unsigned char)line[indent]))
        indent++;
    if (indent == len || line[indent] == '#' || line[indent] == ';')
        return 0;
    if (indent > 0 && place->section)
        return parse_indented(place, line + indent, len - indent, err);
    if (line[indent] == '[')
        return parse_section(place, line + indent, len - indent, err);
    if (!place->section)
        return fail(place, err, "a key before the first '[section]'");
    result = parse_key(place, line, len, NULL, err);
    if (result == 0)
        place->key = place->file->count - 1;
    return result;
}

int config_file_parse(struct config_file *file, const char *path, const char *text, size_t len,
                      struct err *err)
{
    struct place place = {.file = file, .key = SIZE_MAX};
    const char *end = text + len;
    int result = 0;

    *file = (struct config_file){.path = xstrdup(path)};
    if (len >= 3 && memcmp(text, "\xEF\xBB\xBF", 3) == 0)
        text += 3;
    while (result == 0 && text < end) {
        const char *newline = memchr(text, '\n', (size_t)(end - text));
        const char *stop = newline ? newline : end;

        place.line++;
        result = parse_line(&place, text, (size_t)(stop - text), err);
        text = newline ? newline + 1 : end;
    }
    free(place.section);
    if (result < 0)
        config_file_release(file);
    return result;
}

int config_file_read(struct config_file *file, const char *path, struct err *err)
{
    struct buf text;
    int result;

    buf_init(&text, 0);
    if (file_exists(path) && file_read(path, MAX_SIZE, &text, err) < 0) {
        err->code = ERR_CREDENTIALS;
        *file = (struct config_file){0};
        result = -1;
    } else {
        result = config_file_parse(file, path, buf_string(&text), text.len, err);
    }
    if (text.data)
        memory_wipe(text.data, text.len);
    buf_release(&text);
    return result;
}

void config_file_release(struct config_file *file)
{
    for (size_t i = 0; i < file->count; i++) {
        struct config_item *item = &file->items[i];

        if (item->value)
            memory_wipe(item->value, strlen(item->value));
        free(item->section);
        free(item->group);
        free(item->key);
        free(item->value);
    }
    free(file->items);
    free(file->path);
    *file = (struct config_file){0};
}

const char *config_file_get(const struct config_file *file, const char *section, const char *group,
                            const char *key)
{
    for (size_t i = file->count; i-- > 0;) {
        const struct config_item *item = &file->items[i];

        if (item->key && strcmp(item->section, section) == 0 && strcmp(item->key, key) == 0 &&
            (group ? item->group && strcmp(item->group, group) == 0 : !item->group))
            return item->value;
    }
    return NULL;
}

bool config_file_has(const struct config_file *file, const char *section)
{
    for (size_t i = 0; i < file->count; i++)
        if (strcmp(file->items[i].section, section) == 0)
            return true;
    return false;
}
