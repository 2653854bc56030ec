/* Any text as a schedule; what parses must survive AWS's form and fire in order. */
#include "core/cron.h"
#include "core/memory.h"

#include <stdlib.h>
#include <string.h>

static void check(const struct cron *cron)
{
    const int64_t after = INT64_C(1774742400000); /* 2026-03-29T00:00:00Z, when summer starts */
    char *aws = cron_to_aws(cron), *again;
    struct cron second;
    struct err err;
    int64_t next, then;

    if (cron_parse_aws(aws, &second, &err) < 0)
        abort();
    again = cron_to_aws(&second);
    if (strcmp(aws, again) != 0)
        abort();
    next = cron_next(cron, "Europe/Berlin", after, after);
    then = next < 0 ? -1 : cron_next(cron, "Europe/Berlin", after, next);
    if ((next >= 0 && next <= after) || (then >= 0 && then <= next))
        abort();
    if (next != cron_next(&second, "Europe/Berlin", after, after))
        abort();
    free(aws);
    free(again);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    int (*const parsers[])(const char *text, struct cron *cron, struct err *err) = {
        cron_parse, cron_parse_rate, cron_parse_at, cron_parse_aws};
    char *text = xstrndup((const char *)data, size);

    for (size_t i = 0; i < sizeof(parsers) / sizeof(parsers[0]); i++) {
        struct cron cron;
        struct err err = {0};

        if (parsers[i](text, &cron, &err) == 0)
            check(&cron);
        else if (err.code != ERR_SETTINGS)
            abort();
    }
    free(text);
    return 0;
}
