#include "core/memory.h"
#include "providers/aws/values/values.h"

#include <stdlib.h>
#include <string.h>

/* https://docs.aws.amazon.com/systems-manager/latest/APIReference/API_GetParameters.html */
enum { NAMES_MAX = 10 };

static struct question *begin(struct questions *questions)
{
    struct question *question = &questions->items[questions->count++];

    aws_call_action(&question->call, &aws_ssm, "GetParameters",
                    json_pack("{s:[], s:b}", "Names", "WithDecryption", 1));
    question->call.accept = "AccessDeniedException";
    return question;
}

/* Versions of one parameter are asked for in different calls: their answers tell them apart by the
 * selector alone, which some servers leave out. */
static bool has_room(const struct question *question, const struct reference *reference)
{
    if (question->call.service != &aws_ssm || question->count == NAMES_MAX)
        return false;
    for (size_t i = 0; i < question->count; i++)
        if (strcmp(question->asked[i]->name, reference->name) == 0)
            return false;
    return true;
}

void parameters_ask(const struct references *references, struct questions *questions)
{
    for (size_t i = 0; i < references->count; i++) {
        struct reference *reference = references->items[i];
        struct question *question = NULL;

        if (reference->kind != REFERENCE_SSM || reference->state != REFERENCE_OPEN)
            continue;
        for (size_t k = 0; k < questions->count && !question; k++)
            if (has_room(&questions->items[k], reference))
                question = &questions->items[k];
        if (!question)
            question = begin(questions);
        json_array_append_new(json_object_get(question->call.body, "Names"),
                              json_string(reference->text));
        question_add(question, reference);
    }
}

/* Whether a parameter of the answer is what was asked for. */
static bool is_answer(const json_t *parameter, const struct reference *reference)
{
    const char *selector = json_string_at(parameter, "Selector");

    if (strcmp(json_string_at(parameter, "Name"), reference->name) != 0 &&
        strcmp(json_string_at(parameter, "ARN"), reference->name) != 0)
        return false;
    selector += *selector == ':';
    return !*selector || (reference->selector && strcmp(selector, reference->selector) == 0);
}

static void find_answer(const json_t *parameters, struct reference *reference)
{
    size_t i;
    json_t *parameter;

    json_array_foreach (parameters, i, parameter) {
        if (is_answer(parameter, reference)) {
            reference_found(reference, json_string_at(parameter, "Value"));
            return;
        }
    }
    if (reference->selector)
        reference_missing(reference, "there is no parameter '%s' with version or label '%s' here",
                          reference->name, reference->selector);
    else
        reference_missing(reference,
                          "there is no such parameter here; make it with 'aws ssm "
                          "put-parameter --type SecureString --name %s --value ...'",
                          reference->name);
}

void parameters_take(const struct question *question)
{
    char *refusal = question->call.code ? question_refusal(question) : NULL;

    for (size_t i = 0; i < question->count; i++) {
        if (refusal)
            reference_refused(question->asked[i],
                              "%s; it takes ssm:GetParameters on the parameter, and kms:Decrypt on "
                              "a key of its own",
                              refusal);
        else
            find_answer(json_at(question->call.reply, "Parameters"), question->asked[i]);
    }
    free(refusal);
}
