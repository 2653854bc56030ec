#include "providers/aws/identity/credential_process.h"

#include "core/memory.h"
#include "core/out.h"
#include "core/process.h"

#include <jansson.h>
#include <stdlib.h>
#include <string.h>

extern const struct credential_kind credential_process;

enum {
    MAX_OUTPUT = 64 << 10,
    TIMEOUT = 60000, /* ms; it may ask for a second factor */
};

int credential_process_split(const char *command, struct strlist *words, struct err *err)
{
    struct buf word;
    bool in_word = false;
    char quote = '\0';

    buf_init(&word, 0);
    for (const char *c = command; *c; c++) {
        bool blank = !quote && strchr(" \t\r\n", *c);

        if (*c == '\\' && quote != '\'' && c[1] && (!quote || strchr("\"\\", c[1]))) {
            buf_putc(&word, *++c);
            in_word = true;
        } else if (quote ? *c == quote : *c == '"' || *c == '\'') {
            quote = quote ? '\0' : *c;
            in_word = true;
        } else if (!blank) {
            buf_putc(&word, *c);
            in_word = true;
        } else if (in_word) {
            strlist_take(words, buf_take(&word));
            in_word = false;
        }
    }
    if (in_word)
        strlist_take(words, buf_take(&word));
    buf_release(&word);
    if (quote)
        return err_set(err, ERR_CREDENTIALS, "credential_process: a quote (%c) is not closed",
                       quote);
    if (words->count == 0)
        return err_set(err, ERR_CREDENTIALS, "credential_process is empty");
    return 0;
}

int credential_process_parse(const char *text, size_t len, struct credential_answer *answer,
                             struct err *err)
{
    static const struct credential_members members = {"AccessKeyId", "SecretAccessKey",
                                                      "SessionToken", "Expiration"};
    json_t *root = json_loadb(text, len, 0, NULL);
    int result = -1;

    *answer = (struct credential_answer){0};
    if (!json_is_object(root))
        err_set(err, ERR_CREDENTIALS, "credential_process did not print a JSON object");
    else if (json_integer_value(json_object_get(root, "Version")) != 1)
        err_set(err, ERR_CREDENTIALS, "credential_process did not print \"Version\": 1");
    else
        result = credential_answer_read(answer, root, &members, "credential_process", err);
    credential_json_free(root);
    return result;
}

/* The end of what the program said on standard error, made visible, to free(). */
static char *last_words(struct buf *errors)
{
    size_t len = errors->len, start;

    while (len > 0 && errors->data[len - 1] == '\n')
        len--;
    start = len > 300 ? len - 300 : 0;
    return out_visible(len ? errors->data + start : "", len - start);
}

int credential_process_run(const char *command, struct credential_answer *answer, struct err *err)
{
    struct strlist words;
    struct buf output, errors;
    int status = 0, result = -1;

    strlist_init(&words);
    buf_init(&output, MAX_OUTPUT);
    buf_init(&errors, MAX_OUTPUT);
    if (credential_process_split(command, &words, err) == 0) {
        struct process process = {.argv = (const char *const *)words.items,
                                  .output = &output,
                                  .errors = &errors,
                                  .timeout = TIMEOUT};

        result = process_run(&process, &status, err);
        if (result < 0 && err->code != ERR_INTERRUPTED)
            err->code = ERR_CREDENTIALS;
    }
    if (result == 0 && status != 0) {
        char *words_said = last_words(&errors);

        result = err_set(err, ERR_CREDENTIALS, "'%s' ended with status %d%s%s", words.items[0],
                         status, *words_said ? ": " : "", words_said);
        free(words_said);
    } else if (result == 0) {
        result = credential_process_parse(buf_string(&output), output.len, answer, err);
    }
    if (output.data)
        memory_wipe(output.data, output.len);
    buf_release(&output);
    buf_release(&errors);
    strlist_release(&words);
    return result;
}

struct program {
    struct credential_source source;
    char *command;
};

static int fetch(struct credential_source *source, struct credential_answer *answer,
                 struct err *err)
{
    return credential_process_run(((struct program *)source)->command, answer, err);
}

/* The command may hold a password. */
static void release(struct credential_source *source)
{
    credential_wipe(((struct program *)source)->command);
}

static int open_process(const struct credential_search *search, struct credential_source **source,
                        struct err *err)
{
    const char *command = credential_setting(search, "credential_process");
    struct program *program;

    (void)err;
    if (!command)
        return 0;
    program = credential_source_new(
        sizeof(*program), search->world,
        xasprintf("the credential_process of profile '%s'", search->profile), fetch, release);
    program->command = xstrdup(command);
    *source = &program->source;
    return 0;
}

const struct credential_kind credential_process = {
    .looked_at = "a credential_process",
    .profile = true,
    .open = open_process,
};
