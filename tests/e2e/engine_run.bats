# The engine's data plane with real processes: runtimes, logs, limits, concurrency, retries,
# schedules, front doors, and that no process is left behind.

load helper

start_engine() {
    "$FNCTL_LOCAL" --state "$FNCTL_STATE" 3>&- 4>&-
    URL=http://127.0.0.1:$(cat "$FNCTL_STATE/port")
}

engine_pid() {
    sed -n 's/.*"pid": \([0-9]*\).*/\1/p' "$FNCTL_STATE/engine.json"
}

ended() {
    ! kill -0 "$1" 2>/dev/null
}

# The processes of functions: the words of their command line, with a mark of this test's own.
function_processes() {
    pgrep -f "$MARK" || true
}

no_function_process() {
    [ -z "$(function_processes)" ]
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

lacks() {
    [[ $output != *"$1"* ]] || {
        printf '%s\n' "unwanted: $1" "have: $output"
        return 1
    }
}

python_function() {
    mkdir -p "$1"
    cat >"$1/app.py"
    engine create "$1" python3.11 app.handler "$1" "${@:2}"
}

@test "python: results, one event for each log call and traceback, warm reuse" {
    start_engine
    python_function py <<'PY'
import logging, os
count = 0
def handler(event, context):
    global count
    count += 1
    print("printed")
    logging.getLogger().warning("two\nlines")
    if event.get("fail"):
        return 1 / 0
    return {"count": count, "cwd": os.getcwd(), "name": context.function_name,
            "left": context.get_remaining_time_in_millis() > 2000}
PY
    run engine invoke py
    has 'error: none'
    has '{"count": 1, "cwd": '
    has '"name": "py", "left": true}'
    has 'INIT_START Runtime Version: python:3.'
    has 'Init Duration: '
    run engine invoke py
    has '{"count": 2, '
    lacks 'Init Duration: '
    run engine invoke py '{"fail": 1}'
    has 'error: Unhandled'
    has '"errorType": "ZeroDivisionError"'
    has 'Traceback (most recent call last):'
    run engine logs py
    has "'printed\\n'"
    [[ $output =~ \[WARNING\].*two\\nlines ]]
    [[ $output =~ \'\[ERROR\]\ ZeroDivisionError:\ division\ by\ zero\\nTraceback.*RequestId:\ [0-9a-f-]+\\n\' ]]
    [[ $output =~ START\ RequestId:.*END\ RequestId:.*REPORT\ RequestId: ]]
}

@test "node: async and callback handlers, console lines, errors" {
    command -v node >/dev/null || skip "node is not installed"
    start_engine
    mkdir node callback
    cat >node/index.mjs <<'JS'
export const handler = async (event, context) => {
  console.log('two\nlines', { a: 1 });
  if (event.fail) throw new TypeError('nope');
  return { id: context.awsRequestId.length };
};
JS
    echo 'exports.handler = (event, context, done) => { setTimeout(() => done(null, "later"), 30); };' >callback/index.js
    engine create node nodejs22.x index.handler node
    engine create callback nodejs22.x index.handler callback
    run engine invoke node
    has 'payload: {"id":36}'
    run engine invoke node '{"fail": 1}'
    has '{"errorType":"TypeError","errorMessage":"nope","trace":['
    run engine logs node
    has "\\tINFO\\ttwo\\nlines { a: 1 }\\n'"
    run engine invoke callback
    has 'payload: "later"'
}

@test "a runtime of the function's own, started with Lambda's environment and folders" {
    start_engine
    mkdir own
    cat >own/bootstrap <<'SH'
#!/bin/sh
api=http://$AWS_LAMBDA_RUNTIME_API/2018-06-01/runtime/invocation
while :; do
    event=$(curl -sS -D "${TMPDIR:-/tmp}/headers" "$api/next")
    id=$(sed -n 's/^lambda-runtime-aws-request-id: *//Ip' "${TMPDIR:-/tmp}/headers" | tr -d '\r')
    curl -sS -o /dev/null -d '{}' "$api/wrong-id/response" -w 'wrong id: %{http_code}\n'
    printf '%s' "{\"event\":$event,\"cwd\":\"$PWD\",\"root\":\"$LAMBDA_TASK_ROOT\",\"handler\":\"$_HANDLER\",\"own\":\"$OWN\",\"region\":\"$AWS_REGION\"}" |
        curl -sS -o /dev/null --data-binary @- "$api/$id/response" -w 'response: %{http_code}\n'
done
SH
    chmod +x own/bootstrap
    engine create own provided.al2023 some.handler own 'Environment={"Variables":{"OWN":"mine"}}'
    run engine invoke own '{"a": 1}'
    has '"event":{"a": 1}'
    has '"handler":"some.handler","own":"mine","region":"us-east-1"'
    has 'wrong id: 400'
    has 'response: 202'
}

# A function that tells what it finds in its folders, over two layers.
layered_function() {
    mkdir -p one/python two/python two/lib
    echo 'which = "one"' >one/python/first.py
    echo 'which = "one"' >one/python/both.py
    echo 'which = "two"' >two/python/both.py
    echo data >two/lib/data
    first=$(engine layer one one)
    second=$(engine layer two two)
    python_function layered "Layers=[\"$first\",\"$second\"]" <<'PY'
import os, sys
import both, first
def handler(event, context):
    libraries = [path for path in os.environ["LD_LIBRARY_PATH"].split(":") if os.path.exists(path + "/data")]
    return {"first": first.which, "both": both.which, "libraries": len(libraries), "root": os.environ["LAMBDA_TASK_ROOT"],
            "same": os.getcwd() == os.environ["LAMBDA_TASK_ROOT"], "where": both.__file__}
PY
}

@test "layers lie over each other at /opt" {
    start_engine
    grep -q 'namespaces are not allowed' "$FNCTL_STATE/engine.log" && skip "namespaces are not allowed here"
    layered_function
    run engine invoke layered
    has '"first": "one", "both": "two", "libraries": 1, "root": "/var/task", "same": true, "where": "/opt/python/both.py"'
}

@test "where namespaces are refused, functions find their layers all the same" {
    unshare -Ur sh -c 'echo 0 >/proc/sys/user/max_user_namespaces && echo 0 >/proc/sys/user/max_mnt_namespaces && exec "$@"' - \
        "$FNCTL_LOCAL" --state "$FNCTL_STATE" 3>&- 4>&- || skip "unshare cannot refuse namespaces here"
    URL=http://127.0.0.1:$(cat "$FNCTL_STATE/port")
    grep -q 'namespaces are not allowed' "$FNCTL_STATE/engine.log"
    layered_function
    run engine invoke layered
    has '"first": "one", "both": "two", "libraries": 1, "root": "'
    has '"same": true'
    lacks '/var/task'
    MARK="9${RANDOM}${RANDOM}.5"
    python_function alone "Environment={\"Variables\":{\"MARK\":\"$MARK\"}}" <<'PY'
import os, subprocess
def handler(event, context):
    return subprocess.Popen(["sleep", os.environ["MARK"]]).pid
PY
    engine invoke alone
    kill -TERM "$(engine_pid)"
    wait_for 5 no_function_process
}

@test "timeout, exit, too much memory and failed starts are told in Lambda's words" {
    start_engine
    python_function bad Timeout=1 MemorySize=128 <<'PY'
import os, time
def handler(event, context):
    if event.get("sleep"):
        time.sleep(60)
    if event.get("exit"):
        os._exit(3)
    if event.get("memory"):
        held = bytearray(400 << 20)
        time.sleep(60)
    return "fine"
PY
    run engine invoke bad '{"sleep": 1}'
    has 'error: Unhandled'
    has 'Task timed out after 1.00 seconds"}'
    has 'Status: timeout'
    run engine invoke bad
    has 'payload: "fine"'
    run engine invoke bad '{"exit": 1}'
    has '"errorType":"Runtime.ExitError"'
    has 'Error: Runtime exited with error: exit status 3"}'
    run engine invoke bad '{"memory": 1}'
    has '"errorType":"Runtime.OutOfMemory"'
    has 'Runtime exited with error: signal: killed"}'
    mkdir empty import
    touch empty/nothing
    echo 'import nothing_like_this' >import/app.py
    engine create empty provided.al2023 x empty
    run engine invoke empty
    has '"errorType":"Runtime.InvalidEntrypoint"'
    engine create import python3.11 app.handler import
    run engine invoke import
    has '"errorType": "Runtime.ImportModuleError"'
    has 'INIT_REPORT Init Duration: '
}

@test "invocations at the same time run in environments of their own, as many as are reserved" {
    start_engine
    python_function slow <<'PY'
import time
def handler(event, context):
    time.sleep(0.5)
    return context.log_stream_name
PY
    run engine many slow 3 '{}'
    same "$(sort -u <<<"$output" | grep -c '^200 ')" 3
    engine reserve slow 1
    run engine many slow 2 '{}'
    has '200 "'
    has '429 '
}

failed_once() {
    engine logs failing | grep -q 'ValueError'
}

fired() {
    engine logs bot | grep -q '"at": "20'
}

@test "an asynchronous event that fails is kept for a retry; a schedule fires once" {
    start_engine
    python_function failing <<'PY'
def handler(event, context):
    raise ValueError("again")
PY
    python_function bot <<'PY'
import json
def handler(event, context):
    print(json.dumps(event))
PY
    engine event failing
    engine at bot 2
    wait_for 10 failed_once
    wait_for 10 fired
    kill -9 "$(engine_pid)"
    start_engine
    sleep 1
    run engine logs bot
    same "$(grep -c '"at": "20' <<<"$output")" 1
    run "${PYTHON:-python3}" -c "
import sqlite3
print(sqlite3.connect('$FNCTL_STATE/state.db').execute('SELECT attempts, due - created >= 60000 FROM async_events').fetchall())"
    same "$output" '[(1, 1)]'
}

@test "a function URL: forbidden without permission, then payload format 2.0" {
    start_engine
    python_function web <<'PY'
def handler(event, context):
    return {"statusCode": 201, "cookies": ["a=1", "b=2"], "headers": {"x-path": event["rawPath"]},
            "body": event["queryStringParameters"]["q"]}
PY
    web=$(engine permit web)
    run curl -sS -i "${web}some/path?q=1&q=2"
    has 'HTTP/1.1 201'
    has 'x-path: /some/path'
    has 'Set-Cookie: a=1'
    has 'Set-Cookie: b=2'
    has $'\r\n\r\n1,2'
    run curl -sS -o /dev/null -w '%{http_code}' "$URL/_fnctl/url/none/"
    same "$output" 404
    run curl -sS -w ' %{http_code}' "$web"
    same "$output" '{"message":"Internal Server Error"} 502'
}

@test "no process of a function is left: stop, and kill -9 of the engine" {
    MARK="9${RANDOM}${RANDOM}.5"
    start_engine
    python_function child "Environment={\"Variables\":{\"MARK\":\"$MARK\"}}" <<'PY'
import os, subprocess
def handler(event, context):
    return subprocess.Popen(["sleep", os.environ["MARK"]]).pid
PY
    engine invoke child
    [ -n "$(function_processes)" ]
    kill -9 "$(engine_pid)"
    wait_for 5 no_function_process
    start_engine
    engine invoke child
    [ -n "$(function_processes)" ]
    pid=$(engine_pid)
    kill -TERM "$pid"
    wait_for 5 ended "$pid"
    wait_for 5 no_function_process
}
