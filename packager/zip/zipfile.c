#include "packager/zip/zipfile.h"

#include "core/file.h"
#include "core/hash.h"
#include "core/memory.h"
#include "core/task.h"
#include "packager/zip/pipeline.h"
#include "packager/zip/temporary.h"
#include "packager/zip/zip_format.h"
#include "packager/zip/zip_output.h"
#include "packager/zip/zip_pieces.h"

#include <errno.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

enum { DIRECTORY_CHUNK = 1 << 16, IDENTITY_CHUNK = 1 << 14 };

struct writer {
    struct entries *entries;
    const struct zipfile_options *options;
    struct zip_item *items;
    struct zip_pieces pieces;
    struct zip_output *output;
    uint64_t done, total; /* bytes, for the progress bar */
};

/* Every path must be there once, and fit: a reader takes the first or the last, none both. */
static int check_paths(const struct entries *entries, struct err *err)
{
    for (size_t i = 0; i < entries->count; i++) {
        const char *path = entries->items[i].path;

        if (strlen(path) > ZIP_PATH_MAX)
            return err_set(err, ERR_PACKAGE, "the path '%.200s...' is too long for a zip", path);
        if (i && strcmp(path, entries->items[i - 1].path) == 0)
            return err_set(err, ERR_PACKAGE, "two files are to be '%s' in the zip", path);
    }
    return 0;
}

/* Gives the entries of a run their place, one behind the other. */
static void place_run(struct writer *writer, const struct zip_piece *piece)
{
    uint64_t offset = zip_output_offset(writer->output);

    for (size_t i = piece->first; i < piece->first + piece->count; i++) {
        const struct entry *entry = &writer->entries->items[i];

        writer->items[i].offset = offset;
        offset += zip_local_len(entry->path, entry->size) + writer->items[i].compressed;
    }
}

/* Writes the header of a large file, which says how long it has become. */
static int fill_header(struct writer *writer, size_t index, struct err *err)
{
    struct zip_record record = zip_pieces_record(&writer->pieces, index);
    size_t len = zip_local_len(record.path, record.size);
    unsigned char *header = xcalloc(len, 1);
    int result;

    zip_put_local(&record, header);
    result = zip_output_fill(writer->output, record.offset, header, len, err);
    free(header);
    return result;
}

static int write_part(struct writer *writer, const struct zip_piece *piece, struct err *err)
{
    const struct entry *entry = &writer->entries->items[piece->first];

    if (piece->offset == 0) {
        writer->items[piece->first].offset = zip_output_offset(writer->output);
        zip_output_leave(writer->output, zip_local_len(entry->path, entry->size));
    }
    if (zip_output_append(writer->output, piece->data, piece->len, err) < 0)
        return -1;
    if (!zip_piece_add(&writer->pieces, piece))
        return 0;
    if (fill_header(writer, piece->first, err) < 0)
        return -1;
    zip_output_settle(writer->output);
    return 0;
}

static int write_run(struct writer *writer, const struct zip_piece *piece, struct err *err)
{
    place_run(writer, piece);
    if (zip_output_append(writer->output, piece->data, piece->len, err) < 0)
        return -1;
    zip_output_settle(writer->output);
    return 0;
}

static int write_kept(struct writer *writer, const struct zip_piece *piece, struct err *err)
{
    place_run(writer, piece);
    return zip_output_copy(writer->output, zip_cache_source(writer->options->cache),
                           writer->items[piece->first].source, piece->copied, err);
}

static int write_piece(void *context, void *slot, struct err *err)
{
    struct writer *writer = context;
    const struct zip_piece *piece = slot;
    int result;

    if (piece->is_kept)
        result = write_kept(writer, piece, err);
    else
        result = piece->is_part ? write_part(writer, piece, err) : write_run(writer, piece, err);

    writer->done += piece->size;
    out_progress(writer->options->out, writer->options->label, (int64_t)writer->done,
                 (int64_t)writer->total);
    return result;
}

static bool next_piece(void *context, void *slot)
{
    return zip_pieces_next(&((struct writer *)context)->pieces, slot);
}
static void *new_worker(void *context)
{
    return zip_worker_new(&((struct writer *)context)->pieces);
}
static int work_on_piece(void *context, void *worker, void *slot, struct err *err)
{
    return zip_piece_work(&((struct writer *)context)->pieces, worker, slot, err);
}

/* As many threads as there are processors, but none that would find no work. */
static size_t count_threads(const struct writer *writer)
{
    size_t processors = task_processors();
    uint64_t bytes = 0;

    for (size_t i = 0; i < writer->entries->count; i++)
        if (!writer->items[i].kept)
            bytes += zip_local_len(writer->entries->items[i].path, writer->entries->items[i].size) +
                     writer->entries->items[i].size;
    return bytes / ZIP_RUN < processors ? (size_t)(bytes / ZIP_RUN) + 1 : processors;
}

static int write_contents(struct writer *writer, struct err *err)
{
    const struct pipeline pipeline = {.context = writer,
                                      .slot_size = sizeof(struct zip_piece),
                                      .threads = count_threads(writer),
                                      .next = next_piece,
                                      .worker_new = new_worker,
                                      .worker_free = zip_worker_free,
                                      .work = work_on_piece,
                                      .finish = write_piece,
                                      .slot_release = zip_piece_release};

    return pipeline_run(&pipeline, err);
}

static int write_directory(struct writer *writer, struct err *err)
{
    uint64_t offset = zip_output_offset(writer->output);
    size_t count = writer->entries->count;
    struct buf directory;
    int result = 0;

    buf_init(&directory, 0);
    for (size_t i = 0; i < count && result == 0; i++) {
        struct zip_record record = zip_pieces_record(&writer->pieces, i);

        zip_put_central(&record, &directory);
        if (directory.len >= DIRECTORY_CHUNK) {
            result = zip_output_append(writer->output, directory.data, directory.len, err);
            buf_clear(&directory);
        }
    }
    zip_put_end(count, offset, zip_output_offset(writer->output) + directory.len - offset,
                &directory);
    if (result == 0)
        result = zip_output_append(writer->output, directory.data, directory.len, err);
    buf_release(&directory);
    return result;
}

/* The content's identity, see struct artifact. A path cannot hold a NUL, so that no two lists of
 * entries read the same. */
static void identify(const struct writer *writer, struct artifact *artifact)
{
    struct hash *identity = hash_new();
    uint8_t digest[HASH_LEN];
    struct buf text; /* of many entries: the hash is slow to begin */

    buf_init(&text, 0);
    for (size_t i = 0; i < writer->entries->count; i++) {
        const struct entry *entry = &writer->entries->items[i];

        buf_append(&text, entry->path, strlen(entry->path) + 1);
        for (int shift = 15; shift >= 0; shift -= 3) /* in octal, six digits */
            buf_putc(&text, (char)('0' + (entry->mode >> shift & 7)));
        buf_append(&text, writer->items[i].digest, DIGEST_LEN);
        if (text.len < IDENTITY_CHUNK && i + 1 < writer->entries->count)
            continue;
        hash_update(identity, text.data, text.len);
        buf_clear(&text);
    }
    buf_release(&text);
    hash_finish(identity, digest);
    hash_hex(digest, sizeof(digest), artifact->identity);
}

/* Ends the file, gives it its name, and tells what is known of it. */
static int finish(struct writer *writer, const char *temporary, const char *path,
                  struct artifact *artifact, struct err *err)
{
    uint8_t digest[HASH_LEN];
    char *base64;

    if (write_directory(writer, err) < 0)
        return -1;
    zip_output_settle(writer->output);
    identify(writer, artifact); /* while the zip is being hashed */
    if (zip_output_finish(writer->output, digest, err) < 0)
        return -1;
    if (rename(temporary, path) < 0)
        return err_set(err, ERR_PACKAGE, "cannot write '%s': %s", path, strerror(errno));
    artifact->size = zip_output_offset(writer->output);
    artifact->unzipped_size = writer->total;
    artifact->entries = writer->entries->count;
    base64 = hash_base64(digest, sizeof(digest));
    memcpy(artifact->sha256, base64, sizeof(artifact->sha256));
    free(base64);
    return 0;
}

static int write_zip(struct writer *writer, const char *path, struct artifact *artifact,
                     struct err *err)
{
    char *temporary = temporary_path(path);
    int result = -1;

    zip_pieces_init(&writer->pieces, writer->entries, writer->items, writer->options->level);
    writer->output = zip_output_new(temporary, path, err);
    if (writer->output) {
        if (write_contents(writer, err) == 0)
            result = finish(writer, temporary, path, artifact, err);
        if (result < 0)
            unlink(temporary);
    }
    out_progress(writer->options->out, writer->options->label, 0, 0);
    zip_output_free(writer->output);
    zip_pieces_release(&writer->pieces);
    free(temporary);
    return result;
}

static int make_zip(struct writer *writer, const char *path, struct artifact *artifact,
                    struct err *err)
{
    struct zip_cache *cache = writer->options->cache;
    enum zip_plan plan = ZIP_PLAN_WRITE;

    if (check_paths(writer->entries, err) < 0 ||
        (cache && zip_cache_plan(cache, writer->entries, writer->items, &plan, err) < 0))
        return -1;
    if (plan == ZIP_PLAN_WRITE) {
        if (write_zip(writer, path, artifact, err) < 0)
            return -1;
    } else {
        zip_cache_artifact(cache, artifact);
    }
    if (cache && plan != ZIP_PLAN_NOTHING)
        zip_cache_store(cache, writer->entries, writer->items, artifact);
    return 0;
}

int zipfile_write(const char *path, struct entries *entries, const struct zipfile_options *options,
                  struct artifact *artifact, struct err *err)
{
    struct writer writer = {.entries = entries, .options = options, .total = entries_size(entries)};
    struct artifact made = {0};
    int result;

    writer.items = xcalloc(entries->count, sizeof(*writer.items));
    result = make_zip(&writer, path, &made, err);
    if (result == 0) {
        for (size_t i = 0; i < entries->count; i++)
            entries->items[i].compressed = writer.items[i].compressed;
        made.path = xstrdup(path);
        *artifact = made;
    }
    free(writer.items);
    return result;
}
