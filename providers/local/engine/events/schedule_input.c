#include "providers/local/engine/events/schedule_input.h"

#include "core/buf.h"
#include "core/clock.h"

#include <jansson.h>
#include <stdlib.h>
#include <string.h>

/* "2026-11-20T09:15:00Z" */
static void format_time(int64_t due, char text[static CLOCK_RFC3339_LEN])
{
    clock_format_rfc3339(due, text);
    memcpy(text + 19, "Z", 2);
}

/* The field of an ARN, from 0; its length. */
static const char *arn_field(const char *arn, int index, int *len)
{
    const char *field = arn;

    while (index-- > 0) {
        field += strcspn(field, ":");
        field += *field == ':';
    }
    *len = (int)strcspn(field, ":");
    return field;
}

static char *own_event(const char *arn, const char *time, const char *id)
{
    int region_len, account_len;
    const char *region = arn_field(arn, 3, &region_len);
    const char *account = arn_field(arn, 4, &account_len);
    json_t *event = json_pack("{s:s, s:s, s:s, s:s, s:s%, s:s, s:s%, s:[s], s:s}", "version", "0",
                              "id", id, "detail-type", "Scheduled Event", "source", "aws.scheduler",
                              "account", account, (size_t)account_len, "time", time, "region",
                              region, (size_t)region_len, "resources", arn, "detail", "{}");
    char *text = json_dumps(event, JSON_COMPACT);

    json_decref(event);
    return text;
}

char *schedule_input(const char *input, const char *arn, int64_t due, const char *id)
{
    char time[CLOCK_RFC3339_LEN];
    const struct {
        const char *name, *value;
    } attributes[] = {{"<aws.scheduler.schedule-arn>", arn},
                      {"<aws.scheduler.scheduled-time>", time},
                      {"<aws.scheduler.execution-id>", id},
                      {"<aws.scheduler.attempt-number>", "1"}};
    struct buf out;

    format_time(due, time);
    if (!input)
        return own_event(arn, time, id);
    buf_init(&out, 0);
    while (*input) {
        size_t i = 0, len = 0;

        for (; i < sizeof(attributes) / sizeof(*attributes); i++) {
            len = strlen(attributes[i].name);
            if (strncmp(input, attributes[i].name, len) == 0)
                break;
        }
        if (i < sizeof(attributes) / sizeof(*attributes)) {
            buf_puts(&out, attributes[i].value);
            input += len;
        } else {
            buf_putc(&out, *input++);
        }
    }
    return buf_take(&out);
}
