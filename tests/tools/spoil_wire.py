"""Proves that check_wire.py sees what is wrong: spoils recorded exchanges in one way each.

    spoil_wire.py [--s3] WIRE

--s3    WIRE is of uploads through S3

Says each way that went unnoticed; the status is 1 when there is any.
"""

import base64
import json
import sys

import check_wire

# Operation, whether the answer is spoiled, what is replaced by what (in the head or the body; an
# empty first word stands for its end), and words of the finding.
WAYS = [
    ("lambda.CreateFunction", False, '"Handler"', '"Handlr"', "Handlr is not in the model"),
    ("lambda.CreateFunction", False, '"Role"', '"role"', "Role is required and missing"),
    ("lambda.CreateFunction", False, '"Timeout":30', '"Timeout":0', "Timeout is below the least"),
    ("lambda.CreateFunction", False, '"Timeout":30', '"Timeout":"30"', "Timeout is no integer"),
    ("lambda.CreateFunction", False, '"Active"', '"active"', "Mode is none of its values"),
    ("lambda.CreateFunction", False, '"arn:aws:iam::', '"arn:aws:iam:', "Role does not match"),
    ("lambda.CreateFunction", False, "Type: application/json", "Type: text/json", "not application/json"),
    ("lambda.CreateFunction", False, "/2015-03-31/functions", "/2015-03-30/functions", "is no operation of lambda"),
    ("lambda.CreateFunction", False, "/2015-03-31/functions", "/2015-03-31/functions?x=y", "the query has x"),
    ("lambda.UntagResource", False, "?tagKeys=", "?TagKeys=", "TagKeys is required and missing"),
    ("lambda.UntagResource", False, "%3Afunction%3A", ":function%3A", "Resource is not encoded"),
    ("lambda.GetAlias", False, "\r\nHost:", "\r\nx-amz-extra: 1\r\nHost:", "x-amz-extra, which is not in the model"),
    ("lambda.Invoke", False, "RequestResponse", "Request", "InvocationType is none of its values"),
    ("iam.CreateRole", False, "Version=2010-05-08", "Version=2010-05-09", "another Version"),
    ("iam.CreateRole", False, "Tags.member.2.Key", "Tags.member.9.Key", "is not in the model"),
    ("iam.CreateRole", False, "RoleName=", "Name=", "RoleName is required and missing"),
    ("logs.PutRetentionPolicy", False, "retentionInDays", "RetentionInDays", "retentionInDays is required"),
    ("logs.PutRetentionPolicy", False, "x-amz-json-1.1", "x-amz-json-1.0", "Content-Type than JSON 1.1"),
    ("scheduler.CreateSchedule", False, '"Mode":"OFF"', '"Mode":"NO"', "Mode is none of its values"),
    ("apigatewayv2.CreateRoute", False, '"routeKey"', '"RouteKey"', "RouteKey is not in the model"),
    ("lambda.CreateFunction", True, "HTTP/1.1 201", "HTTP/1.1 200", "another status than the model's 201"),
    ("lambda.CreateFunction", True, '"CodeSize":', '"Size":', "Size is not in the model"),
    ("lambda.CreateFunction", True, '"Timeout":30', '"Timeout":null', "Timeout is null"),
    ("lambda.GetAlias", True, "ResourceNotFoundException", "NotFoundException", "is no error of this operation"),
    ("lambda.GetAlias", True, "HTTP/1.1 404", "HTTP/1.1 400", "has another status than 404"),
    ("lambda.InvokeWithResponseStream", True, "amazon.eventstream", "amazon.events", "another Content-Type than an event"),
    ("iam.CreateRole", True, "<Arn>", "<Arn/><Arm>", "cannot be parsed"),
    ("iam.CreateRole", True, "CreateDate>", "Created>", "CreateDate is required and missing"),
    ("iam.CreateRole", True, "Z</CreateDate>", "</CreateDate>", "is no time as iso8601"),
    ("apigatewayv2.CreateApi", True, '"createdDate":"', '"createdDate":"on ', "CreatedDate is no time"),
    ("logs.DescribeLogGroups", True, '"creationTime":', '"creationTime":0.5,"x":', "creationTime is no long"),
    ("scheduler.GetSchedule", True, '"CreationDate":', '"CreationDate":"x","Y":', "cannot be parsed"),
]
S3_WAYS = [
    ("s3.UploadPart", False, "x-amz-checksum-sha256: ", "x-amz-checksum-sha256: A", "another x-amz-checksum-sha256"),
    ("s3.UploadPart", False, "Content-Sha256: ", "Content-Sha256: 0", "another x-amz-content-sha256"),
    ("s3.UploadPart", False, "partNumber=1&", "partNumber=x&", "PartNumber is no integer"),
    ("s3.UploadPart", False, "x-amz-expected-bucket-owner", "x-amz-bucket-owner", "which is not in the model"),
    ("s3.ListMultipartUploads", False, "prefix=fnctl%2F", "prefix=fnctl/", "prefix is not encoded"),
    ("s3.PutBucketLifecycleConfiguration", False, "<Status>Enabled", "<Status>On", "Status is none of its values"),
    ("s3.PutBucketLifecycleConfiguration", False, "<Days>", "<Day>1</Day><Days>", "Day is not in the model"),
    ("s3.PutBucketTagging", False, "x-amz-checksum-sha256", "x-amz-checked-sha256", "has no checksum"),
    ("s3.PutBucketTagging", False, "<Key>fnctl:bucket</Key>", "", "Key is required and missing"),
    ("s3.CompleteMultipartUpload", False, "<CompleteMultipartUpload ", "<CompleteUpload ", "is no XML"),
    ("s3.CreateBucket", False, "eu-central-1</Loc", "eu-central-9</Loc", "LocationConstraint is none of its values"),
    ("s3.CreateMultipartUpload", True, "<UploadId>", "<Upload/><UploadId>", "Upload is not in the model"),
    ("s3.ListMultipartUploads", True, "<IsTruncated>false", "<IsTruncated>no", "IsTruncated is no boolean"),
    ("s3.CompleteMultipartUpload", True, "</ETag>", "</ETag><ETag>x</ETag>", "ETag is there twice"),
    ("s3.UploadPart", True, "ETag:", "x-amz-tag:", "x-amz-tag, which is not in the model"),
    ("s3.HeadObject", True, "HTTP/1.1 404", "HTTP/1.1 405", "is no error of this operation"),
]


def replaced(message, old, new):
    """The first of head and body that has it, changed; None when neither does."""
    for part in ("head", "body"):
        text = base64.b64decode(message[part])
        if old.encode() in text:
            return {**message, part: base64.b64encode(text.replace(old.encode(), new.encode())).decode()}
    return None


def main():
    s3 = sys.argv[1] == "--s3"
    with open(sys.argv[-1]) as lines:
        exchanges = [json.loads(line) for line in lines]
    known, missed = check_wire.models(), 0
    for operation, is_answer, old, new, words in S3_WAYS if s3 else WAYS:
        kind, found, tried = "answer" if is_answer else "request", [], 0
        for exchange in exchanges:
            if exchange["operation"].replace("apigateway.", "apigatewayv2.") != operation:
                continue
            spoiled = replaced(exchange[kind], old, new)
            if spoiled:
                tried += 1
                findings = check_wire.Findings()
                check_wire.check({**exchange, kind: spoiled}, known, findings)
                found += findings.seen
        if not any(words in finding for finding in found):
            missed += 1
            print(f"{operation} {kind}, {old} as {new}: not noticed in {tried} exchanges: {found[:3]}")
    print(f"{len(S3_WAYS if s3 else WAYS)} ways to be wrong, {missed} went unnoticed")
    return 1 if missed else 0


if __name__ == "__main__":
    sys.exit(main())
