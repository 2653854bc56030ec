#include "packager/layer_memo.h"

#include "core/buf.h"
#include "core/file.h"
#include "core/hash.h"
#include "core/memory.h"
#include "packager/files/stamp.h"
#include "packager/zip/temporary.h"

#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

/* To be changed with the format. What decides otherwise is in the key. */
#define MAGIC "fnctl libraries 1"

enum { FILE_MAX = 64 << 20 };

/* A text, or none, as part of the key. */
static void hash_text_or_none(struct digest *digest, const char *text)
{
    digest_update(digest, text ? "+" : "-", 1);
    if (text)
        digest_update(digest, text, strlen(text) + 1);
}

static void hash_number(struct digest *digest, uint64_t number)
{
    digest_update(digest, &number, sizeof(number));
}

static void hash_file_state(struct digest *digest, uint64_t size, const struct entry_stamp *stamp)
{
    hash_number(digest, size);
    digest_update(digest, stamp, sizeof(*stamp));
}

/* The tables of runtimes, and the search, are in the program: another one may find otherwise. */
static void hash_program(struct digest *digest)
{
    struct stat status;
    struct entry_stamp stamp;

    if (stat("/proc/self/exe", &status) < 0)
        return;
    stamp = entry_stamp_of(&status);
    hash_file_state(digest, (uint64_t)status.st_size, &stamp);
}

static void hash_settings(struct digest *digest, const struct content *content)
{
    const struct function *function = content->function;
    char *working_folder = getcwd(NULL, 0); /* relative paths are from there */

    hash_text_or_none(digest, working_folder);
    hash_text_or_none(digest, function->name);
    hash_text_or_none(digest, function->runtime);
    hash_text_or_none(digest, function->architecture);
    hash_text_or_none(digest, function->sysroot);
    hash_text_or_none(digest, content->settings->provider);
    hash_text_or_none(digest, content->settings->folder);
    hash_number(digest, function->layer);
    hash_number(digest, function->layers.count);
    free(working_folder);
}

/* A file's folder without symbolic links, since $ORIGIN is there. Neighbours share it. */
static void hash_folder(struct digest *digest, const char *origin, char **last)
{
    char *folder = file_folder(origin), *real;

    if (*last && strcmp(folder, *last) == 0) {
        free(folder);
        return;
    }
    free(*last);
    *last = folder;
    real = realpath(folder, NULL);
    hash_text_or_none(digest, real);
    free(real);
}

/* All paths, since any may be where a library is looked for; of ELF files what is in them. */
static void hash_entries(struct digest *digest, const struct entries *entries)
{
    char *folder = NULL;

    for (size_t i = 0; i < entries->count; i++) {
        const struct entry *entry = &entries->items[i];

        digest_update(digest, entry->path, strlen(entry->path) + 1);
        hash_number(digest, entry->mode << 2 | entry->elf);
        if (entry->elf != ENTRY_ELF_YES)
            continue;
        hash_text_or_none(digest, entry->origin);
        hash_file_state(digest, entry->size, &entry->stamp);
        hash_folder(digest, entry->origin, &folder);
    }
    free(folder);
    hash_text_or_none(digest, NULL); /* one list ends here */
}

void layer_memo_open(struct layer_memo *memo, const struct content *content, const char *sysroot)
{
    struct digest *digest;

    *memo = (struct layer_memo){.root = sysroot ? realpath(sysroot, NULL) : xstrdup("")};
    if (!memo->root)
        return;
    if (strcmp(memo->root, "/") == 0)
        memo->root[0] = '\0';
    memo->file = content->memo;
    digest = digest_new();
    hash_program(digest);
    hash_settings(digest, content);
    hash_text_or_none(digest, memo->root);
    hash_entries(digest, &content->code);
    hash_entries(digest, &content->libraries);
    digest_take(digest, memo->key);
    digest_free(digest);
}

void layer_memo_close(struct layer_memo *memo)
{
    free(memo->root);
    *memo = (struct layer_memo){0};
}

/* Texts, numbers among them, each with a NUL behind it: no path has one inside. */
static void put_text(struct buf *out, const char *text)
{
    buf_append(out, text, strlen(text) + 1);
}

static void put_number(struct buf *out, uint64_t number)
{
    char text[24];

    snprintf(text, sizeof(text), "%" PRIu64, number);
    put_text(out, text);
}

static void put_trace(struct buf *out, const struct trace *trace)
{
    put_number(out, trace->count);
    for (size_t i = 0; i < trace->count; i++) {
        const struct trace_item *item = &trace->items[i];

        put_text(out, item->asked);
        put_text(out, item->path ? item->path : "");
        put_number(out, item->size);
        put_number(out, item->stamp.modified);
        put_number(out, item->stamp.changed);
        put_number(out, item->stamp.inode);
        put_number(out, item->stamp.device);
    }
}

static void put_findings(struct buf *out, const struct layer_findings *findings)
{
    put_trace(out, &findings->trace);
    put_number(out, findings->warnings.count);
    for (size_t i = 0; i < findings->warnings.count; i++)
        put_text(out, findings->warnings.items[i]);
    put_number(out, findings->added.count);
    for (size_t i = 0; i < findings->added.count; i++) {
        const struct entry *entry = &findings->added.items[i];

        put_text(out, entry->path);
        put_text(out, entry->origin);
        put_text(out, entry->data ? entry->data : "");
        put_text(out, entry->reason);
    }
}

static void put_head(struct buf *out, const uint8_t key[static DIGEST_LEN])
{
    char hex[2 * DIGEST_LEN + 1];

    hash_hex(key, DIGEST_LEN, hex);
    put_text(out, MAGIC);
    put_text(out, hex);
}

static bool are_settled(const struct entries *entries, uint64_t moment)
{
    for (size_t i = 0; i < entries->count; i++)
        if (entries->items[i].elf == ENTRY_ELF_YES &&
            !stamp_is_settled(&entries->items[i].stamp, moment))
            return false;
    return true;
}

void layer_memo_keep(const struct layer_memo *memo, const struct content *content,
                     const struct layer_findings *findings, uint64_t moment)
{
    uint8_t digest[DIGEST_LEN] = {0};
    struct err ignored;
    struct buf out;

    if (!memo->file || !trace_is_settled(&findings->trace, moment) ||
        !are_settled(&content->code, moment) || !are_settled(&content->libraries, moment))
        return;
    buf_init(&out, 0);
    buf_append(&out, digest, sizeof(digest)); /* its place */
    put_head(&out, memo->key);
    put_findings(&out, findings);
    digest_bytes(out.data + DIGEST_LEN, out.len - DIGEST_LEN, digest);
    memcpy(out.data, digest, sizeof(digest));
    temporary_replace(memo->file, out.data, out.len, &ignored);
    buf_release(&out);
}

/* What is being read; `p` is NULL once something was not as it should be. */
struct reader {
    const char *p, *end;
};

/* The next text; "" at a fault. */
static const char *take_text(struct reader *reader)
{
    const char *text = reader->p;
    const char *nul = text ? memchr(text, '\0', (size_t)(reader->end - text)) : NULL;

    reader->p = nul ? nul + 1 : NULL;
    return nul ? text : "";
}

static uint64_t take_number(struct reader *reader)
{
    const char *text = take_text(reader);
    char *end;
    uint64_t number;

    errno = 0;
    number = strtoull(text, &end, 10);
    if (*text < '0' || *text > '9' || *end || errno)
        reader->p = NULL;
    return number;
}

static void take_trace(struct reader *reader, struct trace *trace)
{
    for (uint64_t left = take_number(reader); reader->p && left; left--) {
        const char *asked = take_text(reader), *path = take_text(reader);
        struct trace_item item = {.asked = (char *)(uintptr_t)asked,
                                  .path = *path ? (char *)(uintptr_t)path : NULL};

        item.size = take_number(reader);
        item.stamp.modified = take_number(reader);
        item.stamp.changed = take_number(reader);
        item.stamp.inode = take_number(reader);
        item.stamp.device = take_number(reader);
        if (reader->p)
            trace_add(trace, &item);
    }
}

static void take_library(struct reader *reader, struct entries *added)
{
    const char *path = take_text(reader), *origin = take_text(reader);
    const char *target = take_text(reader), *reason = take_text(reader);
    struct stat status;

    if (!reader->p || strncmp(path, "lib/", 4) != 0 || strchr(path + 4, '/'))
        reader->p = NULL;
    else if (*target)
        entries_add_link(added, path, origin, target, reason);
    else if (stat(origin, &status) < 0)
        reader->p = NULL;
    else
        entries_add_file(added, path, origin, &status, reason)->mode = ENTRY_FILE;
}

/* Whether the bytes are unharmed, and of that key; the reader is then at the findings. */
static bool take_head(struct reader *reader, const char *data, const uint8_t key[static DIGEST_LEN])
{
    uint8_t digest[DIGEST_LEN];
    struct buf head;
    bool good;

    if (reader->end - data < DIGEST_LEN)
        return false;
    reader->p = data + DIGEST_LEN;
    digest_bytes(reader->p, (size_t)(reader->end - reader->p), digest);
    buf_init(&head, 0);
    put_head(&head, key);
    good = memcmp(digest, data, DIGEST_LEN) == 0 && (size_t)(reader->end - reader->p) >= head.len &&
           memcmp(reader->p, head.data, head.len) == 0;
    reader->p += good ? head.len : 0;
    buf_release(&head);
    return good;
}

bool layer_memo_parse(const char *data, size_t len, const uint8_t key[static DIGEST_LEN],
                      struct layer_findings *findings)
{
    struct reader reader = {.end = data + len};

    if (!take_head(&reader, data, key))
        return false;
    take_trace(&reader, &findings->trace);
    for (uint64_t left = take_number(&reader); reader.p && left; left--)
        strlist_add(&findings->warnings, take_text(&reader));
    for (uint64_t left = take_number(&reader); reader.p && left; left--)
        take_library(&reader, &findings->added);
    if (reader.p == reader.end)
        return true;
    layer_findings_release(findings);
    return false;
}

bool layer_memo_recall(const struct layer_memo *memo, struct layer_findings *findings)
{
    struct err ignored;
    struct buf data;
    bool known;

    if (!memo->file)
        return false;
    buf_init(&data, 0);
    known = file_read(memo->file, FILE_MAX, &data, &ignored) == 0 &&
            layer_memo_parse(buf_string(&data), data.len, memo->key, findings);
    if (known && !trace_holds(&findings->trace, memo->root)) {
        layer_findings_release(findings);
        known = false;
    }
    buf_release(&data);
    return known;
}
