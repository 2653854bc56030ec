# Calling functions, and what is said when they fail. Payloads and modes are in lifecycle.bats.

load helper

# Functions that fail in the ways that people meet.
broken_project() {
    mkdir -p py js bin
    echo 'import requestz' >py/imported.py
    echo 'def handler(event, context)' >py/syntax.py
    cat >py/fails.py <<'PY'
import os


def inner(event):
    print("about to fail", event["do"])
    if event["do"] == "environ":
        return os.environ["TABLE"]
    if event["do"] == "write":
        open("/var/task/x", "w")
    if event["do"] == "memory":
        return len([bytearray(1 << 20) for _ in range(1000)])
    if event["do"] == "hostile":
        print("\x1b[31mred")
        raise ValueError("\x1b]0;title\x07")
    raise ValueError("no good")


def handler(event, context):
    return inner(event)
PY
    echo "import x from 'left-padz'; export const handler = async () => x;" >js/imported.mjs
    printf '#!/bin/sh\necho "bot: error while loading shared libraries: libq.so.1: cannot open shared object file" >&2\nexit 127\n' >bin/bot
    chmod +x bin/bot
    jq -n 'def py(name): { runtime: "python3.13", source: "py", handler: "\(name).handler", memory: 128 };
        { project: "broken", default_stage: "dev", stages: { dev: { provider: "local" } }, functions: {
        imported: py("imported"), syntax: py("syntax"), fails: py("fails"),
        node: { runtime: "nodejs22.x", source: "js", handler: "imported.handler" },
        bot: { runtime: "provided.al2023", source: "bin", handler: "bot" } } }' >fnctl.json
}

@test "invoke: a failure comes with its traceback, the function's own lines, the cause and what to do" {
    broken_project
    succeeds fnctl deploy
    fails 1 "No module named 'requestz'; cause: the module 'requestz' is not in the package; name its package" \
        fnctl invoke imported '{}'
    fails 1 "cause: the code has a syntax error; correct the line" fnctl invoke syntax '{}'
    [[ $stderr == *"syntax.py"*"def handler(event, context)"* ]]
    fails 1 "cause: the package 'left-padz' is not in the zip; add it with 'npm install left-padz'" fnctl invoke node '{}'
    fails 1 "cause: the shared library 'libq.so.1' is not in the package" fnctl invoke bot '{}'
    fails 1 "cause: the environment variable 'TABLE' is not set; add it to" fnctl invoke fails '{"do": "environ"}'
    fails 1 "cause: it needs more than its 128 MB, of which it used 128; raise \"memory\"" fnctl invoke fails '{"do": "memory"}'
    fails 1 "function 'fails' failed: ValueError: no good" fnctl invoke fails '{"do": "this"}'
    # Its own lines first, then the traceback whole and once, then what failed.
    same "$(sed -e 's/".*"/"..."/' -e '/\^\^/d' -e 's/^ *//' <<<"$stderr")" 'about to fail this
ValueError: no good
Traceback (most recent call last):
File "...", line 19, in handler
return inner(event)
File "...", line 15, in inner
raise ValueError("...")
error: function '"'fails'"' failed: ValueError: no good'
    fails 1 'ValueError: \\x1b\]0;title\\x07' fnctl invoke fails '{"do": "hostile"}'
    [[ $stderr == *'  \x1b[31mred'* && $stderr != *$'\x1b'* ]]
    # For programs: the answer as it came, and the cause.
    run --separate-stderr fnctl invoke imported '{}' --json
    same "$status" 1
    same "$(jq -r '.function_error, .payload.errorType, .cause.what' <<<"$output")" "Unhandled
Runtime.ImportModuleError
the module 'requestz' is not in the package"
    # Without having been there: tail tells causes too.
    succeeds fnctl tail imported bot --errors --no-follow
    [[ $output == *"cause: the module 'requestz' is not in the package"*"cause: the shared library 'libq.so.1'"* ]]
}

@test "deploy: why Lambda could not make or update a function comes with what to do" {
    aws_on_engine
    python_project made
    faults "lambda.CreateFunction set State=Failed StateReasonCode=SubnetOutOfIPAddresses StateReason=full"
    fails 5 "function 'made-prod-made' failed: SubnetOutOfIPAddresses: full; a subnet has no address left: name a larger one" fnctl deploy prod
    faults
    succeeds fnctl deploy prod
    python_project made '{ "memory": 512 }'
    faults "lambda.Invoke status 429 TooManyRequestsException Rate Exceeded."
    fails 5 "TooManyRequestsException: Rate Exceeded.; cause: as many calls run as its \"concurrency\" or the account allows" \
        fnctl invoke prod made '{}'
    faults
    faults "lambda.UpdateFunctionConfiguration set LastUpdateStatus=Failed LastUpdateStatusReasonCode=KMSKeyAccessDenied LastUpdateStatusReason=no"
    fails 5 "the update of function 'made-prod-made' failed: KMSKeyAccessDenied: no; allow the function's role to use the key" fnctl deploy prod
    faults
    succeeds fnctl deploy prod
}

# A function that answers requests, with routes.
web_project() {
    cat >main.py <<'PY'
import json
import time


def handler(event, context):
    if "line" in event:
        time.sleep(event.get("sleep", 0))
        if event.get("fail"):
            raise ValueError("not this one")
        return event["line"]
    if event["rawPath"] == "/fail":
        return {"statusCode": 503, "body": "later"}
    if event["rawPath"] == "/raw":
        return {"statusCode": 200, "body": "AP/+", "isBase64Encoded": True, "headers": {"X-Own": "yes"}}
    if event["rawPath"] == "/odd":
        return {"statusCode": "x"}
    return {name: event.get(name) for name in ("routeKey", "rawPath", "queryStringParameters", "pathParameters", "body", "headers")}
PY
    settings web '{ "runtime": "python3.13", "handler": "main.handler", "concurrency": 50,
        "routes": ["GET /items/{id}", "ANY /{proxy+}", "GET /items/all"] }'
    succeeds fnctl deploy
}

@test "invoke: a path makes the event that the route would send, and the answer a response" {
    web_project
    succeeds fnctl invoke web --path '/items/a%20b?tz=UTC&tz=x&q=1+2'
    same "$(jq -cS 'del(.headers)' <<<"$output")" \
        '{"body":null,"pathParameters":{"id":"a b"},"queryStringParameters":{"q":"1 2","tz":"UTC,x"},"rawPath":"/items/a b","routeKey":"GET /items/{id}"}'
    [[ $stderr == *"status 200"*"Content-Type: application/json"* ]]
    same "$(fnctl invoke web --path /items/all 2>/dev/null | jq -r .routeKey)" 'GET /items/all'
    # What it makes is what the front door makes, but for what the way adds.
    url=$(fnctl status --json | jq -r .api)
    curl -sS -H 'Content-Type: application/json' -H 'X-Own: 1' -d '{"a": 1}' "$url/deep/er?x=%C3%A4" | jq -S 'del(.headers)' >there.json
    fnctl invoke web --path '/deep/er?x=%C3%A4' -H 'X-Own: 1' --body '{"a": 1}' 2>/dev/null | tee here | jq -S 'del(.headers)' | diff - there.json
    same "$(jq -c '.headers | [."x-own", ."content-type", ."content-length", has("x-forwarded-prefix")]' here)" '["1","application/json","8",false]'
    fails 1 "function 'web' answered with status 503" fnctl invoke web --path /fail
    same "$output" later
    same "$(fnctl invoke web --path /raw 2>/dev/null | od -An -tx1)" " 00 ff fe"
    same "$(fnctl invoke web --path /raw --json | jq -c '[.status, .base64, .body]')" '[200,true,"AP/+"]'
    fails 1 "is no HTTP response: 'statusCode' must be" fnctl invoke web --path /odd
    fails 2 "no route of function 'web' takes GET /; its first is 'GET /items/{id}'" fnctl invoke web --path /
    fails 2 "must begin with '/'" fnctl invoke web --path time
    fails 2 "write a space as %20" fnctl invoke web --path '/a b'
    fails 2 "must be as 'Accept: text/plain'" fnctl invoke web --path /a -H nonsense
    fails 2 "must be as GET" fnctl invoke web --path /a --method 'GET /'
    fails 2 "give --path" fnctl invoke web --body x
}

@test "invoke: a payload a line, answers in order, several at a time; what fails is said" {
    web_project
    for n in $(seq 40); do echo "{\"line\": $n, \"sleep\": 0.$((n % 3))}"; done >orders
    printf '\n   \n{"line": "last, without a line break"}' >>orders
    succeeds fnctl invoke web --lines --file orders
    same "$output" "$(seq 40; echo '"last, without a line break"')"
    printf '{"line": 1}\n{"line": 2, "fail": true}\n{"line": 3}\n' >orders
    fails 1 "1 of 3 calls failed" fnctl invoke web --lines <orders
    same "$(sed 's/{.*errorType[^,]*,.*/FAILED/' <<<"$output" | tr '\n' ' ')" '1 FAILED 3 '
    [[ $stderr == *"line 2: function 'web' failed: ValueError: not this one"* ]]
    run --separate-stderr fnctl invoke web --lines --json --file orders
    same "$(jq -c '[.line, .function_error, .payload.errorType? // .payload]' <<<"$output" | tr '\n' ' ')" \
        '[1,null,1] [2,"Unhandled","ValueError"] [3,null,3] '
    # What came before a line that is no payload is called and told.
    printf '{"line": 1}\nnonsense\n{"line": 3}\n' >orders
    fails 2 "line 2 of orders: the payload is no JSON" fnctl invoke web --lines --file orders
    same "$output" 1
    fails 1 "absent" fnctl invoke web --lines --file absent
    # A producer that is slow sees its answer before it goes on; the reader may go away.
    mkfifo in
    in_background bash -c '(echo "{\"line\": \"first\"}"; while [ ! -s seen ]; do sleep 0.05; done; echo "{\"line\": \"second\"}") >in'
    succeeds timeout 20 bash -c '"$0" invoke web --lines <in | tee seen' "$FNCTL"
    same "$output" '"first"
"second"'
    run timeout 20 bash -c 'yes "{\"line\": 1}" | "$0" invoke web --lines | head -n 3; echo "${PIPESTATUS[1]}"' "$FNCTL"
    same "$(tr '\n' ' ' <<<"$output")" '1 1 1 0 '
}

@test "invoke: a streamed answer comes piece by piece, also to another client; an error on the way is told" {
    cat >main.mjs <<'JS'
export const handler = awslambda.streamifyResponse(async (event, stream) => {
  if (event.early) throw new Error('too early');
  for (let n = 1; n <= 3; n++) {
    stream.write(`part ${n}\n`);
    await new Promise((resolve) => setTimeout(resolve, 400));
    if (event.fail && n == 2) throw new TypeError('in the middle');
  }
  if (event.large) stream.write(Buffer.alloc(event.large, 'x'));
  stream.end();
});
JS
    settings flow '{ "runtime": "nodejs22.x", "handler": "main.handler", "url": { "auth": "none", "stream": true } }'
    succeeds fnctl deploy
    fnctl invoke flow '{}' --stream | while read -r line; do echo "$(date +%s%N) $line"; done >pieces
    same "$(cut -d' ' -f2- pieces)" "part 1
part 2
part 3"
    # They did not come together.
    [ $(($(sed -n '3s/ .*//p' pieces) - $(sed -n '1s/ .*//p' pieces))) -ge 500000000 ]
    fails 1 "function 'flow' failed: TypeError: in the middle" fnctl invoke flow '{"fail": 1}' --stream
    same "$(head -n 2 <<<"$output")" "part 1
part 2"
    fails 1 "function 'flow' failed: Error: too early" fnctl invoke flow '{"early": 1}' --stream --log
    [[ $stderr == *"START RequestId"* ]]
    same "$(fnctl invoke flow '{"large": 20000000}' --stream | wc -c)" 20000021
    # The same function, called plainly; and one that does not stream.
    same "$(curl -sS "$(fnctl status --json | jq -r '.functions[0].url')")" "part 1
part 2
part 3"
    # A reader that goes away ends it.
    run timeout 20 bash -c '"$0" invoke flow "{\"large\": 20000000}" --stream | head -n 1; echo "${PIPESTATUS[0]}"' "$FNCTL"
    same "$(tr '\n' ' ' <<<"$output")" 'part 1 0 '
    fails 2 "--stream goes with none of" fnctl invoke flow '{}' --stream --json
    "$PYTHON" -c 'import boto3' 2>/dev/null || skip "boto3 is not installed"
    eval "$(fnctl local env)"
    "$PYTHON" - <<'PY'
import boto3
client = boto3.client("lambda")
def call(payload):
    reply = client.invoke_with_response_stream(FunctionName="flow-dev-flow", Qualifier="live", Payload=payload, LogType="Tail")
    assert reply["ExecutedVersion"] == "1", reply
    return list(reply["EventStream"])
events = call(b"{}")
assert b"".join(e["PayloadChunk"]["Payload"] for e in events[:-1]) == b"part 1\npart 2\npart 3\n", events
assert len(events) == 4 and "ErrorCode" not in events[-1]["InvokeComplete"] and events[-1]["InvokeComplete"]["LogResult"], events
failed = call(b'{"fail": 1}')[-1]["InvokeComplete"]
assert failed["ErrorCode"] == "Unhandled" and "in the middle" in failed["ErrorDetails"], failed
PY
}
