#include "providers/aws/values/values.h"

#include "core/memory.h"

#include <stdlib.h>
#include <string.h>

void question_add(struct question *question, struct reference *reference)
{
    question->asked = xreallocarray(question->asked, question->count + 1, sizeof(*question->asked));
    question->asked[question->count++] = reference;
}

char *question_refusal(const struct question *question)
{
    return xasprintf("%s: %s", question->call.code,
                     question->call.message ? question->call.message : "no message");
}

static void take(const struct question *question)
{
    if (question->call.service == &aws_ssm)
        parameters_take(question);
    else if (question->call.service == &aws_secretsmanager)
        secrets_take(question);
    else
        stacks_take(question);
}

/* Asks all questions at once. */
static int ask(struct session *session, struct questions *questions, struct err *err)
{
    struct aws_call *calls = xcalloc(questions->count + 1, sizeof(*calls));
    int result;

    for (size_t i = 0; i < questions->count; i++)
        calls[i] = questions->items[i].call;
    result = session_read(session, calls, questions->count, err);
    for (size_t i = 0; i < questions->count; i++) {
        questions->items[i].call = calls[i];
        if (result == 0)
            take(&questions->items[i]);
    }
    free(calls);
    return result;
}

/* What was answered has values in it. */
static void forget(struct questions *questions)
{
    for (size_t i = 0; i < questions->count; i++) {
        struct question *question = &questions->items[i];

        if (question->call.bytes.data)
            memory_wipe(question->call.bytes.data, question->call.bytes.len);
        aws_call_release(&question->call);
        free(question->asked);
    }
    free(questions->items);
}

int aws_values(struct session *session, struct references *references, struct err *err)
{
    int result = 0;

    for (int round = 0; result == 0 && round < 2; round++) {
        struct questions questions = {.items =
                                          xcalloc(references->count + 1, sizeof(struct question))};

        if (round == 0) {
            parameters_ask(references, &questions);
            stacks_ask(references, &questions);
        }
        secrets_ask(references, round > 0, &questions);
        result = ask(session, &questions, err);
        forget(&questions);
    }
    if (result < 0)
        err_context(err, "cannot find the values that the settings ask for");
    return result;
}
