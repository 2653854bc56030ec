#include "core/strlist.h"

#include "core/buf.h"
#include "core/memory.h"

#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

void strlist_init(struct strlist *list)
{
    *list = (struct strlist){0};
}

void strlist_release(struct strlist *list)
{
    for (size_t i = 0; i < list->count; i++)
        free(list->items[i]);
    free(list->items);
    *list = (struct strlist){0};
}

void strlist_take(struct strlist *list, char *text)
{
    if (list->count + 1 >= list->capacity) {
        list->capacity = list->capacity ? list->capacity * 2 : 8;
        list->items = xreallocarray(list->items, list->capacity, sizeof(*list->items));
    }
    list->items[list->count++] = text;
    list->items[list->count] = NULL;
}

void strlist_add(struct strlist *list, const char *text)
{
    strlist_take(list, xstrdup(text));
}

void strlist_addf(struct strlist *list, const char *format, ...)
{
    struct buf buf;
    va_list arguments;

    buf_init(&buf, 0);
    va_start(arguments, format);
    buf_vprintf(&buf, format, arguments);
    va_end(arguments);
    strlist_take(list, buf_take(&buf));
}

bool strlist_has(const struct strlist *list, const char *text)
{
    for (size_t i = 0; i < list->count; i++)
        if (strcmp(list->items[i], text) == 0)
            return true;
    return false;
}

static int compare(const void *a, const void *b)
{
    return strcmp(*(char *const *)a, *(char *const *)b);
}

void strlist_sort(struct strlist *list)
{
    if (list->count)
        qsort(list->items, list->count, sizeof(*list->items), compare);
}

char *strlist_join(const struct strlist *list, const char *separator)
{
    struct buf buf;

    buf_init(&buf, 0);
    for (size_t i = 0; i < list->count; i++) {
        if (i)
            buf_puts(&buf, separator);
        buf_puts(&buf, list->items[i]);
    }
    return buf_take(&buf);
}
