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
