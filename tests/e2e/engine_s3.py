"""The engine's S3 as boto3 sees it: engine_s3.py STATE URL make|kept|remove"""
import base64
import hashlib
import http.client
import io
import json
import os
import sys
import urllib.parse
import zlib

import boto3
import botocore.auth
import botocore.awsrequest
import botocore.config
import botocore.credentials
import botocore.exceptions

state, url, phase = sys.argv[1:]
with open(state + "/credentials.json", encoding="utf-8") as file:
    keys = json.load(file)
ME, BUCKET, MIB = "000000000000", "things-of-ours", 1 << 20


def client(region="eu-central-1", secret=None, **config):
    return boto3.client("s3", endpoint_url=url, region_name=region, aws_access_key_id=keys["access_key_id"],
        aws_secret_access_key=secret or keys["secret_access_key"],
        config=botocore.config.Config(retries={"max_attempts": 1}, read_timeout=30, **config))


s3 = client()


def fails(code, call, **arguments):
    try:
        call(**arguments)
    except botocore.exceptions.ClientError as e:
        assert e.response["Error"]["Code"] == code, (code, e.response)
        return e.response
    raise AssertionError(code + " expected")


def sent(method, path, body=b"", **headers):
    """A request of our own making, signed as S3's are; status, headers, body."""
    request = botocore.awsrequest.AWSRequest(method=method, url=url + path, data=body,
        headers={name.replace("_", "-"): value for name, value in headers.items()})
    botocore.auth.S3SigV4Auth(botocore.credentials.Credentials(keys["access_key_id"], keys["secret_access_key"]),
        "s3", "eu-central-1").add_auth(request)
    connection = http.client.HTTPConnection(url.split("//")[1], timeout=30)
    connection.request(method, path, body=body, headers=dict(request.headers))
    answer = connection.getresponse()
    return answer.status, answer.headers, answer.read()


def configuration():
    assert s3.head_bucket(Bucket=BUCKET, ExpectedBucketOwner=ME)["BucketRegion"] == "eu-central-1"
    fails("403", s3.head_bucket, Bucket=BUCKET, ExpectedBucketOwner="111111111111")
    fails("404", s3.head_bucket, Bucket="nobody-has-this")
    assert s3.get_bucket_location(Bucket=BUCKET)["LocationConstraint"] == "eu-central-1"
    assert [b["Name"] for b in s3.list_buckets()["Buckets"]] == [BUCKET]
    assert all(s3.get_public_access_block(Bucket=BUCKET)["PublicAccessBlockConfiguration"].values())
    rules = s3.get_bucket_lifecycle_configuration(Bucket=BUCKET)["Rules"]
    assert [(r["ID"], r["Expiration"]["Days"]) for r in rules] == [("a", 1), ("b", 2)], rules
    assert s3.get_bucket_tagging(Bucket=BUCKET)["TagSet"] == [{"Key": "a & b", "Value": "<ü>"}]


def make_buckets():
    fails("IllegalLocationConstraintException", s3.create_bucket, Bucket=BUCKET)
    fails("InvalidLocationConstraint", s3.create_bucket, Bucket=BUCKET,
        CreateBucketConfiguration={"LocationConstraint": "us-east-1"})
    here = {"LocationConstraint": "eu-central-1"}
    for name in ("ab", "Upper", "a..b", "-ab", "x" * 64):
        status, _, body = sent("PUT", "/" + name)
        assert status == 400 and b"InvalidBucketName" in body, (name, body)
    s3.create_bucket(Bucket=BUCKET, CreateBucketConfiguration=here)
    fails("BucketAlreadyOwnedByYou", s3.create_bucket, Bucket=BUCKET, CreateBucketConfiguration=here)
    first = client("us-east-1")
    first.create_bucket(Bucket="in-the-first-region")
    first.create_bucket(Bucket="in-the-first-region")
    assert first.get_bucket_location(Bucket="in-the-first-region").get("LocationConstraint") is None
    first.delete_bucket(Bucket="in-the-first-region")
    fails("NoSuchTagSet", s3.get_bucket_tagging, Bucket=BUCKET)
    fails("NoSuchLifecycleConfiguration", s3.get_bucket_lifecycle_configuration, Bucket=BUCKET)
    fails("NoSuchPublicAccessBlockConfiguration", s3.get_public_access_block, Bucket=BUCKET)
    s3.put_public_access_block(Bucket=BUCKET, PublicAccessBlockConfiguration=dict.fromkeys(
        ("BlockPublicAcls", "IgnorePublicAcls", "BlockPublicPolicy", "RestrictPublicBuckets"), True))
    s3.put_bucket_lifecycle_configuration(Bucket=BUCKET, LifecycleConfiguration={"Rules": [
        {"ID": "a", "Status": "Enabled", "Filter": {"Prefix": "old/"}, "Expiration": {"Days": 1}},
        {"ID": "b", "Status": "Disabled", "Filter": {"Prefix": ""}, "Expiration": {"Days": 2}}]})
    s3.put_bucket_tagging(Bucket=BUCKET, Tagging={"TagSet": [{"Key": "a & b", "Value": "<ü>"}]})
    configuration()
    # Documents must come with a checksum, and with the right one.
    tagging = b"<Tagging><TagSet/></Tagging>"
    status, _, body = sent("PUT", f"/{BUCKET}?tagging", tagging)
    assert status == 400 and b"InvalidRequest" in body
    status, _, body = sent("PUT", f"/{BUCKET}?tagging", tagging, x_amz_checksum_crc32="AAAAAA==")
    assert status == 400 and b"BadDigest" in body
    status, _, body = sent("PUT", f"/{BUCKET}?tagging", b"<Tag", x_amz_checksum_crc32=base64.b64encode(
        zlib.crc32(b"<Tag").to_bytes(4, "big")).decode())
    assert status == 400 and b"MalformedXML" in body
    # What is not there is said to be not there, and is taken for nothing else.
    for word in ("acl", "policy", "versioning", "cors"):
        status, _, body = sent("GET", f"/{BUCKET}?{word}")
        assert status == 501 and b"NotImplemented" in body, (word, body)


CONTENT = b"0123456789" * 20000
KEYS = ["a.txt", "dir/one", "dir/sub/two", "dir/three", "ü & <\"odd\"> %20 +/key", "z//double/./../dots"]


def make_objects():
    for algorithm in ("CRC32", "CRC32C", "CRC64NVME", "SHA1", "SHA256"):
        try:
            answer = s3.put_object(Bucket=BUCKET, Key="sums/" + algorithm, Body=CONTENT, ChecksumAlgorithm=algorithm)
        except botocore.exceptions.MissingDependencyException:
            continue  # botocore computes some of them only with its C extension
        assert answer["Checksum" + algorithm], answer
        s3.get_object(Bucket=BUCKET, Key="sums/" + algorithm, ChecksumMode="ENABLED")["Body"].read()
    # Of a standard check: "123456789".
    for header, value in (("crc32c", "4waSgw=="), ("crc64nvme", "rosUhgp5mIg="), ("crc32", "y/Q5Jg==")):
        wanted = {"x_amz_checksum_" + header: value}
        answer = sent("PUT", f"/{BUCKET}/sums/standard", b"123456789", **wanted)
        assert answer[0] == 200, (header, answer)
        status, _, body = sent("PUT", f"/{BUCKET}/sums/standard", b"12345678", **wanted)
        assert status == 400 and b"BadDigest" in body, header
    for key in KEYS:
        s3.put_object(Bucket=BUCKET, Key=key, Body=CONTENT + key.encode(), ContentType="text/plain; charset=x",
            CacheControl="no-store", Metadata={"own": "value"})
    s3.put_object(Bucket=BUCKET, Key="empty", Body=b"")
    s3.put_object(Bucket=BUCKET, Key="streamed", Body=io.BufferedReader(io.BytesIO(CONTENT)))
    fails("PreconditionFailed", s3.put_object, Bucket=BUCKET, Key="a.txt", Body=b"", IfNoneMatch="*")
    fails("NoSuchBucket", s3.put_object, Bucket="nobody-has-this", Key="a", Body=b"x")
    fails("AccessDenied", s3.put_object, Bucket=BUCKET, Key="a", Body=b"x", ExpectedBucketOwner="111111111111")
    status, _, body = sent("PUT", f"/{BUCKET}/a.txt", b"x", Content_MD5=base64.b64encode(b"0" * 16).decode())
    assert status == 400 and b"BadDigest" in body
    assert sent("PUT", f"/{BUCKET}/a.txt%00b", b"x")[0] == 400
    fails("KeyTooLongError", s3.put_object, Bucket=BUCKET, Key="k" * 1025, Body=b"")
    objects()


def chunked(data, checksum, **more):
    """A body in chunks of its own with a trailer, as clients of streams send it."""
    body = b"".join(b"%x\r\n%s\r\n" % (len(data[i:i + 70000]), data[i:i + 70000]) for i in range(0, len(data), 70000))
    body += b"0\r\nx-amz-checksum-crc32:%s\r\n\r\n" % base64.b64encode(checksum.to_bytes(4, "big"))
    headers = {"Content-Encoding": "aws-chunked", "X-Amz-Decoded-Content-Length": str(len(data)),
        "X-Amz-Trailer": "x-amz-checksum-crc32", "X-Amz-Content-Sha256": "STREAMING-UNSIGNED-PAYLOAD-TRAILER", **more}
    request = botocore.awsrequest.AWSRequest(method="PUT", url=f"{url}/{BUCKET}/chunked", headers=headers)

    class Auth(botocore.auth.S3SigV4Auth):
        def payload(self, request):
            return headers["X-Amz-Content-Sha256"]

        def _modify_request_before_signing(self, request):
            del request.headers["X-Amz-Content-Sha256"]
            super()._modify_request_before_signing(request)

    Auth(botocore.credentials.Credentials(keys["access_key_id"], keys["secret_access_key"]), "s3",
        "eu-central-1").add_auth(request)
    connection = http.client.HTTPConnection(url.split("//")[1], timeout=30)
    connection.request("PUT", f"/{BUCKET}/chunked", body=body, headers=dict(request.headers))
    answer = connection.getresponse()
    return answer.status, answer.read()


def make_chunked():
    assert chunked(CONTENT, zlib.crc32(CONTENT)) == (200, b"")
    answer = s3.get_object(Bucket=BUCKET, Key="chunked")
    assert answer["Body"].read() == CONTENT and "ContentEncoding" not in answer
    for wrong in ({}, {"X-Amz-Decoded-Content-Length": "1"}, {"X-Amz-Content-Sha256": "STREAMING-AWS4-HMAC-SHA256-PAYLOAD"}):
        status, body = chunked(CONTENT, zlib.crc32(CONTENT) if wrong else 1, **wrong)
        assert status in (400, 501), (wrong, status, body)


def objects():
    for key in KEYS:
        answer = s3.get_object(Bucket=BUCKET, Key=key)
        assert answer["Body"].read() == CONTENT + key.encode(), key
        assert answer["ContentType"] == "text/plain; charset=x" and answer["CacheControl"] == "no-store"
        assert answer["Metadata"] == {"own": "value"}
        assert answer["ETag"] == f'"{hashlib.md5(CONTENT + key.encode()).hexdigest()}"'
        assert s3.head_object(Bucket=BUCKET, Key=key)["ContentLength"] == len(CONTENT) + len(key.encode())
    for wanted, content in (("bytes=3-5", b"345"), ("bytes=199999-", None), ("bytes=-4", None)):
        answer = s3.get_object(Bucket=BUCKET, Key="a.txt", Range=wanted)
        assert answer["ResponseMetadata"]["HTTPStatusCode"] == 206
        whole = CONTENT + b"a.txt"
        first, last = wanted[6:].split("-")
        assert answer["Body"].read() == (content or (whole[int(first):] if first else whole[-int(last):]))
    fails("InvalidRange", s3.get_object, Bucket=BUCKET, Key="a.txt", Range="bytes=900000-")
    assert s3.get_object(Bucket=BUCKET, Key="empty")["Body"].read() == b""
    fails("NoSuchKey", s3.get_object, Bucket=BUCKET, Key="none")
    fails("404", s3.head_object, Bucket=BUCKET, Key="none")
    etag = s3.head_object(Bucket=BUCKET, Key="a.txt")["ETag"]
    fails("304", s3.get_object, Bucket=BUCKET, Key="a.txt", IfNoneMatch=etag)
    fails("PreconditionFailed", s3.get_object, Bucket=BUCKET, Key="a.txt", IfMatch='"other"')
    signed = s3.generate_presigned_url("get_object", Params={"Bucket": BUCKET, "Key": KEYS[4]})
    connection = http.client.HTTPConnection(url.split("//")[1])
    connection.request("GET", signed[len(url):])
    assert connection.getresponse().read() == CONTENT + KEYS[4].encode()
    # By name of host, as clients do where the endpoint is no address.
    connection = http.client.HTTPConnection(url.split("//")[1])
    port = url.rpartition(":")[2]
    named = boto3.client("s3", endpoint_url=f"http://localhost:{port}", region_name="eu-central-1",
        aws_access_key_id=keys["access_key_id"], aws_secret_access_key=keys["secret_access_key"],
        config=botocore.config.Config(s3={"addressing_style": "virtual"}))
    signed = named.generate_presigned_url("get_object", Params={"Bucket": BUCKET, "Key": "a.txt"})
    parts = urllib.parse.urlsplit(signed)
    connection.request("GET", f"{parts.path}?{parts.query}", headers={"Host": parts.netloc})
    assert parts.netloc.startswith(BUCKET + ".localhost") and connection.getresponse().read() == CONTENT + b"a.txt"


def listings():
    def listed(**arguments):
        found, common = [], []
        for page in s3.get_paginator("list_objects_v2").paginate(Bucket=BUCKET, **arguments):
            assert page["KeyCount"] <= page["MaxKeys"]
            found += [o["Key"] for o in page.get("Contents", [])]
            common += [p["Prefix"] for p in page.get("CommonPrefixes", [])]
        return found, common

    everything = sorted([*KEYS, "empty", "streamed", "chunked", "parts"], key=str.encode)
    found, common = listed()
    assert [k for k in found if not k.startswith("sums/")] == everything and common == []
    assert listed(PaginationConfig={"PageSize": 1})[0] == found
    assert listed(Prefix="dir/") == (sorted(k for k in KEYS if k.startswith("dir/")), [])
    for size in (1, 2, 1000):
        top = listed(Delimiter="/", PaginationConfig={"PageSize": size})
        assert top == (["a.txt", "chunked", "empty", "parts", "streamed"], ["dir/", "sums/", "z/", "ü & <\"odd\"> %20 +/"]), top
    assert listed(Prefix="dir/", Delimiter="/") == (["dir/one", "dir/three"], ["dir/sub/"])
    assert listed(StartAfter="dir/sub")[0][0] == "dir/sub/two"
    assert listed(Prefix="none") == ([], [])
    assert s3.list_objects_v2(Bucket=BUCKET, MaxKeys=0)["KeyCount"] == 0
    fails("InvalidArgument", s3.list_objects_v2, Bucket=BUCKET, ContinuationToken="nonsense")


def make_parts():
    parts = [os.urandom(5 * MIB), os.urandom(6 * MIB), b"the end"]
    digests = [hashlib.sha256(part).digest() for part in parts]
    upload = s3.create_multipart_upload(Bucket=BUCKET, Key="parts", ChecksumAlgorithm="SHA256", ContentType="text/x")
    name = {"Bucket": BUCKET, "Key": "parts", "UploadId": upload["UploadId"]}
    named = []
    for number, part in ((3, parts[2]), (1, b"wrong"), (1, parts[0]), (2, parts[1])):
        answer = s3.upload_part(**name, PartNumber=number, Body=part, ChecksumAlgorithm="SHA256")
        if part != b"wrong":
            named.append({"PartNumber": number, "ETag": answer["ETag"], "ChecksumSHA256": answer["ChecksumSHA256"]})
    fails("InvalidRequest", s3.upload_part, **name, PartNumber=4, Body=b"x", ChecksumAlgorithm="CRC32")
    fails("InvalidArgument", s3.upload_part, **name, PartNumber=10001, Body=b"x", ChecksumAlgorithm="SHA256")
    fails("BadDigest", s3.upload_part, **name, PartNumber=4, Body=b"x", ChecksumSHA256=named[0]["ChecksumSHA256"])
    listed = s3.list_parts(**name)
    assert [(p["PartNumber"], p["Size"]) for p in listed["Parts"]] == [(1, 5 * MIB), (2, 6 * MIB), (3, 7)]
    assert [p["ChecksumSHA256"] for p in listed["Parts"]] == [base64.b64encode(d).decode() for d in digests]
    assert listed["ChecksumAlgorithm"] == "SHA256" and listed["ChecksumType"] == "COMPOSITE"
    page = s3.list_parts(**name, MaxParts=2)
    assert page["IsTruncated"] and s3.list_parts(**name, PartNumberMarker=page["NextPartNumberMarker"])["Parts"][0]["PartNumber"] == 3
    found = s3.list_multipart_uploads(Bucket=BUCKET, Prefix="part")["Uploads"]
    assert [(u["Key"], u["UploadId"], u["ChecksumAlgorithm"]) for u in found] == [("parts", name["UploadId"], "SHA256")]
    assert "Uploads" not in s3.list_multipart_uploads(Bucket=BUCKET, Prefix="q")
    fails("404", s3.head_object, Bucket=BUCKET, Key="parts")
    ordered = sorted(named, key=lambda part: part["PartNumber"])

    def complete(*parts):
        return {**name, "MultipartUpload": {"Parts": list(parts)}}

    fails("InvalidPartOrder", s3.complete_multipart_upload, **complete(*reversed(ordered)))
    fails("InvalidPart", s3.complete_multipart_upload, **complete(ordered[0], {**ordered[1], "ETag": '"x"'}))
    fails("InvalidPart", s3.complete_multipart_upload, **complete({**ordered[0], "ChecksumSHA256": ordered[1]["ChecksumSHA256"]}))
    fails("InvalidRequest", s3.complete_multipart_upload, **complete({k: v for k, v in ordered[0].items() if k != "ChecksumSHA256"}))
    fails("EntityTooSmall", s3.complete_multipart_upload, **complete(*two_small_ones(name)))
    answer = s3.complete_multipart_upload(**complete(*ordered))
    whole = base64.b64encode(hashlib.sha256(b"".join(digests)).digest()).decode() + "-3"
    etag = hashlib.md5(b"".join(hashlib.md5(part).digest() for part in parts)).hexdigest()
    assert answer["ChecksumSHA256"] == whole and answer["ETag"] == f'"{etag}-3"'
    head = s3.head_object(Bucket=BUCKET, Key="parts", ChecksumMode="ENABLED")
    assert head["ChecksumSHA256"] == whole and head["ChecksumType"] == "COMPOSITE" and head["ContentType"] == "text/x"
    assert s3.get_object(Bucket=BUCKET, Key="parts")["Body"].read() == b"".join(parts)
    fails("NoSuchUpload", s3.complete_multipart_upload, **complete(*ordered))
    fails("NoSuchUpload", s3.list_parts, **name)
    # Of the whole object, as one algorithm has it by itself.
    upload = s3.create_multipart_upload(Bucket=BUCKET, Key="full", ChecksumAlgorithm="CRC32", ChecksumType="FULL_OBJECT")
    name = {"Bucket": BUCKET, "Key": "full", "UploadId": upload["UploadId"]}
    etags = [s3.upload_part(**name, PartNumber=i + 1, Body=part)["ETag"] for i, part in enumerate(parts)]
    answer = s3.complete_multipart_upload(**complete(*({"PartNumber": i + 1, "ETag": e} for i, e in enumerate(etags))))
    assert answer["ChecksumCRC32"] == base64.b64encode(zlib.crc32(b"".join(parts)).to_bytes(4, "big")).decode(), answer
    s3.delete_object(Bucket=BUCKET, Key="full")
    # Given up: nothing of it stays.
    upload = s3.create_multipart_upload(Bucket=BUCKET, Key="never")
    name = {"Bucket": BUCKET, "Key": "never", "UploadId": upload["UploadId"]}
    s3.upload_part(**name, PartNumber=1, Body=os.urandom(100))
    before = len(os.listdir(state + "/blobs"))
    s3.abort_multipart_upload(**name)
    assert len(os.listdir(state + "/blobs")) == before - 1
    fails("NoSuchUpload", s3.abort_multipart_upload, **name)
    # One that a restart has to keep.
    upload = s3.create_multipart_upload(Bucket=BUCKET, Key="going on", ChecksumAlgorithm="SHA256")
    s3.upload_part(Bucket=BUCKET, Key="going on", UploadId=upload["UploadId"], PartNumber=1, Body=parts[0], ChecksumAlgorithm="SHA256")


def two_small_ones(name):
    """Two more parts, the first of which is too small to be followed by another."""
    small = s3.upload_part(**name, PartNumber=4, Body=b"small", ChecksumAlgorithm="SHA256")
    last = s3.upload_part(**name, PartNumber=5, Body=b"last", ChecksumAlgorithm="SHA256")
    return [{"PartNumber": n, "ETag": p["ETag"], "ChecksumSHA256": p["ChecksumSHA256"]} for n, p in ((4, small), (5, last))]


def kept():
    configuration()
    objects()
    listings()
    upload = s3.list_multipart_uploads(Bucket=BUCKET)["Uploads"][0]
    parts = s3.list_parts(Bucket=BUCKET, Key=upload["Key"], UploadId=upload["UploadId"])["Parts"]
    assert [(p["PartNumber"], p["Size"]) for p in parts] == [(1, 5 * MIB)]
    fails("SignatureDoesNotMatch", client(secret="x" * 40).list_buckets)
    fails("SignatureDoesNotMatch", client(secret="x" * 40).put_object, Bucket=BUCKET, Key="a.txt", Body=b"bad")
    assert sent("PUT", f"/{BUCKET}/a.txt", b"x", X_Amz_Content_Sha256="0" * 64)[0] in (200, 400)


def remove():
    fails("BucketNotEmpty", s3.delete_bucket, Bucket=BUCKET)
    names = [o["Key"] for o in s3.list_objects_v2(Bucket=BUCKET)["Contents"]]
    s3.delete_object(Bucket=BUCKET, Key=names[0])
    s3.delete_object(Bucket=BUCKET, Key=names[0])
    answer = s3.delete_objects(Bucket=BUCKET, Delete={"Objects": [{"Key": name} for name in names]})
    assert {d["Key"] for d in answer["Deleted"]} == set(names)
    s3.delete_bucket_lifecycle(Bucket=BUCKET)
    s3.delete_bucket_tagging(Bucket=BUCKET)
    s3.delete_public_access_block(Bucket=BUCKET)
    s3.delete_bucket(Bucket=BUCKET)
    fails("NoSuchBucket", s3.list_objects_v2, Bucket=BUCKET)
    assert os.listdir(state + "/blobs") == [], os.listdir(state + "/blobs")


if phase == "make":
    make_buckets()
    make_objects()
    make_chunked()
    make_parts()
    listings()
elif phase == "kept":
    kept()
else:
    remove()
print("ok", phase)
