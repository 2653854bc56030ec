#include "providers/local/engine/services/s3.h"

#define BUCKET "/{Bucket}"
#define OBJECT "/{Bucket}/{Key+}"

/* clang-format off */
const struct operation s3_operations[] = {
    {"ListBuckets", "GET", "/", s3_list_buckets, NULL, true},
    {"CreateBucket", "PUT", BUCKET, s3_create_bucket, NULL, true},
    {"HeadBucket", "HEAD", BUCKET, s3_head_bucket, NULL, true},
    {"DeleteBucket", "DELETE", BUCKET, s3_delete_bucket, NULL, true},
    {"GetBucketLocation", "GET", BUCKET "?location", s3_get_location, NULL, true},
    {"PutPublicAccessBlock", "PUT", BUCKET "?publicAccessBlock", s3_put_public_access, NULL, true},
    {"GetPublicAccessBlock", "GET", BUCKET "?publicAccessBlock", s3_get_public_access, NULL, true},
    {"DeletePublicAccessBlock", "DELETE", BUCKET "?publicAccessBlock", s3_delete_public_access, NULL, true},
    {"PutBucketLifecycleConfiguration", "PUT", BUCKET "?lifecycle", s3_put_lifecycle, NULL, true},
    {"GetBucketLifecycleConfiguration", "GET", BUCKET "?lifecycle", s3_get_lifecycle, NULL, true},
    {"DeleteBucketLifecycle", "DELETE", BUCKET "?lifecycle", s3_delete_lifecycle, NULL, true},
    {"PutBucketTagging", "PUT", BUCKET "?tagging", s3_put_tagging, NULL, true},
    {"GetBucketTagging", "GET", BUCKET "?tagging", s3_get_tagging, NULL, true},
    {"DeleteBucketTagging", "DELETE", BUCKET "?tagging", s3_delete_tagging, NULL, true},
    {"PutBucketNotificationConfiguration", "PUT", BUCKET "?notification", s3_put_notification, NULL, true},
    {"GetBucketNotificationConfiguration", "GET", BUCKET "?notification", s3_get_notification, NULL, true},
    {"ListObjectsV2", "GET", BUCKET "?list-type", s3_list_objects, NULL, true},
    {"DeleteObjects", "POST", BUCKET "?delete", s3_delete_objects, NULL, true},
    {"ListMultipartUploads", "GET", BUCKET "?uploads", s3_list_uploads, NULL, true},
    {"PutObject", "PUT", OBJECT, s3_put_object, NULL, true},
    {"GetObject", "GET", OBJECT, s3_get_object, NULL, true},
    {"HeadObject", "HEAD", OBJECT, s3_get_object, NULL, true},
    {"DeleteObject", "DELETE", OBJECT, s3_delete_object, NULL, true},
    {"CreateMultipartUpload", "POST", OBJECT "?uploads", s3_create_upload, NULL, true},
    {"UploadPart", "PUT", OBJECT "?partNumber&uploadId", s3_upload_part, NULL, true},
    {"ListParts", "GET", OBJECT "?uploadId", s3_list_parts, NULL, true},
    {"CompleteMultipartUpload", "POST", OBJECT "?uploadId", s3_complete_upload, NULL, true},
    {"AbortMultipartUpload", "DELETE", OBJECT "?uploadId", s3_abort_upload, NULL, true},
    {.name = 0},
};
/* clang-format on */
