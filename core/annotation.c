#include "core/annotation.h"

#include "core/buf.h"
#include "core/memory.h"

#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

/* What would end a message, and in a property a value too. */
static void escape(struct buf *out, const char *text, size_t len, bool property)
{
    static const char special[] = "%\r\n:,";

    for (size_t i = 0; i < len; i++) {
        const char *found = text[i] ? strchr(special, text[i]) : NULL;

        if (found && (property || found < special + 3))
            buf_printf(out, "%%%02X", (unsigned char)text[i]);
        else
            buf_putc(out, text[i]);
    }
}

/* A place within a file, as a message names it. */
struct place {
    const char *file; /* not terminated */
    size_t file_len;
    long line, column;
};

/* Reads "'FILE': line 7, column 3" that ends at `mark` and after. */
static bool read_place(const char *message, const char *mark, struct place *place)
{
    const char *start = mark;
    char *end;

    while (start > message && start[-1] != '\'')
        start--;
    if (start == message || start == mark)
        return false;
    place->file = start;
    place->file_len = (size_t)(mark - start);
    place->line = strtol(mark + strlen("': line "), &end, 10);
    if (place->line < 1 || strncmp(end, ", column ", strlen(", column ")) != 0)
        return false;
    place->column = strtol(end + strlen(", column "), NULL, 10);
    return place->column >= 1;
}

static bool find_place(const char *message, struct place *place)
{
    const char *mark = strstr(message, "': line ");

    return mark && read_place(message, mark, place);
}

/* Where the repository is checked out may be a link. */
static void put_file(struct buf *out, const struct place *place, const char *workspace)
{
    char *file = xstrndup(place->file, place->file_len);
    char *real = realpath(file, NULL);
    char *root = workspace && *workspace ? realpath(workspace, NULL) : NULL;
    size_t len = root ? strlen(root) : 0;
    const char *shown = file;

    if (real && len && strncmp(real, root, len) == 0 && real[len] == '/')
        shown = real + len + 1;
    escape(out, shown, strlen(shown), true);
    free(file);
    free(real);
    free(root);
}

char *annotation_text(const char *kind, const char *message, const char *workspace)
{
    struct place place;
    struct buf out;

    buf_init(&out, 0);
    buf_printf(&out, "::%s ", kind);
    if (find_place(message, &place)) {
        buf_puts(&out, "file=");
        put_file(&out, &place, workspace);
        buf_printf(&out, ",line=%ld,col=%ld,", place.line, place.column);
    }
    buf_puts(&out, "title=fnctl::");
    escape(&out, message, strlen(message), false);
    return buf_take(&out);
}
