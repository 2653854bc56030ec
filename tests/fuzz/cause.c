/* What a failed function answered or logged: its cause, and its traceback. */
#include "cli/cause.h"
#include "cli/traceback.h"

#include <stdint.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    static const struct function functions[] = {
        {.name = "f", .runtime = "python3.13", .handler = "a.b", .memory = 128, .timeout = 3},
        {.name = "f", .runtime = "nodejs22.x", .handler = "a.b", .memory = 128, .timeout = 3}};
    json_t *error = json_loadb((const char *)data, size, JSON_ALLOW_NUL, NULL);
    struct buf text;

    for (int i = 0; i < 2; i++) {
        struct failure failure = {.function = &functions[i],
                                  .type = "",
                                  .text = (const char *)data,
                                  .text_len = size,
                                  .log = (const char *)data,
                                  .log_len = size};
        struct cause cause;

        cause_find(&failure, &cause);
        cause_release(&cause);
    }
    buf_init(&text, 0);
    traceback_print(&text, error);
    buf_release(&text);
    json_decref(error);
    return 0;
}
