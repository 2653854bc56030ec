#include "providers/local/engine/front/access_log.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
/* cmocka needs the headers above. */
#include <cmocka.h>

static void variables_are_replaced(void **state)
{
    static const struct {
        const char *format, *line;
    } rows[] = {
        {"", ""},
        {"no variable, $ $context and $context", "no variable, $ $context and $context"},
        {"$context.requestId $context.status", "id 200"},
        {"{\"path\":\"$context.path\"}", "{\"path\":\"/a\\\"b\\n\"}"},
        {"$context.identity.sourceIp.", "127.0.0.1."},
        {"$context.identity.sourceIp-$context.nothing", "127.0.0.1--"},
        {"$context.authorizer.claims.sub|", "ann|"},
        {"$context.", "-"},
    };
    json_t *values =
        json_pack("{s:s, s:s, s:s, s:s, s:s}", "requestId", "id", "status", "200", "path",
                  "/a\"b\n", "identity.sourceIp", "127.0.0.1", "authorizer.claims.sub", "ann");

    (void)state;
    for (size_t i = 0; i < sizeof(rows) / sizeof(*rows); i++) {
        struct buf line;

        buf_init(&line, 0);
        access_log_format(&line, rows[i].format, values);
        assert_string_equal(buf_string(&line), rows[i].line);
        buf_release(&line);
    }
    json_decref(values);
}

int main(void)
{
    const struct CMUnitTest tests[] = {cmocka_unit_test(variables_are_replaced)};

    return cmocka_run_group_tests(tests, NULL, NULL);
}
