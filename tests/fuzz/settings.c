/* Any text as a settings file: parse, replace variables (nothing outside is asked: some stay as
 * they are), bind, check. */
#include "core/settings.h"
#include "core/json.h"
#include "core/settings_rules.h"
#include "core/variables.h"

#include <stdlib.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    const char *text = (const char *)data;
    json_t *unknown = json_object();
    const struct schema_source source = {
        .file = "fnctl.json", .text = text, .len = size, .stage = "dev", .unknown = unknown};
    struct references references = {0};
    const struct variables variables = {.stage = "dev",
                                        .folder = ".",
                                        .sealed = true,
                                        .references = &references,
                                        .unknown = unknown,
                                        .secret = unknown};
    struct settings settings = {.stage = "dev"};
    struct err err = {0};
    json_t *document = json_parse(text, size, 64, &err);
    json_t *stage = json_object_get(json_object_get(document, "stages"), "dev");

    json_incref(stage);
    if (json_is_object(document)) {
        json_object_del(document, "stages");
        if (json_is_object(stage))
            json_merge_patch(document, stage);
        settings.resolved = document;
        if (variables_replace(&variables, document, &source, &err) == 0 &&
            schema_bind(settings_fields, document, &settings, &source, NULL, &err) == 0 &&
            settings_apply_rules(&settings, &source, &err) == 0) {
            json_t *rendered = settings_render(&settings);

            json_decref(rendered);
        } else if (err.code != ERR_SETTINGS || err.message[0] == '\0') {
            abort();
        }
        schema_release(settings_fields, &settings);
    }
    references_release(&references);
    json_decref(unknown);
    json_decref(stage);
    json_decref(document);
    return 0;
}
