/*
 * Parameter Store of Systems Manager: what the files of its operations share.
 * https://docs.aws.amazon.com/systems-manager/latest/userguide/systems-manager-parameter-store.html
 *
 * Names are of the whole engine, whatever region a request is signed for. The
 * values of SecureStrings lie in the state folder, which only its owner may
 * read; there are no keys, so that nothing is encrypted.
 */
#ifndef FNCTL_ENGINE_SSM_H
#define FNCTL_ENGINE_SSM_H

#include "providers/local/engine/services/operations.h"

/* The name that a name or ARN means; to free(). */
char *ssm_name(const char *text);

/* The row of the parameter `name`, an object; NULL: there is none. The caller's. */
json_t *ssm_find(struct engine *engine, const char *name);

/* A parameter of a row as GetParameter answers it, the caller's. */
json_t *ssm_shape(const struct request *request, const json_t *row, bool decrypt);

/* Answers that there is no such parameter. */
void ssm_not_found(struct request *request, const char *name);

/* "arn:aws:ssm:REGION:ACCOUNT:parameter/NAME"; to free(). */
char *ssm_arn(const struct request *request, const char *name);

void ssm_get(struct request *request, json_t *input);
void ssm_get_many(struct request *request, json_t *input);
void ssm_get_by_path(struct request *request, json_t *input);
void ssm_history(struct request *request, json_t *input);
void ssm_describe(struct request *request, json_t *input);
void ssm_label(struct request *request, json_t *input);
void ssm_add_tags(struct request *request, json_t *input);
void ssm_remove_tags(struct request *request, json_t *input);
void ssm_list_tags(struct request *request, json_t *input);

#endif
