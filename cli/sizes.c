#include "cli/sizes.h"

#include "core/buf.h"
#include "packager/package.h"

#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

static void describe_zip(const struct artifact *zip, const char *before, const char *after,
                         struct buf *text)
{
    char size[OUT_SIZE_LEN];

    if (!zip->path)
        return;
    out_size(zip->size, size);
    buf_printf(text, "%s%s%s", before, size, after);
    if (zip->size > ARTIFACT_DIRECT_MAX)
        buf_printf(text, " (through S3)");
}

/* "26.8 kB zipped, layer 6.9 MB; 16.9 MB of 262.1 MB unzipped (6 %)" */
static void describe(const struct package *package, struct buf *text)
{
    char size[OUT_SIZE_LEN], limit[OUT_SIZE_LEN];

    describe_zip(&package->function, "", " zipped", text);
    describe_zip(&package->layer, ", layer ", "", text);
    out_size(package->unzipped, size);
    out_size(PACKAGE_UNZIPPED_MAX, limit);
    buf_printf(text, "; %s of %s unzipped (%" PRIu64 " %%)", size, limit,
               package->unzipped * 100 / PACKAGE_UNZIPPED_MAX);
    if (package->other_layers)
        buf_printf(text, ", without %zu other layer%s, not measured", package->other_layers,
                   package->other_layers == 1 ? "" : "s");
}

static void warn(struct out *out, const char *name, const struct package *package)
{
    char size[OUT_SIZE_LEN];
    struct buf text;

    buf_init(&text, 0);
    for (size_t i = 0; i < package->largest_count; i++) {
        const struct package_file *file = &package->largest[i];

        out_size(file->size, size);
        buf_printf(&text, "%s %s (%s%s)", i ? "," : "", file->path, size,
                   file->layer ? ", layer" : "");
    }
    out_warn(out, "function '%s' is near the limit of what may be unzipped; its largest files:%s",
             name, buf_string(&text));
    buf_release(&text);
}

void sizes_tell(struct out *out, bool result, const char *name, const struct package *package)
{
    struct buf text;

    buf_init(&text, 0);
    describe(package, &text);
    if (result)
        out_print(out, "%s: %s\n", name, buf_string(&text));
    else
        out_step(out, "%s: %s", name, buf_string(&text));
    if (package->largest_count)
        warn(out, name, package);
    buf_release(&text);
}

json_t *sizes_artifact_json(const struct artifact *artifact)
{
    if (!artifact->path)
        return json_null();
    return json_pack("{s:I, s:I, s:I}", "size", (json_int_t)artifact->size, "unzipped",
                     (json_int_t)artifact->unzipped_size, "entries", (json_int_t)artifact->entries);
}

json_t *sizes_json(const struct package *package)
{
    json_t *largest = json_array();

    for (size_t i = 0; i < package->largest_count; i++) {
        const struct package_file *file = &package->largest[i];

        json_array_append_new(largest, json_pack("{s:s, s:I, s:s}", "path", file->path, "size",
                                                 (json_int_t)file->size, "in",
                                                 file->layer ? "layer" : "function"));
    }
    return json_pack(
        "{s:o, s:o, s:I, s:I, s:I, s:o}", "function", sizes_artifact_json(&package->function),
        "layer", sizes_artifact_json(&package->layer), "unzipped", (json_int_t)package->unzipped,
        "unzipped_limit", (json_int_t)PACKAGE_UNZIPPED_MAX, "other_layers",
        (json_int_t)package->other_layers, "largest", largest);
}
