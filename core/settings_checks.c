#include "core/settings_checks.h"

#include "core/arn.h"
#include "core/cron.h"
#include "core/settings.h"
#include "core/suggest.h"

#include <stdlib.h>
#include <string.h>

#define LOWER "abcdefghijklmnopqrstuvwxyz"
#define UPPER "ABCDEFGHIJKLMNOPQRSTUVWXYZ"
#define DIGITS "0123456789"

const char *const settings_runtimes[] = {
    "python3.10", "python3.11",   "python3.12", "python3.13",    "python3.14",   "python3.15",
    "nodejs20.x", "nodejs22.x",   "nodejs24.x", "nodejs26.x",    "provided.al2", "provided.al2023",
    "java8.al2",  "java8.al2023", "java11",     "java11.al2023", "java17",       "java17.al2023",
    "java21",     "java25",       "dotnet8",    "dotnet10",      "ruby3.3",      "ruby3.4",
    "ruby4.0",    NULL,
};

/* The families; '#' stands for one or two digits, '9' for one. */
static const char *const runtime_shapes[] = {
    "python3.#", "nodejs#.x", "provided.al2099", "java#", "java#.al2099", "dotnet#", "ruby#.#",
};

/* Days that CloudWatch Logs keeps events; 0: for ever. */
const char *const settings_retentions[] = {
    "0",   "1",   "3",   "5",   "7",    "14",   "30",   "60",   "90",   "120",  "150",  "180",
    "365", "400", "545", "731", "1096", "1827", "2192", "2557", "2922", "3288", "3653", NULL};

static const char *text_of(const void *member)
{
    return *(const char *const *)member;
}

static bool only(const char *text, const char *allowed)
{
    return text[strspn(text, allowed)] == '\0';
}

int settings_check_name(const void *member, struct err *err)
{
    const char *name = text_of(member);
    size_t len = strlen(name);

    if (len && only(name, LOWER DIGITS "-") && strchr(LOWER, name[0]) && name[len - 1] != '-')
        return 0;
    return err_set(err, ERR_SETTINGS,
                   "'%.80s' must be lower-case letters, digits and '-', starting with a letter and "
                   "not ending with '-'",
                   name);
}

static bool matches(const char *shape, const char *text)
{
    for (; *shape; shape++) {
        size_t digits = strspn(text, DIGITS);

        if ((*shape == '#' || *shape == '9') ? digits == 0 : *shape != *text)
            return false;
        text += *shape == '#' && digits > 1 ? 2 : 1;
    }
    return *text == '\0';
}

int settings_check_runtime(const void *member, struct err *err)
{
    const char *runtime = text_of(member);
    struct suggest near = {.word = runtime};

    for (size_t i = 0; settings_runtimes[i]; i++) {
        if (strcmp(settings_runtimes[i], runtime) == 0)
            return 0;
        suggest_offer(&near, settings_runtimes[i]);
    }
    for (size_t i = 0; i < sizeof(runtime_shapes) / sizeof(runtime_shapes[0]); i++)
        if (matches(runtime_shapes[i], runtime))
            return 0;
    err_set(err, ERR_SETTINGS, "'%.40s' is no runtime", runtime);
    if (near.best)
        return err_append(err, "; did you mean '%s'?", near.best);
    return err_append(err, ": must be one as 'python3.13', 'nodejs22.x' or 'provided.al2023'");
}

int settings_check_region(const void *member, struct err *err)
{
    const char *region = text_of(member);
    const char *dash = strchr(region, '-');
    size_t len = strlen(region);

    if (dash && len <= 32 && only(region, LOWER DIGITS "-") && strchr(LOWER, region[0]) &&
        strchr(DIGITS, region[len - 1]))
        return 0;
    return err_set(err, ERR_SETTINGS, "'%.40s' is no region: must be one as 'eu-central-1'",
                   region);
}

/* S3's rules for names; what else it has against one, it says itself. */
int settings_check_bucket(const void *member, struct err *err)
{
    const char *name = text_of(member);
    size_t len = strlen(name);

    if (len >= 3 && len <= 63 && only(name, LOWER DIGITS "-.") && !strstr(name, "..") &&
        !strchr("-.", name[0]) && !strchr("-.", name[len - 1]))
        return 0;
    return err_set(err, ERR_SETTINGS,
                   "'%.80s' is no bucket's name: must be 3 to 63 lower-case letters, digits, "
                   "hyphens and dots, as in 'artifacts-of-ours'",
                   name);
}

int settings_check_app(const void *member, struct err *err)
{
    const char *app = text_of(member);
    const char *at = app;
    size_t parts = 0;

    for (;; at++) {
        size_t len = strspn(at, UPPER LOWER DIGITS "_");

        if (len == 0 || strchr(DIGITS, *at))
            break;
        parts++;
        at += len;
        if (*at != '.')
            break;
    }
    if (parts >= 2 && *at == '\0')
        return 0;
    return err_set(err, ERR_SETTINGS,
                   "'%.60s' must be module.object, as in 'app.app' for the object app of app.py",
                   app);
}

int settings_check_layer(const void *member, struct err *err)
{
    const char *arn = text_of(member);
    const char *version = strrchr(arn, ':');

    if (arn_is(arn, "lambda", "layer:") && version[1] && only(version + 1, DIGITS))
        return 0;
    return err_set(err, ERR_SETTINGS,
                   "'%.80s' must be a layer's ARN with its version, as in "
                   "'arn:aws:lambda:eu-central-1:123456789012:layer:name:1'",
                   arn);
}

int settings_check_role(const void *member, struct err *err)
{
    if (arn_is(text_of(member), "iam", "role/"))
        return 0;
    return err_set(err, ERR_SETTINGS,
                   "'%.80s' must be a role's ARN, as in 'arn:aws:iam::123456789012:role/name'",
                   text_of(member));
}

int settings_check_boundary(const void *member, struct err *err)
{
    const char *policy = strstr(text_of(member), ":policy/");

    if (strncmp(text_of(member), "arn:", 4) == 0 && strstr(text_of(member), ":iam::") && policy &&
        policy[strlen(":policy/")])
        return 0;
    return err_set(err, ERR_SETTINGS,
                   "'%.80s' must be a policy's ARN, as in 'arn:aws:iam::123456789012:policy/name'",
                   text_of(member));
}

int settings_check_dead_letter(const void *member, struct err *err)
{
    const char *arn = text_of(member);

    if (arn_is(arn, "sqs", NULL) || arn_is(arn, "sns", NULL))
        return 0;
    return err_set(err, ERR_SETTINGS, "'%.80s' must be the ARN of an SQS queue or an SNS topic",
                   arn);
}

static int check_prefix(const char *text, const char *prefix, struct err *err)
{
    size_t len = strlen(prefix);

    if (strncmp(text, prefix, len) == 0 && text[len] && only(text + len, LOWER DIGITS))
        return 0;
    return err_set(err, ERR_SETTINGS, "'%.60s' must be an id as '%s0123456789abcdef0'", text,
                   prefix);
}

int settings_check_subnet(const void *member, struct err *err)
{
    return check_prefix(text_of(member), "subnet-", err);
}

int settings_check_security_group(const void *member, struct err *err)
{
    return check_prefix(text_of(member), "sg-", err);
}

int settings_check_schedule_name(const void *member, struct err *err)
{
    const char *name = text_of(member);

    if (*name && strlen(name) <= 64 && only(name, UPPER LOWER DIGITS "-_."))
        return 0;
    return err_set(err, ERR_SETTINGS, "'%.80s' must be 1 to 64 letters, digits, '-', '_' and '.'",
                   name);
}

int settings_check_zone(const void *member, struct err *err)
{
    if (cron_zone_known(text_of(member)))
        return 0;
    return err_set(err, ERR_SETTINGS,
                   "'%.60s' is no time zone of this machine: must be one as 'Europe/Berlin' or "
                   "'UTC'",
                   text_of(member));
}

/* The length of "service:Action" at `text`, 0 when there is none. */
static size_t action_length(const char *text)
{
    size_t service = strspn(text, LOWER DIGITS "-");
    size_t action = text[service] == ':' ? strspn(text + service + 1, UPPER LOWER DIGITS "*?") : 0;

    return service && action ? service + 1 + action : 0;
}

int settings_check_permission(const void *member, struct err *err)
{
    const char *text = text_of(member);
    const char *at = text;
    size_t len = action_length(at);

    while (len && at[len] == ',') {
        at += len + 1;
        len = action_length(at);
    }
    if (len && at[len] == ' ' &&
        (strcmp(at + len + 1, "*") == 0 || arn_is(at + len + 1, NULL, NULL)))
        return 0;
    return err_set(err, ERR_SETTINGS,
                   "'%.80s' must be actions, a space and an ARN, as in "
                   "'s3:GetObject,s3:PutObject arn:aws:s3:::bucket/*'",
                   text);
}

int settings_bind_schedule(void *member, const json_t *value, const struct json_path *path,
                           struct err *err)
{
    struct schedule *schedule = member;
    const char *text = json_string_value(value);

    (void)path;
    if (!text)
        return err_set(err, ERR_SETTINGS,
                       "must be an object with cron, rate or at, or a string such as "
                       "'rate(5 minutes)'");
    *schedule = (struct schedule){.timezone = "UTC", .enabled = true};
    if (cron_parse_aws(text, &schedule->parsed, err) < 0)
        return -1;
    if (schedule->parsed.kind == CRON_FIELDS)
        schedule->cron = text;
    else if (schedule->parsed.kind == CRON_RATE)
        schedule->rate = text;
    else
        schedule->at = text;
    return 0;
}

int settings_bind_url(void *member, const json_t *value, const struct json_path *path,
                      struct err *err)
{
    struct url *url = member;

    (void)path;
    if (!json_is_boolean(value))
        return err_set(err, ERR_SETTINGS,
                       "must be true, false, or an object with auth, cors and stream");
    url->enabled = json_is_true(value);
    return 0;
}
