/*
 * Secrets Manager: what the files of its operations share.
 * https://docs.aws.amazon.com/secretsmanager/latest/userguide/whats-in-a-secret.html
 *
 * As with parameters: names are of the whole engine, and nothing is encrypted
 * but lies in the state folder, which only its owner may read.
 */
#ifndef FNCTL_ENGINE_SECRETS_H
#define FNCTL_ENGINE_SECRETS_H

#include "providers/local/engine/services/operations.h"

/* The row of the secret that a name, an ARN, or an ARN without its last part means; NULL: there is
 * none. The caller's. */
json_t *secrets_find(struct engine *engine, const char *id);

/* The same, answering when there is none, or it waits for its deletion and that does not matter. */
json_t *secrets_demand(struct request *request, const char *id, bool deleted_too);

/* The row of a version by `id`, else by `stage` ("": AWSCURRENT); NULL: there is none. */
json_t *secrets_version(struct engine *engine, const char *name, const char *id, const char *stage);

/* A secret's versions: {ID: [STAGE, ...]}, the caller's. */
json_t *secrets_stages(struct engine *engine, const char *name);

/*
 * Adds a version with the value that `input` has and moves `stages` (NULL: AWSCURRENT) to it; a
 * version left without a stage goes. Within a transaction. Returns the version's id, to free();
 * NULL when the state could not be written.
 */
char *secrets_add_version(struct engine *engine, const char *name, const json_t *input,
                          const json_t *stages);

void secrets_get(struct request *request, json_t *input);
void secrets_get_batch(struct request *request, json_t *input);
void secrets_list(struct request *request, json_t *input);
void secrets_describe(struct request *request, json_t *input);

#endif
