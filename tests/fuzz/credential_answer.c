/* What programs and services print when asked for credentials, and the files that keep tokens:
 * whatever it is, the parsers say no or give whole answers. The first byte chooses the parser. */
#include "core/memory.h"
#include "providers/aws/identity/credential_process.h"
#include "providers/aws/identity/sso.h"

#include <stdlib.h>
#include <string.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void try_token(const char *text, size_t len)
{
    struct sso_token token;
    struct err err;

    if (sso_token_parse(&token, text, len, &err) == 0 && (!token.access || !token.expires))
        abort();
    sso_token_release(&token);
}

static void try_process(const char *text, size_t len)
{
    struct credential_answer answer;
    struct err err;

    credential_process_parse(text, len, &answer, &err);
    credentials_key_release(&answer.key);
}

/* The answers of the metadata services and of CreateToken. */
static void try_answer(const char *text, size_t len)
{
    static const struct credential_members members = {"AccessKeyId", "SecretAccessKey", "Token",
                                                      "Expiration"};
    json_t *root = json_loadb(text, len, 0, NULL);
    struct credential_answer answer;
    struct sso_token token = {0};
    struct err err;

    credential_answer_read(&answer, root, &members, "it", &err);
    if (sso_token_take(&token, root, 0, &err) == 0 && (!token.access || token.expires <= 0))
        abort();
    credentials_key_release(&answer.key);
    sso_token_release(&token);
    credential_json_free(root);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    static void (*const parsers[])(const char *, size_t) = {try_token, try_process, try_answer};

    if (size > 0)
        parsers[data[0] % 3]((const char *)data + 1, size - 1);
    return 0;
}
