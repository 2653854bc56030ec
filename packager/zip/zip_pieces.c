#include "packager/zip/zip_pieces.h"

#include "core/interrupt.h"
#include "core/memory.h"
#include "packager/zip/deflate.h"
#include "packager/zip/entry_read.h"

#include <libdeflate.h>
#include <stdlib.h>
#include <string.h>
#include <zlib.h>

struct worker {
    struct deflater *deflater;
    unsigned char *raw; /* ZIP_PART bytes */
    struct entry_reader reader;
};

void zip_pieces_init(struct zip_pieces *pieces, const struct entries *entries,
                     struct zip_item *items, int level)
{
    *pieces = (struct zip_pieces){.entries = entries, .items = items, .level = level};
    pieces->digest = digest_new();
    pthread_mutex_init(&pieces->lock, NULL);
    pthread_cond_init(&pieces->turn, NULL);
}

void zip_pieces_release(struct zip_pieces *pieces)
{
    digest_free(pieces->digest);
    pthread_cond_destroy(&pieces->turn);
    pthread_mutex_destroy(&pieces->lock);
}

void *zip_worker_new(void *context)
{
    const struct zip_pieces *pieces = context;
    struct worker *worker = xcalloc(1, sizeof(*worker));

    worker->deflater = deflater_new(pieces->level);
    worker->raw = xcalloc(ZIP_PART, 1);
    worker->reader = ENTRY_READER_INIT;
    return worker;
}

void zip_worker_free(void *context)
{
    struct worker *worker = context;

    deflater_free(worker->deflater);
    free(worker->raw);
    entry_reader_release(&worker->reader);
    free(worker);
}

/* The room that any piece needs: a part, or a run whose last file begins below ZIP_RUN. */
static size_t data_max(void)
{
    return deflate_piece_max(ZIP_PART) + ZIP_RUN + ZIP_LOCAL_MAX + ZIP_PATH_MAX;
}

static void next_part(struct zip_pieces *pieces, struct zip_piece *piece, uint64_t size)
{
    uint64_t left = size - pieces->offset;

    piece->is_part = true;
    piece->count = 1;
    piece->offset = pieces->offset;
    piece->size = left < ZIP_PART ? left : ZIP_PART;
    piece->number = pieces->parts++;
    pieces->offset += piece->size;
    if (pieces->offset == size) {
        pieces->offset = 0;
        pieces->entry++;
    }
}

static void next_run(struct zip_pieces *pieces, struct zip_piece *piece)
{
    size_t weight = 0;

    for (; pieces->entry < pieces->entries->count && weight < ZIP_RUN; pieces->entry++) {
        const struct entry *entry = &pieces->entries->items[pieces->entry];

        if (entry->size > ZIP_PART || pieces->items[pieces->entry].kept)
            break;
        weight += (size_t)entry->size + zip_local_len(entry->path, entry->size);
        piece->size += entry->size;
    }
    piece->count = pieces->entry - piece->first;
}

/* All that lies together in the earlier zip, however much: it takes no memory. */
static void next_kept(struct zip_pieces *pieces, struct zip_piece *piece)
{
    uint64_t source = pieces->items[piece->first].source;

    for (; pieces->entry < pieces->entries->count; pieces->entry++) {
        const struct entry *entry = &pieces->entries->items[pieces->entry];
        const struct zip_item *item = &pieces->items[pieces->entry];

        if (!item->kept || item->source != source + piece->copied)
            break;
        piece->copied += zip_local_len(entry->path, entry->size) + item->compressed;
        piece->size += entry->size;
    }
    piece->count = pieces->entry - piece->first;
}

bool zip_pieces_next(void *context, void *slot)
{
    struct zip_pieces *pieces = context;
    struct zip_piece *piece = slot;
    uint64_t size;

    if (pieces->entry == pieces->entries->count)
        return false;
    *piece = (struct zip_piece){.first = pieces->entry, .data = piece->data};
    if (!piece->data)
        piece->data = xcalloc(data_max(), 1);
    size = pieces->entries->items[piece->first].size;
    piece->is_kept = pieces->items[piece->first].kept;
    if (piece->is_kept)
        next_kept(pieces, piece);
    else if (size > ZIP_PART)
        next_part(pieces, piece, size);
    else
        next_run(pieces, piece);
    return true;
}

struct zip_record zip_pieces_record(const struct zip_pieces *pieces, size_t index)
{
    const struct entry *entry = &pieces->entries->items[index];
    const struct zip_item *item = &pieces->items[index];

    return (struct zip_record){.path = entry->path,
                               .mode = entry->mode,
                               .method = item->method,
                               .crc = item->crc,
                               .size = entry->size,
                               .compressed = item->compressed,
                               .offset = item->offset};
}

/* Reads and compresses a small entry, which goes into the zip at `out`; the length of both header
 * and contents, 0 on failure. What deflate does not shorten is stored. */
static size_t pack(struct zip_pieces *pieces, struct worker *worker, size_t index,
                   unsigned char *out, struct err *err)
{
    const struct entry *entry = &pieces->entries->items[index];
    struct zip_item *item = &pieces->items[index];
    size_t size = (size_t)entry->size, header = zip_local_len(entry->path, size);
    struct zip_record record;

    if (entry_read(&worker->reader, entry, 0, worker->raw, size, err) < 0)
        return 0;
    digest_bytes(worker->raw, size, item->digest);
    item->crc = libdeflate_crc32(0, worker->raw, size);
    item->method = ZIP_DEFLATED;
    item->compressed = entry->mode == ENTRY_LINK /* not all programs inflate the target */
                           ? 0
                           : deflate_whole(worker->deflater, worker->raw, size, out + header);
    if (!item->compressed) {
        item->method = ZIP_STORED;
        item->compressed = size;
        memcpy(out + header, worker->raw, size);
    }
    record = zip_pieces_record(pieces, index);
    zip_put_local(&record, out);
    return header + (size_t)item->compressed;
}

/* Hashes a part when all before it are. */
static void hash_part(struct zip_pieces *pieces, const struct zip_piece *piece,
                      const unsigned char *raw)
{
    const struct entry *entry = &pieces->entries->items[piece->first];

    pthread_mutex_lock(&pieces->lock);
    while (pieces->hashed != piece->number)
        pthread_cond_wait(&pieces->turn, &pieces->lock);
    pthread_mutex_unlock(&pieces->lock);
    digest_update(pieces->digest, raw, (size_t)piece->size);
    if (piece->offset + piece->size == entry->size)
        digest_take(pieces->digest, pieces->items[piece->first].digest);
    pthread_mutex_lock(&pieces->lock);
    pieces->hashed++;
    pthread_cond_broadcast(&pieces->turn);
    pthread_mutex_unlock(&pieces->lock);
}

static int work_on_part(struct zip_pieces *pieces, struct worker *worker, struct zip_piece *piece,
                        struct err *err)
{
    const struct entry *entry = &pieces->entries->items[piece->first];
    size_t size = (size_t)piece->size;
    int result = entry_read(&worker->reader, entry, piece->offset, worker->raw, size, err);

    hash_part(pieces, piece, worker->raw); /* also after a failure: others wait for their turn */
    if (result < 0)
        return -1;
    piece->crc = libdeflate_crc32(0, worker->raw, size);
    piece->len = deflate_piece(worker->deflater, worker->raw, size,
                               piece->offset + size == entry->size, piece->data);
    return 0;
}

int zip_piece_work(void *context, void *worker, void *slot, struct err *err)
{
    struct zip_pieces *pieces = context;
    struct zip_piece *piece = slot;

    if (piece->is_kept)
        return 0;
    if (piece->is_part)
        return work_on_part(pieces, worker, piece, err);
    for (size_t i = 0; i < piece->count; i++) {
        size_t len = interrupt_check(err) < 0
                         ? 0
                         : pack(pieces, worker, piece->first + i, piece->data + piece->len, err);

        if (!len)
            return -1;
        piece->len += len;
    }
    return 0;
}

bool zip_piece_add(struct zip_pieces *pieces, const struct zip_piece *piece)
{
    struct zip_item *item = &pieces->items[piece->first];

    item->method = ZIP_DEFLATED;
    item->crc = (uint32_t)crc32_combine(item->crc, piece->crc, (z_off_t)piece->size);
    item->compressed += piece->len;
    return piece->offset + piece->size == pieces->entries->items[piece->first].size;
}

void zip_piece_release(void *slot)
{
    struct zip_piece *piece = slot;

    free(piece->data);
}
