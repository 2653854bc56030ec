# What may happen at any moment: two commands at once, an engine that is killed; and what must not
# happen: requests and packages that are let in. (Deploys that are disturbed: faults.bats.)

load helper

@test "deploy: two at once, from one folder and from two, make one of everything" {
    aws_on_engine
    python_project twice '{ "routes": ["GET /x"], "url": true, "schedules": [{ "rate": "1 hour" }] }'
    succeeds fnctl deploy prod
    wanted=$(inventory)
    succeeds fnctl undeploy prod --yes
    # From one folder, one waits for the other. From two, one may find that the other was faster and
    # say so; then it only has to run again.
    cp -r "$WORK" "$T/copy"
    for other in "$WORK" "$T/copy"; do
        in_background "$FNCTL" deploy prod --settings "$other/fnctl.json" >"$T/other.log" 2>&1
        first=$! first_code=0 second_code=0
        fnctl deploy prod >"$T/one.log" 2>&1 || second_code=$?
        wait "$first" || first_code=$?
        if [ "$other" = "$WORK" ] || [ "$first_code$second_code" != 00 ]; then
            cat "$T/one.log" "$T/other.log"
            [ "$first_code" -eq 0 ] || [ "$second_code" -eq 0 ]
            [ "$other" != "$WORK" ] || same "$first_code$second_code" 00
            succeeds fnctl deploy prod
        fi
        same "$(inventory)" "$wanted"
        succeeds fnctl invoke prod twice '{}'
        succeeds fnctl plan prod --exit-code
        succeeds fnctl undeploy prod --yes
    done
}

@test "deploy: a failed update leaves the previous version serving" {
    aws_on_engine
    printf 'def handler(event, context):\n    return "one"\n' >main.py
    settings safe '{ "runtime": "python3.13", "handler": "main.handler", "url": true }'
    succeeds fnctl deploy prod
    url=$output
    same "$(curl -sS "$url")" '"one"'
    sed -i s/one/two/ main.py
    for operation in UpdateFunctionCode PublishVersion UpdateAlias; do
        faults "lambda.$operation status 400 InvalidParameterValueException"
        fails 3 "$operation" fnctl update prod
        same "$(curl -sS "$url")" '"one"'
    done
    faults
    succeeds fnctl update prod
    same "$(curl -sS "$url")" '"two"'
}

# An engine on a port of its own: while it is down, nobody else's gets it.
start_apart() {
    "$FNCTL_LOCAL" --state "$FNCTL_STATE" --port $((20000 + RANDOM % 10000)) 3>&- 4>&-
}

@test "engine: killed and started again, it has its functions, schedules, logs and address" {
    printf 'import os\n\n\ndef handler(event, context):\n    print("called by", event.get("who", "a request"))\n    return "here"\n' >main.py
    settings lasting '{ "runtime": "python3.13", "handler": "main.handler", "url": true }' \
        "{ \"schedules\": [{ \"at\": \"$(date -u -d '+12 seconds' +%Y-%m-%dT%H:%M:%S)\", \"input\": { \"who\": \"the clock\" } }, { \"rate\": \"1 hour\" }] }"
    start_apart
    succeeds fnctl deploy
    url=$output
    same "$(curl -sS "$url")" '"here"'
    wait_for said "called by a request"
    pid=$(fnctl local status --json | jq .pid)
    kill -9 "$pid"
    # What it ran ends with it.
    cd /
    wait_for 10 nothing_runs
    cd "$WORK"
    refute curl -sS --max-time 5 "$url"

    succeeds fnctl status --json
    same "$(jq -c '.functions[0] | [.name, .url, (.schedules | length)]' <<<"$output")" "[\"lasting\",\"$url\",2]"
    same "$(curl -sS "$url")" '"here"'
    said "called by a request"
    wait_for said "called by the clock"
    succeeds fnctl plan --exit-code
}

said() {
    fnctl tail --no-follow --format raw | grep -q "^$1"
}

nothing_runs() {
    [ -z "$(processes_of_test)" ]
}

@test "engine: killed while a deploy is under way, the next deploy finishes" {
    start_apart
    aws_on_engine
    python_project cut '{ "routes": ["GET /x"], "schedules": [{ "rate": "1 hour" }] }'
    succeeds fnctl deploy prod
    wanted=$(inventory)
    succeeds fnctl undeploy prod --yes
    for k in 4 8 12; do
        fnctl local status --json | jq .pid >"$T/engine"
        faults "$k signal KILL"
        cp "$T/engine" "$T/proxy/victim"
        fails 5 "" fnctl deploy prod
        faults
        succeeds fnctl local start
        succeeds fnctl deploy prod
        same "$(inventory)" "$wanted"
        succeeds fnctl invoke prod cut '{}'
        succeeds fnctl undeploy prod --yes
        same "$(inventory)" ""
    done
}

@test "engine: after stop no process is left, not even one that a function left behind" {
    cat >main.py <<'PY'
import subprocess
import time


def handler(event, context):
    subprocess.Popen(["sleep", "4321"], start_new_session=True)
    subprocess.Popen("sleep 4321 & exit", shell=True)
    if event.get("hang"):
        time.sleep(60)
    return "started"
PY
    settings messy '{ "runtime": "python3.13", "handler": "main.handler", "timeout": 60 }'
    succeeds fnctl deploy
    succeeds fnctl invoke messy '{}'
    in_background "$FNCTL" invoke messy '{"hang": true}' >/dev/null 2>&1
    wait_for eval '[ "$(pgrep -cx -f "sleep 4321")" -ge 4 ]'
    engine=$(fnctl local status --json | jq .pid)
    running=$(descendants "$engine")
    [ "$(wc -w <<<"$running")" -ge 3 ]
    succeeds fnctl local stop
    wait_for 10 all_gone $engine $running
}

descendants() {
    local child
    for child in $(pgrep -P "$1"); do
        echo "$child"
        descendants "$child"
    done
}

all_gone() {
    local pid
    for pid in "$@"; do
        ! kill -0 "$pid" 2>/dev/null || return 1
    done
}

@test "engine: requests without or with a wrong signature, for another host or from a page are refused" {
    aws_on_engine
    python_project guarded '{ "url": true }'
    succeeds fnctl deploy prod
    same "$(code)" 403
    same "$(AWS_SECRET_ACCESS_KEY=wrong signed)" 403
    same "$(AWS_ACCESS_KEY_ID=AKIDWRONG signed)" 403
    same "$(signed)" 200
    same "$(signed -H 'Host: rebound.example.com')" 403
    same "$(signed -H 'Origin: https://example.com')" 403
    same "$(signed -H 'Host: localhost:4700')" 200
    # What was signed is what counts: another path with the same signature is refused.
    header=$(api lambda -v /2015-03-31/functions/ 2>&1 | sed -n 's/^> \(Authorization: .*\)\r*$/\1/p' | tr -d '\r')
    date=$(api lambda -v /2015-03-31/functions/ 2>&1 | sed -n 's/^> \(X-Amz-Date: .*\)\r*$/\1/p' | tr -d '\r')
    [ -n "$header" ] && [ -n "$date" ]
    same "$(curl -sS -o /dev/null -w '%{http_code}' -H "$header" -H "$date" "$ENGINE/2018-10-31/layers")" 403
    # The functions' own addresses are open to programs, but not under a foreign name.
    url=$(fnctl status prod --json | jq -r '.functions[0].url')
    same "$(curl -sS -o /dev/null -w '%{http_code}' "$url")" 200
    same "$(curl -sS -o /dev/null -w '%{http_code}' -H 'Host: rebound.example.com' "$url")" 403
    # Only this machine is listened to.
    port=${ENGINE##*:}
    ! grep -i "$(printf ': 00000000:%04X' "$port")" /proc/net/tcp
}

code() {
    curl -sS -o /dev/null -w '%{http_code}' "$@" "$ENGINE/2015-03-31/functions/"
}

signed() {
    code --aws-sigv4 aws:amz:us-east-1:lambda --user "$AWS_ACCESS_KEY_ID:$AWS_SECRET_ACCESS_KEY" "$@"
}

@test "engine: zips that reach out of their folder are refused, as function and as layer" {
    aws_on_engine
    python_project plain
    succeeds fnctl deploy prod
    role=$(api lambda /2015-03-31/functions/plain-prod-plain/configuration | jq -r .Role)
    "$PYTHON" - <<'PY'
import stat
import zipfile


def link(archive, name, target):
    info = zipfile.ZipInfo(name)
    info.create_system = 3
    info.external_attr = (stat.S_IFLNK | 0o777) << 16
    archive.writestr(info, target)


for name, entries in {
    "dotdot": [("../escaped.py", "x")],
    "deep": [("a/../../escaped.py", "x")],
    "absolute": [("/tmp/escaped.py", "x")],
}.items():
    with zipfile.ZipFile(name + ".zip", "w") as archive:
        archive.writestr("main.py", "def handler(event, context):\n    return 1\n")
        for path, data in entries:
            archive.writestr(zipfile.ZipInfo(path), data)
with zipfile.ZipFile("link-absolute.zip", "w") as archive:
    link(archive, "out", "/etc/passwd")
with zipfile.ZipFile("link-relative.zip", "w") as archive:
    link(archive, "out", "../../../etc/passwd")
with zipfile.ZipFile("through-link.zip", "w") as archive:
    link(archive, "out", "..")
    archive.writestr("out/escaped.py", "x")
open("nonsense.zip", "wb").write(b"this is no zip")
with zipfile.ZipFile("good.zip", "w") as archive:
    archive.writestr("main.py", "def handler(event, context):\n    return 2\n")
    link(archive, "inside", "main.py")
PY
    for zip in dotdot deep absolute link-absolute link-relative through-link nonsense; do
        echo "$zip"
        same "$(create "$zip" 201)" 400
        same "$(api lambda -o "$T/answer" -w '%{http_code}' -X PUT --data "{\"ZipFile\": \"$(base64 -w0 "$zip.zip")\"}" /2015-03-31/functions/plain-prod-plain/code)" 400
        grep -q "Could not unzip uploaded file" "$T/answer"
        same "$(api lambda -o /dev/null -w '%{http_code}' -X POST --data "{\"Content\": {\"ZipFile\": \"$(base64 -w0 "$zip.zip")\"}}" "/2018-10-31/layers/$zip/versions")" 400
    done
    same "$(create good)" 201
    [ -z "$(find "$T" /tmp -maxdepth 3 -name 'escaped.py' 2>/dev/null)" ]
    succeeds fnctl invoke prod plain '{}'
}

create() {
    api lambda -o /dev/null -w '%{http_code}' -X POST --data "{\"FunctionName\": \"made-$1\", \"Runtime\": \"python3.13\",
        \"Role\": \"$role\", \"Handler\": \"main.handler\", \"Code\": {\"ZipFile\": \"$(base64 -w0 "$1.zip")\"}}" /2015-03-31/functions
}
