#include "providers/aws/identity/credentials.h"

#include "core/memory.h"
#include "providers/aws/identity/credential_chain.h"

#include <pthread.h>
#include <stdlib.h>
#include <string.h>

enum {
    EARLY = 5 * 60 * 1000, /* ms before the end when new ones are fetched */
    PAUSE = 30 * 1000,     /* ms between two tries to, when the source gives short-lived ones */
};

struct credentials {
    pthread_mutex_t lock;
    struct credential_world world;
    struct credential_source *source; /* NULL: the key is all there is */
    struct credentials_key key;
    int64_t refresh_at, expires; /* ms since 1970; INT64_MAX: never */
    char *profile;
    bool given; /* the profile was */
};

struct credentials *credentials_given(const char *id, const char *secret, const char *token)
{
    struct credentials *credentials = xcalloc(1, sizeof(*credentials));

    pthread_mutex_init(&credentials->lock, NULL);
    credentials->refresh_at = credentials->expires = INT64_MAX;
    credentials->key.id = xstrdup(id);
    credentials->key.secret = xstrdup(secret);
    credentials->key.token = token && *token ? xstrdup(token) : NULL;
    return credentials;
}

struct credentials *credentials_find(const struct credentials_options *options, struct err *err)
{
    struct credentials *credentials = xcalloc(1, sizeof(*credentials));
    struct credential_search search = {.world = &credentials->world,
                                       .config = options->config,
                                       .profile = aws_config_profile(options->profile),
                                       .region = options->region,
                                       .endpoint_url = options->endpoint_url,
                                       .environment = !options->profile};

    search.session_profile = search.profile;
    pthread_mutex_init(&credentials->lock, NULL);
    credentials->world = (struct credential_world){.clock = options->clock, .out = options->out};
    credentials->world.http = http_new(&(struct http_options){
        .clock = options->clock, .out = options->out, .user_agent = "fnctl/" FNCTL_VERSION});
    credentials->profile = xstrdup(search.profile);
    credentials->given = options->profile != NULL;
    credentials->source = credential_chain_find(&search, err);
    if (credentials->source)
        return credentials;
    credentials_free(credentials);
    return NULL;
}

/* When to look for new ones: early, but not all the time when they are short-lived. */
static int64_t refresh_time(int64_t now, int64_t expires)
{
    if (expires == INT64_MAX)
        return INT64_MAX;
    if (expires - EARLY >= now + PAUSE)
        return expires - EARLY;
    return now + PAUSE < expires ? now + PAUSE : expires;
}

/* Fetches a key that can be used. */
static int fetch(struct credentials *credentials, int64_t now, struct credential_answer *answer,
                 struct err *err)
{
    struct credential_source *source = credentials->source;

    if (source->fetch(source, answer, err) < 0 ||
        credential_check_key(&answer->key, source->text, err) < 0) {
        if (err->code == ERR_INTERRUPTED)
            return -1;
        if (!source->guessed || credentials->key.id)
            return err_context(err, "no credentials from %s", source->text);
        struct err why = *err;

        return credential_chain_nothing(credentials->profile, !credentials->given, why.message,
                                        err);
    }
    if (answer->expires <= now)
        return err_set(err, ERR_CREDENTIALS,
                       "%s gave credentials that have expired already; check where they come from "
                       "and this machine's clock",
                       source->text);
    return 0;
}

/* Fetches them again when they are about to end. Under the lock. */
static int refresh(struct credentials *credentials, struct err *err)
{
    struct credential_answer answer = {0};
    int64_t now;

    if (credentials->refresh_at == INT64_MAX)
        return 0;
    now = clock_now(credentials->world.clock);
    if (now < credentials->refresh_at)
        return 0;
    if (fetch(credentials, now, &answer, err) < 0) {
        credentials_key_release(&answer.key);
        /* What we have is good for a while yet: the source may come back by then. */
        if (err->code == ERR_INTERRUPTED || credentials->expires - PAUSE <= now)
            return -1;
        credentials->refresh_at = now + PAUSE;
        err_clear(err);
        return 0;
    }
    credentials_key_release(&credentials->key);
    credentials->key = answer.key;
    credentials->expires = answer.expires;
    credentials->refresh_at = refresh_time(now, answer.expires);
    return 0;
}

int credentials_get(struct credentials *credentials, struct credentials_key *key, struct err *err)
{
    int result;

    *key = (struct credentials_key){0};
    pthread_mutex_lock(&credentials->lock);
    result = refresh(credentials, err);
    if (result == 0) {
        key->id = xstrdup(credentials->key.id);
        key->secret = xstrdup(credentials->key.secret);
        key->token = xstrdup(credentials->key.token);
    }
    pthread_mutex_unlock(&credentials->lock);
    return result;
}

void credentials_free(struct credentials *credentials)
{
    if (!credentials)
        return;
    credentials_key_release(&credentials->key);
    credential_source_free(credentials->source);
    http_free(credentials->world.http);
    free(credentials->profile);
    pthread_mutex_destroy(&credentials->lock);
    free(credentials);
}

const char *credentials_source(const struct credentials *credentials)
{
    return credentials->source ? credentials->source->text : "the given keys";
}
