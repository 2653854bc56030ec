#include "cli/graph.h"

#include <langinfo.h>
#include <string.h>
#include <strings.h>

/* The first is nothing at all; what is more than nothing is never shown as the second. */
static const char *const blocks[] = {"▁", "▂", "▃", "▄", "▅", "▆", "▇", "█"};
static const char *const characters[] = {"_", ".", ":", "-", "=", "+", "*", "#"};
enum { LEVELS = sizeof(blocks) / sizeof(*blocks) };

bool graph_has_utf8(void)
{
    return strcasecmp(nl_langinfo(CODESET), "UTF-8") == 0;
}

static double largest_of(const json_t *values)
{
    double largest = 0;
    json_t *value;
    size_t i;

    json_array_foreach (values, i, value)
        if (json_number_value(value) > largest)
            largest = json_number_value(value);
    return largest;
}

static int level_of(double value, double largest)
{
    int level = largest > 0 ? (int)(value / largest * (LEVELS - 1) + 0.5) : 0;

    if (value > 0 && level == 0)
        return 1;
    return level < 0 ? 0 : level >= LEVELS ? LEVELS - 1 : level;
}

double graph_line(struct buf *out, const json_t *values, bool utf8)
{
    const char *const *levels = utf8 ? blocks : characters;
    double largest = largest_of(values);
    json_t *value;
    size_t i;

    json_array_foreach (values, i, value)
        buf_puts(out,
                 json_is_number(value) ? levels[level_of(json_number_value(value), largest)] : " ");
    return largest;
}
