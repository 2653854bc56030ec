/*
 * IAM Identity Center: the session that a profile names, the token that a
 * sign-in leaves, and the sign-in. The token is in the file in which awscli and
 * the SDKs keep it too: ~/.aws/sso/cache/SHA1.json, of the session's name or the
 * start URL.
 * https://docs.aws.amazon.com/sdkref/latest/guide/feature-sso-credentials.html
 */
#ifndef FNCTL_PROVIDERS_AWS_SSO_H
#define FNCTL_PROVIDERS_AWS_SSO_H

#include "providers/aws/identity/credential_source.h"
#include "providers/aws/wire/endpoints.h"

#include <stddef.h>

/* Owned copies of what the files say. */
struct sso_session {
    char *profile;
    char *name; /* of the sso-session; NULL: the profile holds it all, as of old */
    char *start_url, *region;
    char *scopes; /* "sso:account:access", comma-separated */
    struct endpoint portal, oidc;
};

/* Reads the session of the search's profile. 1: it has one, 0: it has none, -1: it is wrong
 * (ERR_CREDENTIALS). */
int sso_session_find(struct sso_session *session, const struct credential_search *search,
                     struct err *err);
void sso_session_release(struct sso_session *session);

/* Owned strings; NULL: not there. Times in ms since 1970. */
struct sso_token {
    char *access, *refresh;
    char *client_id, *client_secret;
    int64_t expires, client_expires;
};
void sso_token_release(struct sso_token *token);

/* Reads the text of a token's file. Errors: ERR_CREDENTIALS. */
int sso_token_parse(struct sso_token *token, const char *text, size_t len, struct err *err);

/* Reads and writes the session's file. A missing one is ERR_CREDENTIALS, with what to do. */
int sso_token_read(struct sso_token *token, const struct sso_session *session, struct err *err);
int sso_token_write(const struct sso_token *token, const struct sso_session *session,
                    struct err *err);
/* The path of that file, to free(). */
char *sso_token_path(const struct sso_session *session);

/* A token that is valid now: the file's, renewed where that can be and is due. Errors:
 * ERR_CREDENTIALS "... 'fnctl login'". */
int sso_token_get(struct sso_token *token, const struct sso_session *session,
                  const struct credential_world *world, struct err *err);

/* Takes the answer of CreateToken, and keeps client and refresh token when there are no new ones.
 */
int sso_token_take(struct sso_token *token, const json_t *reply, int64_t now, struct err *err);

/*
 * Signs in: `show` is told the address to open and the code to enter, then it is
 * waited until the user has done so. The token is written to its file, `*expires` is
 * when it ends, in ms since 1970. Errors: ERR_CREDENTIALS when the user refuses or takes too long;
 * ERR_INTERRUPTED.
 */
int sso_login(const struct sso_session *session, const struct credential_world *world,
              void (*show)(void *context, const char *url, const char *code), void *context,
              int64_t *expires, struct err *err);

/* Ends the session at the service and removes the file. 1: it was signed in, 0: it was not. */
int sso_logout(const struct sso_session *session, const struct credential_world *world,
               struct err *err);

#endif
