#include "core/memory.h"
#include "providers/aws/values/values.h"

#include <stdlib.h>
#include <string.h>

/* https://docs.aws.amazon.com/secretsmanager/latest/apireference/API_BatchGetSecretValue.html; a
 * version's id has 32 characters or more, the name of a stage hardly. */
enum { BATCH_MAX = 20, VERSION_ID_MIN = 32 };

static bool same_text(const char *left, const char *right)
{
    return strcmp(left ? left : "", right ? right : "") == 0;
}

/* The question of this round about the same version of the same secret. */
static struct question *find_question(const struct questions *questions, size_t first,
                                      const struct reference *reference)
{
    for (size_t i = first; i < questions->count; i++)
        for (size_t k = 0; k < questions->items[i].count; k++)
            if (strcmp(questions->items[i].asked[k]->name, reference->name) == 0 &&
                same_text(questions->items[i].asked[k]->selector, reference->selector))
                return &questions->items[i];
    return NULL;
}

static struct question *ask_one(struct questions *questions, const struct reference *reference)
{
    struct question *question = &questions->items[questions->count++];
    json_t *body = json_pack("{s:s}", "SecretId", reference->name);
    const char *selector = reference->selector;

    if (selector)
        json_object_set_new(body, strlen(selector) < VERSION_ID_MIN ? "VersionStage" : "VersionId",
                            json_string(selector));
    aws_call_action(&question->call, &aws_secretsmanager, "GetSecretValue", body);
    question->call.accept =
        "ResourceNotFoundException AccessDeniedException InvalidRequestException DecryptionFailure";
    return question;
}

static struct question *ask_batch(struct questions *questions)
{
    struct question *question = &questions->items[questions->count++];

    aws_call_action(&question->call, &aws_secretsmanager, "BatchGetSecretValue",
                    json_pack("{s:[]}", "SecretIdList"));
    question->call.accept = "AccessDeniedException";
    return question;
}

static bool is_asked(const struct reference *reference)
{
    return reference->kind == REFERENCE_SECRET && reference->state == REFERENCE_OPEN;
}

/* Whether secrets of different names are asked for that a batch can answer. */
static bool are_several(const struct references *references)
{
    const char *name = NULL;

    for (size_t i = 0; i < references->count; i++) {
        const struct reference *reference = references->items[i];

        if (!is_asked(reference) || reference->selector)
            continue;
        if (name && strcmp(name, reference->name) != 0)
            return true;
        name = reference->name;
    }
    return false;
}

void secrets_ask(const struct references *references, bool alone, struct questions *questions)
{
    bool batches = !alone && are_several(references);
    struct question *batch = NULL;
    size_t first = questions->count;

    for (size_t i = 0; i < references->count; i++) {
        struct reference *reference = references->items[i];
        struct question *question;
        json_t *ids;

        if (!is_asked(reference))
            continue;
        question = find_question(questions, first, reference);
        if (!question && batches && !reference->selector) {
            ids = batch ? json_object_get(batch->call.body, "SecretIdList") : NULL;
            if (!batch || json_array_size(ids) == BATCH_MAX)
                batch = ask_batch(questions);
            ids = json_object_get(batch->call.body, "SecretIdList");
            json_array_append_new(ids, json_string(reference->name));
            question = batch;
        }
        question_add(question ? question : ask_one(questions, reference), reference);
    }
}

/* The value at a key: as it is written there, or further down, its parts joined by dots. */
static json_t *value_at(const json_t *document, const char *key)
{
    json_t *whole = json_object_get(document, key);

    return whole ? whole : json_at(document, key);
}

static void take_key(struct reference *reference, const char *text)
{
    json_t *document = json_loads(text, 0, NULL);
    json_t *value = value_at(document, reference->key);
    char *written = value && !json_is_string(value) ? json_dumps(value, JSON_ENCODE_ANY) : NULL;

    if (!json_is_object(document))
        reference_missing(reference, "the secret is no JSON object, which '#%s' asks for",
                          reference->key);
    else if (!value || json_is_null(value))
        reference_missing(reference, "the secret is a JSON object without '%s'", reference->key);
    else
        reference_found(reference, written ? written : json_string_value(value));
    free(written);
    json_decref(document);
}

static void take_secret(struct reference *reference, const json_t *reply)
{
    const char *text = json_string_value(json_object_get(reply, "SecretString"));

    if (!text)
        reference_missing(reference, "the secret is binary: only text can be a setting");
    else if (reference->key)
        take_key(reference, text);
    else
        reference_found(reference, text);
}

/* Of a secret that has no value: `refusal` is "CODE: MESSAGE". */
static void take_failure(struct reference *reference, const char *code, const char *refusal)
{
    if (strcmp(code, "ResourceNotFoundException") == 0 && reference->selector)
        reference_missing(reference,
                          "there is no secret '%s' with version or stage '%s' "
                          "here",
                          reference->name, reference->selector);
    else if (strcmp(code, "ResourceNotFoundException") == 0)
        reference_missing(reference,
                          "there is no such secret here; make it with 'aws "
                          "secretsmanager create-secret --name %s --secret-string ...'",
                          reference->name);
    else if (strcmp(code, "InvalidRequestException") == 0)
        reference_missing(reference, "%s", refusal);
    else
        reference_refused(reference,
                          "%s; it takes secretsmanager:GetSecretValue on the secret, "
                          "secretsmanager:BatchGetSecretValue for several, and kms:Decrypt on a "
                          "key of its own",
                          refusal);
}

/* A name, an ARN, or an ARN without the six characters that end it. */
static bool is_answer(const json_t *secret, const char *name)
{
    const char *arn = json_string_at(secret, "ARN");
    size_t len = strlen(name);

    if (strcmp(json_string_at(secret, "Name"), name) == 0 || strcmp(arn, name) == 0)
        return true;
    return strncmp(name, "arn:", 4) == 0 && strncmp(arn, name, len) == 0 &&
           strlen(arn) == len + strlen("-AbCdEf");
}

static void find_in_batch(const json_t *reply, struct reference *reference)
{
    size_t i;
    json_t *item;

    json_array_foreach (json_at(reply, "SecretValues"), i, item) {
        if (is_answer(item, reference->name)) {
            take_secret(reference, item);
            return;
        }
    }
    json_array_foreach (json_at(reply, "Errors"), i, item) {
        if (strcmp(json_string_at(item, "SecretId"), reference->name) == 0) {
            char *refusal = xasprintf("%s: %s", json_string_at(item, "ErrorCode"),
                                      json_string_at(item, "Message"));

            take_failure(reference, json_string_at(item, "ErrorCode"), refusal);
            free(refusal);
            return;
        }
    }
}

void secrets_take(const struct question *question)
{
    const struct aws_call *call = &question->call;
    char *refusal = call->code ? question_refusal(question) : NULL;

    for (size_t i = 0; i < question->count; i++) {
        if (refusal)
            take_failure(question->asked[i], call->code, refusal);
        else if (strcmp(call->operation, "GetSecretValue") == 0)
            take_secret(question->asked[i], call->reply);
        else
            find_in_batch(call->reply, question->asked[i]);
    }
    free(refusal);
}
