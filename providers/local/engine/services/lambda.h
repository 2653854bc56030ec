/* What the files of Lambda's operations share. */
#ifndef FNCTL_ENGINE_LAMBDA_H
#define FNCTL_ENGINE_LAMBDA_H

#include "core/hash.h"
#include "providers/local/engine/run/functions.h"
#include "providers/local/engine/services/operations.h"

#include <stdbool.h>

enum { LAMBDA_ARN_LEN = 400 };

/* What was asked for, as an ARN, for messages and replies. */
void lambda_arn(struct request *request, const struct function_name *name,
                char arn[static LAMBDA_ARN_LEN]);

/* Takes FunctionName and Qualifier of the input. Answers and returns false when they name nothing
 * valid, or two qualifiers differ. */
bool lambda_name(struct request *request, json_t *input, struct function_name *name);

/* As lambda_name(), and the function must exist. */
bool lambda_function(struct request *request, json_t *input, struct function_name *name);

/* The configuration of a version or alias, its FunctionArn with the qualifier asked for; the
 * caller owns it. `code` takes the blob's name. NULL: there is none. */
json_t *lambda_load(struct engine *engine, const struct function_name *name,
                    char code[static HASH_HEX_LEN]);

/* As lambda_load(); answers when there is none. */
json_t *lambda_configuration(struct request *request, const struct function_name *name,
                             char code[static HASH_HEX_LEN]);

/* Writes $LATEST with a new revision and time of modification. -1: answered with a failure. */
int lambda_save(struct request *request, const char *name, json_t *configuration, const char *code);

/* Whether the input's RevisionId, when given, is `revision`; else answers. */
bool lambda_revision(struct request *request, json_t *input, const char *revision);

void lambda_not_found(struct request *request, const struct function_name *name);

/* "2026-11-20T09:15:00.123+0000" */
json_t *lambda_time(int64_t now);

/* A URL, signed for ten minutes, from which the blob named by `path` (an operation of ours) is
 * read. */
json_t *lambda_location(struct request *request, const char *path);

/* A page of `items` (taken) under `key`, as Marker and MaxItems of the input say. */
void lambda_page(struct request *request, json_t *input, const char *key, json_t *items);

/* Reads and keeps the zip of Code or Content: base64 in ZipFile, or an object of S3's. Answers and
 * returns -1 when it is none, or not safe, or too large. `size` takes its bytes, `unzipped` those
 * of its entries. */
int lambda_take_zip(struct request *request, const json_t *code, char name[static HASH_HEX_LEN],
                    json_t *description, uint64_t *unzipped);

/* Applies the input's configuration members, checked, to `configuration`. Answers and returns -1
 * when one cannot be. */
int lambda_configure(struct request *request, const json_t *input, json_t *configuration);

/* Whether code and layers together stay within the limit; answers when not. */
bool lambda_sizes_fit(struct request *request, json_t *configuration, uint64_t unzipped);

/* Publishes $LATEST; the version's configuration (the last one's when nothing changed), which the
 * caller owns. NULL: answered with a failure. */
json_t *lambda_publish(struct request *request, const char *name, const char *description);

/* Shapes that several operations have. */
extern const char *const lambda_runtimes[];
#define LAMBDA_FUNCTION                                                                            \
    {                                                                                              \
        .name = "FunctionName", .type = SHAPE_STRING, .required = true, .min = 1, .max = 256       \
    }
#define LAMBDA_QUALIFIER                                                                           \
    {                                                                                              \
        .name = "Qualifier", .type = SHAPE_STRING, .min = 1, .max = 128,                           \
        .pattern = "\\$LATEST|[a-zA-Z0-9_-]+"                                                      \
    }
extern const struct shape lambda_create_shape[], lambda_configure_shape[], lambda_code_shape[];

/* The operations. */
typedef void lambda_operation(struct request *request, json_t *input);
lambda_operation lambda_create_function, lambda_get_function, lambda_get_configuration,
    lambda_list_functions, lambda_delete_function, lambda_get_artifact;
lambda_operation lambda_update_code, lambda_update_configuration, lambda_publish_version,
    lambda_list_versions;
lambda_operation lambda_create_alias, lambda_get_alias, lambda_update_alias, lambda_delete_alias,
    lambda_list_aliases;
lambda_operation lambda_publish_layer, lambda_get_layer, lambda_list_layers,
    lambda_list_layer_versions, lambda_delete_layer;
lambda_operation lambda_add_permission, lambda_get_policy, lambda_remove_permission;
lambda_operation lambda_create_url, lambda_get_url, lambda_update_url, lambda_delete_url,
    lambda_list_urls;
lambda_operation lambda_invoke, lambda_invoke_stream;

/* The payload of a synchronous invocation is JSON of limited size; answers when not. */
bool lambda_payload_fits(struct request *request);

lambda_operation lambda_tag, lambda_untag, lambda_list_tags, lambda_put_concurrency,
    lambda_get_concurrency, lambda_delete_concurrency, lambda_get_code_signing,
    lambda_account_settings;
lambda_operation lambda_put_provisioned, lambda_get_provisioned, lambda_delete_provisioned;
lambda_operation lambda_create_mapping, lambda_list_mappings, lambda_get_mapping,
    lambda_update_mapping, lambda_delete_mapping;
lambda_operation lambda_put_event_config, lambda_get_event_config, lambda_update_event_config,
    lambda_delete_event_config;

#endif
