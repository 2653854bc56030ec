# Settings of the function itself on the engine as AWS: deployed, read back, meddled with, mended,
# taken away again.

load helper

change_settings() {
    jq "$1" fnctl.json >"$T/new.json"
    mv "$T/new.json" fnctl.json
}

configuration() {
    api lambda "/2015-03-31/functions/tuned-prod-tuned/configuration${1:-}"
}

nothing_to_change() {
    faults
    succeeds fnctl deploy prod
    [[ $stderr == *"nothing to change"* ]]
    same "$(changing_requests)" ""
    [ "$(requests)" -le "$1" ]
}

# plan_says LINE...: exactly these are the lines of plan, without colours and spaces in front.
plan_says() {
    run --separate-stderr fnctl plan prod --exit-code
    same "$status" 7
    local line
    for line in "$@"; do
        [[ $output == *"$line"* ]] || {
            printf '%s\n' "no line: $line" "$output"
            return 1
        }
    done
}

@test "function settings: what Lambda runs it in, levels of its log, snapshots and members passed through" {
    aws_on_engine
    python_project tuned '{
        "log_format": "json", "log_level": "warn", "system_log_level": "debug", "snap_start": true, "concurrency": 5,
        "vpc": { "subnets": ["subnet-0123456789abcdef0"], "security_groups": ["sg-0123456789abcdef0"], "ipv6": true },
        "aws": { "function": { "DurableConfig": { "ExecutionTimeout": 60 } } } }'
    change_settings '.aws.function = { KMSKeyArn: "arn:aws:kms:us-east-1:123456789012:key/one", NewestThing: { On: true } }'
    succeeds fnctl deploy prod
    same "$(configuration | jq -cS '[.LoggingConfig, .SnapStart.ApplyOn, .VpcConfig.Ipv6AllowedForDualStack, .DurableConfig, .KMSKeyArn, .NewestThing]')" \
        '[{"ApplicationLogLevel":"WARN","LogFormat":"JSON","LogGroup":"/aws/lambda/tuned-prod-tuned","SystemLogLevel":"DEBUG"},"PublishedVersions",true,{"ExecutionTimeout":60},"arn:aws:kms:us-east-1:123456789012:key/one",{"On":true}]'
    same "$(configuration "?Qualifier=live" | jq -r '.SnapStart.OptimizationStatus, .NewestThing.On')" "On
true"
    same "$(api lambda /2015-03-31/functions/tuned-prod-tuned | jq -c .Concurrency)" '{"ReservedConcurrentExecutions":5}'
    nothing_to_change 9

    # Others change them: plan shows exactly these, deploy mends them.
    api lambda -X PUT -d '{"ReservedConcurrentExecutions": 7}' /2017-10-31/functions/tuned-prod-tuned/concurrency >/dev/null
    api lambda -X PUT -d '{"KMSKeyArn": "arn:aws:kms:us-east-1:123456789012:key/two", "LoggingConfig": {"ApplicationLogLevel": "ERROR"}, "SnapStart": {"ApplyOn": "None"}, "NewestThing": {"On": false, "Filled": "in"}}' \
        /2015-03-31/functions/tuned-prod-tuned/configuration >/dev/null
    plan_says "ReservedConcurrentExecutions: 7 -> 5" "KMSKeyArn: arn:aws:kms:us-east-1:123456789012:key/two -> arn:aws:kms:us-east-1:123456789012:key/one" \
        'NewestThing.On: false -> true' 'LoggingConfig.ApplicationLogLevel: ERROR -> WARN' 'SnapStart.ApplyOn: None -> PublishedVersions'
    same "$(wc -l <<<"$output")" 7
    succeeds fnctl deploy prod
    nothing_to_change 9

    # What the settings no longer name goes; what Lambda has no "none" for is said to stay.
    change_settings '.functions.tuned |= (del(.log_format, .log_level, .system_log_level, .snap_start, .concurrency, .vpc, .aws)) | del(.aws)'
    succeeds fnctl deploy prod
    [[ $stderr == *"NewestThing, which the settings no longer pass on, stays as it is"* ]]
    same "$(configuration | jq -c '[.LoggingConfig.LogFormat, .SnapStart.ApplyOn, has("VpcConfig"), has("KMSKeyArn")]')" '["Text","None",false,false]'
    same "$(api lambda /2015-03-31/functions/tuned-prod-tuned | jq -c .Concurrency)" null
    nothing_to_change 9
    [[ $stderr != *"stays as it is"* ]]
    succeeds fnctl undeploy prod --yes
    same "$(inventory)" ""
}

@test "function settings: reserved concurrency limits, and none of it switches a function off" {
    aws_on_engine
    python_project tuned '{ "concurrency": 0 }'
    succeeds fnctl deploy prod
    fails 5 "TooManyRequestsException" fnctl invoke prod tuned '{}'
    api lambda -D "$T/head" -d '{}' "/2015-03-31/functions/tuned-prod-tuned/invocations?Qualifier=live" >"$T/body"
    same "$(jq -r .Reason "$T/body")" ReservedFunctionConcurrentInvocationLimitExceeded
    grep -q '^HTTP/1.1 429' "$T/head"
    change_settings '.functions.tuned.concurrency = 1'
    succeeds fnctl deploy prod
    succeeds fnctl invoke prod tuned '{}'
    change_settings '.functions.tuned.concurrency = 5000'
    fails 3 "below its minimum value" fnctl deploy prod
}

provisioned() {
    api lambda "/2019-09-30/functions/tuned-prod-tuned/provisioned-concurrency?Qualifier=live" |
        jq -c '[.RequestedProvisionedConcurrentExecutions, .AvailableProvisionedConcurrentExecutions, .Status, .StatusReason]'
}

@test "function settings: provisioned concurrency keeps environments of the live alias warm" {
    aws_on_engine
    python_project tuned '{ "concurrency": 4, "provisioned_concurrency": 2 }'
    cat >main.py <<'PY'
import os
print("initialised", os.environ["AWS_LAMBDA_INITIALIZATION_TYPE"])


def handler(event, context):
    return {"kind": os.environ["AWS_LAMBDA_INITIALIZATION_TYPE"], "version": context.function_version}
PY
    succeeds fnctl deploy prod
    [[ $stderr == *"waiting until 2 environments of tuned-prod-tuned are warm"* ]]
    same "$(provisioned)" '[2,2,"READY",null]'
    succeeds fnctl invoke prod tuned '{}'
    same "$output" '{"kind": "provisioned-concurrency", "version": "1"}'
    nothing_to_change 10
    same "$(api lambda "/2019-09-30/functions/tuned-prod-tuned/provisioned-concurrency?List=ALL" | jq -r '.ProvisionedConcurrencyConfigs[].FunctionArn')" \
        arn:aws:lambda:us-east-1:000000000000:function:tuned-prod-tuned:live

    # Those of the new version are waited for; the old ones end. It outlives kill -9 of the engine.
    echo '# changed' >>main.py
    succeeds fnctl deploy prod
    [[ $stderr == *"waiting until 2"* ]]
    pid=$(fnctl local status --json | jq .pid)
    kill -9 "$pid"
    wait_for refute kill -0 "$pid"
    # On the port it gets: another engine may have taken the old one.
    aws_on_engine
    wait_for eval '[[ $(provisioned) == *READY* ]]'
    succeeds fnctl invoke prod tuned '{}'
    same "$output" '{"kind": "provisioned-concurrency", "version": "2"}'

    # Somebody changes it; a version that cannot be initialised is told, and told again.
    api lambda -X PUT -d '{"ProvisionedConcurrentExecutions": 1}' "/2019-09-30/functions/tuned-prod-tuned/provisioned-concurrency?Qualifier=live" >/dev/null
    plan_says "RequestedProvisionedConcurrentExecutions: 1 -> 2"
    cp main.py "$T"
    echo 'raise SystemExit(3)' >>main.py
    fails 5 "provisioned concurrency failed: FUNCTION_ERROR_INIT_FAILURE; 'fnctl tail' shows" fnctl deploy prod
    plan_says "Status: FAILED"
    fails 5 "provisioned concurrency failed" fnctl deploy prod
    cp "$T/main.py" main.py
    change_settings '.functions.tuned |= (.concurrency = 1 | .provisioned_concurrency = 1)'
    succeeds fnctl deploy prod
    same "$(provisioned)" '[1,1,"READY",null]'

    change_settings 'del(.functions.tuned.concurrency, .functions.tuned.provisioned_concurrency)'
    succeeds fnctl deploy prod
    same "$(api lambda /2015-03-31/functions/tuned-prod-tuned | jq -c '.Tags | has("fnctl:provisioned")')" false
    same "$(provisioned)" '[null,null,null,null]'
}
