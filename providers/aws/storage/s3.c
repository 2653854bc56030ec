#include "providers/aws/storage/s3.h"

#include "core/hash.h"
#include "core/json.h"
#include "core/memory.h"

#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

void s3_call(struct aws_call *call, const struct s3_bucket *bucket, const char *operation,
             const char *method, const char *path, ...)
{
    struct buf text;
    va_list arguments;

    buf_init(&text, 0);
    va_start(arguments, path);
    buf_vprintf(&text, path, arguments);
    va_end(arguments);
    aws_call_rest(call, &aws_s3, operation, method, NULL, "%s", buf_string(&text));
    call->bucket = bucket->name;
    if (bucket->owner)
        strlist_addf(&call->headers, "x-amz-expected-bucket-owner: %s", bucket->owner);
    buf_release(&text);
}

void s3_send(struct aws_call *call, char *xml)
{
    uint8_t digest[HASH_LEN];
    char *checksum;

    call->raw = xml;
    call->raw_len = strlen(xml);
    hash_sha256(call->raw, call->raw_len, digest);
    checksum = hash_base64(digest, sizeof(digest));
    strlist_add(&call->headers, "Content-Type: application/xml");
    strlist_add(&call->headers, "x-amz-sdk-checksum-algorithm: SHA256");
    strlist_addf(&call->headers, "x-amz-checksum-sha256: %s", checksum);
    free(checksum);
}

json_t *s3_elements(const json_t *reply, const char *name)
{
    json_t *value = json_object_get(reply, name);

    if (json_is_array(value))
        return json_incref(value);
    return json_is_object(value) ? json_pack("[O]", value) : json_array();
}

void s3_escape(struct buf *out, const char *text)
{
    for (; *text; text++) {
        if (strchr("<>&\"", *text))
            buf_printf(out, "&#%d;", *text);
        else
            buf_putc(out, *text);
    }
}
