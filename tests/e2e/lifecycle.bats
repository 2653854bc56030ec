# What a project goes through on the engine, and what is sent for it.

load helper

# One function with one route and one schedule, deployed to stage prod through the counting proxy.
deploy_counted() {
    aws_on_engine
    python_project counted '{ "routes": ["GET /x"], "schedules": [{ "rate": "1 hour" }] }'
    succeeds fnctl deploy prod
    url=$output
}

@test "deploy: the second one changes nothing, sends no change and at most 10 requests" {
    deploy_counted
    succeeds curl -sS --fail-with-body "$url/x"
    before=$(inventory)
    faults
    succeeds fnctl deploy prod
    same "$output" "$url"
    [[ $stderr == *"nothing to change"* ]]
    same "$(changing_requests)" ""
    cat "$T/proxy/log"
    [ "$(requests)" -le 10 ]
    [ "$(requests)" -gt 0 ]
    same "$(inventory)" "$before"
    succeeds fnctl deploy prod --json
    same "$(jq -c .changes <<<"$output")" '[]'
}

@test "deploy: of what a function does not have nothing is asked, and what it had goes" {
    aws_on_engine
    python_project plain
    faults
    succeeds fnctl deploy prod
    bare=$(inventory)
    faults
    succeeds fnctl deploy prod
    same "$(changing_requests)" ""
    cat "$T/proxy/log"
    [ "$(requests)" -le 6 ]

    jq '.functions.other = .functions.plain | .functions[] += {routes: ["GET /\(now)"], url: true, schedules: [{rate: "1 hour"}]}
        | .functions.other.routes = ["GET /other"]' fnctl.json >full.json
    cp fnctl.json plain.json && mv full.json fnctl.json
    succeeds fnctl deploy prod
    same "$(inventory | grep -cE '^(api|schedule|role .*scheduler)')" 4
    mv plain.json fnctl.json
    succeeds fnctl deploy prod
    same "$(inventory | grep -v '^logs .*other\|^group ')" "$bare"
    succeeds fnctl plan prod --exit-code
    faults
    succeeds fnctl deploy prod
    same "$(changing_requests)" ""
    [ "$(requests)" -le 6 ]
}

@test "update: code alone sends at most 6 requests and uploads the function zip alone" {
    aws_on_engine
    succeeds fnctl init c --yes --name native
    jq '.stages.prod.region = "us-east-1"' fnctl.json >new.json && mv new.json fnctl.json
    succeeds fnctl deploy prod
    [ "$(requests PublishLayerVersion)" -eq 1 ]
    sed -i 's/zipping an event/squeezing an event/' handler.c
    faults
    succeeds fnctl update prod
    cat "$T/proxy/log"
    [ "$(requests)" -le 6 ]
    [ "$(requests UpdateFunctionCode)" -eq 1 ]
    [ "$(requests PublishLayerVersion)" -eq 0 ]
    succeeds fnctl invoke prod zip '{}' --log
    [[ $stderr == *"squeezing an event"* ]]
    faults
    succeeds fnctl update prod
    same "$(changing_requests)" ""
}

@test "deploy: another compression of the same content uploads nothing, code changed by others is mended" {
    aws_on_engine
    succeeds fnctl init c --yes --name native
    jq '.stages.prod.region = "us-east-1"' fnctl.json >new.json && mv new.json fnctl.json
    succeeds fnctl deploy prod --compression 1
    succeeds fnctl package prod --compression 1 --json
    first=$(jq -r '.functions.zip | .function.sha256, .layer.sha256' <<<"$output")
    succeeds fnctl package prod --compression 4 --json
    [ "$(jq -r '.functions.zip | .function.sha256, .layer.sha256' <<<"$output" | grep -cxF "$first")" -eq 0 ]
    for level in 4 6 1; do
        faults
        succeeds fnctl deploy prod --compression "$level"
        [[ $stderr == *"nothing to change"* ]]
        same "$(changing_requests)" ""
        [ "$(requests)" -le 10 ]
    done

    echo 'exit 1' >bootstrap && chmod 755 bootstrap
    "$PYTHON" -m zipfile -c theirs.zip bootstrap && rm bootstrap
    printf '{"ZipFile": "%s"}' "$(base64 -w0 theirs.zip)" >body.json
    api lambda -X PUT -H 'Content-Type: application/json' -d @body.json -o "$T/theirs" /2015-03-31/functions/native-prod-zip/code
    rm theirs.zip body.json
    run --separate-stderr fnctl plan prod --exit-code --compression 1
    same "$status" 7
    [[ $output == "~ function native-prod-zip"*"Code: not what was deployed last: changed by other means, or"*"-> as packaged"* ]]
    same "$(grep -c '^[~+-]' <<<"$output")" 1
    faults
    succeeds fnctl update prod --compression 1
    same "$(requests UpdateFunctionCode)" 1
    same "$(requests PublishVersion)" 0
    succeeds fnctl plan prod --exit-code --compression 3
}

@test "update: killed after any request, the next one from a machine with another compressor finishes it" {
    aws_on_engine
    python_project killed
    succeeds fnctl deploy prod
    for number in 1 2 3 4 5 6; do
        printf 'def handler(event, context):\n    return "%s" * 100\n' "$number" >main.py
        faults "$number signal-after KILL"
        "$FNCTL" update prod --compression 1 >"$T/first.log" 2>&1 3>&- 4>&- &
        echo $! >"$T/proxy/victim.new" && mv "$T/proxy/victim.new" "$T/proxy/victim"
        code=0
        wait $! || code=$?
        same "$code" 137
        faults
        succeeds fnctl update prod --compression 12
        succeeds fnctl invoke prod killed '{}'
        [[ $output == "\"$number$number"* ]]
        faults
        succeeds fnctl update prod --compression 6
        same "$(changing_requests)" ""
    done
}

@test "update: a project that is not deployed is told so" {
    python_project absent
    fails 1 "function 'absent' is not deployed to stage 'dev'; run 'fnctl deploy dev' first" fnctl update
}

@test "plan: 7 while something is to be done, 0 when nothing is, and it changes nothing" {
    aws_on_engine
    python_project planned '{ "routes": ["GET /x"] }'
    empty=$(inventory)
    run --separate-stderr fnctl plan prod --exit-code
    same "$status" 7
    [[ $output == *"+ function"*planned* ]]
    [[ $output == *"+ role"* ]]
    same "$(changing_requests)" ""
    same "$(inventory)" "$empty"
    succeeds fnctl plan prod
    succeeds fnctl deploy prod
    succeeds fnctl plan prod --exit-code
    same "$output" ""

    jq '.functions.planned += {memory: 512, permissions: ["s3:GetObject arn:aws:s3:::b/*"], environment: {API_KEY: "hush"}}' fnctl.json >new.json && mv new.json fnctl.json
    run --separate-stderr fnctl plan prod --exit-code
    same "$status" 7
    same "$output" '~ role planned-prod-planned
    + policy.Statement[1].Effect: Allow
    + policy.Statement[1].Action: ["s3:GetObject"]
    + policy.Statement[1].Resource: arn:aws:s3:::b/*
~ function planned-prod-planned
    ~ MemorySize: 256 -> 512
    + Environment.API_KEY: ******
~ alias planned-prod-planned
    ~ FunctionVersion: 1 -> new version'
    [[ $stderr == *"stage 'prod': 3 to change"* ]]
    succeeds fnctl plan prod --json
    same "$(jq -c '[.changes[].resource, .packages.planned.function.entries]' <<<"$output")" '["role","function","alias",1]'
}

@test "url: with auth iam only signed calls of the account are served; curl is the signer" {
    python_project signed '{ "url": { "auth": "iam" } }'
    succeeds fnctl deploy --json
    url=$(jq -r .urls.signed <<<"$output")
    eval "$(fnctl local env)"
    signed_call() {
        curl -sS -o "$T/body" -w '%{http_code}' --aws-sigv4 "aws:amz:$AWS_REGION:lambda" --user "$1:$2" "${url%/}/a?b=c"
    }
    same "$(curl -sS -o /dev/null -w '%{http_code}' "${url%/}/a?b=c")" 403
    same "$(signed_call "$AWS_ACCESS_KEY_ID" wrong)" 403
    same "$(signed_call other "$AWS_SECRET_ACCESS_KEY")" 403
    same "$(signed_call "$AWS_ACCESS_KEY_ID" "$AWS_SECRET_ACCESS_KEY")" 200
    same "$(jq -c '[.event.rawPath, .event.rawQueryString]' "$T/body")" '["/a","b=c"]'
}

@test "undeploy: nothing is left, and only what is ours goes" {
    aws_on_engine
    empty=$(inventory)
    python_project first '{ "routes": ["GET /x"], "url": true, "schedules": [{ "cron": "0 9 * * *", "timezone": "Europe/Berlin" }] }'
    succeeds fnctl deploy prod
    mkdir "$T/other" && cd "$T/other"
    python_project second '{ "routes": ["GET /x"], "schedules": [{ "rate": "1 hour" }] }'
    succeeds fnctl deploy prod
    [ "$(inventory | grep -c '^function')" -eq 2 ]
    cd "$WORK"
    fails 2 "--yes" fnctl undeploy prod
    succeeds fnctl undeploy prod --yes
    refute grep first <(inventory)
    inventory | grep -q second
    succeeds fnctl invoke prod --settings "$T/other/fnctl.json" second '{}'
    succeeds fnctl undeploy prod --yes
    cd "$T/other"
    succeeds fnctl undeploy prod --yes
    same "$(inventory)" "$empty"
}

@test "undeploy: logs stay when asked to" {
    aws_on_engine
    python_project kept
    succeeds fnctl deploy prod
    succeeds fnctl invoke prod kept '{"n": 42}'
    succeeds fnctl undeploy prod --yes --keep-logs
    same "$(inventory | cut -d' ' -f1)" logs
}

@test "deploy: a function that the settings no longer name is removed" {
    aws_on_engine
    python_project one
    jq '.functions.two = .functions.one | .functions.two.schedules = [{rate: "1 hour"}] | .functions.two.routes = ["GET /two"]' fnctl.json >both.json
    jq . both.json >fnctl.json
    succeeds fnctl deploy prod
    [ "$(inventory | grep -c '^function')" -eq 2 ]
    jq 'del(.functions.two)' both.json >fnctl.json
    succeeds fnctl deploy prod
    same "$(inventory | grep -E '^(function|role|schedule) .*two')" ""
    inventory | grep -q '^function .*one'
    succeeds fnctl invoke prod one '{}'
    faults
    succeeds fnctl deploy prod
    same "$(changing_requests)" ""
}

@test "deploy: several functions are made at the same time, each with its own" {
    python_project f0
    jq '.functions = ([range(6) | {key: "f\(.)", value: {runtime: "python3.13", handler: "main.handler", environment: {WHO: "f\(.)"}}}] | from_entries)' fnctl.json >new.json && mv new.json fnctl.json
    printf 'import os\n\n\ndef handler(event, context):\n    return os.environ["WHO"] + context.function_name\n' >main.py
    succeeds fnctl deploy
    for number in 0 1 2 3 4 5; do
        succeeds fnctl invoke "f$number" '{}'
        same "$output" "\"f${number}f0-dev-f$number\""
    done
    succeeds fnctl undeploy --yes
    succeeds fnctl status --json
    same "$(jq '.functions | length' <<<"$output")" 0
}

@test "status and versions: tell what is deployed, newest first" {
    python_project api '{ "memory": 256, "timeout": 7, "routes": ["GET /x"], "url": true, "schedules": [{ "rate": "2 hours", "enabled": false }] }'
    succeeds fnctl deploy
    succeeds fnctl status --json
    same "$(jq -c '.functions[0] | [.name, .version, .runtime, .memory, .timeout, .routes[0].route, .schedules[0].expression, .schedules[0].enabled]' <<<"$output")" \
        '["api","1","python3.13",256,7,"GET /x","rate(2 hours)",false]'
    succeeds curl -sS --fail-with-body "$(jq -r '.functions[0].url' <<<"$output")"
    echo '# changed' >>main.py
    succeeds fnctl deploy
    succeeds fnctl versions --json
    same "$(jq -c '[.functions.api[] | [.version, .live]]' <<<"$output")" '[["2",true],["1",false]]'
    succeeds fnctl status
    [[ $output == *"api"*"version 2"*"rate(2 hours)"*"disabled"* ]]
}

@test "invoke: payloads from argument, file and standard input; answers to standard output" {
    python_project echo
    succeeds fnctl deploy
    succeeds fnctl invoke echo '{"from": "argument"}'
    same "$output" '{"event": {"from": "argument"}}'
    echo '{"from": "file"}' >event.json
    succeeds fnctl invoke dev echo --file event.json
    same "$output" '{"event": {"from": "file"}}'
    same "$(echo '{"from": "pipe"}' | fnctl invoke echo)" '{"event": {"from": "pipe"}}'
    same "$(fnctl invoke echo </dev/null)" '{"event": {}}'
    fails 2 "the payload is no JSON: line 1, column 9" fnctl invoke echo '{nonsense'
    fails 2 "cannot be given together" fnctl invoke echo '{}' --file event.json
    fails 2 "there is no function 'ecko'; did you mean 'echo'?" fnctl invoke ecko '{}'
    fails 1 "absent.json" fnctl invoke echo --file absent.json
    succeeds fnctl invoke echo '{"big": "'"$(head -c 100000 /dev/zero | tr '\0' x)"'"}'
    [ "${#output}" -gt 100000 ]
}

@test "invoke: queued, tried out, with its log, and by version" {
    python_project echo
    succeeds fnctl deploy
    succeeds fnctl invoke echo '{"mark": "dry"}' --dry-run
    succeeds fnctl invoke echo '{"mark": "logged"}' --log
    [[ $stderr == *"START RequestId"*"got {'mark': 'logged'}"*"REPORT RequestId"* ]]
    succeeds fnctl invoke echo '{"mark": "queued"}' --async --json
    same "$(jq .status <<<"$output")" 202
    wait_for logged "'mark': 'queued'"
    refute logged "'mark': 'dry'"
    succeeds fnctl invoke echo '{}' --qualifier 1 --json
    same "$(jq -r .version <<<"$output")" 1
    fails 1 "has no version or alias '99'" fnctl invoke echo '{}' --qualifier 99
}

logged() {
    fnctl tail --no-follow --format raw | grep -q "$1"
}

@test "invoke: a function that fails is status 1, with its error; one that hangs times out" {
    cat >main.py <<'PY'
import sys
import time


def handler(event, context):
    if event.get("hang"):
        time.sleep(60)
    if event.get("exit"):
        sys.exit(3)
    raise ValueError("no good: " + event["why"])
PY
    settings bad '{ "runtime": "python3.13", "handler": "main.handler", "timeout": 1 }'
    succeeds fnctl deploy
    fails 1 "function 'bad' failed: ValueError: no good: rain" fnctl invoke bad '{"why": "rain"}'
    same "$(jq -r .errorType <<<"$output")" ValueError
    jq -e '.stackTrace | length > 0' <<<"$output"
    fails 1 "Task timed out after 1.00 seconds" fnctl invoke bad '{"hang": true}'
    fails 1 "Runtime.ExitError" fnctl invoke bad '{"exit": true}'
    fails 1 "no good: snow" fnctl invoke bad '{"why": "snow"}'
}

@test "tail: follows without losing or repeating a line" {
    printf 'def handler(event, context):\n    for i in range(20):\n        print(f"line {event}-{i}")\n' >main.py
    settings lines '{ "runtime": "python3.13", "handler": "main.handler" }'
    succeeds fnctl deploy
    succeeds fnctl invoke lines 0
    in_background "$FNCTL" tail --format raw >"$T/followed"
    for n in 1 2 3; do
        succeeds fnctl invoke lines "$n"
    done
    wait_for grep -q 'line 3-19' "$T/followed"
    same "$(grep '^line' "$T/followed" | sort | uniq -c | awk '$1 != 1')" ""
    same "$(grep -c '^line' "$T/followed")" 80
    for n in 0 1 2 3; do
        grep "^line $n-" "$T/followed" | sort -t- -k2 -n -c
    done
    succeeds fnctl tail --no-follow --json --filter '"line 2-7"'
    same "$(jq -r .message <<<"$output")" 'line 2-7'
}

@test "paths with spaces and letters of all kinds, as project folder and as files" {
    mkdir -p "$T/mein Übungs project/der quelle" && cd "$T/mein Übungs project"
    printf 'def handler(event, context):\n    return open("daten für alle.txt").read()\n' >"der quelle/main.py"
    printf 'grüße, 世界' >"der quelle/daten für alle.txt"
    settings wide '{ "runtime": "python3.13", "handler": "main.handler", "source": "der quelle" }'
    succeeds fnctl deploy
    succeeds fnctl invoke wide '{}'
    same "$(jq -r . <<<"$output")" 'grüße, 世界'
    succeeds fnctl undeploy --yes
}

@test "local: start, status, env, logs, stop" {
    succeeds fnctl local status
    [[ $output == "not running"* ]]
    succeeds fnctl local start
    succeeds fnctl local start
    succeeds fnctl local status --json
    same "$(jq .running <<<"$output")" true
    pid=$(jq .pid <<<"$output")
    same "$(stat -c %a "$FNCTL_STATE" "$FNCTL_STATE/credentials.json")" $'700\n600'
    succeeds fnctl local env
    [[ $output == *"export AWS_ENDPOINT_URL=http://127.0.0.1:"* ]]
    succeeds fnctl local logs
    [[ $output == *"listens on http://127.0.0.1:"* ]]
    succeeds fnctl local stop
    wait_for refute kill -0 "$pid"
    succeeds fnctl local stop
    same "$output" "was not running"
    fails 2 "did you mean 'start'" fnctl local strat
}
