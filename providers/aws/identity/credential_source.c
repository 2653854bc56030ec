#include "providers/aws/identity/credential_source.h"

#include "core/memory.h"

#include <stdlib.h>
#include <string.h>

void credential_wipe(char *text)
{
    if (text)
        memory_wipe(text, strlen(text));
    free(text);
}

void credentials_key_release(struct credentials_key *key)
{
    credential_wipe(key->id);
    credential_wipe(key->secret);
    credential_wipe(key->token);
    *key = (struct credentials_key){0};
}

void *credential_source_new(size_t size, const struct credential_world *world, char *text,
                            int (*fetch)(struct credential_source *, struct credential_answer *,
                                         struct err *),
                            void (*release)(struct credential_source *))
{
    struct credential_source *source = xcalloc(1, size);

    *source = (struct credential_source){
        .text = text, .world = world, .fetch = fetch, .release = release};
    return source;
}

void credential_source_free(struct credential_source *source)
{
    if (!source)
        return;
    if (source->release)
        source->release(source);
    free(source->text);
    free(source);
}

const char *credential_variable(const char *name)
{
    const char *value = getenv(name);

    return value && *value ? value : NULL;
}

const char *credential_setting(const struct credential_search *search, const char *name)
{
    const char *value = aws_config_get(search->config, search->profile, name);

    return value && *value ? value : NULL;
}

/* Whether it can be sent in a header. */
static bool is_clean(const char *text)
{
    for (; *text; text++)
        if (*text <= ' ' || *text > '~')
            return false;
    return true;
}

/* A key with a line break or a blank cannot be sent, and is most likely a paste gone wrong. */
int credential_check_key(const struct credentials_key *key, const char *text, struct err *err)
{
    const char *what = NULL;

    if (!key->id || !*key->id || !key->secret || !*key->secret)
        return err_set(err, ERR_CREDENTIALS,
                       "incomplete credentials in %s: an access key ID and a secret access key go "
                       "together, the %s is missing",
                       text, key->id && *key->id ? "secret" : "ID");
    if (!is_clean(key->secret))
        what = "secret access key";
    else if (!is_clean(key->id) || strchr(key->id, '/') || strlen(key->id) > 128)
        what = "access key ID";
    else if (key->token && !is_clean(key->token))
        what = "session token";
    if (!what)
        return 0;
    return err_set(err, ERR_CREDENTIALS,
                   "malformed credentials in %s: blanks, line breaks or other characters that no "
                   "key has in the %s",
                   text, what);
}

static char *copy(const json_t *object, const char *name)
{
    const char *value = json_string_value(json_object_get(object, name));

    return value && *value ? xstrdup(value) : NULL;
}

int credential_answer_read(struct credential_answer *answer, const json_t *object,
                           const struct credential_members *members, const char *text,
                           struct err *err)
{
    const json_t *expiration = json_object_get(object, members->expiration);

    *answer = (struct credential_answer){.expires = INT64_MAX};
    if (!json_is_object(object))
        return err_set(err, ERR_CREDENTIALS, "%s gave no JSON object with a key", text);
    if (expiration && !json_is_null(expiration) &&
        (!json_is_string(expiration) ||
         clock_parse(json_string_value(expiration), &answer->expires) < 0))
        return err_set(err, ERR_CREDENTIALS, "%s gave an \"%s\" that is no RFC 3339 time", text,
                       members->expiration);
    answer->key.id = copy(object, members->id);
    answer->key.secret = copy(object, members->secret);
    answer->key.token = copy(object, members->token);
    return 0;
}

static void wipe_strings(json_t *value)
{
    json_t *child;
    const char *name;
    size_t i;

    if (json_is_string(value))
        memory_wipe((char *)(uintptr_t)json_string_value(value), json_string_length(value));
    json_array_foreach (value, i, child)
        wipe_strings(child);
    json_object_foreach (value, name, child)
        wipe_strings(child);
}

void credential_json_free(json_t *value)
{
    wipe_strings(value);
    json_decref(value);
}
