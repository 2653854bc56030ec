#include "core/memory.h"
#include "providers/aws/wire/canonical.h"
#include "providers/aws/wire/sigv4.h"

#include <stdlib.h>
#include <string.h>

#define ALGORITHM SIGV4_ALGORITHM
#define TERMINATOR SIGV4_TERMINATOR

enum {
    DATE_LEN = 8,                /* "20150830" */
    MAX_EXPIRES = 7 * 24 * 3600, /* s a presigned URL may be valid */
};

/* Copies `text` to a field of the claim; -1 when it is empty or too long for any real request. */
static int copy(char *field, size_t size, const char *text, size_t len)
{
    if (len == 0 || len >= size)
        return -1;
    memcpy(field, text, len);
    field[len] = '\0';
    return 0;
}

/* Splits "ID/DATE/REGION/SERVICE/aws4_request"; `date` takes the DATE. */
static int split_credential(const char *text, size_t len, struct sigv4_claim *claim,
                            char date[static CLOCK_AMZ_LEN])
{
    const struct {
        char *field;
        size_t size;
    } parts[] = {{claim->key_id, sizeof(claim->key_id)},
                 {date, CLOCK_AMZ_LEN},
                 {claim->region, sizeof(claim->region)},
                 {claim->service, sizeof(claim->service)}};
    const char *end = text + len;

    for (size_t i = 0; i < sizeof(parts) / sizeof(*parts); i++) {
        const char *slash = memchr(text, '/', (size_t)(end - text));

        if (!slash || copy(parts[i].field, parts[i].size, text, (size_t)(slash - text)) < 0)
            return -1;
        text = slash + 1;
    }
    return (size_t)(end - text) == strlen(TERMINATOR) &&
                   memcmp(text, TERMINATOR, (size_t)(end - text)) == 0
               ? 0
               : -1;
}

/* Finds "Name=" in the comma-separated parts of an Authorization header. */
static const char *find_part(const char *text, const char *name, size_t *len)
{
    size_t name_len = strlen(name);

    while (*text) {
        size_t part;

        text += strspn(text, " ,\t");
        part = strcspn(text, ", \t");
        if (part > name_len && strncmp(text, name, name_len) == 0 && text[name_len] == '=') {
            *len = part - name_len - 1;
            return text + name_len + 1;
        }
        text += part;
    }
    return NULL;
}

/* Checks what both ways of signing share, once the fields are filled. */
static int check_claim(const struct sigv4_claim *claim, const char *scope_date, struct err *err)
{
    int64_t date;

    if (strlen(claim->signature) != HASH_HEX_LEN - 1)
        return err_set(err, ERR_CREDENTIALS, "IncompleteSignature: the signature has no 64 digits");
    if (strlen(claim->date) != CLOCK_AMZ_LEN - 1 || clock_parse(claim->date, &date) < 0)
        return err_set(err, ERR_CREDENTIALS,
                       "IncompleteSignature: X-Amz-Date has to be like "
                       "20150830T123600Z");
    if (strlen(scope_date) != DATE_LEN || strncmp(scope_date, claim->date, DATE_LEN) != 0)
        return err_set(err, ERR_CREDENTIALS,
                       "SignatureDoesNotMatch: the credential's date is not X-Amz-Date's");
    return 0;
}

static int claim_header(const char *authorization, const struct strlist *headers,
                        struct sigv4_claim *claim, struct err *err)
{
    const char *date = canonical_header(headers, "x-amz-date");
    const char *credential, *names, *signature;
    size_t credential_len, names_len, signature_len;
    char scope_date[CLOCK_AMZ_LEN];

    if (strncmp(authorization, ALGORITHM " ", strlen(ALGORITHM) + 1) != 0)
        return err_set(err, ERR_CREDENTIALS,
                       "IncompleteSignature: Authorization has to start with " ALGORITHM);
    authorization += strlen(ALGORITHM) + 1;
    credential = find_part(authorization, "Credential", &credential_len);
    names = find_part(authorization, "SignedHeaders", &names_len);
    signature = find_part(authorization, "Signature", &signature_len);
    if (!credential || !names || !signature)
        return err_set(err, ERR_CREDENTIALS,
                       "IncompleteSignature: Authorization needs Credential, "
                       "SignedHeaders and Signature");
    if (!date)
        return err_set(err, ERR_CREDENTIALS, "IncompleteSignature: there is no X-Amz-Date");
    if (split_credential(credential, credential_len, claim, scope_date) < 0 ||
        copy(claim->signed_headers, sizeof(claim->signed_headers), names, names_len) < 0 ||
        copy(claim->signature, sizeof(claim->signature), signature, signature_len) < 0 ||
        copy(claim->date, sizeof(claim->date), date, strcspn(date, " \t\r\n")) < 0)
        return err_set(err, ERR_CREDENTIALS,
                       "IncompleteSignature: Authorization is malformed: "
                       "Credential is KEY/DATE/REGION/SERVICE/" TERMINATOR);
    return check_claim(claim, scope_date, err);
}

/* Reads seconds of validity; -1 when they are no number or out of range. */
static int64_t parse_expires(const char *text)
{
    size_t digits = strspn(text, "0123456789");
    long seconds;

    if (digits == 0 || digits > 7 || text[digits])
        return -1;
    seconds = strtol(text, NULL, 10);
    return seconds >= 1 && seconds <= MAX_EXPIRES ? seconds : -1;
}

static int claim_query(const char *query, struct sigv4_claim *claim, struct err *err)
{
    enum { ALGORITHM_IN, CREDENTIAL, DATE, EXPIRES, NAMES, SIGNATURE, PARAMETERS };
    static const char *const names[PARAMETERS] = {"X-Amz-Algorithm",     "X-Amz-Credential",
                                                  "X-Amz-Date",          "X-Amz-Expires",
                                                  "X-Amz-SignedHeaders", "X-Amz-Signature"};
    char *values[PARAMETERS] = {0};
    char scope_date[CLOCK_AMZ_LEN];
    int result = -1;

    claim->presigned = true;
    for (size_t i = 0; i < PARAMETERS; i++) {
        values[i] = canonical_parameter(query, names[i]);
        if (!values[i]) {
            err_set(err, ERR_CREDENTIALS, "IncompleteSignature: the query has no %s", names[i]);
            goto out;
        }
    }
    claim->expires = parse_expires(values[EXPIRES]);
    if (claim->expires < 0)
        err_set(err, ERR_CREDENTIALS,
                "AuthorizationQueryParametersError: X-Amz-Expires has to be "
                "1 to 604800 seconds");
    else if (strcmp(values[ALGORITHM_IN], ALGORITHM) != 0 ||
             split_credential(values[CREDENTIAL], strlen(values[CREDENTIAL]), claim, scope_date) <
                 0 ||
             copy(claim->signed_headers, sizeof(claim->signed_headers), values[NAMES],
                  strlen(values[NAMES])) < 0 ||
             copy(claim->signature, sizeof(claim->signature), values[SIGNATURE],
                  strlen(values[SIGNATURE])) < 0 ||
             copy(claim->date, sizeof(claim->date), values[DATE], strlen(values[DATE])) < 0)
        err_set(err, ERR_CREDENTIALS,
                "AuthorizationQueryParametersError: malformed: "
                "X-Amz-Credential is KEY/DATE/REGION/SERVICE/" TERMINATOR);
    else
        result = check_claim(claim, scope_date, err);
out:
    for (size_t i = 0; i < PARAMETERS; i++)
        free(values[i]);
    return result;
}

int sigv4_claim(const struct sigv4_request *request, struct sigv4_claim *claim, struct err *err)
{
    const char *authorization = canonical_header(request->headers, "authorization");
    char *signature = canonical_parameter(request->query, "X-Amz-Signature");
    bool presigned = signature != NULL;

    *claim = (struct sigv4_claim){0};
    free(signature);
    if (authorization)
        return claim_header(authorization, request->headers, claim, err);
    if (presigned)
        return claim_query(request->query, claim, err);
    return err_set(
        err, ERR_CREDENTIALS,
        "MissingAuthenticationToken: the request is not signed: neither an Authorization "
        "header nor X-Amz-Signature in the query");
}
