/* A list of strings that it owns. */
#ifndef FNCTL_CORE_STRLIST_H
#define FNCTL_CORE_STRLIST_H

#include <stdbool.h>
#include <stddef.h>

struct strlist {
    char **items; /* owned, each item too; items[count] is NULL once something was added */
    size_t count;
    size_t capacity;
};

void strlist_init(struct strlist *list);
void strlist_release(struct strlist *list);

/* Appends a copy of `text`. */
void strlist_add(struct strlist *list, const char *text);

/* Appends a formatted string. */
void strlist_addf(struct strlist *list, const char *format, ...)
    __attribute__((format(printf, 2, 3)));

/* Appends `text` itself, which the list then owns. */
void strlist_take(struct strlist *list, char *text);

/* Whether `text` is among the items. */
bool strlist_has(const struct strlist *list, const char *text);

/* Sorts by byte value. */
void strlist_sort(struct strlist *list);

/* The items with `separator` between them, to free(). */
char *strlist_join(const struct strlist *list, const char *separator);

#endif
