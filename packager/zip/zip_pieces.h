/*
 * The pieces of work that a zip is made of: a run of small files, which a
 * worker turns into the very bytes that the zip has of them, headers included;
 * a part of a large file; or a run of what an earlier zip has already. The functions are the steps
 * of a pipeline (see pipeline.h), whose context is a struct zip_pieces and whose slots are each a
 * struct zip_piece.
 */
#ifndef FNCTL_PACKAGER_ZIP_ZIP_PIECES_H
#define FNCTL_PACKAGER_ZIP_ZIP_PIECES_H

#include "core/err.h"
#include "packager/files/entries.h"
#include "packager/zip/digest.h"
#include "packager/zip/zip_format.h"

#include <pthread.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum {
    /* Larger files are compressed in parts of this size, by as many workers as there are. 1 MiB
     * costs a thousandth in size and keeps the memory for what is in work small. */
    ZIP_PART = 1 << 20,
    ZIP_RUN = 1 << 18, /* bytes of a run of small files, about */
};

/* What is known of an entry when it is compressed. */
struct zip_item {
    bool kept;       /* all but the offset is known: its bytes are copied from an earlier zip */
    uint64_t source; /* of its local header in that one */
    uint64_t offset; /* of its local header */
    uint64_t compressed;
    uint32_t crc;
    uint16_t method;
    uint8_t digest[DIGEST_LEN]; /* of the contents */
};

struct zip_pieces {
    const struct entries *entries; /* sorted */
    struct zip_item *items;        /* of each entry */
    int level;
    /* Private: what comes next. */
    size_t entry;
    uint64_t offset; /* in a large one */
    uint64_t parts;  /* made */
    /* The digest of a large file goes through its parts, in order. */
    struct digest *digest;
    uint64_t hashed; /* parts */
    pthread_mutex_t lock;
    pthread_cond_t turn;
};

struct zip_piece {
    size_t first, count; /* entries */
    uint64_t size;       /* bytes of the files */
    bool is_kept;        /* entries that lie one behind the other in the earlier zip */
    uint64_t copied;     /* bytes of them there */
    bool is_part;        /* of the entry `first`, from `offset` on; else a run */
    uint64_t offset;
    uint64_t number;     /* of the part */
    uint32_t crc;        /* of the part */
    unsigned char *data; /* what goes into the zip; owned */
    size_t len;
};

void zip_pieces_init(struct zip_pieces *pieces, const struct entries *entries,
                     struct zip_item *items, int level);
void zip_pieces_release(struct zip_pieces *pieces);

bool zip_pieces_next(void *pieces, void *piece);
void *zip_worker_new(void *pieces);
void zip_worker_free(void *worker);

/*
 * Reads, hashes and compresses into piece->data. The items of a run are
 * complete but for the offset, that of a large file but for what
 * zip_piece_add() adds. Errors: those of entry_read().
 */
int zip_piece_work(void *pieces, void *worker, void *piece, struct err *err);

/* Adds a part that was worked on, in order, to the item of its file; whether it is the last. */
bool zip_piece_add(struct zip_pieces *pieces, const struct zip_piece *piece);

void zip_piece_release(void *piece);

/* What the headers of an entry say. */
struct zip_record zip_pieces_record(const struct zip_pieces *pieces, size_t index);

#endif
