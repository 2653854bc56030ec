"""Functions on the engine, over HTTP signed by hand: python3 engine_run.py STATE URL COMMAND...

  create NAME RUNTIME HANDLER FOLDER [KEY=VALUE...]   the folder's files are the code
  layer NAME FOLDER          publishes a layer, prints its ARN
  invoke NAME [PAYLOAD]      prints the error, the payload and the log's tail, a line each
  many NAME COUNT PAYLOAD    invokes at the same time, prints each payload
  event NAME [PAYLOAD]       invokes asynchronously
  reserve NAME COUNT         reserves concurrency
  permit NAME                makes the URL and the two permissions it needs, prints it
  at NAME SECONDS            a schedule that fires once, so many seconds from now
  logs NAME                  prints the messages of the log group
"""
import base64
import concurrent.futures
import datetime
import hashlib
import hmac
import io
import json
import os
import sys
import urllib.error
import urllib.parse
import urllib.request
import zipfile

state, url = sys.argv[1:3]
with open(os.path.join(state, "credentials.json")) as file:
    keys = json.load(file)


def mac(key, text):
    return hmac.new(key, text.encode(), hashlib.sha256).digest()


def call(service, method, path, body=b"", headers=None):
    """A signed request; gives (status, headers, body)."""
    now = datetime.datetime.now(datetime.timezone.utc).strftime("%Y%m%dT%H%M%SZ")
    host = url.split("//")[1].rstrip("/")
    scope = "%s/us-east-1/%s/aws4_request" % (now[:8], service)
    path, _, query = path.partition("?")
    canonical = "\n".join([method, urllib.parse.quote(path), query, "host:" + host,
                           "x-amz-date:" + now, "", "host;x-amz-date",
                           hashlib.sha256(body).hexdigest()])
    text = "\n".join(["AWS4-HMAC-SHA256", now, scope,
                      hashlib.sha256(canonical.encode()).hexdigest()])
    key = mac(mac(mac(mac(("AWS4" + keys["secret_access_key"]).encode(), now[:8]), "us-east-1"),
                  service), "aws4_request")
    authorization = "AWS4-HMAC-SHA256 Credential=%s/%s, SignedHeaders=host;x-amz-date, Signature=%s" % (
        keys["access_key_id"], scope, mac(key, text).hex())
    request = urllib.request.Request(url.rstrip("/") + path + ("?" + query if query else ""),
                                     data=body if method != "GET" else None, method=method)
    for name, value in dict(headers or {}, **{"X-Amz-Date": now, "Authorization": authorization}).items():
        request.add_header(name, value)
    try:
        with urllib.request.urlopen(request, timeout=60) as reply:
            return reply.status, reply.headers, reply.read()
    except urllib.error.HTTPError as error:
        return error.code, error.headers, error.read()


def must(result):
    status, _, body = result
    if status >= 300:
        sys.exit("%d %s" % (status, body.decode()))
    return body


def role(name, service):
    trust = {"Version": "2012-10-17", "Statement": [
        {"Effect": "Allow", "Principal": {"Service": service}, "Action": "sts:AssumeRole"}]}
    form = {"Action": "CreateRole", "Version": "2010-05-08", "RoleName": name,
            "AssumeRolePolicyDocument": json.dumps(trust)}
    call("iam", "POST", "/", urllib.parse.urlencode(form).encode(),
         {"Content-Type": "application/x-www-form-urlencoded"})
    return "arn:aws:iam::000000000000:role/" + name


def pack(folder):
    data = io.BytesIO()
    with zipfile.ZipFile(data, "w") as file:
        for parent, _, names in os.walk(folder):
            for name in names:
                path = os.path.join(parent, name)
                file.write(path, os.path.relpath(path, folder))
    return base64.b64encode(data.getvalue()).decode()


def layer(name, folder):
    path = "/2018-10-31/layers/%s/versions" % name
    body = json.dumps({"Content": {"ZipFile": pack(folder)}}).encode()
    print(json.loads(must(call("lambda", "POST", path, body)))["LayerVersionArn"])


def create(name, runtime, handler, folder, *settings):
    body = {"FunctionName": name, "Runtime": runtime, "Handler": handler,
            "Role": role("run", "lambda.amazonaws.com"), "Code": {"ZipFile": pack(folder)}}
    for setting in settings:
        key, _, value = setting.partition("=")
        body[key] = json.loads(value)
    must(call("lambda", "POST", "/2015-03-31/functions", json.dumps(body).encode()))


def run(name, payload="{}", kind="RequestResponse"):
    return call("lambda", "POST", "/2015-03-31/functions/%s/invocations" % name, payload.encode(),
                {"X-Amz-Invocation-Type": kind, "X-Amz-Log-Type": "Tail"})


def invoke(name, payload="{}"):
    result = run(name, payload)
    print("error: " + result[1].get("X-Amz-Function-Error", "none"))
    print("payload: " + must(result).decode())
    print(base64.b64decode(result[1]["X-Amz-Log-Result"]).decode())


def many(name, count, payload):
    with concurrent.futures.ThreadPoolExecutor(int(count)) as pool:
        for result in pool.map(lambda _: run(name, payload), range(int(count))):
            print("%d %s" % (result[0], result[2].decode()))


def event(name, payload="{}"):
    must(run(name, payload, "Event"))


def reserve(name, count):
    body = json.dumps({"ReservedConcurrentExecutions": int(count)}).encode()
    must(call("lambda", "PUT", "/2017-10-31/functions/%s/concurrency" % name, body))


def permit(name):
    def post(path, body):
        return must(call("lambda", "POST", path, json.dumps(body).encode()))
    made = json.loads(post("/2021-10-31/functions/%s/url" % name, {"AuthType": "NONE"}))
    policy = "/2015-03-31/functions/%s/policy" % name
    post(policy, {"StatementId": "url", "Action": "lambda:InvokeFunctionUrl", "Principal": "*",
                  "FunctionUrlAuthType": "NONE"})
    post(policy, {"StatementId": "function", "Action": "lambda:InvokeFunction", "Principal": "*",
                  "InvokedViaFunctionUrl": True})
    print(made["FunctionUrl"])


def at(name, seconds):
    when = datetime.datetime.now(datetime.timezone.utc) + datetime.timedelta(seconds=float(seconds))
    body = {"ScheduleExpression": when.strftime("at(%Y-%m-%dT%H:%M:%S)"), "ClientToken": "t" + name,
            "FlexibleTimeWindow": {"Mode": "OFF"}, "ActionAfterCompletion": "DELETE",
            "Target": {"Arn": "arn:aws:lambda:us-east-1:000000000000:function:" + name,
                       "RoleArn": role("fire", "scheduler.amazonaws.com"),
                       "Input": json.dumps({"at": "<aws.scheduler.scheduled-time>"})}}
    must(call("scheduler", "POST", "/schedules/" + name, json.dumps(body).encode()))


def logs(name):
    body = {"logGroupName": "/aws/lambda/" + name}
    reply = must(call("logs", "POST", "/", json.dumps(body).encode(),
                      {"X-Amz-Target": "Logs_20140328.FilterLogEvents",
                       "Content-Type": "application/x-amz-json-1.1"}))
    for line in json.loads(reply)["events"]:
        print(repr(line["message"]))


globals()[sys.argv[3]](*sys.argv[4:])
