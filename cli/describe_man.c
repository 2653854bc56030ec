#include "cli/describe.h"

#include "core/buf.h"
#include "core/memory.h"
#include "core/settings.h"

#include <ctype.h>
#include <stdlib.h>
#include <string.h>

/* Text for roff: hyphens that are meant, backslashes, and no line that looks like a request. */
static void roff(struct out *out, const char *text)
{
    struct buf buf;
    bool line_start = true;

    buf_init(&buf, 0);
    for (; *text; text++) {
        if (line_start && (*text == '.' || *text == '\''))
            buf_puts(&buf, "\\&");
        if (*text == '\\')
            buf_puts(&buf, "\\e");
        else if (*text == '-')
            buf_puts(&buf, "\\-");
        else if (*text == '"')
            buf_puts(&buf, "\\(dq");
        else
            buf_putc(&buf, *text);
        line_start = *text == '\n';
    }
    out_print(out, "%s", buf_string(&buf));
    buf_release(&buf);
}

/* Paragraphs: a blank line in our text is .PP in roff. */
static void paragraphs(struct out *out, const char *text)
{
    const char *blank;

    while ((blank = strstr(text, "\n\n"))) {
        char *part = xstrndup(text, (size_t)(blank - text));

        roff(out, part);
        out_print(out, "\n.PP\n");
        free(part);
        text = blank + 2;
    }
    roff(out, text);
    out_print(out, "\n");
}

static void heading(struct out *out, const char *name, int section, const char *summary)
{
    char *upper = xstrdup(name);

    for (char *c = upper; *c; c++)
        *c = (char)toupper((unsigned char)*c);
    out_print(out, ".TH \"%s\" %d \"\" \"fnctl %s\" \"fnctl manual\"\n.SH NAME\n", upper, section,
              FNCTL_VERSION);
    roff(out, name);
    out_print(out, " \\- ");
    roff(out, summary);
    out_print(out, "\n");
    free(upper);
}

static void option_list(struct out *out, const struct field *fields)
{
    for (const struct field *field = fields; field && field->name; field++) {
        out_print(out, ".TP\n.B ");
        if (field->letter)
            out_print(out, "\\-%c, ", field->letter);
        roff(out, "--");
        roff(out, field->name);
        if (field->type != FIELD_BOOL)
            out_print(out, " \\fI%s\\fR", field->value ? field->value : "VALUE");
        out_print(out, "\n");
        roff(out, field->help);
        if (field->fallback) {
            out_print(out, " (default: ");
            roff(out, field->fallback);
            out_print(out, ")");
        }
        out_print(out, ".\n");
    }
}

static void exit_status(struct out *out)
{
    out_print(out, ".SH EXIT STATUS\n");
    for (enum err_code code = ERR_NONE; code < ERR_CODES; code++) {
        out_print(out, ".TP\n.B %d\n", err_exit_status(code));
        roff(out, err_describe(code));
        out_print(out, ".\n");
    }
}

struct named_text {
    const char *name, *text;
};

static void text_list(struct out *out, const char *title, const struct named_text *list)
{
    out_print(out, ".SH %s\n", title);
    for (; list->name; list++) {
        out_print(out, ".TP\n.B ");
        roff(out, list->name);
        out_print(out, "\n");
        roff(out, list->text);
        out_print(out, "\n");
    }
}

static const struct named_text environment[] = {
    {"FNCTL_STAGE", "The stage, where the command line names none."},
    {"FNCTL_STATE",
     "The folder of the local engine: functions, schedules, logs, credentials. By default fnctl "
     "in $XDG_STATE_HOME or in ~/.local/state."},
    {"AWS_PROFILE, AWS_REGION, AWS_DEFAULT_REGION",
     "The profile, and the region where neither --region nor the settings give one."},
    {"AWS_ACCESS_KEY_ID, AWS_SECRET_ACCESS_KEY, AWS_SESSION_TOKEN",
     "Credentials; not asked when --profile or the settings name a profile."},
    {"AWS_ROLE_ARN, AWS_WEB_IDENTITY_TOKEN_FILE, AWS_ROLE_SESSION_NAME",
     "A role for the token in a file; in a job of GitHub Actions with 'id-token: write' "
     "AWS_ROLE_ARN alone is enough. Not asked when a profile is named either."},
    {"AWS_CONTAINER_CREDENTIALS_RELATIVE_URI, AWS_CONTAINER_CREDENTIALS_FULL_URI, "
     "AWS_CONTAINER_AUTHORIZATION_TOKEN, AWS_CONTAINER_AUTHORIZATION_TOKEN_FILE",
     "The role of a container or pod, as ECS and EKS set them."},
    {"AWS_EC2_METADATA_DISABLED, AWS_EC2_METADATA_SERVICE_ENDPOINT, AWS_METADATA_SERVICE_TIMEOUT",
     "The role of an instance, which is asked for last: true for never, another address, and "
     "the seconds to wait for it instead of 1."},
    {"AWS_CONFIG_FILE, AWS_SHARED_CREDENTIALS_FILE", "In place of ~/.aws/config and "
                                                     "~/.aws/credentials."},
    {"AWS_ENDPOINT_URL, AWS_ENDPOINT_URL_SERVICE",
     "Other addresses than AWS's own, for all services or for one, as in AWS_ENDPOINT_URL_LAMBDA."},
    {"AWS_USE_FIPS_ENDPOINT, AWS_USE_DUALSTACK_ENDPOINT, AWS_STS_REGIONAL_ENDPOINTS",
     "true: AWS's endpoints for FIPS 140, and those with IPv6; legacy: one STS for the older "
     "regions."},
    {"AWS_CA_BUNDLE", "The certificates to trust, a PEM file."},
    {"PIP_..., UV_..., npm_config_...",
     "The configuration of pip, uv and npm, which install packages; another one installs anew."},
    {"HTTPS_PROXY, HTTP_PROXY, NO_PROXY", "Proxies, as curl has them."},
    {"NO_COLOR", "No colours, whatever the terminal."},
    {"TMPDIR", "Where temporary folders are made; by default /tmp."},
    {NULL, NULL}};

static const struct named_text files[] = {
    {"fnctl.json", "The settings, see fnctl.json(5)."},
    {".fnctlignore", "In a source folder: what stays out of packages, in the language of "
                     "gitignore(5)."},
    {".fnctl/", "Beside the settings: packages and caches. It may be deleted at any time."},
    {"~/.local/state/fnctl/", "The local engine's state."},
    {NULL, NULL}};

void describe_program_man(struct out *out)
{
    heading(out, "fnctl", 1, "deploy serverless functions to a local engine and to AWS");
    out_print(out, ".SH SYNOPSIS\n.B fnctl\n.I COMMAND\n[\\fISTAGE\\fR] [\\fIoptions\\fR]\n"
                   ".SH DESCRIPTION\n");
    paragraphs(out, "fnctl reads fnctl.json, packages functions and their shared libraries, and "
                    "creates or updates them, their routes, URLs and schedules.\n\nA stage whose "
                    "provider is 'local' goes to an engine on this machine that speaks AWS's own "
                    "protocols and really runs the functions; the same settings then deploy to "
                    "AWS.");
    out_print(out, ".SH COMMANDS\n");
    for (size_t i = 0; commands[i]; i++) {
        if (commands[i]->hidden)
            continue;
        out_print(out, ".TP\n.BR fnctl\\-%s (1)\n", commands[i]->name);
        roff(out, commands[i]->summary);
        out_print(out, ".\n");
    }
    out_print(out, ".SH OPTIONS\n");
    option_list(out, common_options);
    text_list(out, "ENVIRONMENT", environment);
    text_list(out, "FILES", files);
    exit_status(out);
    out_print(out, ".SH SEE ALSO\n.BR fnctl.json (5)\n");
}

static void synopsis(struct out *out, const struct command *command)
{
    out_print(out, ".SH SYNOPSIS\n.B fnctl %s\n", command->name);
    for (const struct command_argument *a = command->arguments; a && a->name; a++)
        out_print(out, "%s\\fI%s\\fR%s%s\n", a->optional ? "[" : "", a->name,
                  a->repeated ? "..." : "", a->optional ? "]" : "");
    out_print(out, "[\\fIoptions\\fR]\n");
}

void describe_command_man(struct out *out, const struct command *command)
{
    char *name = xasprintf("fnctl-%s", command->name);

    heading(out, name, 1, command->summary);
    free(name);
    synopsis(out, command);
    out_print(out, ".SH DESCRIPTION\n");
    paragraphs(out, command->description);
    if (command->arguments && command->arguments->name)
        out_print(out, ".SH ARGUMENTS\n");
    for (const struct command_argument *a = command->arguments; a && a->name; a++) {
        out_print(out, ".TP\n.I %s\n", a->name);
        roff(out, a->help);
        out_print(out, ".\n");
    }
    out_print(out, ".SH OPTIONS\n");
    option_list(out, command->options);
    option_list(out, common_options);
    if (command->examples)
        out_print(out, ".SH EXAMPLES\n");
    for (const char *const *e = command->examples; e && e[0]; e += 2) {
        out_print(out, ".TP\n.B ");
        roff(out, e[0]);
        out_print(out, "\n");
        roff(out, e[1]);
        out_print(out, ".\n");
    }
    exit_status(out);
    out_print(out, ".SH SEE ALSO\n.BR fnctl (1),\n.BR fnctl.json (5)\n");
}

static void key_facts(struct out *out, const struct field *field)
{
    struct buf facts;

    buf_init(&facts, 0);
    describe_facts(&facts, field);
    out_print(out, "\n(");
    roff(out, buf_string(&facts));
    out_print(out, ").\n");
    if (field->example) {
        out_print(out, "Example: ");
        roff(out, field->example);
        out_print(out, "\n");
    }
    buf_release(&facts);
}

static void key_list(struct out *out, const struct field *fields)
{
    for (const struct field *field = fields; field->name; field++) {
        if (field->later)
            continue;
        out_print(out, ".TP\n.B ");
        roff(out, field->name);
        out_print(out, "\n");
        roff(out, field->help ? field->help : "");
        key_facts(out, field);
        if (field->children) {
            out_print(out, ".RS\n");
            key_list(out, field->children);
            out_print(out, ".RE\n");
        }
    }
}

static const struct named_text variables[] = {
    {"${env:NAME}, ${env:NAME:-default}", "A variable of the environment; without a default it "
                                          "must be set."},
    {"${stage}, ${project}, ${region}", "What these settings say."},
    {"${account}", "The number of the account that the credentials belong to."},
    {"${git:sha}", "The commit that is checked out."},
    {"${file:path}", "The text of a file, relative to the settings, up to 64 KiB."},
    {"${ssm:NAME}, ${ssm:NAME:VERSION}, ${ssm:NAME:LABEL}",
     "A parameter of Systems Manager, decrypted. This and the next two are read by plan, deploy, "
     "update and check --remote, in one batch; they may have a default (:-) and other variables in "
     "their names, and stand wherever neither packaging nor the way to the provider depends on "
     "them."},
    {"${secret:NAME}, ${secret:NAME#KEY}, ${secret:NAME:STAGE#KEY}",
     "A secret of Secrets Manager, or what a JSON object in it has under a key (KEY.KEY goes "
     "deeper). What comes from there or from Systems Manager is masked in every output."},
    {"${cf:STACK.OUTPUT}", "An output of a CloudFormation stack."},
    {"$${", "A literal ${."},
    {NULL, NULL}};

void describe_settings_man(struct out *out)
{
    heading(out, "fnctl.json", 5, "the settings file of fnctl");
    out_print(out, ".SH DESCRIPTION\n");
    paragraphs(out, "Strict JSON, found in the current folder or its parents. An unknown key, a "
                    "wrong type or a value out of range is an error.\n\nA stage is an overlay: a "
                    "JSON merge patch (RFC 7396) on everything above it.");
    out_print(out, ".SH KEYS\n");
    key_list(out, settings_fields);
    text_list(out, "VARIABLES", variables);
    out_print(out, ".SH SEE ALSO\n.BR fnctl (1)\n");
}
