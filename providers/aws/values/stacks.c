#include "core/memory.h"
#include "providers/aws/values/values.h"

#include <stdlib.h>
#include <string.h>

static struct question *find_question(const struct questions *questions,
                                      const struct reference *reference)
{
    for (size_t i = 0; i < questions->count; i++) {
        const struct question *question = &questions->items[i];

        if (question->call.service == &aws_cloudformation &&
            strcmp(question->asked[0]->name, reference->name) == 0)
            return &questions->items[i];
    }
    return NULL;
}

void stacks_ask(const struct references *references, struct questions *questions)
{
    for (size_t i = 0; i < references->count; i++) {
        struct reference *reference = references->items[i];
        struct question *question;

        if (reference->kind != REFERENCE_CF || reference->state != REFERENCE_OPEN)
            continue;
        question = find_question(questions, reference);
        if (!question) {
            question = &questions->items[questions->count++];
            aws_call_action(&question->call, &aws_cloudformation, "DescribeStacks",
                            json_pack("{s:s}", "StackName", reference->name));
            /* A stack that does not exist is a ValidationError. */
            question->call.accept = "ValidationError AccessDenied";
        }
        question_add(question, reference);
    }
}

static void find_output(const json_t *stack, struct reference *reference)
{
    struct strlist names = {0};
    char *known;
    size_t i;
    json_t *output;

    json_array_foreach (json_at(stack, "Outputs"), i, output) {
        strlist_add(&names, json_string_at(output, "OutputKey"));
        if (strcmp(json_string_at(output, "OutputKey"), reference->selector) == 0)
            reference_found(reference, json_string_at(output, "OutputValue"));
    }
    known = strlist_join(&names, ", ");
    if (reference->state == REFERENCE_OPEN)
        reference_missing(reference, "the stack '%s' has no output '%s'; %s%.500s", reference->name,
                          reference->selector, names.count ? "it has: " : "it has none", known);
    free(known);
    strlist_release(&names);
}

void stacks_take(const struct question *question)
{
    const struct aws_call *call = &question->call;
    const json_t *stack = json_array_get(json_at(call->reply, "Stacks"), 0);
    char *refusal = call->code ? question_refusal(question) : NULL;

    for (size_t i = 0; i < question->count; i++) {
        struct reference *reference = question->asked[i];

        if (refusal && aws_failed_with(call, "AccessDenied"))
            reference_refused(reference, "%s; it takes cloudformation:DescribeStacks on the stack",
                              refusal);
        else if (refusal)
            reference_missing(reference, "%s", refusal);
        else
            find_output(stack, reference);
    }
    free(refusal);
}
