/* Keys written into a profile: those in the credentials file come before a credential_process,
 * those in the config file after it. */
#include "core/memory.h"
#include "providers/aws/credential_source.h"

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

static int open_keys(const struct credential_search *search, bool shared,
                     struct credential_source **source, struct err *err)
{
    const struct aws_config *config = search->config;
    const char *id = aws_config_get_from(config, shared, search->profile, "aws_access_key_id");
    const char *secret =
        aws_config_get_from(config, shared, search->profile, "aws_secret_access_key");
    const char *token = aws_config_get_from(config, shared, search->profile, "aws_session_token");
    struct keys *keys;
    char *text;

    if (!id)
        return 0;
    text = xasprintf("profile '%s' in %s", search->profile, aws_config_path(config, shared));
    if (credential_check_key(id, secret, text, err) < 0) {
        free(text);
        return -1;
    }
    keys = credential_source_new(sizeof(*keys), search->world, text, fetch, release);
    keys->key.id = xstrdup(id);
    keys->key.secret = xstrdup(secret);
    keys->key.token = token && *token ? xstrdup(token) : NULL;
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
