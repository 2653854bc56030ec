#include "providers/aws/wire/errors.h"

#include "core/memory.h"
#include "providers/aws/wire/request.h"

#include <ctype.h>
#include <stdlib.h>
#include <string.h>

/* Codes on which the SDKs' standard mode tries again, see its retry specification. */
static const char *const throttle_codes[] = {
    "Throttling",
    "ThrottlingException",
    "ThrottledException",
    "RequestThrottled",
    "RequestThrottledException",
    "TooManyRequestsException",
    "ProvisionedThroughputExceededException",
    "TransactionInProgressException",
    "RequestLimitExceeded",
    "BandwidthLimitExceeded",
    "LimitExceededException",
    "SlowDown",
    "PriorRequestNotComplete",
    "EC2ThrottledException",
};
static const char *const transient_codes[] = {"RequestTimeout", "RequestTimeoutException",
                                              "IDPCommunicationError", "InternalError",
                                              /* The body was damaged on its way. */
                                              "BadDigest", "XAmzContentSHA256Mismatch"};
/* Answered with 502 though no other try can help. */
static const char *const final_codes[] = {"InvalidZipFileException"};
static const char *const skew_codes[] = {"RequestTimeTooSkewed",      "RequestExpired",
                                         "RequestInTheFuture",        "AuthFailure",
                                         "InvalidSignatureException", "SignatureDoesNotMatch"};

/* Codes that are about who asks, with what to do. A '*' takes any ending. */
static const struct {
    const char *code;
    const char *hint;
} credential_codes[] = {
    {"ExpiredToken*", "the session has ended: sign in again, and renew AWS_SESSION_TOKEN or the "
                      "profile's keys"},
    {"TokenRefreshRequired", "the session has ended: sign in again"},
    {"UnrecognizedClient*", "AWS does not know these keys: check the access key ID, and that "
                            "temporary keys come with their AWS_SESSION_TOKEN"},
    {"InvalidClientTokenId", "AWS does not know these keys: check the access key ID, and that "
                             "temporary keys come with their AWS_SESSION_TOKEN"},
    {"InvalidAccessKeyId", "AWS does not know these keys: check the access key ID"},
    {"InvalidToken", "check AWS_SESSION_TOKEN"},
    {"SignatureDoesNotMatch", "check the secret access key and this machine's clock"},
    {"InvalidSignature*", "check the secret access key and this machine's clock"},
    {"RequestTimeTooSkewed", "check this machine's clock"},
    {"RequestExpired", "check this machine's clock"},
    {"IncompleteSignature*", "check AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY for stray "
                             "characters"},
    {"MissingAuthenticationToken*", "check the endpoint and the credentials"},
    {"Forbidden", "this identity lacks the permission, or it belongs to another account"},
    {"AccessDenied*", "this identity lacks the permission; ask the account's administrator for it"},
    {"UnauthorizedOperation", "this identity lacks the permission"},
    {"NotAuthorized*", "this identity lacks the permission"},
    {"AuthFailure", "check the credentials"},
    {"OptInRequired", "the account is not signed up for this service or region"},
    {"SubscriptionRequiredException", "the account is not signed up for this service"},
};

static bool among(const char *code, const char *const *codes, size_t count)
{
    for (size_t i = 0; i < count; i++)
        if (strcmp(code, codes[i]) == 0)
            return true;
    return false;
}
#define AMONG(code, codes) among(code, codes, sizeof(codes) / sizeof(*(codes)))

enum http_verdict aws_error_verdict(int status, const char *code)
{
    if (status / 100 == 2 || (code && AMONG(code, final_codes)))
        return HTTP_DONE;
    if (status == 429 || (code && AMONG(code, throttle_codes)))
        return HTTP_THROTTLED;
    if (status == 500 || (status >= 502 && status <= 504) || (code && AMONG(code, transient_codes)))
        return HTTP_TRANSIENT;
    return HTTP_DONE;
}

bool aws_error_is_skew(const char *code, const char *message)
{
    return (code && AMONG(code, skew_codes)) ||
           (message &&
            (strstr(message, "Signature expired") || strstr(message, "Signature not yet current")));
}

enum err_code aws_error_kind(const char *code, const char **hint)
{
    *hint = NULL;
    for (size_t i = 0; code && i < sizeof(credential_codes) / sizeof(*credential_codes); i++) {
        const char *pattern = credential_codes[i].code;
        size_t len = strcspn(pattern, "*");

        if (strncmp(code, pattern, len) == 0 && (pattern[len] == '*' || code[len] == '\0')) {
            *hint = credential_codes[i].hint;
            return ERR_CREDENTIALS;
        }
    }
    return ERR_SERVICE;
}

/* "com.amazonaws.x#Name:http://..." is "Name". NULL when nothing is left, or it is no name. */
static char *clean_code(const char *text)
{
    const char *hash = text ? strchr(text, '#') : NULL;
    size_t len;

    if (!text)
        return NULL;
    text = hash ? hash + 1 : text;
    len = strcspn(text, ":, ");
    for (size_t i = 0; i < len; i++)
        if (!isalnum((unsigned char)text[i]) && !strchr("._-", text[i]))
            return NULL;
    return len > 0 && len < 128 ? xstrndup(text, len) : NULL;
}

/* The string at the first of these keys that there is. */
static const char *first_string(const json_t *object, const char *const *keys)
{
    for (; *keys; keys++) {
        const char *text = json_string_value(json_object_get(object, *keys));

        if (text)
            return text;
    }
    return NULL;
}

/* <ErrorResponse><Error>, <Error>, or <Response><Errors><Error>. */
static const json_t *find_xml_error(const json_t *root)
{
    const json_t *error = json_object_get(root, "Error");
    const json_t *response = json_object_get(root, "ErrorResponse");

    if (!error && response)
        error = json_object_get(response, "Error");
    if (!error)
        error =
            json_object_get(json_object_get(json_object_get(root, "Response"), "Errors"), "Error");
    return error;
}

bool aws_error_in_success(const struct http_response *response)
{
    const char *body = buf_string(&response->body);

    body += strspn(body, " \t\r\n");
    if (strncmp(body, "<?xml", 5) == 0) {
        body += strcspn(body, ">");
        body += strspn(body, "> \t\r\n");
    }
    return response->status / 100 == 2 && strncmp(body, "<Error>", 7) == 0;
}

void aws_error_decode(const struct http_response *response, char **code, char **message)
{
    /* The last ones are OAuth's: RFC 6749, 5.2. */
    static const char *const code_keys[] = {"__type", "code", "Code", "error", NULL};
    static const char *const message_keys[] = {"message", "Message", "errorMessage",
                                               "error_description", NULL};
    const char *body = buf_string(&response->body);
    const char *first = body + strspn(body, " \t\r\n");
    json_t *root = NULL;
    const json_t *error = NULL;
    struct err ignored;

    if (*first == '{')
        root = json_loadb(body, response->body.len, JSON_ALLOW_NUL, NULL);
    else if (*first == '<')
        root = aws_xml_to_json(body, response->body.len, &ignored);
    error = *first == '<' ? find_xml_error(root) : root;
    *code = clean_code(http_header(response, "x-amzn-errortype"));
    if (!*code)
        *code = clean_code(first_string(error, code_keys));
    *message = xstrdup(first_string(error, message_keys));
    json_decref(root);
}
