#include "providers/aws/access/simulate.h"

#include "core/memory.h"
#include "providers/aws/access/policy_document.h"
#include "providers/aws/aws.h"

#include <stdlib.h>
#include <string.h>

/* Not to be asked: simulated is what it would say. */
static const char not_simulated[] = "AccessDenied InvalidInput NoSuchEntity PolicyEvaluation "
                                    "UnknownOperationException NotImplemented InvalidAction";

static json_t *unknown(const char *format, const char *detail)
{
    return json_pack("{s:b, s:o}", "simulated", 0, "reason", json_sprintf(format, detail));
}

/* "arn:aws:sts::ACCOUNT:assumed-role/NAME/SESSION": the role's name, to free(); NULL: another ARN.
 */
static char *assumed_role(const char *arn)
{
    const char *marker = strstr(arn, ":assumed-role/");

    marker = marker ? marker + strlen(":assumed-role/") : NULL;
    return marker ? xstrndup(marker, strcspn(marker, "/")) : NULL;
}

/* The ARN of whose policies count, to free(): of a role it is another than that of its session,
 * which does not tell the role's path. */
static int find_principal(struct session *session, const char *caller, char **principal,
                          struct err *err)
{
    char *role = assumed_role(caller);
    struct aws_call call;
    int result = 0;

    *principal = NULL;
    if (!role) {
        *principal = xstrdup(caller);
        return 0;
    }
    aws_call_action(&call, &aws_iam, "GetRole", json_pack("{s:s}", "RoleName", role));
    call.accept = not_simulated;
    result = aws_perform(session->aws, &call, 1, err);
    if (result == 0 && !call.code)
        *principal = xstrdup(json_string_at(call.reply, "Role.Arn"));
    else if (result == 0)
        *principal = session_arn(session, "iam", err, "role/%s", role);
    aws_call_release(&call);
    free(role);
    return *principal ? 0 : -1;
}

/* One resource of those that a pattern of our policy allows: the first function's. To free(). */
static char *example(const struct session *session, const char *pattern)
{
    char *prefix = session_prefix(session);
    const char *name = session->count ? session->remotes[0].name : prefix;
    size_t len = strlen(pattern), prefix_len = strlen(prefix);
    char *text;

    if (len > 1 && pattern[len - 1] == '*' && len > prefix_len &&
        strncmp(pattern + len - 1 - prefix_len, prefix, prefix_len) == 0)
        text = xasprintf("%.*s%s", (int)(len - 1 - prefix_len), pattern, name);
    else if (len > 1 && pattern[len - 1] == '*')
        text = xasprintf("%.*s%s", (int)len - 1, pattern, name);
    else
        text = xstrdup(pattern);
    for (char *at = text; len > 1 && *at; at++)
        if (*at == '?')
            *at = 'x';
    free(prefix);
    return text;
}

static void add_member(json_t *form, const char *list, size_t number, const char *rest,
                       const char *value)
{
    char *name = xasprintf("%s.member.%zu%s", list, number, rest);

    json_object_set_new(form, name, json_string(value));
    free(name);
}

static void fill_call(const struct session *session, const char *principal, const json_t *statement,
                      struct aws_call *call)
{
    char *resource = example(
        session, json_string_value(json_array_get(json_object_get(statement, "Resource"), 0)));
    const json_t *service = json_array_get(
        json_object_get(json_at(statement, "Condition.StringEquals"), "iam:PassedToService"), 0);
    json_t *form = json_pack("{s:s, s:s}", "PolicySourceArn", principal, "MaxItems", "1000");
    size_t i;
    json_t *action;

    json_array_foreach (json_object_get(statement, "Action"), i, action)
        add_member(form, "ActionNames", i + 1, "", json_string_value(action));
    add_member(form, "ResourceArns", 1, "", resource);
    if (service) {
        add_member(form, "ContextEntries", 1, ".ContextKeyName", "iam:PassedToService");
        add_member(form, "ContextEntries", 1, ".ContextKeyType", "string");
        add_member(form, "ContextEntries", 1, ".ContextKeyValues.member.1",
                   json_string_value(service));
    }
    aws_call_action(call, &aws_iam, "SimulatePrincipalPolicy", form);
    call->accept = not_simulated;
    call->once = true; /* what cannot be asked is no failure, and not worth waiting for */
    free(resource);
}

/* Adds what an answer refuses. */
static void take_answer(const struct aws_call *call, json_t *missing)
{
    const json_t *resource = json_object_get(call->body, "ResourceArns.member.1");
    size_t i;
    json_t *result;

    json_array_foreach (json_at(call->reply, "EvaluationResults"), i, result) {
        if (strcmp(json_string_at(result, "EvalDecision"), "allowed") != 0)
            json_array_append_new(missing, json_pack("{s:s, s:s}", "action",
                                                     json_string_at(result, "EvalActionName"),
                                                     "resource", json_string_value(resource)));
    }
}

/* What the answers say together: the first that is none decides. */
static json_t *report_of(const struct aws_call *calls, size_t count)
{
    json_t *missing = json_array(), *report = NULL;

    for (size_t i = 0; i < count && !report; i++) {
        if (calls[i].code)
            report = unknown("SimulatePrincipalPolicy: %s", calls[i].code);
        else
            take_answer(&calls[i], missing);
    }
    if (!report)
        report = json_pack("{s:b, s:O}", "simulated", 1, "missing", missing);
    json_decref(missing);
    return report;
}

static json_t *simulate(struct session *session, const char *principal, const json_t *statements,
                        struct err *err)
{
    size_t count = json_array_size(statements);
    struct aws_call *calls = xcalloc(count + 1, sizeof(*calls));
    json_t *report = NULL;

    for (size_t i = 0; i < count; i++)
        fill_call(session, principal, json_array_get(statements, i), &calls[i]);
    if (session_read(session, calls, count, err) == 0)
        report = report_of(calls, count);
    else if (err->code == ERR_SERVICE)
        report = unknown("%s", err->message);
    for (size_t i = 0; i < count; i++)
        aws_call_release(&calls[i]);
    free(calls);
    return report;
}

int aws_check_access(struct session *session, json_t **report, struct err *err)
{
    const struct policy_request request = {.uses = POLICY_PLAN | POLICY_DEPLOY | POLICY_UPDATE};
    struct identity identity;
    json_t *document = NULL;
    char *principal = NULL;

    *report = NULL;
    if (aws_identify(session, &identity, err) < 0)
        return -1;
    if (strlen(identity.principal) > 5 &&
        strcmp(identity.principal + strlen(identity.principal) - 5, ":root") == 0)
        *report = unknown("%s may do everything", identity.principal);
    else if (find_principal(session, identity.principal, &principal, err) == 0 &&
             aws_policy(session, &request, &document, err) == 0)
        *report = simulate(session, principal, json_object_get(document, "Statement"), err);
    json_decref(document);
    free(principal);
    identity_release(&identity);
    return *report ? 0 : -1;
}
