/* What the files of IAM's operations share. */
#ifndef FNCTL_ENGINE_IAM_H
#define FNCTL_ENGINE_IAM_H

#include "providers/local/engine/services/operations.h"

#include <stdbool.h>

/* Percent-encodes a policy document, as IAM's replies carry them; to free(). */
char *iam_encode(const char *text);

/* Whether the text is a policy document; answers when not. */
bool iam_document(struct request *request, const char *text);

/* The row of the role RoleName; answers when there is none. The caller owns it. */
json_t *iam_role(struct request *request, const json_t *input);

/* Answers a statement's result (store_run()). */
void iam_done(struct request *request, int result);

/* A page of `items` (taken) under `key`. */
void iam_list(struct request *request, const json_t *input, const char *key, json_t *items);

/* A role's policies. */
void iam_put_policy(struct request *request, json_t *input);
void iam_get_policy(struct request *request, json_t *input);
void iam_delete_policy(struct request *request, json_t *input);
void iam_list_policies(struct request *request, json_t *input);
void iam_attach(struct request *request, json_t *input);
void iam_detach(struct request *request, json_t *input);
void iam_list_attached(struct request *request, json_t *input);

#endif
