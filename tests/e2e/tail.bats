# Reading logs: Live Tail, history, and what is made of the lines.

load helper

@test "StartLiveTail answers boto3 with events as they are written" {
    "${PYTHON:-python3}" -c 'import boto3' 2>/dev/null || skip "boto3 is not installed"
    "$FNCTL_LOCAL" --state "$FNCTL_STATE" 3>&- 4>&-
    URL=http://127.0.0.1:$(cat "$FNCTL_STATE/port")
    timeout 60 "${PYTHON:-python3}" "$ROOT/tests/e2e/live_tail.py" "$FNCTL_STATE" "$URL"
}

talking_project() {
    cat >main.py <<'PY'
import json, logging
log = logging.getLogger()
log.setLevel("INFO")
def handler(event, context):
    log.info("hello %s", event["name"])
    print(json.dumps({"level": "WARN", "message": "nearly", "left": 3, "requestId": context.aws_request_id}))
    print("evil \x1b[31m\x07 and \udc9b".encode("utf-8", "surrogateescape").decode("latin-1"))
    if event.get("fail"):
        raise ValueError("asked to")
    return {}
PY
    settings "$1" '{ "runtime": "python3.13", "handler": "main.handler" }'
}

@test "tail reads: figures, levels, fields, errors, requests, grep, times" {
    talking_project talk
    succeeds fnctl deploy
    succeeds fnctl invoke talk '{"name": "ann"}'
    fails 1 "asked to" fnctl invoke talk '{"name": "bob", "fail": true}'
    succeeds fnctl tail --no-follow
    [[ $output == *"talk INFO hello ann"* && $output == *"talk WARN nearly left=3"* ]]
    [[ $output == *'evil \x1b[31m\x07 and'* && $output != *$'\x1b'* && $output != *"START RequestId"* ]]
    [[ $output =~ "talk REPORT "[0-9.]+" ms, billed "[0-9]+" ms, memory "[0-9]+" of 256 MB, init "[0-9.]+" ms  "[0-9a-f]{8} ]]
    succeeds fnctl tail --no-follow --errors
    [[ $output == *"ERROR ValueError: asked to"*'File "/var/task/main.py", line 9, in handler'*"REPORT error ValueError"* && $output != *hello* ]]
    succeeds fnctl tail --no-follow --errors --by-request
    [[ $output =~ "talk request "([0-9a-f-]{36}) && $output == *"hello bob"*"REPORT error"* && $output != *ann* ]]
    id=${BASH_REMATCH[1]}
    succeeds fnctl tail --no-follow --request "${id:0:8}" --format raw
    [[ $output == "START RequestId: $id"*"hello bob"*"REPORT RequestId: $id"* && $output != *ann* ]]
    succeeds fnctl tail --no-follow --grep 'h[e]llo (ann|eve)' --format long --time utc
    [[ $output =~ ^20[0-9-]{8}T[0-9:.]{12}Z" talk 20"[^\ ]+" INFO hello ann"$ ]]
    succeeds fnctl tail --no-follow --no-report --json
    same "$(jq -rs 'map(select(.request == "'"$id"'")) | map(.level // "-") | sort | join(" ")' <<<"$output")" "- ERROR INFO WARN"
    succeeds fnctl tail --no-follow --json --since today
    same "$(jq -s 'map(.report // empty | .memory_size) | unique | .[0]' <<<"$output")" 256
    succeeds fnctl tail --no-follow --since 1h --until 30m
    same "$output" ""
    succeeds fnctl tail --no-follow --time relative --grep hello
    [[ $output =~ s\ ago\ talk\ INFO ]]
}

@test "tail: what is wrong is told with what is right" {
    talking_project wrong
    fails 2 "no regular expression" fnctl tail --grep '('
    fails 2 "'tomorrow'" fnctl tail --since tomorrow
    fails 2 "must be a duration such as" fnctl tail --until 25:00
    fails 2 "--format" fnctl tail --format nice
    succeeds fnctl deploy
    fails 2 "--until yesterday is not after --since 10m" fnctl tail --until yesterday
    fails 2 "a pattern is words that must all be there" fnctl tail --filter 'a.b'
    [[ $stderr == *"--filter 'a.b': "* ]]
}

followed() {
    grep -q "$1" "$T/followed"
}

@test "tail: live, through a pipe, over a restart of the engine, until Ctrl-C" {
    talking_project live
    succeeds fnctl deploy
    "$FNCTL" tail --json 3>&- 4>&- | jq --unbuffered -r .message >"$T/followed" &
    jq=$!
    in_background "$FNCTL" tail --format raw >"$T/plain"
    tail=$!
    sleep 1
    succeeds fnctl invoke live '{"name": "one"}'
    wait_for 5 followed "hello one"
    succeeds fnctl local stop
    succeeds fnctl local start
    succeeds fnctl invoke live '{"name": "two"}'
    wait_for 10 followed "hello two"
    wait_for 10 grep -q "hello two" "$T/plain"
    succeeds fnctl invoke live '{"name": "three"}'
    wait_for 10 grep -q "hello three" "$T/plain"
    wait_for 10 followed "hello three"
    same "$(grep -c hello "$T/followed") $(grep -c hello "$T/plain")" "3 3"
    kill -INT "$tail"
    status=0
    wait "$tail" || status=$?
    same "$status" 130
    kill "$jq"
    # Its reader is gone: the next event ends it, quietly.
    succeeds fnctl invoke live '{"name": "four"}'
    wait_for 10 eval "! pgrep -f '$FNCTL tail --json' >/dev/null"
}

# stress JSON...: everything that CloudWatch may do to a reader, see tests/tools/tail_stress.py. A
# sanitizer takes memory of its own.
stress() {
    local memory=32
    [ -z "${SAN:-}" ] || memory=1000
    "${PYTHON:-python3}" "$ROOT/tests/tools/tail_stress.py" "$FNCTL" "$(jq -cs --argjson m $memory 'add + { memory: $m }' <<<"$*")"
}

@test "tail: late events, samples, throttling, breaks, sessions that end: each event once" {
    stress '{ "seed": 1, "rate": 400 }' >"$T/one" 3>&- 4>&- &
    one=$!
    stress '{ "seed": 2, "rate": 1500, "seconds": 3, "late": 2 }' >"$T/two" 3>&- 4>&- &
    two=$!
    stress '{ "seed": 3, "rate": 700, "live": false }' >"$T/three" 3>&- 4>&- &
    three=$!
    failed=0
    wait $one || failed=1
    wait $two || failed=2
    wait $three || failed=3
    cat "$T/one" "$T/two" "$T/three"
    same $failed 0
}
