#include "cli/plan_print.h"

#include "core/buf.h"
#include "core/memory.h"

#include <stdlib.h>
#include <string.h>

enum { LINE_VALUES = 120 }; /* bytes of old and new value that still share a line */

static const char signs[] = {'+', '~', '-'};
static const enum out_colour colours[] = {OUT_GREEN, OUT_YELLOW, OUT_RED};

static void print_sign(struct out *out, int indent, enum change_kind kind)
{
    out_print(out, "%*s%s%c%s ", indent, "", out_colour(out, out->results, colours[kind]),
              signs[kind], out_colour(out, out->results, OUT_PLAIN));
}

static char *visible(const char *text)
{
    return out_visible(text ? text : "", text ? strlen(text) : 0);
}

static void print_long(struct out *out, const char *name, const char *before, const char *after)
{
    out_print(out, "%s:\n", name);
    print_sign(out, 6, CHANGE_REMOVE);
    out_print(out, "%s\n", before);
    print_sign(out, 6, CHANGE_CREATE);
    out_print(out, "%s\n", after);
}

static void print_field(struct out *out, const struct change_field *field)
{
    enum change_kind kind = !field->before  ? CHANGE_CREATE
                            : !field->after ? CHANGE_REMOVE
                                            : CHANGE_UPDATE;
    char *name = visible(field->name);
    char *before = visible(field->before);
    char *after = visible(field->after);

    print_sign(out, 4, kind);
    if (kind != CHANGE_UPDATE)
        out_print(out, "%s: %s\n", name, kind == CHANGE_CREATE ? after : before);
    else if (strlen(before) + strlen(after) > LINE_VALUES)
        print_long(out, name, before, after);
    else
        out_print(out, "%s: %s %s->%s %s\n", name, before, out_colour(out, out->results, OUT_DIM),
                  out_colour(out, out->results, OUT_PLAIN), after);
    free(name);
    free(before);
    free(after);
}

static void print_change(struct out *out, const struct change *change)
{
    char *name = visible(change->name);

    print_sign(out, 0, change->kind);
    out_print(out, "%s %s%s%s\n", change->resource, out_colour(out, out->results, OUT_BOLD), name,
              out_colour(out, out->results, OUT_PLAIN));
    for (size_t i = 0; i < change->field_count; i++)
        print_field(out, &change->fields[i]);
    free(name);
}

void plan_print(struct out *out, const struct changes *changes)
{
    for (size_t i = 0; i < changes->count; i++)
        print_change(out, changes->items[i]);
}

char *plan_summary(const struct changes *changes, const char *const words[CHANGE_KINDS])
{
    size_t counts[CHANGE_KINDS] = {0};
    struct buf text;

    for (size_t i = 0; i < changes->count; i++)
        counts[changes->items[i]->kind]++;
    buf_init(&text, 0);
    for (size_t i = 0; i < CHANGE_KINDS; i++)
        if (counts[i])
            buf_printf(&text, "%s%zu %s", text.len ? ", " : "", counts[i], words[i]);
    return buf_take(&text);
}
