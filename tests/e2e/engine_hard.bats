# Functions and clients that behave badly: the engine goes on, and says what happened.

load helper

start_engine() {
    "$FNCTL_LOCAL" --state "$FNCTL_STATE" 3>&- 4>&-
    URL=http://127.0.0.1:$(cat "$FNCTL_STATE/port")
}

engine() {
    "${PYTHON:-python3}" "$ROOT/tests/e2e/engine_run.py" "$FNCTL_STATE" "$URL" "$@"
}

has() {
    [[ $output == *"$1"* ]] || {
        printf '%s\n' "wanted: $1" "have: $output"
        return 1
    }
}

python_function() {
    mkdir -p "$1"
    cat >"$1/app.py"
    engine create "$1" python3.11 app.handler "$1" "${@:2}"
}

# A runtime of its own in Python: `ask METHOD PATH [BODY]` calls the Runtime API.
own_runtime() {
    mkdir -p "$1"
    {
        cat <<'PY'
#!/usr/bin/python3
import http.client, json, os, subprocess, time
def ask(method, path, body=None):
    connection = http.client.HTTPConnection(os.environ["AWS_LAMBDA_RUNTIME_API"])
    connection.request(method, "/2018-06-01/runtime/" + path, body)
    reply = connection.getresponse()
    return reply.status, reply.headers.get("Lambda-Runtime-Aws-Request-Id"), reply.read()
PY
        cat
    } >"$1/bootstrap"
    chmod +x "$1/bootstrap"
    engine create "$1" provided.al2023 none "$1" "${@:2}"
}

@test "a process that never stops writing keeps neither its function nor others waiting" {
    start_engine
    own_runtime flood Timeout=20 <<'PY'
while True:
    _, request, _ = ask("GET", "invocation/next")
    subprocess.Popen(["yes"])
    time.sleep(0.3)
    ask("POST", "invocation/%s/response" % request, '"done"')
PY
    python_function other <<'PY'
def handler(event, context):
    return "quick"
PY
    run timeout 10 "${PYTHON:-python3}" "$ROOT/tests/e2e/engine_run.py" "$FNCTL_STATE" "$URL" invoke flood
    has 'payload: "done"'
    run timeout 10 "${PYTHON:-python3}" "$ROOT/tests/e2e/engine_run.py" "$FNCTL_STATE" "$URL" invoke other
    has 'payload: "quick"'
}

@test "what a runtime says of its failed start is told, also when it does not exit" {
    start_engine
    own_runtime stays <<'PY'
ask("POST", "init/error", json.dumps({"errorMessage": "no database", "errorType": "Config"}))
time.sleep(60)
PY
    run engine invoke stays
    has 'error: Unhandled'
    has 'payload: {"errorMessage": "no database", "errorType": "Config"}'
}

@test "a result is too large, whatever its size" {
    start_engine
    own_runtime large MemorySize=512 <<'PY'
while True:
    _, request, event = ask("GET", "invocation/next")
    status, _, _ = ask("POST", "invocation/%s/response" % request, "x" * int(event))
    print("answered with", status, flush=True)
PY
    for size in 6291557 30000000; do
        run engine invoke large $size
        has 'error: Unhandled'
        has 'Response payload size exceeded maximum allowed payload size (6291556 bytes)'
        has 'answered with 413'
    done
}

@test "the Runtime API answers runtimes, not web pages" {
    start_engine
    python_function where <<'PY'
import os
def handler(event, context):
    return os.environ["AWS_LAMBDA_RUNTIME_API"]
PY
    api=$(engine invoke where | sed -n 's/^payload: "\(.*\)"$/\1/p')
    run curl -sS -o /dev/null -w '%{http_code}' "http://$api/2018-06-01/ping"
    same "$output" 200
    for header in 'Host: example.com' 'Origin: http://example.com' 'Sec-Fetch-Site: cross-site'; do
        run curl -sS -o /dev/null -w '%{http_code}' -H "$header" "http://$api/2018-06-01/ping"
        same "$output" 403
    done
}

@test "an interpreter of another version is told once for each revision" {
    start_engine
    for version in 3.14 3.13 3.12 3.11 3.10; do
        command -v python$version || break
    done
    ! command -v python$version || skip "every version is on this machine"
    mkdir other
    echo 'def handler(event, context): __import__("os")._exit(1)' >other/app.py
    engine create other python$version app.handler other
    for _ in 1 2 3; do engine invoke other; done
    same "$(grep -c 'is not on this machine' "$FNCTL_STATE/engine.log")" 1
    same "$(engine logs other | grep -c 'is not on this machine')" 1
}

@test "a query of thousands of parts ends with an answer or an end, not in silence" {
    start_engine
    query=$(printf 'a=1&%.0s' {1..4000})
    run curl -sS -m 5 -o /dev/null "$URL/_fnctl/url/none/?$query"
    [ "$status" -ne 28 ]
}

@test "the engine runs out of descriptors: it waits for one without work, and goes on" {
    (ulimit -n 60 && exec "$FNCTL_LOCAL" --state "$FNCTL_STATE" 3>&- 4>&-)
    run "${PYTHON:-python3}" - "$FNCTL_STATE" <<'PY'
import json, socket, sys, time, urllib.request
state = sys.argv[1]
engine = json.load(open(state + "/engine.json"))

def used():
    fields = open("/proc/%d/stat" % engine["pid"]).read().rsplit(")", 1)[1].split()
    return int(fields[11]) + int(fields[12])

clients = [socket.create_connection(("127.0.0.1", engine["port"])) for _ in range(100)]
time.sleep(0.5)
before = used()
time.sleep(2)
print("idle" if used() - before < 20 else "busy")
for client in clients:
    client.close()
print(urllib.request.urlopen(engine["url"] + "/_fnctl/health", timeout=5).status)
PY
    same "$output" $'idle\n200'
}
