# A deploy that is disturbed at any of its requests: killed, interrupted, refused, cut off. Whatever
# happens, what was live answers on, and the next deploy finishes the work: nothing twice, nothing
# left behind.
#
# FAULTS=all disturbs every request (`make faults`); otherwise some of each kind have to do.

load helper

# step TOTAL: how far apart the requests are that are disturbed.
step() {
    [ "${FAULTS:-}" = all ] && echo 1 || echo $((($1 + ${SAN:+$1} + 2) / 3))
}

# Where a sample begins, so that the tests do not all look at the same requests.
first_of() {
    [ "${FAULTS:-}" = all ] && echo 1 || echo $((1 + $(cksum <<<"$*" | cut -d' ' -f1) % $(step "$total")))
}

# disturbed FAULT STATUS...: deploys with the fault; the command has to end with one of these.
disturbed() {
    local fault=$1 code=0
    shift
    faults "$fault"
    env --default-signal=INT "$FNCTL" deploy >"$T/first.log" 2>&1 3>&- 4>&- &
    echo $! >"$T/proxy/victim.new" && mv "$T/proxy/victim.new" "$T/proxy/victim"
    wait $! || code=$?
    faults
    if [[ " $* " != *" $code "* ]]; then
        echo "status $code"
        cat "$T/first.log"
        return 1
    fi
    # It noticed, and was not just ended by the signal; it says how far it came.
    [ "$code" -ne 130 ] || grep -qE 'interrupted.*(changes? (was|were) made before|nothing was changed)|interrupted$' "$T/first.log"
}

# The next deploy makes it whole.
mended() {
    succeeds fnctl deploy
    same "$(inventory)" "$deployed"
    succeeds fnctl plan --exit-code
    same "$(curl -sS "$(fnctl status --json | jq -r '.functions[0].url')" | jq -c '[.code, .settings, .layer]')" "[\"$release\",\"$release\",\"hello\"]"
}

next_release() {
    release=$((release + 1))
    sed -i "s/RELEASE = .*/RELEASE = \"$release\"/" api.py
    jq --arg release "$release" '.functions.api.environment.RELEASE = $release
        | .functions.job.schedules[1].rate = "\($release | tonumber + 1) hours"
        | .functions.job.routes = ["ANY /job\($release)/{proxy+}"]
        | .tags.release = $release' fnctl.json >new.json
    mv new.json fnctl.json
}

# first_deploys FAULT STATUS...: nothing is there yet. Then the removal is disturbed too.
first_deploys() {
    local k
    aws_on_engine
    whole_project
    release=1
    empty=$(inventory)
    faults
    succeeds fnctl deploy
    total=$(requests)
    deployed=$(inventory)
    succeeds fnctl undeploy --yes
    same "$(inventory)" "$empty"
    for ((k = $(first_of "$*"); k <= total; k += $(step "$total"))); do
        echo "at request $k of $total: $*"
        disturbed "$k $1" "${@:2}"
        mended
        faults "$((1 + k % 45)) $1"
        # shellcheck disable=SC2031
        "$FNCTL" undeploy --yes >"$T/first.log" 2>&1 3>&- 4>&- &
        echo $! >"$T/proxy/victim.new" && mv "$T/proxy/victim.new" "$T/proxy/victim"
        wait $! || true
        faults
        succeeds fnctl undeploy --yes
        same "$(inventory)" "$empty"
    done
}

# updates FAULT STATUS...: code, settings, tags, a route and a schedule change; all the while
# somebody calls.
updates() {
    local k
    aws_on_engine
    whole_project
    release=1
    succeeds fnctl deploy
    deployed=$(inventory)
    next_release
    faults
    succeeds fnctl deploy
    total=$(requests)
    same "$(inventory)" "$deployed"
    in_background "$PYTHON" "$ROOT/tests/tools/caller.py" "$(fnctl status --json | jq -r '.functions[0].url')" "$T/answers"
    caller=$!
    for ((k = $(first_of "$*"); k <= total; k += $(step "$total"))); do
        echo "at request $k of $total: $*"
        next_release
        disturbed "$k $1" "${@:2}"
        mended
    done
    kill "$caller"
    wait "$caller" || true
    cat "$T/answers" | sort | uniq -c | sort -rn | head -n 100
    [ "$(wc -l <"$T/answers")" -gt 5 ]
    # Each one was answered by a whole release: its code with its settings.
    same "$(grep -vE '^200 \{"code": "([0-9]+)", "settings": "\1", "layer": "hello"\}$' "$T/answers")" ""
}

@test "first deploy: killed before any of its requests, the next one finishes; so does undeploy" {
    first_deploys "signal KILL" 137
}

@test "first deploy: killed after any of its requests, the next one finishes; so does undeploy" {
    first_deploys "signal-after KILL" 137
}

@test "first deploy: interrupted at any of its requests, it ends with 130, and the next one finishes" {
    # Signalled in its last step, a command may be through before it notices.
    first_deploys "signal INT" 130 0
}

@test "first deploy: any request cut off after it was carried out is sent again, and nothing is made twice" {
    first_deploys "reset-after" 0
}

@test "update: killed after any of its requests, what is live answers on, and the next one finishes" {
    updates "signal-after KILL" 137
}

@test "update: interrupted at any of its requests, what is live answers on, and the next one finishes" {
    updates "signal INT" 130 0
}

@test "update: any request that is throttled is sent again" {
    updates "status 429 TooManyRequestsException" 0
}

@test "update: any request that fails within the service is sent again" {
    updates "status 500 InternalError" 0
}

@test "update: any request that finds the service unavailable is sent again" {
    updates "status 503 ServiceUnavailable" 0
}

@test "update: any request whose connection is cut off is sent again" {
    updates "reset" 0
}

@test "slow: new roles, updates in progress and pending functions are waited for, no longer than they take" {
    aws_on_engine
    whole_project
    release=1
    succeeds fnctl deploy
    deployed=$(inventory)
    succeeds fnctl undeploy --yes
    not_yet="status 400 InvalidParameterValueException The role defined for the function cannot be assumed by Lambda."
    busy="status 409 ResourceConflictException The operation cannot be performed at this time. An update is in progress for resource"
    faults "lambda.CreateFunction#1-3 $not_yet" \
        "lambda.CreateFunction#4-5 set State=Pending StateReasonCode=Creating" \
        "lambda.GetFunctionConfiguration#1-4 set State=Pending" \
        "lambda.PublishVersion#1-2 $busy" \
        "lambda.PutFunctionConcurrency#1 $busy" \
        "iam.PutRolePolicy#1-2 status 404 NoSuchEntity The role cannot be found." \
        "scheduler.CreateSchedule#1-3 status 400 ValidationException The execution role you provide must allow AWS EventBridge Scheduler to assume the role." \
        "scheduler.CreateScheduleGroup#1 status 409 ConflictException It is being deleted"
    before=$(date +%s%N)
    succeeds fnctl deploy
    took=$((($(date +%s%N) - before) / 1000000))
    same "$(requests 'CreateFunction 400')" 3
    same "$(requests 'PublishVersion 409')" 2
    [ "$(requests GetFunctionConfiguration)" -ge 4 ]
    same "$(requests 'CreateSchedule 400')" 3
    # 50, 100, 200 ms and so on for each of them: not the seconds of a fixed pause.
    echo "$took ms"
    [ "$took" -lt $((6000 * (1 + ${SAN:+4} + 0))) ]
    release=1
    mended
    next_release
    faults "lambda.UpdateFunctionConfiguration#1-2 $busy" "lambda.UpdateFunctionCode#1 $busy" \
        "lambda.UpdateFunctionConfiguration#3 set LastUpdateStatus=InProgress" \
        "lambda.GetFunctionConfiguration#1-3 set LastUpdateStatus=InProgress"
    succeeds fnctl deploy
    same "$(requests 'UpdateFunctionConfiguration 409')" 2
    [ "$(requests GetFunctionConfiguration)" -ge 3 ]
    faults
    mended
}

@test "stalled: a request that is answered after half a minute, or never, is made good" {
    [ "${FAULTS:-}" = all ] || skip "half a minute for each of the operations"
    aws_on_engine
    whole_project
    release=1
    # Each operation once: those that run at the same time wait at the same time.
    faults
    succeeds fnctl deploy
    deployed=$(inventory)
    cut -d' ' -f3 "$T/proxy/log" | sort -u >"$T/operations"
    succeeds fnctl undeploy --yes
    mapfile -t lines < <(sed 's/$/#1 stall 30/' "$T/operations")
    faults "${lines[@]}"
    succeeds fnctl deploy
    faults
    mended
    succeeds fnctl undeploy --yes
    mapfile -t lines < <(sed 's/$/#1 delay 30000/' "$T/operations")
    faults "${lines[@]}"
    succeeds fnctl deploy
    faults
    mended
}
