#include "cli/import.h"

#include "cli/import_zappa.h"
#include "cli/pretty.h"
#include "core/buf.h"
#include "core/file.h"
#include "core/json.h"
#include "core/memory.h"
#include "core/settings.h"

#include <ctype.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

enum { FILE_MAX = 1 << 20, DEPTH_MAX = 32, NAME_MAX_LEN = 32 };

void import_release(struct import *import)
{
    json_decref(import->settings);
    strlist_release(&import->notes);
    *import = (struct import){0};
}

void import_note(struct import *import, const char *subject, const char *format, ...)
{
    struct buf text;
    va_list arguments;

    buf_init(&text, 0);
    buf_printf(&text, "%s: ", subject);
    va_start(arguments, format);
    buf_vprintf(&text, format, arguments);
    va_end(arguments);
    if (!strlist_has(&import->notes, buf_string(&text)))
        strlist_add(&import->notes, buf_string(&text));
    buf_release(&text);
}

static json_t *literal_text(const char *text)
{
    struct buf out;
    json_t *result;

    buf_init(&out, 0);
    for (; *text; text++) {
        if (text[0] == '$' && text[1] == '{')
            buf_putc(&out, '$');
        buf_putc(&out, *text);
    }
    result = json_string(buf_string(&out));
    buf_release(&out);
    return result;
}

json_t *import_literal(const json_t *value)
{
    json_t *result, *item;
    const char *key;
    size_t i;

    if (json_is_string(value))
        return literal_text(json_string_value(value));
    if (json_is_array(value)) {
        result = json_array();
        json_array_foreach (value, i, item)
            json_array_append_new(result, import_literal(item));
        return result;
    }
    if (!json_is_object(value))
        return json_copy((json_t *)(uintptr_t)value);
    result = json_object();
    json_object_foreach ((json_t *)(uintptr_t)value, key, item)
        json_object_set_new(result, key, import_literal(item));
    return result;
}

json_t *import_list(const json_t *value)
{
    json_t *same = (json_t *)(uintptr_t)value;

    return json_is_array(value) ? json_incref(same) : json_pack("[O]", same);
}

char *import_text(const struct import *import, const char *project)
{
    json_t *root = json_pack("{s:s, s:s}", "$schema", "fnctl.schema.json", "project", project);
    char *text;

    json_object_update_missing(root, import->settings);
    text = pretty_json(root);
    json_decref(root);
    return text;
}

void import_tell(const struct import *import, struct out *out)
{
    const struct settings_context context = {.file = SETTINGS_FILE};
    struct err err = {0};

    if (import->notes.count)
        out_print(out, "without a counterpart, or to look at:\n");
    for (size_t i = 0; i < import->notes.count; i++)
        out_print(out, "  %s\n", import->notes.items[i]);
    if (settings_check_stages(&context, &err) < 0)
        out_warn(out, "%s", err.message);
}

json_t *import_notes(const struct import *import)
{
    json_t *list = json_array();

    for (size_t i = 0; i < import->notes.count; i++)
        json_array_append_new(list, json_string(import->notes.items[i]));
    return list;
}

/* Small letters and digits, with single hyphens for what is between them; begins with a letter. */
static char *plain(const char *text, const char *fallback)
{
    char *name = xcalloc(NAME_MAX_LEN + 1, 1);
    size_t len = 0;

    for (; *text && len < NAME_MAX_LEN; text++) {
        unsigned char c = (unsigned char)*text;

        if (c < 0x80 && (isalpha(c) || (len && isdigit(c))))
            name[len++] = (char)tolower(c);
        else if (len && name[len - 1] != '-')
            name[len++] = '-';
    }
    while (len && name[len - 1] == '-')
        name[--len] = '\0';
    if (len)
        return name;
    free(name);
    return xstrdup(fallback);
}

char *import_name(const char *text, const char *fallback, const json_t *taken)
{
    char *name = plain(text, fallback), *numbered = xstrdup(name);

    for (int i = 2; json_object_get(taken, numbered); i++) {
        free(numbered);
        numbered = xasprintf("%s-%d", name, i);
    }
    free(name);
    return numbered;
}

static json_t *read_json(const char *path, struct err *err)
{
    struct buf text;
    json_t *root = NULL;

    buf_init(&text, FILE_MAX);
    if (file_read(path, FILE_MAX, &text, err) == 0) {
        root = json_parse(buf_string(&text), text.len, DEPTH_MAX, err);
        if (!root) {
            err->code = ERR_FAILED;
            err_context(err, "cannot read '%s'", path);
            err_append(err, "; it has to be strict JSON here, without comments");
        }
    }
    buf_release(&text);
    return root;
}

int import_file(struct import *import, const char *path, struct err *err)
{
    const char *name = file_name(path);
    json_t *root;
    int result;

    if (strncmp(name, "zappa_settings", strlen("zappa_settings")) != 0 || !strstr(name, ".json"))
        return err_set(err, ERR_USAGE,
                       "'%s' is of no tool that init knows; it takes zappa_settings.json", path);
    root = read_json(path, err);
    if (!root)
        return -1;
    result = import_zappa(import, root, err);
    if (result < 0)
        err_context(err, "cannot use '%s'", path);
    json_decref(root);
    return result;
}
