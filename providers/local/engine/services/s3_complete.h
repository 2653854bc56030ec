/* What the files of multipart uploads share. */
#ifndef FNCTL_ENGINE_S3_COMPLETE_H
#define FNCTL_ENGINE_S3_COMPLETE_H

#include "providers/local/engine/services/s3.h"

/* The upload that the input names, as a row of the store; the caller's. NULL: answered. */
json_t *s3_upload(struct request *request, json_t *input);

#endif
