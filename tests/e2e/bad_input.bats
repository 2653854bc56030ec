# What people and networks get wrong: each has its message and its exit status.

load helper

# with_settings TEXT: fnctl.json is that.
with_settings() {
    printf '%s' "$1" >fnctl.json
}

# function_with JSON: a good Python function, and this over it.
function_with() {
    python_project app "$1"
    jq -c . fnctl.json >new.json && mv new.json fnctl.json
}

@test "usage: unknown commands, options and arguments are status 2, with the nearest word" {
    fails 2 "unknown command 'deplyo'; did you mean 'deploy'?" fnctl deplyo
    fails 2 "unknown command 'frobnicate'; see 'fnctl help'" fnctl frobnicate
    fails 2 "unknown option '--qiuet'; did you mean '--quiet'?" fnctl check --qiuet
    fails 2 "--no-follow" fnctl tail --no-folow
    fails 2 "-Z" fnctl check -Z
    fails 2 "settings" fnctl check --settings
    fails 2 "" fnctl version surplus
    fails 2 "schrot" fnctl local schrot
    python_project app
    fails 2 "FUNCTION is missing" fnctl invoke
    fails 2 "there is no stage 'prdo' in 'fnctl.json'; did you mean 'prod'?" fnctl check prdo
    fails 2 "there is no function 'ap'; did you mean 'app'?" fnctl package ap
    fails 2 "--format" fnctl tail --format nonsense
    fails 2 "--since" fnctl tail --since yesterdayish
}

@test "usage: without --json errors are words; with it, a document too" {
    fails 2 "unknown option" fnctl check --json --qiuet
    fails 3 "there is no 'fnctl.json'" fnctl check --json
    same "$(jq .error.status <<<"$output")" 3
    [[ $(jq -r .error.message <<<"$output") == *"there is no 'fnctl.json'"* ]]
}

@test "settings: missing, empty, cut off, a folder, unreadable" {
    fails 3 "there is no 'fnctl.json' here or in a folder above: write one with 'fnctl init'" fnctl check
    fails 3 "'absent.json'" fnctl check --settings absent.json
    with_settings ''
    fails 3 "line 1, column 1: the text is empty" fnctl check
    with_settings '{"project": "x"'
    fails 3 "line 1, column 16: expected ',' or '}', but the text ends here" fnctl check
    with_settings '[]'
    fails 3 "must be an object" fnctl check
    rm fnctl.json && mkdir fnctl.json
    fails 3 "it is a folder" fnctl check
}

@test "settings: 10 MB, bytes that are not UTF-8, and deep nesting are refused at once" {
    { printf '{"project": "' && head -c 10000000 /dev/zero | tr '\0' x && printf '"}'; } >fnctl.json
    fails 3 "at most 1048576 are allowed" fnctl check
    printf '{"project": "x\xff"}' >fnctl.json
    fails 3 "line 1, column 15: the byte 0xff is not UTF-8" fnctl check
    head -c 100000 /dev/zero | tr '\0' '[' >fnctl.json
    fails 3 "nested deeper than 64 levels" fnctl check
    printf '{"project": "x\\u0000y", "functions": {}}' >fnctl.json
    fails 3 "line 1" fnctl check
}

@test "settings: unknown and misspelt keys, twice the same, wrong types, values out of range" {
    function_with '{ "memroy": 256 }'
    fails 3 "functions.app.memroy: unknown key; did you mean 'memory'?" fnctl check
    function_with '{ "zzz": 256 }'
    fails 3 "functions.app.zzz: unknown key" fnctl check
    function_with '{ "memory": "256" }'
    fails 3 "functions.app.memory: must be a whole number from 128 to 10240, not the string '256'" fnctl check
    function_with '{ "memory": 1 }'
    fails 3 "functions.app.memory: must be a whole number from 128 to 10240, not 1" fnctl check
    function_with '{ "timeout": 1.5 }'
    fails 3 "functions.app.timeout" fnctl check
    function_with '{ "routes": "GET /" }'
    fails 3 "functions.app.routes: must be a list" fnctl check
    function_with '{ "routes": ["GTE /"] }'
    fails 3 "did you mean 'GET'?" fnctl check
    function_with '{ "environment": { "A": 1 } }'
    fails 3 "functions.app.environment" fnctl check
    function_with '{ "runtime": "pyhton3.13" }'
    fails 3 "'pyhton3.13' is no runtime" fnctl check
    with_settings '{"project": "x", "project": "y"}'
    fails 3 'line 1, column 18: the key "project" is there twice' fnctl check
    # The place is that of the value in the file as it is written, on its own line.
    printf '{\n  "project": "x",\n  "functions": {\n    "f": { "runtime": "python3.13", "handler": "main.handler",\n      "memory": 1 }\n  }\n}\n' >fnctl.json
    fails 3 "'fnctl.json': line 5, column 17: functions.f.memory" fnctl check
}

@test "settings: bad schedules, time zones and variables" {
    function_with '{ "schedules": [{ "cron": "61 * * * *" }] }'
    fails 3 "functions.app.schedules[[]0].cron: minute '61': must be 0 to 59" fnctl check
    function_with '{ "schedules": [{ "cron": "* * * *" }] }'
    fails 3 "functions.app.schedules[[]0].cron" fnctl check
    function_with '{ "schedules": [{ "rate": "5 parsecs" }] }'
    fails 3 "functions.app.schedules[[]0].rate" fnctl check
    function_with '{ "schedules": [{ "rate": "5 minutes", "cron": "* * * * *" }] }'
    fails 3 "exactly one of 'cron', 'rate' and 'at' must be set" fnctl check
    function_with '{ "schedules": [{ "cron": "0 9 * * *", "timezone": "Europe/Atlantis" }] }'
    fails 3 "'Europe/Atlantis' is no time zone" fnctl check
    function_with '{ "environment": { "KEY": "${env:ABSENT_HERE}" } }'
    fails 3 "functions.app.environment.KEY: '\${env:ABSENT_HERE}' is missing" fnctl check
}

@test "package: a handler or source that is not there, and a program for another machine" {
    function_with '{ "handler": "mian.handler" }'
    fails 6 "looked for 'mian.py'" fnctl check
    function_with '{ "source": "absent" }'
    fails 6 "does not exist" fnctl check
    settings native '{ "runtime": "provided.al2023", "handler": "bot" }'
    fails 6 "the handler 'bot' of function 'native' was not found" fnctl check
    # An ELF header for the other architecture, and one that is cut off.
    "$PYTHON" - <<'PY'
import platform, struct
other = 183 if platform.machine() == "x86_64" else 62
header = struct.pack("<16sHHIQQQIHHHHHH", b"\x7fELF\x02\x01\x01", 3, other, 1, 0, 64, 0, 0, 64, 56, 0, 64, 0, 0)
open("bot", "wb").write(header)
open("cut", "wb").write(header[:20])
PY
    chmod +x bot cut
    fails 6 "the handler 'bot' is for " fnctl check
    settings native '{ "runtime": "provided.al2023", "handler": "cut" }'
    fails 6 "the ELF header is cut off" fnctl check
    settings native '{ "runtime": "provided.al2023", "handler": "bot", "build": "exit 7" }'
    fails 1 "exit 7" fnctl package
    python_project app
    ln -s /etc/passwd leak
    fails 6 "leak' leads to '/etc/passwd', outside of the source folder" fnctl package
}

@test "package: a full disk is told and leaves nothing half-made" {
    python_project app
    head -c 3000000 /dev/urandom >ballast
    mkdir .fnctl
    unshare -rm mount -t tmpfs tmpfs .fnctl 2>/dev/null || skip "no file system can be mounted here"
    run --separate-stderr unshare -rm sh -c 'mount -t tmpfs -o size=1m tmpfs .fnctl && "$1" package; status=$?; find .fnctl -type f ! -name lock; exit $status' - "$FNCTL"
    same "$status" 6
    [[ $stderr == *"No space left on device"* ]]
    same "$output" ""
}

@test "credentials: none, wrong ones, unknown profiles, expired tokens are status 4" {
    aws_on_engine
    python_project app
    unset AWS_ACCESS_KEY_ID
    secret=$AWS_SECRET_ACCESS_KEY
    unset AWS_SECRET_ACCESS_KEY
    fails 4 "no AWS credentials for profile 'default': looked, in this order, for AWS_ACCESS_KEY_ID" fnctl deploy prod
    fails 4 "there is no profile 'nobody'" fnctl deploy prod --profile nobody
    . "$T/env"
    export AWS_ENDPOINT_URL="http://127.0.0.1:$(cat "$T/proxy/port")"
    (AWS_SECRET_ACCESS_KEY=wrong fails 4 "check the secret access key" fnctl deploy prod)
    (AWS_ACCESS_KEY_ID=AKIDWRONG fails 4 "AWS does not know these keys" fnctl deploy prod)
    (unset AWS_SECRET_ACCESS_KEY && fails 4 "the secret is missing" fnctl deploy prod)
    faults '* status 403 ExpiredTokenException'
    fails 4 "the session has ended" fnctl deploy prod
    faults '* status 403 AccessDeniedException'
    fails 4 "AccessDeniedException" fnctl deploy prod
    refute grep -rF "$secret" "$WORK"
    [[ $output$stderr != *"$secret"* ]]
}

@test "credentials: --verbose shows each request and never a secret" {
    aws_on_engine
    python_project app
    succeeds fnctl deploy prod --verbose
    [[ $stderr == *CreateFunction* ]]
    [[ $output$stderr != *"$AWS_SECRET_ACCESS_KEY"* ]]
}

@test "network: refused, no such host, garbage, other pages are status 5" {
    export AWS_ACCESS_KEY_ID=x AWS_SECRET_ACCESS_KEY=x
    python_project app
    fails 5 "127.0.0.1:1" fnctl deploy prod --endpoint-url http://127.0.0.1:1
    fails 5 "nowhere.invalid" fnctl deploy prod --endpoint-url http://nowhere.invalid
    fails 2 "" fnctl deploy prod --endpoint-url 'ftp://127.0.0.1'
    aws_on_engine
    faults '* garbage'
    fails 5 "127.0.0.1" fnctl deploy prod
    faults '* html'
    fails 5 "" fnctl deploy prod
    faults '* cut'
    fails 5 "" fnctl deploy prod
    faults '* reset'
    fails 5 "" fnctl deploy prod
}

@test "network: a server that never answers can be left with Ctrl-C" {
    aws_on_engine
    python_project app
    faults '* stall'
    in_background env --default-signal=INT "$FNCTL" deploy prod 2>"$T/victim.log"
    victim=$!
    wait_for test -d .fnctl/prod
    sleep 0.5
    begun=$SECONDS
    kill -INT "$victim"
    code=0
    wait "$victim" || code=$?
    same "$code" 130
    grep interrupted "$T/victim.log"
    [ $((SECONDS - begun)) -le 5 ]
}

@test "network: short storms of 429, 5xx, resets and cut answers are weathered, long ones told" {
    aws_on_engine
    python_project app '{ "routes": ["GET /x"], "schedules": [{ "rate": "1 hour" }] }'
    for storm in 'status 500 ServiceException' 'status 503 ServiceUnavailable' 'status 429 TooManyRequestsException' reset reset-after cut; do
        faults "2 $storm" "5 $storm" "9 $storm"
        succeeds fnctl deploy prod
        [ "$(inventory | grep -c '^function')" -eq 1 ]
        [ "$(inventory | grep -c '^api')" -eq 1 ]
        faults
        succeeds fnctl invoke prod app '{}'
        succeeds fnctl undeploy prod --yes
        same "$(inventory)" ""
    done
    faults '* status 503 ServiceUnavailable'
    fails 5 "ServiceUnavailable" fnctl deploy prod
    faults '* status 429 TooManyRequestsException'
    fails 5 "TooManyRequestsException" fnctl deploy prod
}

@test "network: a change that fails half-way says how far it came, and running again finishes" {
    aws_on_engine
    python_project app '{ "routes": ["GET /x"] }'
    faults 'lambda.CreateFunction status 400 InvalidParameterValueException'
    fails 3 "run the command again to finish" fnctl deploy prod
    [[ $stderr == *"InvalidParameterValueException"* ]]
    faults
    succeeds fnctl deploy prod
    succeeds fnctl invoke prod app '{}'
}
