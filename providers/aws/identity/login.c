#include "providers/aws/identity/login.h"

#include "core/memory.h"
#include "providers/aws/identity/sso.h"

#include <stdlib.h>

static int in(const struct sso_session *session, const struct credential_world *world,
              struct login *login, struct err *err)
{
    return sso_login(session, world, login->show, login->context, &login->expires, err);
}

static int out(const struct sso_session *session, const struct credential_world *world,
               struct login *login, struct err *err)
{
    int result = sso_logout(session, world, err);

    login->was_in = result > 0;
    return result < 0 ? -1 : 0;
}

/* Finds the profile's session and does something with it. */
static int with_session(const struct provider_context *context, struct login *login,
                        int (*act)(const struct sso_session *, const struct credential_world *,
                                   struct login *, struct err *),
                        struct err *err)
{
    struct aws_config *config = aws_config_read(err);
    struct credential_world world = {.clock = context->clock, .out = context->out};
    struct credential_search search = {.world = &world,
                                       .config = config,
                                       .profile = aws_config_profile(context->profile),
                                       .endpoint_url = context->endpoint_url};
    struct sso_session session;
    int result;

    if (!config)
        return -1;
    search.session_profile = search.profile;
    result = sso_session_find(&session, &search, err);
    if (result == 0)
        result = err_set(err, ERR_CREDENTIALS,
                         "profile '%s' has no IAM Identity Center to sign in to: neither "
                         "sso_session nor sso_start_url; 'aws configure sso' writes them, "
                         "--profile names another profile",
                         search.profile);
    if (result > 0) {
        world.http = http_new(&(struct http_options){
            .clock = context->clock, .out = context->out, .user_agent = "fnctl/" FNCTL_VERSION});
        login->profile = xstrdup(search.profile);
        result = act(&session, &world, login, err);
        http_free(world.http);
        sso_session_release(&session);
    }
    aws_config_free(config);
    return result;
}

int aws_login(const struct provider_context *context, struct login *login, struct err *err)
{
    return with_session(context, login, in, err);
}

int aws_logout(const struct provider_context *context, struct login *login, struct err *err)
{
    return with_session(context, login, out, err);
}
