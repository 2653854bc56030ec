#include "providers/aws/identity/sso.h"

#include "core/memory.h"

#include <stdlib.h>
#include <string.h>

#define SCOPES "sso:account:access"

/* A value of the sso-session, which the profile may repeat but not contradict. */
static const char *get(const struct credential_search *search, const char *session,
                       const char *name, struct err *err)
{
    const char *own = credential_setting(search, name);
    const char *value = session ? aws_config_session(search->config, session, name) : NULL;

    if (own && value && strcmp(own, value) != 0) {
        err_set(err, ERR_CREDENTIALS,
                "profile '%s' and its sso-session '%s' differ in %s; leave it out of the profile",
                search->profile, session, name);
        return NULL;
    }
    value = value && *value ? value : own;
    if (!value)
        err_set(err, ERR_CREDENTIALS, "%s '%s' lacks %s; 'aws configure sso' writes it",
                session ? "sso-session" : "profile", session ? session : search->profile, name);
    return value;
}

static int find_endpoints(struct sso_session *session, const struct credential_search *search,
                          struct err *err)
{
    if (endpoint_check_region(session->region, err) < 0) {
        err->code = ERR_CREDENTIALS;
        return err_context(err, "sso_region of profile '%s'", search->profile);
    }
    if (endpoint_find(&session->portal, &aws_sso, search->config, search->endpoint_url,
                      search->session_profile, session->region, err) < 0)
        return -1;
    return endpoint_find(&session->oidc, &aws_sso_oidc, search->config, search->endpoint_url,
                         search->session_profile, session->region, err);
}

int sso_session_find(struct sso_session *session, const struct credential_search *search,
                     struct err *err)
{
    const char *name = credential_setting(search, "sso_session");
    const char *url, *region, *scopes;

    *session = (struct sso_session){0};
    if (!name && !credential_setting(search, "sso_start_url"))
        return 0;
    if (name && !aws_config_has_session(search->config, name))
        return err_set(err, ERR_CREDENTIALS,
                       "profile '%s' names the sso-session '%s', which is not in %s",
                       search->profile, name, aws_config_path(search->config, false));
    url = get(search, name, "sso_start_url", err);
    region = url ? get(search, name, "sso_region", err) : NULL;
    if (!region)
        return -1;
    scopes = name ? aws_config_session(search->config, name, "sso_registration_scopes") : NULL;
    session->profile = xstrdup(search->profile);
    session->name = xstrdup(name);
    session->start_url = xstrdup(url);
    session->region = xstrdup(region);
    session->scopes = xstrdup(scopes && *scopes ? scopes : SCOPES);
    if (find_endpoints(session, search, err) == 0)
        return 1;
    sso_session_release(session);
    return -1;
}

void sso_session_release(struct sso_session *session)
{
    free(session->profile);
    free(session->name);
    free(session->start_url);
    free(session->region);
    free(session->scopes);
    endpoint_release(&session->portal);
    endpoint_release(&session->oidc);
    *session = (struct sso_session){0};
}
