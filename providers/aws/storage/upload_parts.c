#include "providers/aws/storage/upload_parts.h"

#include "core/interrupt.h"
#include "core/memory.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

enum { CHUNK = 64 << 10 };

/* The digests that run over the whole file, and over the parts' digests. */
struct sums {
    struct hash *whole;
    struct hash *of_sha256;
    struct hash *of_md5;
};

static void write_base64(const uint8_t *digest, char text[static HASH_BASE64_LEN])
{
    char *base64 = hash_base64(digest, HASH_LEN);

    snprintf(text, HASH_BASE64_LEN, "%s", base64);
    free(base64);
}

static int read_part(struct upload_part *part, struct sums *sums, struct err *err)
{
    struct hash *sha256 = hash_new(), *md5 = hash_new_md5();
    uint8_t digest[HASH_LEN];
    char chunk[CHUNK];
    int64_t done = 0;
    ssize_t got = 1;

    while (done < part->file.len && got > 0) {
        int64_t left = part->file.len - done;

        got = pread(part->file.fd, chunk, left < CHUNK ? (size_t)left : CHUNK,
                    part->file.offset + done);
        if (got <= 0)
            break;
        hash_update(sha256, chunk, (size_t)got);
        hash_update(md5, chunk, (size_t)got);
        hash_update(sums->whole, chunk, (size_t)got);
        done += got;
    }
    hash_finish(md5, digest);
    hash_update(sums->of_md5, digest, HASH_MD5_LEN);
    hash_hex(digest, HASH_MD5_LEN, part->md5);
    hash_finish(sha256, digest);
    hash_update(sums->of_sha256, digest, HASH_LEN);
    hash_hex(digest, HASH_LEN, part->hash);
    write_base64(digest, part->checksum);
    if (got <= 0)
        return err_set(err, ERR_FAILED, "cannot read it: %s",
                       got < 0 ? strerror(errno) : "it ends too early");
    return interrupt_check(err);
}

static int read_all(struct upload_parts *parts, int fd, struct sums *sums, struct err *err)
{
    int result = 0;

    for (size_t i = 0; i < parts->count && result == 0; i++) {
        int64_t offset = (int64_t)i * UPLOAD_PART;
        int64_t left = parts->size - offset;

        parts->items[i].file = (struct http_file){
            .fd = fd, .offset = offset, .len = left < UPLOAD_PART ? left : UPLOAD_PART};
        result = read_part(&parts->items[i], sums, err);
    }
    return result;
}

int upload_parts_read(struct upload_parts *parts, int fd, struct err *err)
{
    struct sums sums;
    uint8_t digest[HASH_LEN];
    struct stat status;
    int result;

    *parts = (struct upload_parts){0};
    if (fstat(fd, &status) < 0)
        return err_set(err, ERR_FAILED, "cannot read it: %s", strerror(errno));
    parts->size = status.st_size;
    parts->count = (size_t)((parts->size + UPLOAD_PART - 1) / UPLOAD_PART);
    parts->items = xcalloc(parts->count + 1, sizeof(*parts->items));
    sums = (struct sums){hash_new(), hash_new(), hash_new_md5()};
    result = read_all(parts, fd, &sums, err);
    hash_finish(sums.whole, parts->digest);
    hash_finish(sums.of_sha256, digest);
    write_base64(digest, parts->checksum);
    hash_finish(sums.of_md5, digest);
    hash_hex(digest, HASH_MD5_LEN, parts->md5);
    return result;
}

void upload_parts_release(struct upload_parts *parts)
{
    for (size_t i = 0; i < parts->count; i++)
        free(parts->items[i].etag);
    free(parts->items);
    *parts = (struct upload_parts){0};
}

/* Whether `text` is `wanted`, in quotes or not, with `suffix` after it. */
static bool is(const char *text, const char *wanted, const char *suffix)
{
    size_t len = strlen(wanted), end = strlen(suffix);

    text += *text == '"';
    return strncmp(text, wanted, len) == 0 && strncmp(text + len, suffix, end) == 0 &&
           (text[len + end] == '\0' || strcmp(text + len + end, "\"") == 0);
}

bool upload_part_matches(const struct upload_part *part, const char *checksum, const char *etag)
{
    if (checksum && *checksum)
        return is(checksum, part->checksum, "");
    return etag && is(etag, part->md5, "");
}

bool upload_object_matches(const struct upload_parts *parts, const char *checksum, const char *etag)
{
    char suffix[24];

    snprintf(suffix, sizeof(suffix), "-%zu", parts->count);
    if (checksum && *checksum)
        return is(checksum, parts->checksum, suffix) || is(checksum, parts->checksum, "");
    return etag && is(etag, parts->md5, suffix);
}
