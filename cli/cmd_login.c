#include "cli/commands.h"
#include "providers/registry.h"

#include <stdlib.h>
#include <string.h>

/* To standard error and also with --quiet: without it nobody can sign in. */
static void show(void *context, const char *url, const char *code)
{
    struct app *app = context;
    char *shown_url = out_visible(url, strlen(url)), *shown_code = out_visible(code, strlen(code));

    fprintf(app->out.messages, "To sign in, open %s\nand confirm the code %s\n", shown_url,
            shown_code);
    fflush(app->out.messages);
    free(shown_url);
    free(shown_code);
}

static int with_provider(struct app *app, struct login *login, bool in, struct err *err)
{
    const struct provider *provider = provider_find("aws", err);
    struct provider_context context = {.clock = app->clock,
                                       .out = &app->out,
                                       .profile = app->common.profile,
                                       .endpoint_url = app->common.endpoint_url};

    if (!provider)
        return -1;
    return in ? provider->login(&context, login, err) : provider->logout(&context, login, err);
}

static int run_login(struct app *app, const void *options, struct err *err)
{
    struct login login = {.show = show, .context = app};
    char until[CLOCK_RFC3339_LEN];
    int result = with_provider(app, &login, true, err);

    (void)options;
    if (result == 0) {
        clock_format_rfc3339(login.expires, until);
        if (app->out.json) {
            json_t *document = json_pack("{s:s, s:s}", "profile", login.profile, "expires", until);

            out_json(&app->out, document, false);
            json_decref(document);
        }
        out_step(&app->out, "profile '%s' is signed in until %s", login.profile, until);
    }
    login_release(&login);
    return result;
}

static int run_logout(struct app *app, const void *options, struct err *err)
{
    struct login login = {0};
    int result = with_provider(app, &login, false, err);

    (void)options;
    if (result == 0) {
        if (app->out.json) {
            json_t *document =
                json_pack("{s:s, s:b}", "profile", login.profile, "signed_out", login.was_in);

            out_json(&app->out, document, false);
            json_decref(document);
        }
        out_step(&app->out,
                 login.was_in ? "profile '%s' is signed out" : "profile '%s' was not signed in",
                 login.profile);
    }
    login_release(&login);
    return result;
}

static const char *const login_examples[] = {"fnctl login --profile work",
                                             "prints an address and a code, and waits", NULL};
static const char *const logout_examples[] = {"fnctl logout --profile work",
                                              "for all tools that share the sign-in", NULL};

const struct command cmd_login = {
    .name = "login",
    .summary = "sign in to IAM Identity Center",
    .description =
        "Signs in to the IAM Identity Center (AWS SSO) that the profile names by sso_session or\n"
        "sso_start_url: prints an address to open in any browser and a code to confirm there, "
        "and\n"
        "waits until that is done. The token is kept in ~/.aws/sso/cache, readable by its owner\n"
        "alone, where awscli and the SDKs find it, and theirs is found by fnctl. With an "
        "sso-session\n"
        "it is renewed by itself as long as the session lasts.\n"
        "\n"
        "With --json: {\"profile\", \"expires\"}.",
    .examples = login_examples,
    .needs = NEEDS_NOTHING,
    .run = run_login,
};

const struct command cmd_logout = {
    .name = "logout",
    .summary = "sign out of IAM Identity Center",
    .description = "Ends the sign-in of the profile and removes its token from ~/.aws/sso/cache.\n"
                   "\n"
                   "With --json: {\"profile\", \"signed_out\"}; false when it was not signed in.",
    .examples = logout_examples,
    .needs = NEEDS_NOTHING,
    .run = run_logout,
};
