#include "providers/aws/schedule_digest.h"

#include "core/hash.h"
#include "core/memory.h"
#include "providers/aws/schedule_group.h"
#include "providers/aws/scheduler.h"

#include <stdlib.h>
#include <string.h>

enum { DIGEST_BYTES = 16 };

static void add_digest(struct buf *text, const json_t *value)
{
    char *canonical = json_canonical(value);
    uint8_t digest[HASH_LEN];
    char hex[2 * DIGEST_BYTES + 1];

    hash_sha256(canonical, strlen(canonical), digest);
    hash_hex(digest, DIGEST_BYTES, hex);
    buf_puts(text, hex);
    free(canonical);
}

/* The tag's value, to free(). NULL: a schedule does not tell when it was modified. */
static char *digest_of(const struct session *session, const json_t *listed, const json_t *wanted)
{
    json_t *all = json_pack("{s:O, s:o}", "schedules", wanted, "tags", session_tags(session, NULL));
    char *digest = NULL;
    struct buf text;
    const char *name;
    json_t *item;

    json_object_foreach ((json_t *)listed, name, item) {
        if (!json_is_number(json_object_get(item, "LastModificationDate")))
            goto out;
    }
    buf_init(&text, 0);
    add_digest(&text, listed);
    buf_putc(&text, ':');
    add_digest(&text, all);
    digest = buf_take(&text);
out:
    json_decref(all);
    return digest;
}

bool schedule_digest_holds(const struct session *session, const json_t *wanted)
{
    const char *kept = json_string_value(json_object_get(session->group_tags, TAG_DIGEST));
    char *now = kept ? digest_of(session, session->schedules, wanted) : NULL;
    bool holds = now && strcmp(now, kept) == 0;

    free(now);
    return holds;
}

/* What is listed of each schedule, by name, the caller's; NULL on failure. */
static json_t *list(struct session *session, struct err *err)
{
    char *path = scheduler_list_path(session);
    struct listing listing = scheduler_listing(path);
    json_t *items = listing_all(session, &listing, err);
    json_t *listed = items ? json_object() : NULL;
    size_t i;
    json_t *item;

    json_array_foreach (items, i, item)
        json_object_set(listed, json_string_at(item, "Name"), item);
    json_decref(items);
    free(path);
    return listed;
}

int schedule_digest_keep(struct session *session, const json_t *wanted, struct err *err)
{
    json_t *listed = list(session, err);
    char *digest = listed ? digest_of(session, listed, wanted) : NULL;
    int result = listed ? 0 : -1;

    /* A group that was made a moment ago may not list all of them yet. */
    if (digest && json_object_size(listed) >= json_object_size(wanted))
        result = schedule_group_tag(session, TAG_DIGEST, digest, err);
    json_decref(listed);
    free(digest);
    return result;
}
