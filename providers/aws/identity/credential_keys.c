/* Keys written into a profile: those in the credentials file come before a credential_process,
 * those in the config file after it. */
#include "core/memory.h"
#include "providers/aws/identity/credential_source.h"

#include <stdlib.h>

extern const struct credential_kind credential_shared_keys, credential_config_keys;

struct keys {
    struct credential_source source;
    struct credentials_key key;
};

static int fetch(struct credential_source *source, struct credential_answer *answer,
                 struct err *err)
{
    const struct keys *keys = (const struct keys *)source;

    (void)err;
    *answer = (struct credential_answer){.key = {.id = xstrdup(keys->key.id),
                                                 .secret = xstrdup(keys->key.secret),
                                                 .token = xstrdup(keys->key.token)},
                                         .expires = INT64_MAX};
    return 0;
}

static void release(struct credential_source *source)
{
    credentials_key_release(&((struct keys *)source)->key);
}

static char *copy(const struct credential_search *search, bool shared, const char *name)
{
    const char *value = aws_config_get_from(search->config, shared, search->profile, name);

    return value && *value ? xstrdup(value) : NULL;
}

static int open_keys(const struct credential_search *search, bool shared,
                     struct credential_source **source, struct err *err)
{
    struct keys *keys;

    if (!aws_config_get_from(search->config, shared, search->profile, "aws_access_key_id"))
        return 0;
    keys = credential_source_new(
        sizeof(*keys), search->world,
        xasprintf("profile '%s' in %s", search->profile, aws_config_path(search->config, shared)),
        fetch, release);
    keys->key = (struct credentials_key){.id = copy(search, shared, "aws_access_key_id"),
                                         .secret = copy(search, shared, "aws_secret_access_key"),
                                         .token = copy(search, shared, "aws_session_token")};
    if (credential_check_key(&keys->key, keys->source.text, err) < 0) {
        credential_source_free(&keys->source);
        return -1;
    }
    *source = &keys->source;
    return 0;
}

static int open_shared(const struct credential_search *search, struct credential_source **source,
                       struct err *err)
{
    return open_keys(search, true, source, err);
}

static int open_config(const struct credential_search *search, struct credential_source **source,
                       struct err *err)
{
    return open_keys(search, false, source, err);
}

const struct credential_kind credential_shared_keys = {
    .looked_at = "keys in ~/.aws/credentials",
    .profile = true,
    .open = open_shared,
};

const struct credential_kind credential_config_keys = {
    .looked_at = "keys in ~/.aws/config",
    .profile = true,
    .open = open_config,
};
