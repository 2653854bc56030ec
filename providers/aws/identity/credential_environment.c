/* AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY, with AWS_SESSION_TOKEN. As in every SDK the ID alone
 * says that they are meant. */
#include "core/memory.h"
#include "providers/aws/identity/credential_source.h"

extern const struct credential_kind credential_environment;

static void take(struct credentials_key *key)
{
    key->id = xstrdup(credential_variable("AWS_ACCESS_KEY_ID"));
    key->secret = xstrdup(credential_variable("AWS_SECRET_ACCESS_KEY"));
    key->token = xstrdup(credential_variable("AWS_SESSION_TOKEN"));
}

static int fetch(struct credential_source *source, struct credential_answer *answer,
                 struct err *err)
{
    const char *expiration = credential_variable("AWS_CREDENTIAL_EXPIRATION");

    *answer = (struct credential_answer){.expires = INT64_MAX};
    if (expiration && clock_parse(expiration, &answer->expires) < 0)
        return err_set(err, ERR_CREDENTIALS,
                       "AWS_CREDENTIAL_EXPIRATION is '%.60s', which is no RFC 3339 time",
                       expiration);
    if (answer->expires <= clock_now(source->world->clock))
        return err_set(err, ERR_CREDENTIALS,
                       "the keys in the environment ended at %s (AWS_CREDENTIAL_EXPIRATION); renew "
                       "or unset them",
                       expiration);
    /* There is nothing to fetch them from again. */
    answer->expires = INT64_MAX;
    take(&answer->key);
    return 0;
}

static int open_environment(const struct credential_search *search,
                            struct credential_source **source, struct err *err)
{
    struct credentials_key key;
    int result;

    if (!credential_variable("AWS_ACCESS_KEY_ID"))
        return 0;
    take(&key);
    result = credential_check_key(
        &key, "the environment (AWS_ACCESS_KEY_ID, AWS_SECRET_ACCESS_KEY, AWS_SESSION_TOKEN)", err);
    credentials_key_release(&key);
    if (result < 0)
        return -1;
    *source = credential_source_new(sizeof(**source), search->world,
                                    xstrdup("the environment (AWS_ACCESS_KEY_ID)"), fetch, NULL);
    return 0;
}

const struct credential_kind credential_environment = {
    .looked_at = "AWS_ACCESS_KEY_ID in the environment",
    .canonical = "Environment",
    .variables = true,
    .open = open_environment,
};
