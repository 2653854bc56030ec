/* Calls to S3, and the parts of an upload. */
#include "core/json.h"
#include "providers/aws/storage/s3.h"
#include "providers/aws/storage/upload_parts.h"
#include "tests/unit/aws_client.h"

#include <fcntl.h>
#include <unistd.h>

/* Of the last ten bytes of make_file(UPLOAD_PART + 10), and of its parts' digests in a row. */
#define PART_SHA256 "6c34b47187f20d4f605422f06f05e826284db36b20396c2fc57a31484619d0e4"
#define PART_MD5 "3e36907067f5106b1d1d57ecc43bba38"
#define OBJECT_CHECKSUM "reId+X0vuZDNfj632Z4XWrhXFMg8Ri3TfjJd5gWnlz8="
#define OBJECT_MD5 "c607fd562a594633e0d6ff565eab32f0"

static const struct s3_bucket bucket = {"fnctl-1-eu-central-1", "123456789012"};

/* A file of `len` bytes that repeat "0123456789". */
static int make_file(int64_t len)
{
    char *path = file_join(home, "body");
    int fd = open(path, O_RDWR | O_CREAT | O_TRUNC | O_CLOEXEC, 0600);
    char line[1000];

    for (size_t i = 0; i < sizeof(line); i++)
        line[i] = (char)('0' + i % 10);
    for (int64_t at = 0; at < len; at += (int64_t)sizeof(line))
        assert_true(write(fd, line, sizeof(line)) == sizeof(line));
    assert_int_equal(ftruncate(fd, len), 0);
    free(path);
    return fd;
}

static void sends_a_part_of_a_file_again_after_slow_down(void **state)
{
    struct http_file file = {make_file(300000), 100003, 199990};
    struct aws *aws = new_aws(endpoint);
    struct aws_call call;
    struct err err = {0};
    char hash[HASH_HEX_LEN], *body = xcalloc(200000, 1);
    uint8_t digest[HASH_LEN];
    json_t *list;

    (void)state;
    assert_true(pread(file.fd, body, 199990, 100003) == 199990);
    hash_sha256(body, 199990, digest);
    hash_hex(digest, HASH_LEN, hash);
    script("[{\"status\": 503, \"body\": \"<Error><Code>SlowDown</Code></Error>\"},"
           "{\"status\": 500}, {\"headers\": {\"ETag\": \"\\\"x\\\"\"}}]");
    s3_call(&call, &bucket, "UploadPart", "PUT", "/fnctl/%s.zip?partNumber=%d&uploadId=%s", "a", 1,
            "u");
    call.file = &file;
    call.file_hash = hash;
    assert_int_equal(aws_perform(aws, &call, 1, &err), 0);
    assert_int_equal(call.attempts, 3);
    assert_true(strlist_has(&call.reply_headers, "etag: \"x\""));
    aws_call_release(&call);
    list = requests();
    for (size_t i = 0; i < 3; i += 2) {
        assert_string_equal(request_string(list, i, "target"),
                            "/fnctl-1-eu-central-1/fnctl/a.zip?partNumber=1&uploadId=u");
        assert_string_equal(request_string(list, i, "body"), body);
        assert_string_equal(request_header(list, i, "content-length"), "199990");
        assert_string_equal(request_header(list, i, "x-amz-content-sha256"), hash);
        assert_string_equal(request_header(list, i, "x-amz-expected-bucket-owner"), "123456789012");
        assert_null(request_header(list, i, "expect"));
        assert_null(request_header(list, i, "content-type"));
        check_signature(list, i, "s3", right_now());
    }
    json_decref(list);
    free(body);
    close(file.fd);
    aws_free(aws);
}

static void says_that_a_file_was_cut(void **state)
{
    struct http_file file = {make_file(1000), 0, 2000};
    struct aws *aws = new_aws(endpoint);
    struct aws_call call;
    struct err err = {0};

    (void)state;
    script("[{\"status\": 200}]");
    s3_call(&call, &bucket, "PutObject", "PUT", "/a");
    call.file = &file;
    call.file_hash = "0000000000000000000000000000000000000000000000000000000000000000";
    assert_int_equal(aws_perform(aws, &call, 1, &err), -1);
    assert_int_equal(err.code, ERR_FAILED);
    assert_non_null(strstr(err.message, "cannot be read to its end"));
    aws_call_release(&call);
    close(file.fd);
    aws_free(aws);
}

static void reads_answers(void **state)
{
    struct aws *aws = new_aws(endpoint);
    struct aws_call call;
    struct err err = {0};
    json_t *list;

    (void)state;
    script("[{\"body\": \"<?xml version='1.0'?>\\n<ListPartsResult xmlns='x'><Part><Size>5</Size>"
           "</Part></ListPartsResult>\"}]");
    s3_call(&call, &bucket, "ListParts", "GET", "/");
    assert_int_equal(aws_perform(aws, &call, 1, &err), 0);
    list = s3_elements(call.reply, "Part");
    assert_int_equal(json_array_size(list), 1);
    assert_string_equal(json_string_at(json_array_get(list, 0), "Size"), "5");
    json_decref(list);
    list = s3_elements(call.reply, "Upload");
    assert_int_equal(json_array_size(list), 0);
    json_decref(list);
    aws_call_release(&call);
    list = requests();
    assert_string_equal(request_string(list, 0, "target"), "/fnctl-1-eu-central-1");
    check_signature(list, 0, "s3", right_now());
    json_decref(list);
    aws_free(aws);
}

/* S3 says 200 before it knows how a long operation ends. */
static void finds_errors_in_successes(void **state)
{
    struct aws *aws = new_aws(endpoint);
    struct aws_call call;
    struct err err = {0};
    json_t *list;

    (void)state;
    script(
        "[{\"body\": \"  \\n<?xml version='1.0'?>\\n<Error><Code>InternalError</Code></Error>\"},"
        "{\"body\": \"<Error><Code>NoSuchUpload</Code><Message>gone</Message></Error>\"}]");
    s3_call(&call, &bucket, "CompleteMultipartUpload", "POST", "/a?uploadId=%s", "u");
    s3_send(&call, xstrdup("<CompleteMultipartUpload/>"));
    assert_int_equal(aws_perform(aws, &call, 1, &err), -1);
    assert_int_equal(call.attempts, 2);
    assert_string_equal(call.code, "NoSuchUpload");
    assert_non_null(strstr(err.message, "cannot CompleteMultipartUpload: NoSuchUpload: gone"));
    call.accept = "NoSuchUpload";
    assert_int_equal(aws_perform(aws, &call, 1, &err), 0);
    aws_call_release(&call);
    list = requests();
    assert_string_equal(request_header(list, 0, "content-type"), "application/xml");
    assert_string_equal(request_header(list, 0, "x-amz-checksum-sha256"),
                        "DJaw5uVw03826IUFQUDHRK0jpNYnBMOWuLQ9pymSHK8=");
    json_decref(list);
    aws_free(aws);
}

static void names_the_errors_of_heads(void **state)
{
    static const struct {
        int status;
        const char *code;
    } rows[] = {{301, "PermanentRedirect"}, {403, "Forbidden"}, {404, "NotFound"}};
    struct aws *aws = new_aws(endpoint);

    (void)state;
    for (size_t i = 0; i < sizeof(rows) / sizeof(*rows); i++) {
        char *step = xasprintf("[{\"status\": %d}]", rows[i].status);
        struct aws_call call;
        struct err err = {0};

        script(step);
        s3_call(&call, &bucket, "HeadBucket", "HEAD", "/");
        call.accept = "PermanentRedirect Forbidden NotFound";
        assert_int_equal(aws_perform(aws, &call, 1, &err), 0);
        assert_string_equal(call.code, rows[i].code);
        aws_call_release(&call);
        free(step);
    }
    aws_free(aws);
}

/* Seen by what a proxy is asked to connect to: there is no AWS here. */
static void puts_the_bucket_into_the_host(void **state)
{
    const struct s3_bucket dotted = {"a.b", NULL};
    struct aws *aws;

    (void)state;
    setenv("HTTPS_PROXY", endpoint, 1);
    aws = new_aws(NULL);
    for (int i = 0; i < 2; i++) {
        struct aws_call call;
        struct err err = {0};
        json_t *list;

        script("[{\"status\": 407}]");
        s3_call(&call, i ? &dotted : &bucket, "HeadObject", "HEAD", "/a");
        assert_int_equal(aws_perform(aws, &call, 1, &err), -1);
        aws_call_release(&call);
        list = requests();
        assert_string_equal(request_string(list, 0, "target"),
                            i ? "s3.eu-central-1.amazonaws.com:443"
                              : "fnctl-1-eu-central-1.s3.eu-central-1.amazonaws.com:443");
        json_decref(list);
    }
    unsetenv("HTTPS_PROXY");
    aws_free(aws);
}

static void escapes_xml(void **state)
{
    struct buf out;

    (void)state;
    buf_init(&out, 0);
    s3_escape(&out, "\"a<b>&c\"");
    assert_string_equal(buf_string(&out), "&#34;a&#60;b&#62;&#38;c&#34;");
    buf_release(&out);
}

static void cuts_a_file_into_parts(void **state)
{
    int fd = make_file(UPLOAD_PART + 10);
    struct upload_parts parts;
    struct err err = {0};

    (void)state;
    assert_int_equal(upload_parts_read(&parts, fd, &err), 0);
    assert_int_equal(parts.count, 2);
    assert_int_equal(parts.size, UPLOAD_PART + 10);
    assert_int_equal(parts.items[1].file.offset, UPLOAD_PART);
    assert_int_equal(parts.items[1].file.len, 10);
    assert_string_equal(parts.items[1].hash, PART_SHA256);
    assert_string_equal(parts.items[1].md5, PART_MD5);
    assert_string_equal(parts.checksum, OBJECT_CHECKSUM);
    assert_string_equal(parts.md5, OBJECT_MD5);

    assert_true(upload_part_matches(&parts.items[1], parts.items[1].checksum, "\"other\""));
    assert_true(upload_part_matches(&parts.items[1], NULL, "\"" PART_MD5 "\""));
    assert_true(upload_part_matches(&parts.items[1], "", PART_MD5));
    assert_false(upload_part_matches(&parts.items[1], parts.items[0].checksum, PART_MD5));
    assert_false(upload_part_matches(&parts.items[1], NULL, PART_MD5 "-1"));
    assert_false(upload_part_matches(&parts.items[1], NULL, NULL));
    assert_true(upload_object_matches(&parts, OBJECT_CHECKSUM "-2", NULL));
    assert_true(upload_object_matches(&parts, OBJECT_CHECKSUM, NULL));
    assert_false(upload_object_matches(&parts, OBJECT_CHECKSUM "-3", "\"" OBJECT_MD5 "-2\""));
    assert_true(upload_object_matches(&parts, NULL, "\"" OBJECT_MD5 "-2\""));
    assert_false(upload_object_matches(&parts, NULL, "\"" OBJECT_MD5 "\""));
    upload_parts_release(&parts);
    close(fd);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(sends_a_part_of_a_file_again_after_slow_down),
        cmocka_unit_test(says_that_a_file_was_cut),
        cmocka_unit_test(reads_answers),
        cmocka_unit_test(finds_errors_in_successes),
        cmocka_unit_test(names_the_errors_of_heads),
        cmocka_unit_test(puts_the_bucket_into_the_host),
        cmocka_unit_test(escapes_xml),
        cmocka_unit_test(cuts_a_file_into_parts),
    };

    return cmocka_run_group_tests(tests, start, stop);
}
