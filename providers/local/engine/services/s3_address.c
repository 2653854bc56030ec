#include "core/memory.h"
#include "providers/local/engine/services/s3.h"

#include <stdlib.h>
#include <string.h>

/* The words in a query that make another operation of a request; s3_query_means(). */
static const char *const meanings[] = {"accelerate",
                                       "acl",
                                       "analytics",
                                       "attributes",
                                       "cors",
                                       "delete",
                                       "encryption",
                                       "inventory",
                                       "legal-hold",
                                       "lifecycle",
                                       "list-type",
                                       "location",
                                       "logging",
                                       "metrics",
                                       "notification",
                                       "object-lock",
                                       "ownershipControls",
                                       "partNumber",
                                       "policy",
                                       "policyStatus",
                                       "publicAccessBlock",
                                       "replication",
                                       "requestPayment",
                                       "restore",
                                       "retention",
                                       "select",
                                       "tagging",
                                       "torrent",
                                       "uploadId",
                                       "uploads",
                                       "versionId",
                                       "versioning",
                                       "versions",
                                       "website"};

/* The bucket in "BUCKET.localhost:PORT" or "BUCKET.s3.localhost": its length; 0: none. */
static size_t bucket_in_host(const struct request *request)
{
    const char *host = request_header(request, "Host");
    const char *end = host ? strstr(host, ".localhost") : NULL;
    const char *s3 = host ? strstr(host, ".s3.") : NULL;

    if (!end || strncmp(host, "s3.", 3) == 0)
        return 0;
    return (size_t)((s3 && s3 < end ? s3 : end) - host);
}

void s3_use_path(struct request *request)
{
    size_t len = bucket_in_host(request);
    char *path;

    if (!len)
        return;
    path = xasprintf("/%.*s%s", (int)len, request_header(request, "Host"), request->path);
    free(request->path);
    request->path = path;
}

/* Whether `word` is among the words of `list`, which `separator` ends; "a=b" is the word "a". */
static bool has_word(const char *list, const char *word)
{
    size_t len = strlen(word);

    while (list && *list) {
        if (strncmp(list, word, len) == 0 && strchr("=&", list[len]))
            return true;
        list += strcspn(list, "&");
        list += *list == '&';
    }
    return false;
}

bool s3_query_means(const struct request *request, const char *words)
{
    words = words ? words + 1 : NULL;
    for (size_t i = 0; i < sizeof(meanings) / sizeof(*meanings); i++) {
        if (has_word(request->query, meanings[i]) != has_word(words, meanings[i]))
            return false;
    }
    return true;
}

/* Whether it is signed for S3, by header or query. */
static bool is_for_s3(const struct request *request)
{
    const char *authorization = request_header(request, "Authorization");

    if (authorization)
        return strstr(authorization, "/s3/aws4_request") != NULL;
    return request->query && strstr(request->query, "%2Fs3%2Faws4_request");
}

bool s3_keeps_body(const struct request *request)
{
    const char *length = request_header(request, "Content-Length");
    const char *slash = strchr(request->path + (*request->path == '/'), '/');
    bool has_key =
        bucket_in_host(request) ? request->path[0] && request->path[1] : slash && slash[1];

    return strcmp(request->method, "PUT") == 0 && has_key && is_for_s3(request) &&
           (length ? strcmp(length, "0") != 0
                   : request_header(request, "Transfer-Encoding") != NULL) &&
           (s3_query_means(request, NULL) || s3_query_means(request, "?partNumber&uploadId"));
}
