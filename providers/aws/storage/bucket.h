/*
 * The bucket that zips go through which are too large to be sent directly.
 *
 * One for an account and region, shared by all projects and stages:
 * fnctl-ACCOUNT-REGION, made when it is first needed, with all public access
 * blocked and a lifecycle rule that clears it of zips and of what interrupted
 * uploads left. It stays when a project is undeployed. Or the bucket that the
 * settings name (aws.bucket), which is taken as it is.
 *
 * A bucket's name is free for anybody in the world to take. So each call says
 * which account has to own it, and a bucket of somebody else's is an error.
 */
#ifndef FNCTL_PROVIDERS_AWS_BUCKET_H
#define FNCTL_PROVIDERS_AWS_BUCKET_H

#include "providers/aws/session.h"
#include "providers/aws/storage/s3.h"

/* Days until the lifecycle rule removes a zip, or an upload that was not finished. */
enum { BUCKET_DAYS = 3 };

/* Finds the bucket or makes it; `bucket` borrows from the session. Under session->upload_lock.
 * Errors: ERR_CREDENTIALS when it belongs to somebody else or may not be used or made, saying what
 * can be done; ERR_SETTINGS when the one of the settings does not exist or is elsewhere. */
int bucket_find(struct session *session, struct s3_bucket *bucket, struct err *err);

/* Makes a bucket; one of ours that is there is fine. Errors: ERR_CREDENTIALS when it is somebody
 * else's or may not be made. */
int bucket_create(struct session *session, const struct s3_bucket *bucket, struct err *err);

#endif
