"""A reverse proxy between fnctl and an AWS endpoint: counts requests and injects faults.

    proxy.py FOLDER HOST:PORT

FOLDER/port    the port it listens on, once it does
FOLDER/log     a line a request: METHOD path service.Operation status ("-": none was sent back)
FOLDER/faults  what goes wrong, read at each request; writing it starts the count from 1 again.
               A line is: WHICH ACTION [ARGUMENT]
  WHICH   3, 2-5, *, change (all that is not a look), service.Operation, or service.Operation#2-5
          (counting this operation alone)
  ACTION  status CODE [ErrorCode [MESSAGE...]]   answers that, the request goes nowhere
          delay MILLISECONDS        waits, then forwards
          set KEY=VALUE...          forwards, and changes members of the JSON answer
          reset | reset-after       resets the connection instead of forwarding; or of answering
          stall [SECONDS]           never answers; or forwards, and resets the connection then
          garbage                   answers bytes that are no HTTP
          html                      answers 200 with a page that is no answer of AWS
          cut                       forwards, closes half-way through the answer's body
          signal NAME               sends the signal to the process in FOLDER/victim, then forwards
          signal-after NAME         forwards, sends the signal, then answers
FOLDER/victim  a process id, waited for
FOLDER/wire    where it exists, each request that was forwarded and its answer are added to it, a
               JSON object a line: operation, request, answer; of both the head and the body, base64
"""

import base64
import collections
import json
import os
import re
import signal
import socket
import struct
import sys
import threading
import time
import urllib.parse

BODY_MAX = 256 * 1024 * 1024

PROVISIONED = r"/2019-09-30/functions/[^/]+/provisioned-concurrency"

# The operations of the REST services, by method and path; the others name theirs.
REST = [
    ("apigateway", "GET", r"/v2/apis", "GetApis"),
    ("apigateway", "POST", r"/v2/apis", "CreateApi"),
    ("apigateway", "GET", r"/v2/apis/[^/]+", "GetApi"),
    ("apigateway", "PATCH", r"/v2/apis/[^/]+", "UpdateApi"),
    ("apigateway", "DELETE", r"/v2/apis/[^/]+", "DeleteApi"),
    ("apigateway", "GET", r"/v2/apis/[^/]+/(\w+)s", "Get{}s"),
    ("apigateway", "POST", r"/v2/apis/[^/]+/(\w+)s", "Create{}"),
    ("apigateway", "GET", r"/v2/apis/[^/]+/(\w+)s/[^/]+", "Get{}"),
    ("apigateway", "PATCH", r"/v2/apis/[^/]+/(\w+)s/[^/]+", "Update{}"),
    ("apigateway", "DELETE", r"/v2/apis/[^/]+/(\w+)s/[^/]+", "Delete{}"),
    ("apigateway", "DELETE", r"/v2/apis/[^/]+/cors", "DeleteCorsConfiguration"),
    ("apigateway", "DELETE", r"/v2/apis/[^/]+/stages/[^/]+/accesslogsettings", "DeleteAccessLogSettings"),
    ("apigateway", "DELETE", r"/v2/apis/[^/]+/stages/[^/]+/routesettings/[^/]+", "DeleteRouteSettings"),
    ("apigateway", "GET", r"/v2/tags/.*", "GetTags"),
    ("apigateway", "POST", r"/v2/tags/.*", "TagResource"),
    ("apigateway", "DELETE", r"/v2/tags/.*", "UntagResource"),
    ("apigateway", "POST", r"/v2/domainnames", "CreateDomainName"),
    ("apigateway", "GET", r"/v2/domainnames/[^/]+", "GetDomainName"),
    ("apigateway", "PATCH", r"/v2/domainnames/[^/]+", "UpdateDomainName"),
    ("apigateway", "DELETE", r"/v2/domainnames/[^/]+", "DeleteDomainName"),
    ("apigateway", "GET", r"/v2/domainnames/[^/]+/apimappings", "GetApiMappings"),
    ("apigateway", "POST", r"/v2/domainnames/[^/]+/apimappings", "CreateApiMapping"),
    ("apigateway", "DELETE", r"/v2/domainnames/[^/]+/apimappings/[^/]+", "DeleteApiMapping"),
    ("route53", "GET", r"/2013-04-01/hostedzone", "ListHostedZones"),
    ("route53", "GET", r"/2013-04-01/hostedzone/[^/]+/rrset", "ListResourceRecordSets"),
    ("route53", "POST", r"/2013-04-01/hostedzone/[^/]+/rrset/", "ChangeResourceRecordSets"),
    ("scheduler", "GET", r"/schedules", "ListSchedules"),
    ("scheduler", "GET", r"/schedules/[^/]+", "GetSchedule"),
    ("scheduler", "POST", r"/schedules/[^/]+", "CreateSchedule"),
    ("scheduler", "PUT", r"/schedules/[^/]+", "UpdateSchedule"),
    ("scheduler", "DELETE", r"/schedules/[^/]+", "DeleteSchedule"),
    ("scheduler", "GET", r"/schedule-groups", "ListScheduleGroups"),
    ("scheduler", "GET", r"/schedule-groups/[^/]+", "GetScheduleGroup"),
    ("scheduler", "POST", r"/schedule-groups/[^/]+", "CreateScheduleGroup"),
    ("scheduler", "DELETE", r"/schedule-groups/[^/]+", "DeleteScheduleGroup"),
    ("scheduler", "GET", r"/tags/.*", "ListTagsForResource"),
    ("scheduler", "POST", r"/tags/.*", "TagResource"),
    ("scheduler", "DELETE", r"/tags/.*", "UntagResource"),
    ("lambda", "GET", r"/2015-03-31/functions/?", "ListFunctions"),
    ("lambda", "POST", r"/2015-03-31/functions/?", "CreateFunction"),
    ("lambda", "GET", r"/2015-03-31/functions/[^/]+", "GetFunction"),
    ("lambda", "DELETE", r"/2015-03-31/functions/[^/]+", "DeleteFunction"),
    ("lambda", "GET", r"/2015-03-31/functions/[^/]+/configuration", "GetFunctionConfiguration"),
    ("lambda", "PUT", r"/2015-03-31/functions/[^/]+/configuration", "UpdateFunctionConfiguration"),
    ("lambda", "PUT", r"/2015-03-31/functions/[^/]+/code", "UpdateFunctionCode"),
    ("lambda", "POST", r"/2015-03-31/functions/[^/]+/invocations", "Invoke"),
    ("lambda", "POST", r"/2021-11-15/functions/[^/]+/response-streaming-invocations", "InvokeWithResponseStream"),
    ("lambda", "GET", r"/2015-03-31/functions/[^/]+/versions", "ListVersionsByFunction"),
    ("lambda", "POST", r"/2015-03-31/functions/[^/]+/versions", "PublishVersion"),
    ("lambda", "GET", r"/2015-03-31/functions/[^/]+/aliases", "ListAliases"),
    ("lambda", "POST", r"/2015-03-31/functions/[^/]+/aliases", "CreateAlias"),
    ("lambda", "GET", r"/2015-03-31/functions/[^/]+/aliases/[^/]+", "GetAlias"),
    ("lambda", "PUT", r"/2015-03-31/functions/[^/]+/aliases/[^/]+", "UpdateAlias"),
    ("lambda", "DELETE", r"/2015-03-31/functions/[^/]+/aliases/[^/]+", "DeleteAlias"),
    ("lambda", "GET", r"/2015-03-31/functions/[^/]+/policy", "GetPolicy"),
    ("lambda", "POST", r"/2015-03-31/functions/[^/]+/policy", "AddPermission"),
    ("lambda", "DELETE", r"/2015-03-31/functions/[^/]+/policy/[^/]+", "RemovePermission"),
    ("lambda", "GET", r"/2021-10-31/functions/[^/]+/url", "GetFunctionUrlConfig"),
    ("lambda", "POST", r"/2021-10-31/functions/[^/]+/url", "CreateFunctionUrlConfig"),
    ("lambda", "PUT", r"/2021-10-31/functions/[^/]+/url", "UpdateFunctionUrlConfig"),
    ("lambda", "DELETE", r"/2021-10-31/functions/[^/]+/url", "DeleteFunctionUrlConfig"),
    ("lambda", "GET", r"/2015-03-31/event-source-mappings/?", "ListEventSourceMappings"),
    ("lambda", "POST", r"/2015-03-31/event-source-mappings/?", "CreateEventSourceMapping"),
    ("lambda", "GET", r"/2015-03-31/event-source-mappings/[^/]+", "GetEventSourceMapping"),
    ("lambda", "PUT", r"/2015-03-31/event-source-mappings/[^/]+", "UpdateEventSourceMapping"),
    ("lambda", "DELETE", r"/2015-03-31/event-source-mappings/[^/]+", "DeleteEventSourceMapping"),
    ("lambda", "GET", r"/2019-09-25/functions/[^/]+/event-invoke-config", "GetFunctionEventInvokeConfig"),
    ("lambda", "PUT", r"/2019-09-25/functions/[^/]+/event-invoke-config", "PutFunctionEventInvokeConfig"),
    ("lambda", "DELETE", r"/2019-09-25/functions/[^/]+/event-invoke-config", "DeleteFunctionEventInvokeConfig"),
    ("lambda", "GET", r"/2018-10-31/layers", "ListLayers"),
    ("lambda", "GET", r"/2018-10-31/layers/[^/]+/versions", "ListLayerVersions"),
    ("lambda", "POST", r"/2018-10-31/layers/[^/]+/versions", "PublishLayerVersion"),
    ("lambda", "GET", r"/2018-10-31/layers/[^/]+/versions/[^/]+", "GetLayerVersion"),
    ("lambda", "DELETE", r"/2018-10-31/layers/[^/]+/versions/[^/]+", "DeleteLayerVersion"),
    ("lambda", "GET", r"/2017-03-31/tags/.*", "ListTags"),
    ("lambda", "POST", r"/2017-03-31/tags/.*", "TagResource"),
    ("lambda", "DELETE", r"/2017-03-31/tags/.*", "UntagResource"),
    ("lambda", "PUT", r"/2017-10-31/functions/[^/]+/concurrency", "PutFunctionConcurrency"),
    ("lambda", "DELETE", r"/2017-10-31/functions/[^/]+/concurrency", "DeleteFunctionConcurrency"),
    ("lambda", "GET", PROVISIONED, "GetProvisionedConcurrencyConfig"),
    ("lambda", "PUT", PROVISIONED, "PutProvisionedConcurrencyConfig"),
    ("lambda", "DELETE", PROVISIONED, "DeleteProvisionedConcurrencyConfig"),
]
# S3's, by method, whether there is a key, and the first of these in the query.
S3 = {
    ("GET", False, ""): "ListObjects",
    ("GET", False, "list-type"): "ListObjectsV2",
    ("GET", False, "uploads"): "ListMultipartUploads",
    ("GET", False, "tagging"): "GetBucketTagging",
    ("GET", False, "notification"): "GetBucketNotificationConfiguration",
    ("PUT", False, "notification"): "PutBucketNotificationConfiguration",
    ("GET", False, "location"): "GetBucketLocation",
    ("HEAD", False, ""): "HeadBucket",
    ("PUT", False, ""): "CreateBucket",
    ("PUT", False, "publicAccessBlock"): "PutPublicAccessBlock",
    ("PUT", False, "lifecycle"): "PutBucketLifecycleConfiguration",
    ("PUT", False, "tagging"): "PutBucketTagging",
    ("DELETE", False, ""): "DeleteBucket",
    ("GET", True, ""): "GetObject",
    ("GET", True, "uploadId"): "ListParts",
    ("HEAD", True, ""): "HeadObject",
    ("PUT", True, ""): "PutObject",
    ("PUT", True, "uploadId"): "UploadPart",
    ("POST", True, "uploads"): "CreateMultipartUpload",
    ("POST", True, "uploadId"): "CompleteMultipartUpload",
    ("DELETE", True, ""): "DeleteObject",
    ("DELETE", True, "uploadId"): "AbortMultipartUpload",
}
LOOKS = re.compile(r"\.(Get|List|Describe|Filter|Invoke|Head)")


class Message:
    """A request or an answer: first line, headers as they came, body."""

    def __init__(self, stream, client=None, bodiless=False):
        line = stream.readline(65536)
        if not line:
            raise EOFError
        self.line = line.rstrip(b"\r\n")
        self.head = [line]
        self.headers = {}
        while (line := stream.readline(65536)) not in (b"\r\n", b"\n", b""):
            self.head.append(line)
            name, _, value = line.partition(b":")
            self.headers[name.strip().lower().decode()] = value.strip().decode("latin-1")
        if client and self.headers.get("expect", "").lower() == "100-continue":
            client.sendall(b"HTTP/1.1 100 Continue\r\n\r\n")
        self.without_body = bodiless
        self.body = self.read_body(stream, client is None)

    def read_body(self, stream, is_answer):
        if is_answer and self.bodiless():
            return b""
        if self.headers.get("transfer-encoding", "").lower() == "chunked":
            body = b""
            while size := int(stream.readline(100).split(b";")[0], 16):
                body += stream.read(size)
                stream.readline(10)
            while stream.readline(65536) not in (b"\r\n", b"\n", b""):
                pass
            return body
        if "content-length" in self.headers:
            return stream.read(min(int(self.headers["content-length"]), BODY_MAX))
        return stream.read() if is_answer else b""

    def bodiless(self):
        return self.without_body or self.line.split(b" ")[1] in (b"204", b"304")

    def bytes(self, closing):
        """As it is sent on: the body in one piece; `closing` asks for the connection's end."""
        dropped = (b"transfer-encoding:", b"connection:", b"expect:")
        dropped += () if self.without_body else (b"content-length:",)
        head = b"".join(h for h in self.head if not h.lower().startswith(dropped))
        if not self.bodiless():
            head += b"Content-Length: %d\r\n" % len(self.body)
        return head + (b"Connection: close\r\n" if closing else b"") + b"\r\n" + self.body


def name_of(request):
    """service.Operation of a request, from its signature's scope and its own words."""
    method, target = (word.decode() for word in request.line.split(b" ")[:2])
    path = target.split("?")[0]
    scope = re.search(r"Credential=[^/]+/\d+/[^/]*/([^/]+)/", request.headers.get("authorization", ""))
    service = scope.group(1) if scope else "unsigned"
    if "x-amz-target" in request.headers:
        return f"{service}.{request.headers['x-amz-target'].split('.')[-1]}"
    if method == "POST" and path == "/":
        form = urllib.parse.parse_qs(request.body.decode("latin-1"))
        return f"{service}.{form.get('Action', ['?'])[0]}"
    if service == "s3":
        query = urllib.parse.parse_qs(target.partition("?")[2], keep_blank_values=True)
        known = {key[2] for key in S3}
        return f"s3.{S3.get((method, path.count('/') > 1, next((q for q in query if q in known), '')), '?')}"
    for known, verb, pattern, operation in REST:
        found = re.fullmatch(pattern, path)
        if known == service and verb == method and found:
            part = found.group(1) if found.groups() else ""
            part = {"apimapping": "ApiMapping"}.get(part, part[:1].upper() + part[1:])
            return f"{service}.{operation.format(part)}"
    return f"{service}.?"


def error_answer(name, status, code, message):
    """An error in the words of the service's protocol."""
    if name.startswith("s3.Head"):
        kind, body = "application/xml", ""
    elif name.startswith("s3."):
        kind, body = "application/xml", f"<Error><Code>{code}</Code><Message>{message}</Message></Error>"
    elif name.split(".")[0] in ("iam", "sts"):
        kind = "text/xml"
        body = (
            f"<ErrorResponse><Error><Type>Sender</Type><Code>{code}</Code>"
            f"<Message>{message}</Message></Error><RequestId>0</RequestId></ErrorResponse>"
        )
    else:
        kind = "application/json"
        body = json.dumps({"__type": code, "message": message, "Message": message})
    named = "" if name.startswith("s3.") else f"x-amzn-ErrorType: {code}\r\n"
    return (
        f"HTTP/1.1 {status} Injected\r\nContent-Type: {kind}\r\n{named}"
        f"Content-Length: {len(body)}\r\n\r\n{body}"
    ).encode()


class Reset(Exception):
    """The connection is to end the hard way."""


class Proxy:
    def __init__(self, folder, target):
        self.folder = folder
        host, _, port = target.rpartition(":")
        self.target = (host, int(port))
        self.lock = threading.Lock()
        self.count = 0
        self.counts = collections.Counter()
        self.stamp = None
        self.faults = []

    def path(self, name):
        return os.path.join(self.folder, name)

    def fault(self, name):
        """What is to go wrong with this request: a list of words, empty for nothing."""
        with self.lock:
            try:
                stamp = os.stat(self.path("faults")).st_mtime_ns
            except FileNotFoundError:
                stamp = None
            if stamp != self.stamp:
                self.stamp, self.count = stamp, 0
                self.counts.clear()
                self.faults = []
                if stamp is not None:
                    with open(self.path("faults")) as lines:
                        self.faults = [line.split() for line in lines if line.strip()]
            self.count += 1
            self.counts[name] += 1
            for which, *action in self.faults:
                if self.matches(which, name):
                    return action
        return []

    def matches(self, which, name):
        operation, _, places = which.rpartition("#")
        first, _, last = places.partition("-")
        if first.isdigit():
            count = self.counts[name] if operation == name else 0 if operation else self.count
            return int(first) <= count <= int(last or first)
        return which in ("*", name) or (which == "change" and not LOOKS.search(name))

    def log(self, request, name, status):
        method, target = (word.decode("latin-1") for word in request.line.split(b" ")[:2])
        with self.lock, open(self.path("log"), "a") as log:
            log.write(f"{method} {target.split('?')[0]} {name} {status}\n")

    def record(self, request, name, reply):
        both = {
            kind: {
                "head": base64.b64encode(b"".join(message.head)).decode(),
                "body": base64.b64encode(message.body).decode(),
            }
            for kind, message in (("request", request), ("answer", reply))
        }
        with self.lock:
            if os.path.exists(self.path("wire")):
                with open(self.path("wire"), "a") as wire:
                    wire.write(json.dumps({"operation": name, **both}) + "\n")

    def send_signal(self, name):
        for _ in range(200):
            try:
                with open(self.path("victim")) as file:
                    os.kill(int(file.read()), getattr(signal, "SIG" + name))
                return
            except (FileNotFoundError, ValueError):
                time.sleep(0.01)
            except ProcessLookupError:
                return

    def forward(self, request):
        with socket.create_connection(self.target) as upstream:
            upstream.sendall(request.bytes(closing=True))
            return Message(upstream.makefile("rb"), bodiless=request.line.startswith(b"HEAD "))

    def answer(self, request, name, action):
        """The bytes to send back and whether the connection goes on."""
        kind = action[0] if action else ""
        if kind == "status":
            code = (action + ["InjectedFault"])[2]
            return error_answer(name, action[1], code, " ".join(action[3:]) or "injected"), True
        if kind == "garbage":
            return b"\x16\x03\x01 this is no HTTP\r\n\r\n\x00\xff", False
        if kind == "html":
            page = b"<html><body>Welcome to the hotel's network</body></html>"
            return b"HTTP/1.1 200 OK\r\nContent-Type: text/html\r\nContent-Length: %d\r\n\r\n%s" % (
                len(page),
                page,
            ), True
        if action == ["stall"]:
            time.sleep(3600)
        if kind == "delay":
            time.sleep(int(action[1]) / 1000)
        if kind == "reset":
            raise Reset
        if kind == "signal":
            self.send_signal(action[1])
            if action[1] == "KILL":
                raise Reset
        reply = self.forward(request)
        self.record(request, name, reply)
        if kind == "signal-after":
            self.send_signal(action[1])
        if kind == "stall":
            time.sleep(int(action[1]))
        if kind in ("reset-after", "stall"):
            raise Reset
        if kind == "set":
            reply.body = json.dumps(
                {**json.loads(reply.body), **dict(word.split("=") for word in action[1:])}
            ).encode()
        whole = reply.bytes(closing=False)
        if kind == "cut":
            return whole[: len(whole) - len(reply.body) // 2 - 1], False
        return whole, True

    def serve(self, client):
        request, name, status = None, "", "-"
        stream = client.makefile("rb")
        try:
            goes_on = True
            while goes_on:
                request = None
                request = Message(stream, client)
                name, status = name_of(request), "-"
                data, goes_on = self.answer(request, name, self.fault(name))
                if data.startswith(b"HTTP/"):
                    status = data.split(b" ", 2)[1].decode()
                self.log(request, name, status)
                client.sendall(data)
        except EOFError:
            pass
        except (Reset, OSError, ValueError) as reason:
            if request and not (isinstance(reason, OSError) and status != "-"):
                self.log(request, name, "-")
            client.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
        finally:
            stream.close()
            client.close()

    def run(self):
        listener = socket.create_server(("127.0.0.1", 0), backlog=64)
        with open(self.path("port.new"), "w") as file:
            file.write(str(listener.getsockname()[1]))
        os.rename(self.path("port.new"), self.path("port"))
        while True:
            client, _ = listener.accept()
            client.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
            threading.Thread(target=self.serve, args=(client,), daemon=True).start()


if __name__ == "__main__":
    if len(sys.argv) != 3:
        sys.exit(__doc__)
    Proxy(sys.argv[1], sys.argv[2]).run()
