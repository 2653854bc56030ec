#include "providers/local/engine/events/queues.h"

#include "core/arn.h"
#include "core/hash.h"
#include "core/json.h"
#include "core/memory.h"
#include "providers/local/engine/events/mappings.h"
#include "providers/local/engine/events/message_attributes.h"
#include "providers/local/engine/services/sqs.h"
#include "providers/local/engine/store/store.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { DEDUPLICATION = 5 * 60000 /* ms in which FIFO queues know a message again */ };

static const struct {
    const char *name;
    int64_t number;
} defaults[] = {
    {"VisibilityTimeout", 30},
    {"MaximumMessageSize", 1048576},
    {"MessageRetentionPeriod", 345600},
    {"DelaySeconds", 0},
    {"ReceiveMessageWaitTimeSeconds", 0},
};

json_t *queues_find(struct engine *engine, const char *name)
{
    return store_row(engine->store,
                     "SELECT name, arn, attributes AS \"{attributes\", tags AS \"{tags\", created,"
                     " modified FROM sqs_queues WHERE name = ?",
                     "s", name);
}

json_t *queues_find_arn(struct engine *engine, const char *arn)
{
    return arn_is(arn, "sqs", NULL) ? queues_find(engine, arn_name(arn)) : NULL;
}

int64_t queues_number(const json_t *queue, const char *attribute)
{
    const char *text =
        json_string_value(json_object_get(json_object_get(queue, "attributes"), attribute));

    if (text)
        return strtoll(text, NULL, 10);
    for (size_t i = 0; i < sizeof(defaults) / sizeof(*defaults); i++)
        if (strcmp(defaults[i].name, attribute) == 0)
            return defaults[i].number;
    return 0;
}

bool queues_is_fifo(const json_t *queue)
{
    return strcmp(json_string_at(queue, "attributes.FifoQueue"), "true") == 0;
}

/* What a FIFO queue knows a message by: the given id, or its content. To free(). */
static char *deduplication_id(const json_t *queue, const struct queue_message *message)
{
    uint8_t digest[HASH_LEN];
    char hex[HASH_HEX_LEN];

    if (message->deduplication || !queues_is_fifo(queue))
        return xstrdup(message->deduplication);
    hash_sha256(message->body, strlen(message->body), digest);
    hash_hex(digest, sizeof(digest), hex);
    return xstrdup(hex);
}

/* The message that a FIFO queue was sent under this id a moment ago; NULL: none. */
static json_t *find_duplicate(struct engine *engine, const json_t *queue, const char *id)
{
    const char *name = json_string_at(queue, "name");

    if (!queues_is_fifo(queue))
        return NULL;
    store_run(engine->store, "DELETE FROM sqs_deduplications WHERE sent < ?", "i",
              clock_now(engine->clock) - DEDUPLICATION);
    return store_row(
        engine->store,
        "SELECT message_id, sequence FROM sqs_deduplications WHERE queue = ? AND id = ?", "ss",
        name, id);
}

/* Numbers of messages are 20 digits on AWS. */
static json_t *sequence_number(int64_t number)
{
    return json_sprintf("188%017lld", (long long)number);
}

static json_t *send_reply(const json_t *queue, const struct queue_message *message, const char *id,
                          int64_t sequence)
{
    char md5[MESSAGE_MD5_LEN];
    json_t *reply;

    message_body_md5(message->body, md5);
    reply = json_pack("{s:s, s:s}", "MessageId", id, "MD5OfMessageBody", md5);
    if (json_object_size(message->attributes)) {
        message_attributes_md5(message->attributes, md5);
        json_object_set_new(reply, "MD5OfMessageAttributes", json_string(md5));
    }
    if (queues_is_fifo(queue))
        json_object_set_new(reply, "SequenceNumber", sequence_number(sequence));
    return reply;
}

static int keep_message(struct engine *engine, const json_t *queue,
                        const struct queue_message *message, const char *id,
                        const char *deduplication, int64_t *sequence)
{
    const char *name = json_string_at(queue, "name");
    int64_t now = clock_now(engine->clock);
    int64_t delay = message->delay >= 0 ? message->delay : queues_number(queue, "DelaySeconds");
    char *attributes = json_object_size(message->attributes)
                           ? json_dumps(message->attributes, JSON_COMPACT)
                           : NULL;
    int result = store_run(engine->store,
                           "INSERT INTO sqs_messages (queue, message_id, body, attributes, sent,"
                           " visible, received, group_id, deduplication)"
                           " VALUES (?, ?, ?, ?, ?, ?, 0, ?, ?)",
                           "ssssiiss", name, id, message->body, attributes, now, now + delay * 1000,
                           message->group, deduplication);

    free(attributes);
    *sequence = sqlite3_last_insert_rowid(store_database(engine->store));
    if (result >= 0 && queues_is_fifo(queue))
        result = store_run(engine->store,
                           "INSERT OR REPLACE INTO sqs_deduplications"
                           " (queue, id, message_id, sequence, sent) VALUES (?, ?, ?, ?, ?)",
                           "sssii", name, deduplication, id, *sequence, now);
    return result < 0 ? -1 : 0;
}

json_t *queues_send(struct engine *engine, const json_t *queue, const struct queue_message *message)
{
    char *deduplication = deduplication_id(queue, message);
    json_t *duplicate = find_duplicate(engine, queue, deduplication), *reply = NULL;
    int64_t sequence = json_int_at(duplicate, "sequence");
    char id[UUID_LEN];

    if (duplicate) {
        reply = send_reply(queue, message, json_string_at(duplicate, "message_id"), sequence);
    } else {
        hash_uuid(id);
        if (keep_message(engine, queue, message, id, deduplication, &sequence) == 0)
            reply = send_reply(queue, message, id, sequence);
        sqs_wake(engine);
        mappings_wake(engine);
    }
    json_decref(duplicate);
    free(deduplication);
    return reply;
}

/* The dead-letter queue, and how often a message may be received before it goes there. */
static json_t *find_dead_letters(struct engine *engine, const json_t *queue, int64_t *most)
{
    json_t *policy = json_loads(json_string_at(queue, "attributes.RedrivePolicy"), 0, NULL);
    const json_t *count = json_object_get(policy, "maxReceiveCount");
    json_t *target =
        policy ? queues_find_arn(engine, json_string_at(policy, "deadLetterTargetArn")) : NULL;

    *most = json_is_string(count) ? strtoll(json_string_value(count), NULL, 10)
                                  : json_integer_value(count);
    json_decref(policy);
    return target;
}

/* Notes that a message was received; its row gets the new receipt. */
static void receive_one(struct engine *engine, json_t *row, int64_t visible)
{
    int64_t id = json_int_at(row, "id"), received = json_int_at(row, "received") + 1;
    int64_t now = clock_now(engine->clock);
    char uuid[UUID_LEN];
    char *receipt;

    hash_uuid(uuid);
    receipt = xasprintf("%lld-%s", (long long)id, uuid);
    if (!json_object_get(row, "first"))
        json_object_set_new(row, "first", json_integer(now));
    json_object_set_new(row, "received", json_integer(received));
    json_object_set_new(row, "receipt", json_string(receipt));
    json_object_set_new(row, "sequence", sequence_number(id));
    store_run(engine->store,
              "UPDATE sqs_messages SET receipt = ?, received = ?, first = ifnull(first, ?),"
              " visible = ? WHERE id = ?",
              "siiii", receipt, received, now, visible, id);
    free(receipt);
}

static void bury(struct engine *engine, const json_t *row, const json_t *queue, const json_t *dead)
{
    store_run(engine->store,
              "UPDATE sqs_messages SET queue = ?, source = ?, received = 0, first = NULL,"
              " receipt = NULL, visible = ? WHERE id = ?",
              "ssii", json_string_at(dead, "name"), json_string_at(queue, "arn"),
              clock_now(engine->clock), json_int_at(row, "id"));
}

/* Messages that can be received now: of a group of a FIFO queue none behind one that is hidden. */
static json_t *find_visible(struct engine *engine, const json_t *queue, int64_t max)
{
    return store_rows(
        engine->store,
        "SELECT id, message_id, body, attributes AS \"{attributes\", sent, received, first,"
        " group_id, deduplication, source FROM sqs_messages m WHERE queue = ?1 AND visible <= ?2"
        " AND (?3 = 0 OR NOT EXISTS (SELECT 1 FROM sqs_messages o WHERE o.queue = ?1"
        " AND o.group_id = m.group_id AND o.id < m.id AND o.visible > ?2)) ORDER BY id LIMIT ?4",
        "siii", json_string_at(queue, "name"), clock_now(engine->clock),
        (int64_t)queues_is_fifo(queue), max);
}

json_t *queues_receive(struct engine *engine, const json_t *queue, int64_t max, int64_t visibility)
{
    int64_t now = clock_now(engine->clock), most;
    json_t *dead = find_dead_letters(engine, queue, &most);
    json_t *taken = json_array(), *rows, *row;
    size_t i;

    if (visibility < 0)
        visibility = queues_number(queue, "VisibilityTimeout");
    if (store_begin(engine->store) < 0)
        goto out;
    store_run(engine->store, "DELETE FROM sqs_messages WHERE queue = ? AND sent < ?", "si",
              json_string_at(queue, "name"),
              now - queues_number(queue, "MessageRetentionPeriod") * 1000);
    rows = find_visible(engine, queue, max);
    json_array_foreach (rows, i, row) {
        if (dead && json_int_at(row, "received") >= most) {
            bury(engine, row, queue, dead);
            continue;
        }
        receive_one(engine, row, now + visibility * 1000);
        json_array_append(taken, row);
    }
    json_decref(rows);
    if (store_commit(engine->store) < 0)
        json_array_clear(taken);
out:
    if (dead)
        mappings_wake(engine);
    json_decref(dead);
    return taken;
}

/* The number of the message in a receipt; -1: it is none of ours. */
static int64_t receipt_id(const char *receipt)
{
    char *end;
    long long id = strtoll(receipt, &end, 10);

    return id > 0 && *end == '-' && strlen(end) == UUID_LEN ? id : -1;
}

int queues_delete(struct engine *engine, const json_t *queue, const char *receipt)
{
    int64_t id = receipt_id(receipt);

    if (id < 0)
        return -1;
    store_run(engine->store, "DELETE FROM sqs_messages WHERE id = ? AND queue = ? AND receipt = ?",
              "iss", id, json_string_at(queue, "name"), receipt);
    /* What stood behind it in its group can come now. */
    if (queues_is_fifo(queue)) {
        sqs_wake(engine);
        mappings_wake(engine);
    }
    return 0;
}

int queues_hide(struct engine *engine, const json_t *queue, const char *receipt, int64_t visibility)
{
    int64_t id = receipt_id(receipt), now = clock_now(engine->clock);
    int changed;

    if (id < 0)
        return -1;
    changed = store_run(engine->store,
                        "UPDATE sqs_messages SET visible = ? WHERE id = ? AND queue = ?"
                        " AND receipt = ? AND visible > ?",
                        "iissi", now + visibility * 1000, id, json_string_at(queue, "name"),
                        receipt, now);
    sqs_wake(engine);
    mappings_wake(engine);
    return changed > 0;
}

int64_t queues_next(struct engine *engine, const json_t *queue)
{
    json_t *row = store_row(engine->store,
                            "SELECT min(visible) AS next FROM sqs_messages"
                            " WHERE queue = ? AND visible > ?",
                            "si", json_string_at(queue, "name"), clock_now(engine->clock));
    json_t *next = json_object_get(row, "next");
    int64_t result = next ? json_integer_value(next) : -1;

    json_decref(row);
    return result;
}

void queues_count(struct engine *engine, const char *name, int64_t counts[static 3])
{
    int64_t now = clock_now(engine->clock);
    json_t *row = store_row(engine->store,
                            "SELECT count(*) AS total,"
                            " ifnull(sum(visible > ?1 AND received > 0), 0) AS flight,"
                            " ifnull(sum(visible > ?1 AND received = 0), 0) AS delayed"
                            " FROM sqs_messages WHERE queue = ?2",
                            "is", now, name);

    counts[1] = json_int_at(row, "flight");
    counts[2] = json_int_at(row, "delayed");
    counts[0] = json_int_at(row, "total") - counts[1] - counts[2];
    json_decref(row);
}
