#include "cli/commands.h"

#include <string.h>

struct policy_options {
    struct strings purposes;
    const char *role;
    const char *account;
    bool large;
};

static const char *const purposes[] = {"plan",   "deploy", "update", "rollback", "undeploy",
                                       "invoke", "tail",   "status", NULL};
static const enum policy_use uses[] = {POLICY_PLAN,     POLICY_DEPLOY,   POLICY_UPDATE,
                                       POLICY_ROLLBACK, POLICY_UNDEPLOY, POLICY_INVOKE,
                                       POLICY_TAIL,     POLICY_STATUS};

static unsigned uses_of(const struct strings *named)
{
    unsigned result = 0;

    for (size_t i = 0; i < named->count; i++)
        for (size_t k = 0; purposes[k]; k++)
            if (strcmp(named->items[i], purposes[k]) == 0)
                result |= uses[k];
    return result ? result : POLICY_ALL;
}

static int find_document(struct app *app, const struct policy_options *policy, json_t **document,
                         struct err *err)
{
    struct policy_request request = {
        .uses = uses_of(&policy->purposes), .upload = policy->large, .account = policy->account};

    if (policy->role && !(request.function = settings_function(&app->settings, policy->role, err)))
        return -1;
    return app->provider->policy(app->session, &request, document, err);
}

static int run(struct app *app, const void *options, struct err *err)
{
    const struct policy_options *policy = options;
    json_t *document = NULL;

    if (policy->account &&
        (strlen(policy->account) != 12 || policy->account[strspn(policy->account, "0123456789")]))
        return err_set(err, ERR_USAGE,
                       "option '--account': '%.40s' is no account; one has twelve "
                       "digits",
                       policy->account);
    if (find_document(app, policy, &document, err) < 0)
        return -1;
    out_json(&app->out, document, false);
    json_decref(document);
    return 0;
}

static const struct field options[] = {
    {.name = "for",
     .type = FIELD_STRINGS,
     .offset = offsetof(struct policy_options, purposes),
     .value = "COMMAND",
     .choices = purposes,
     .help = "only what this command takes; may be repeated; by default all of them"},
    {.name = "role",
     .type = FIELD_STRING,
     .offset = offsetof(struct policy_options, role),
     .value = "FUNCTION",
     .help = "the policy of the role that the function gets instead"},
    {.name = "account",
     .type = FIELD_STRING,
     .offset = offsetof(struct policy_options, account),
     .value = "NUMBER",
     .help = "the account it is for; by default that of the credentials"},
    {.name = "large",
     .type = FIELD_BOOL,
     .offset = offsetof(struct policy_options, large),
     .help = "also what zips above 50 MB take, which go through a bucket; so it is by itself with "
             "aws.bucket"},
    FIELD_END,
};

static const struct command_argument arguments[] = {
    STAGE_ARGUMENT,
    {.name = NULL},
};

static const char *const examples[] = {
    "fnctl policy prod --account 123456789012 >policy.json",
    "for whoever sets up the account, without credentials for it",
    "fnctl policy prod --for deploy --for tail",
    "for a pipeline that does no more",
    "fnctl policy prod --role api",
    "what the function 'api' may do",
    NULL,
};

const struct command cmd_policy = {
    .name = "policy",
    .summary = "print the least IAM policy that these settings take",
    .description =
        "Prints the policy document that lets an identity do with these settings what fnctl's\n"
        "commands do, with resources as narrow as AWS allows: 'aws iam create-policy' takes it.\n"
        "A feature's permissions are in it when the settings name the feature; to remove what\n"
        "the settings named before, the policy of before is needed.\n"
        "\n"
        "SecureStrings and secrets under a KMS key of your own take kms:Decrypt on that key, too.\n"
        "'fnctl check --remote' tells which of these permissions the credentials lack.",
    .examples = examples,
    .arguments = arguments,
    .options = options,
    .options_size = sizeof(struct policy_options),
    .needs = NEEDS_SETTINGS | NEEDS_PROVIDER,
    .run = run,
};
