/* The table of fnctl.json as a whole: every key there is, once. */
#include "core/settings.h"
#include "core/settings_api.h"
#include "core/settings_checks.h"
#include "core/settings_domain.h"
#include "core/settings_environment.h"

static const char *const providers[] = {"local", "aws", NULL};

/* Stages are merged before anything is bound; what is in them is checked then. */
static int refuse_stages(void *member, const json_t *value, const struct json_path *path,
                         struct err *err)
{
    (void)member;
    (void)value;
    (void)path;
    return err_set(err, ERR_SETTINGS, "a stage has no stages of its own");
}

static const struct field aws_fields[] = {
    {.name = "profile",
     .type = FIELD_STRING,
     .offset = offsetof(struct aws_settings, profile),
     .help = "the profile to use when --profile is not given",
     .example = "\"production\""},
    {.name = "endpoint_url",
     .type = FIELD_STRING,
     .offset = offsetof(struct aws_settings, endpoint_url),
     .help = "another endpoint for all services when --endpoint-url is not given",
     .example = "\"http://127.0.0.1:5000\""},
    {.name = "bucket",
     .type = FIELD_STRING,
     .offset = offsetof(struct aws_settings, bucket),
     .help = "an existing bucket of the account and region that zips above 50 MB go through; by "
             "default fnctl-ACCOUNT-REGION is made",
     .example = "\"artifacts-of-ours\"",
     .check = settings_check_bucket},
    {.name = "permissions_boundary",
     .type = FIELD_STRING,
     .offset = offsetof(struct aws_settings, permissions_boundary),
     .help = "ARN of the policy that bounds what the made roles may do, whatever theirs allow",
     .example = "\"arn:aws:iam::123456789012:policy/boundary\"",
     .check = settings_check_boundary},
    {.name = "function",
     .type = FIELD_JSON,
     .offset = offsetof(struct aws_settings, function),
     .help = "for every function, see its own aws.function",
     .example = "{\"KMSKeyArn\": \"arn:aws:kms:eu-central-1:123456789012:key/id\"}",
     .check = settings_check_pass_through},
    FIELD_END,
};

static const struct field local_fields[] = {FIELD_END};

const struct field settings_fields[] = {
    {.name = "$schema",
     .type = FIELD_STRING,
     .offset = offsetof(struct settings, schema),
     .help = "where editors find the JSON Schema, which 'fnctl schema' writes",
     .example = "\"fnctl.schema.json\""},
    {.name = "project",
     .type = FIELD_STRING,
     .offset = offsetof(struct settings, project),
     .help = "name of the project; what is made is called PROJECT-STAGE-FUNCTION",
     .required = true,
     .example = "\"weather\"",
     .check = settings_check_name},
    {.name = "provider",
     .type = FIELD_STRING,
     .offset = offsetof(struct settings, provider),
     .help = "where it is deployed: the engine of this machine, or AWS",
     .fallback = "local",
     .choices = providers},
    {.name = "region",
     .type = FIELD_STRING,
     .offset = offsetof(struct settings, region),
     .help = "region; by default AWS_REGION, AWS_DEFAULT_REGION or the profile's",
     .example = "\"eu-central-1\"",
     .check = settings_check_region},
    {.name = "functions",
     .type = FIELD_TABLE,
     .offset = offsetof(struct settings, functions),
     .help = "the functions by name",
     .required = true,
     .children = function_fields,
     .size = sizeof(struct function),
     .example = "{\"api\": {\"runtime\": \"python3.13\", \"handler\": \"app.handler\"}}"},
    {.name = "api",
     .type = FIELD_OBJECT,
     .offset = offsetof(struct settings, api),
     .help = "the HTTP API that all routes belong to",
     .children = settings_api_fields,
     .bind = settings_bind_api,
     .json_schema = "false",
     .example = "{\"cors\": {\"allow_origins\": [\"https://example.com\"]}}"},
    {.name = "stages",
     .type = FIELD_EITHER,
     .help = "the stages by name; what one says goes over everything above (JSON Merge Patch)",
     .bind = refuse_stages,
     .json_schema = "{\"type\": \"object\", \"additionalProperties\": {\"type\": \"object\"}}",
     .example = "{\"dev\": {\"provider\": \"local\"}, \"prod\": {\"provider\": \"aws\"}}"},
    {.name = "default_stage",
     .type = FIELD_STRING,
     .offset = offsetof(struct settings, default_stage),
     .help = "the stage that is meant when none is named",
     .example = "\"dev\""},
    {.name = "tags",
     .type = FIELD_MAP,
     .offset = offsetof(struct settings, tags),
     .help = "tags of everything that is made",
     .example = "{\"team\": \"weather\"}"},
    {.name = "aws",
     .type = FIELD_OBJECT,
     .offset = offsetof(struct settings, aws),
     .help = "what only the provider aws is told",
     .children = aws_fields,
     .example = "{\"profile\": \"production\"}"},
    {.name = "local",
     .type = FIELD_OBJECT,
     .help = "what only the provider local is told: nothing yet",
     .children = local_fields},
    {.name = "domain",
     .type = FIELD_OBJECT,
     .offset = offsetof(struct settings, domain),
     .help = "a domain name of your own for the HTTP API, on AWS: the name, or an object that says "
             "more",
     .children = settings_domain_fields,
     .bind = settings_bind_domain,
     .json_schema = "{\"type\": \"string\"}",
     .example = "\"api.example.com\""},
    FIELD_END,
};
