#!/usr/bin/env python3
"""Writes tests/fixtures/sigv4/vectors.json: requests signed by botocore, with every stage.

Run with a Python that has botocore, from the root: python3 tests/tools/make_sigv4_vectors.py
The vectors are committed, so that the tests need no botocore.
"""
import datetime
import json
import urllib.parse
from unittest import mock

import botocore.auth
from botocore.awsrequest import AWSRequest
from botocore.credentials import Credentials

KEY = "AKIDEXAMPLE"
SECRET = "wJalrXUtnFEMI/K7MDENG+bPxRfiCYEXAMPLEKEY"
TOKEN = "IQoJb3JpZ2luX2VjEXAMPLE//////////wEaDGV1LWNlbnRyYWwtMSJHMEUCIQ+a/b=="
TIME = datetime.datetime(2026, 11, 20, 9, 15, 0)
LAMBDA = "https://lambda.eu-central-1.amazonaws.com"
S3 = "https://bucket.s3.eu-central-1.amazonaws.com"

# name, service, region, method, url, headers, body, further: token, expires (presigned), payload
CASES = [
    ("sts-form", "sts", "us-east-1", "POST", "https://sts.us-east-1.amazonaws.com/",
     {"Content-Type": "application/x-www-form-urlencoded; charset=utf-8"},
     "Action=GetCallerIdentity&Version=2011-06-15", {}),
    ("iam-token", "iam", "us-east-1", "POST", "https://iam.amazonaws.com/",
     {"Content-Type": "application/x-www-form-urlencoded; charset=utf-8"},
     "Action=GetRole&Version=2010-05-08&RoleName=a%20b", {"token": TOKEN}),
    ("logs-json", "logs", "eu-central-1", "POST", "https://logs.eu-central-1.amazonaws.com/",
     {"Content-Type": "application/x-amz-json-1.1", "X-Amz-Target": "Logs_20140328.FilterLogEvents"},
     '{"logGroupName":"/aws/lambda/wetter-ü","filterPattern":"“ERROR”"}', {}),
    ("lambda-get", "lambda", "eu-central-1", "GET",
     LAMBDA + "/2015-03-31/functions/weather-prod-api", {}, "", {}),
    ("lambda-arn-path", "lambda", "eu-central-1", "POST",
     LAMBDA + "/2017-03-31/tags/arn%3Aaws%3Alambda%3Aeu-central-1%3A123456789012%3Afunction%3Ax",
     {"Content-Type": "application/json"}, '{"Tags":{"a":"b"}}', {}),
    ("lambda-query-list", "lambda", "eu-central-1", "DELETE",
     LAMBDA + "/2017-03-31/tags/x?tagKeys=b&tagKeys=a&tagKeys=a%20b&tagKeys=", {}, "", {}),
    ("lambda-query-empty", "lambda", "eu-central-1", "GET",
     LAMBDA + "/2015-03-31/functions/?Marker=&FunctionVersion=ALL&MaxItems=50", {}, "",
     {"token": TOKEN}),
    ("apigateway-default-stage", "apigateway", "eu-central-1", "GET",
     "https://apigateway.eu-central-1.amazonaws.com/v2/apis/abc/stages/%24default", {}, "", {}),
    ("double-slashes", "execute-api", "eu-central-1", "GET",
     "https://abc.execute-api.eu-central-1.amazonaws.com//a///b//", {}, "", {}),
    ("dots", "execute-api", "eu-central-1", "GET",
     "https://abc.execute-api.eu-central-1.amazonaws.com/a/./b/../c/..//d/.", {}, "", {}),
    ("above-the-root", "execute-api", "eu-central-1", "GET",
     "https://abc.execute-api.eu-central-1.amazonaws.com/../../a/..", {}, "", {}),
    ("unicode-path", "execute-api", "eu-central-1", "GET",
     "https://abc.execute-api.eu-central-1.amazonaws.com/" + urllib.parse.quote("köln/日本"), {}, "", {}),
    ("unicode-query", "execute-api", "eu-central-1", "GET",
     "https://abc.execute-api.eu-central-1.amazonaws.com/?" + "stadt=" + urllib.parse.quote("köln")
     + "&z=~-._&%E6%97%A5=%F0%9F%98%80", {}, "", {}),
    ("header-blanks", "lambda", "eu-central-1", "GET", LAMBDA + "/",
     {"X-Custom": "  two   words\t here  ", "User-Agent": "not signed", "X-Amzn-Trace-Id": "nor this",
      "Accept": "*/*"}, "", {}),
    ("port-in-host", "lambda", "us-east-1", "GET", "http://127.0.0.1:4566/2015-03-31/functions/", {}, "", {}),
    ("binary-body", "lambda", "eu-central-1", "POST", LAMBDA + "/2015-03-31/functions/f/invocations",
     {"X-Amz-Invocation-Type": "RequestResponse"}, "\x01\x7f{}\n", {}),
    ("s3-put", "s3", "eu-central-1", "PUT", S3 + "/code.zip", {"Content-Type": "application/zip"}, "zip", {}),
    ("s3-odd-key", "s3", "eu-central-1", "GET",
     S3 + "/a//b/../c%20d/%2B%3D%26%40%24%2C%27%28%29%21%2A~/%C3%BC", {}, "", {}),
    ("s3-unsigned", "s3", "eu-central-1", "PUT", S3 + "/x", {}, "unsigned",
     {"payload": "UNSIGNED-PAYLOAD", "token": TOKEN}),
    ("s3-streaming", "s3", "eu-central-1", "PUT", S3 + "/x",
     {"Content-Encoding": "aws-chunked", "X-Amz-Decoded-Content-Length": "66560",
      "X-Amz-Trailer": "x-amz-checksum-crc32"}, "chunks",
     {"payload": "STREAMING-UNSIGNED-PAYLOAD-TRAILER"}),
    ("s3-subresource", "s3", "eu-central-1", "PUT", S3 + "/?notification", {}, "<x/>", {}),
    ("presign-lambda", "lambda", "eu-central-1", "GET", LAMBDA + "/2015-03-31/functions/a?Qualifier=live",
     {}, "", {"expires": 60}),
    ("presign-sts-token", "sts", "eu-central-1", "GET",
     "https://sts.eu-central-1.amazonaws.com/?Action=GetCallerIdentity&Version=2011-06-15",
     {"x-k8s-aws-id": "cluster"}, "", {"expires": 60, "token": TOKEN}),
    ("presign-s3", "s3", "eu-central-1", "GET", S3 + "/snapshots/a%20b.zip?versionId=1", {}, "",
     {"expires": 600}),
    ("presign-s3-token", "s3", "us-east-1", "PUT", "https://bucket.s3.amazonaws.com/a//b", {}, "",
     {"expires": 604800, "token": TOKEN}),
]


class Captured:
    """What the signer computed on the way."""

    def __init__(self, signer):
        self.canonical = self.string = self.value = None
        canonical, signature = signer.canonical_request, signer.signature

        def keep_canonical(request):
            self.canonical = canonical(request)
            return self.canonical

        def keep_signature(string, request):
            self.string = string
            self.value = signature(string, request)
            return self.value

        signer.canonical_request = keep_canonical
        signer.signature = keep_signature


def signer_class(service, expires):
    if service == "s3":
        return botocore.auth.S3SigV4QueryAuth if expires else botocore.auth.S3SigV4Auth
    return botocore.auth.SigV4QueryAuth if expires else botocore.auth.SigV4Auth


def make(name, service, region, method, url, headers, body, further):
    token, expires, payload = (further.get(key) for key in ("token", "expires", "payload"))
    parts = urllib.parse.urlsplit(url)
    credentials = Credentials(KEY, SECRET, token)
    cls = signer_class(service, expires)
    signer = cls(credentials, service, region, expires) if expires else cls(credentials, service, region)
    captured = Captured(signer)
    if payload:
        signer.payload = lambda request: payload
    request = AWSRequest(method=method, url=url, headers=dict(headers), data=body.encode())
    with mock.patch.object(botocore.auth, "get_current_datetime", lambda: TIME):
        signer.add_auth(request)
    vector = {
        "name": name, "service": service, "region": region, "key": KEY, "secret": SECRET,
        "time": TIME.strftime("%Y%m%dT%H%M%SZ"), "method": method, "path": parts.path,
        "query": parts.query, "headers": [f"{key}: {value}" for key, value in headers.items()]
        + [f"Host: {parts.netloc}"], "body": body, "canonical": captured.canonical,
        "string": captured.string, "signature": captured.value,
    }
    vector.update({key: value for key, value in further.items()})
    return vector


def main():
    vectors = [make(*case) for case in CASES]
    with open("tests/fixtures/sigv4/vectors.json", "w", encoding="utf-8") as file:
        json.dump(vectors, file, indent=1, ensure_ascii=False)
        file.write("\n")
    print(f"{len(vectors)} vectors")


main()
