/*
 * Sources of credentials: what each kind offers (a row of the table in
 * credential_chain.c), and what one that was found offers.
 */
#ifndef FNCTL_PROVIDERS_AWS_CREDENTIAL_SOURCE_H
#define FNCTL_PROVIDERS_AWS_CREDENTIAL_SOURCE_H

#include "core/clock.h"
#include "core/err.h"
#include "core/http.h"
#include "core/out.h"
#include "providers/aws/identity/config.h"

#include <jansson.h>
#include <stdbool.h>
#include <stdint.h>

/* A key. Strings are owned. */
struct credentials_key {
    char *id;
    char *secret;
    char *token; /* NULL: none */
};

/* Wipes, frees and empties it. */
void credentials_key_release(struct credentials_key *key);

/* A key and until when it holds. */
struct credential_answer {
    struct credentials_key key;
    int64_t expires; /* ms since 1970; INT64_MAX: it does not say */
};

/* What sources work with while they live. All borrowed. */
struct credential_world {
    const struct clock *clock;
    struct http *http; /* of the credentials' own: a signature may wait for them in another's thread
                        */
    struct out *out;   /* learns what to mask; NULL: nothing */
};

/* A source that was found. Kinds put this first into a struct of their own. */
struct credential_source {
    char *text;   /* where from, for messages: "profile 'x' in ~/.aws/credentials"; owned */
    bool guessed; /* nothing named it: when it has none, there are none at all */
    const struct credential_world *world;
    /* Gets a key, by a request or a program where it takes one; the answer is the caller's to
     * release. Errors: ERR_CREDENTIALS, ERR_SERVICE (nobody answers), ERR_INTERRUPTED. */
    int (*fetch)(struct credential_source *source, struct credential_answer *answer,
                 struct err *err);
    void (*release)(struct credential_source *source); /* what its kind added; NULL: nothing */
};

/* A zeroed source of `size` bytes (the kind's struct) that takes `text`. */
void *credential_source_new(size_t size, const struct credential_world *world, char *text,
                            int (*fetch)(struct credential_source *, struct credential_answer *,
                                         struct err *),
                            void (*release)(struct credential_source *));
void credential_source_free(struct credential_source *source);

/* What is looked for. Borrowed, while it is looked. */
struct credential_search {
    const struct credential_world *world;
    const struct aws_config *config;
    const char *profile;
    const char *session_profile; /* the first search's: its endpoints and region count */
    const char *region, *endpoint_url;
    bool environment;                      /* variables may name a role: no profile was given */
    const struct credential_search *above; /* the profile that this one is the source of; or NULL */
    /* Finds the source of another profile, and of a credential_source; NULL with an error when
     * there is none. They are members so that no kind knows the table it stands in. */
    struct credential_source *(*find_profile)(const struct credential_search *search,
                                              const char *profile, struct err *err);
    struct credential_source *(*find_named)(const struct credential_search *search,
                                            const char *name, struct err *err);
};

/* A kind of source. */
struct credential_kind {
    const char *looked_at; /* for "no AWS credentials: looked for ..." */
    const char *canonical; /* as credential_source names it; NULL: it cannot */
    bool profile;          /* a source_profile may have it */
    bool variables;        /* left out when a profile was given */
    /* Sets `*source` when this kind is configured. -1 when it is, but wrongly. Sends nothing. */
    int (*open)(const struct credential_search *search, struct credential_source **source,
                struct err *err);
};

/* The value of a variable; NULL when unset or empty. */
const char *credential_variable(const char *name);

/* A key of the search's profile, as aws_config_get(); NULL when it is empty. */
const char *credential_setting(const struct credential_search *search, const char *name);

/* Whether id and secret are there and all of it can be sent; `text` is where it is from. Errors:
 * ERR_CREDENTIALS. */
int credential_check_key(const struct credentials_key *key, const char *text, struct err *err);

/* Reads the answer of a program or a service: the names of the members for ID, secret, token and
 * expiration (RFC 3339). Errors: ERR_CREDENTIALS, "`text` ...". */
struct credential_members {
    const char *id, *secret, *token, *expiration;
};
int credential_answer_read(struct credential_answer *answer, const json_t *object,
                           const struct credential_members *members, const char *text,
                           struct err *err);

/* Overwrites every string in it and drops the reference. */
void credential_json_free(json_t *value);

/* Overwrites and frees a string; NULL is fine. */
void credential_wipe(char *text);

#endif
