# What every end-to-end test starts from: a folder, a HOME and an engine's state of its own.
#   $FNCTL, $FNCTL_LOCAL   the programs under test      $T      the test's folder, gone afterwards
#   $ROOT                  the project                  $WORK   the folder it works in, $T/work
bats_require_minimum_version 1.5.0

setup() {
    ROOT=$(cd "$(dirname "${BASH_SOURCE[0]}")/../.." && pwd)
    FNCTL=${FNCTL:-$ROOT/${BUILD:-build/release}/fnctl}
    FNCTL_LOCAL=$(dirname "$FNCTL")/fnctl-local
    T=$(mktemp -d "${TMPDIR:-/tmp}/fnctl-e2e.XXXXXX")
    WORK=$T/work
    background_pids=
    local name
    for name in $(compgen -e | grep -E '^(AWS_|FNCTL_|GITHUB_|XDG_|https?_proxy|HTTPS?_PROXY|NO_COLOR)'); do
        unset "$name"
    done
    export HOME=$T/home FNCTL_STATE=$T/state TMPDIR=$T/tmp PATH=$(dirname "$FNCTL"):$PATH PYTHONDONTWRITEBYTECODE=1
    # No test asks whether the machine that it runs on is an instance of EC2.
    export AWS_EC2_METADATA_DISABLED=true
    export ASAN_OPTIONS=detect_leaks=1:exitcode=86:log_path=$T/sanitizer
    export UBSAN_OPTIONS=print_stacktrace=1:halt_on_error=1:exitcode=86:log_path=$T/sanitizer
    mkdir -p "$HOME" "$TMPDIR" "$WORK"
    cd "$WORK" || return 1
}

teardown() {
    local result=0 pid
    cd / || return 1
    for pid in $background_pids; do
        kill -9 "$pid" && wait "$pid" || true
    done 2>/dev/null
    fnctl local stop >/dev/null 2>&1 || true
    for pid in $(processes_of_test); do
        echo "still running: $pid $(tr '\0' ' ' <"/proc/$pid/cmdline" 2>/dev/null)"
        kill -9 "$pid" 2>/dev/null || true
        result=1
    done
    if compgen -G "$T/sanitizer*" >/dev/null; then
        cat "$T"/sanitizer*
        result=1
    fi
    [ -z "${BATS_ERROR_STATUS:-}" ] || [ ! -s "$T/state/engine.log" ] || tail -n 20 "$T/state/engine.log"
    rm -rf "$T"
    return $result
}

# Descriptors of bats are kept from the engine, which outlives the command.
fnctl() {
    "$FNCTL" "$@" 3>&- 4>&-
}

# The processes that work in the test's folder: by their words, mounts and folders.
processes_of_test() {
    [ -n "${T:-}" ] || return 0 # no folder was made: the empty word would match every process
    {
        grep -lF "${T##*/}" /proc/[0-9]*/cmdline /proc/[0-9]*/mountinfo
        find /proc/[0-9]* -maxdepth 1 -lname "*${T##*/}*"
    } 2>/dev/null | cut -d/ -f3 | sort -u
}

# refute COMMAND...: it must fail. A `!` in front would not do: errexit does not look at it.
refute() {
    if "$@"; then
        echo "succeeded, and should not: $*"
        return 1
    fi
}

# wait_for [SECONDS] COMMAND...: until it succeeds; fails when it has not by then (30 s).
wait_for() {
    local seconds=30
    [[ $1 == [0-9]* ]] && seconds=$1 && shift
    local end=$((SECONDS + seconds))
    until "$@" >"$T/wait_for.log" 2>&1; do
        if [ $SECONDS -ge $end ]; then
            echo "not within $seconds s: $*"
            cat "$T/wait_for.log"
            return 1
        fi
        sleep 0.1
    done
}

# in_background COMMAND...: $! is its process; ended with the test.
in_background() {
    "$@" 3>&- 4>&- &
    background_pids="$background_pids $!"
}

# fails STATUS TEXT COMMAND...: the command ends with that status, and says TEXT (a glob) on
# standard error; other outputs are in $output and $stderr.
fails() {
    local wanted=$1 text=$2
    shift 2
    run --separate-stderr "$@"
    # shellcheck disable=SC2053
    if [ "$status" -ne "$wanted" ] || [[ $stderr != *$text* ]]; then
        printf '%s\n' "command: $*" "wanted:  status $wanted, ...$text..." "status:  $status" "output:  $output" "error:   $stderr"
        return 1
    fi
}

# succeeds COMMAND...: with status 0; outputs are in $output and $stderr.
succeeds() {
    run --separate-stderr "$@"
    if [ "$status" -ne 0 ]; then
        printf '%s\n' "command: $*" "status:  $status" "output:  $output" "error:   $stderr"
        return 1
    fi
}

# same A B: says both when they differ.
same() {
    [ "$1" = "$2" ] || {
        printf '%s\n' "have: $1" "want: $2"
        return 1
    }
}

# python_project NAME [FUNCTION-JSON]: one Python function `NAME` that answers its event.
# Stages: dev on the engine; prod is AWS, where the environment says.
python_project() {
    cat >main.py <<'PY'
def handler(event, context):
    print("got", event)
    return {"event": event}
PY
    settings "$1" '{ "runtime": "python3.13", "handler": "main.handler" }' "${@:2}"
}

# settings NAME JSON...: fnctl.json with function NAME of project NAME, the JSON objects merged.
settings() {
    local name=$1
    shift
    printf '%s\n' "$@" | jq -s --arg name "$name" '{
        project: $name, default_stage: "dev", functions: {($name): (reduce .[] as $part ({}; . * $part))},
        stages: { dev: { provider: "local" }, prod: { provider: "aws", region: "us-east-1" } } }' >fnctl.json
}

# python_with_pip: a python3 with pip comes first in PATH; $T/wheels is all the index there is.
python_with_pip() {
    local candidate
    mkdir -p "$T/bin" "$T/wheels"
    for candidate in "$PYTHON" /usr/bin/python3; do
        "$candidate" -m pip --version >/dev/null 2>&1 && break
    done
    # Not a link: Python looks for its libraries beside the name it is called by.
    printf '#!/bin/sh\nexec %s "$@"\n' "$candidate" >"$T/bin/python3"
    chmod +x "$T/bin/python3"
    PATH=$T/bin:$PATH
    export PIP_NO_INDEX=1 PIP_FIND_LINKS=$T/wheels
}

# wheel NAME VERSION TAG PATH=TEXT...: makes one in $T/wheels, see tests/tools/wheel.py.
wheel() {
    "$PYTHON" "$ROOT/tests/tools/wheel.py" "$T/wheels" "$@"
}

# whole_project: tests/fixtures/whole, a project with every feature that a deploy knows. What makes
# something of its own at AWS has its place there.
whole_project() {
    cp -r "$ROOT/tests/fixtures/whole/." .
    python_with_pip
    wheel greeting 1.0 py3-none-any greeting.py='TEXT = "hello"'
}

# start_proxy HOST:PORT: a proxy in front of it, at http://127.0.0.1:$(cat $T/proxy/port), see
# tests/tools/proxy.py; AWS_ENDPOINT_URL points there.
start_proxy() {
    mkdir -p "$T/proxy"
    in_background "$PYTHON" "$ROOT/tests/tools/proxy.py" "$T/proxy" "$1"
    wait_for test -s "$T/proxy/port"
    export AWS_ENDPOINT_URL="http://127.0.0.1:$(cat "$T/proxy/port")"
}

# aws_on_engine: the engine as AWS, behind a proxy: stage prod deploys there.
# ENGINE is its own address.
aws_on_engine() {
    fnctl local env >"$T/env"
    . "$T/env"
    ENGINE=$AWS_ENDPOINT_URL
    start_proxy "${AWS_ENDPOINT_URL#http://}"
}

# faults LINE...: what goes wrong from now on; none: nothing. Starts the count of requests again.
faults() {
    rm -f "$T/proxy/faults" "$T/proxy/victim"
    : >"$T/proxy/log"
    [ $# -eq 0 ] || printf '%s\n' "$@" >"$T/proxy/faults"
}

# requests [PATTERN]: how many there were since faults(), of operations that match.
requests() {
    grep -cE "${1:-.}" "$T/proxy/log" || true
}

# The requests that change something: all but looks.
changing_requests() {
    grep -vE ' [a-z]+\.(BatchGet|Get|List|Describe|Filter)[A-Za-z]* ' "$T/proxy/log" || true
}

# api SERVICE CURL-ARGUMENTS... PATH: a signed request to the engine, past fnctl.
api() {
    local service=$1
    shift
    curl -sS --max-time 20 --aws-sigv4 "aws:amz:us-east-1:$service" --user "$AWS_ACCESS_KEY_ID:$AWS_SECRET_ACCESS_KEY" \
        "${@:1:$#-1}" "$ENGINE${!#}"
}

# inventory: a line for each thing that the engine keeps.
inventory() {
    {
        api lambda /2015-03-31/functions/ | jq -r '.Functions[] | "function \(.FunctionName)"'
        api lambda /2018-10-31/layers | jq -r '.Layers[] | "layer \(.LayerName)"'
        api scheduler /schedules | jq -r '.Schedules[] | "schedule \(.GroupName)/\(.Name)"'
        api scheduler /schedule-groups | jq -r '.ScheduleGroups[] | select(.Name != "default") | "group \(.Name)"'
        api apigateway /v2/apis | jq -r '(.items // .Items)[] | "api \(.name // .Name)"'
        api logs -H 'X-Amz-Target: Logs_20140328.DescribeLogGroups' -H 'Content-Type: application/x-amz-json-1.1' -d '{}' / |
            jq -r '.logGroups[] | "logs \(.logGroupName)"'
        api iam -d 'Action=ListRoles&Version=2010-05-08' / | grep -o '<RoleName>[^<]*' | sed 's/<RoleName>/role /'
    } | sort
}

# start_moto: moto as AWS, directly at AWS_ENDPOINT_URL; the test is skipped where it is missing.
start_moto() {
    [ -n "${MOTO_SERVER:-}" ] || skip "moto_server is not installed"
    in_background "$MOTO_SERVER" -H 127.0.0.1 -p 0 >"$T/moto.log" 2>&1
    wait_for 60 grep -q 'Running on http' "$T/moto.log"
    MOTO=$(sed -n 's,.*Running on http://\([0-9.:]*\).*,\1,p' "$T/moto.log" | head -n 1)
    export AWS_ENDPOINT_URL=http://$MOTO AWS_ACCESS_KEY_ID=testing AWS_SECRET_ACCESS_KEY=testing AWS_REGION=us-east-1 AWS_DEFAULT_REGION=us-east-1
}

# aws ...: awscli, where it is installed.
aws() {
    [ -n "${AWSCLI:-}" ] || skip "awscli is not installed"
    AWS_PAGER='' "$AWSCLI" --output json "$@"
}
