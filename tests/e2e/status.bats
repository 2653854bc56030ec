# What `fnctl status` says of what is deployed and of what it did.

load helper

@test "status: each schedule with its next three runs in its zone, where they can be told; triggers with their state" {
    python_project clocked '{ "triggers": [{ "sqs": "jobs" }, { "sqs": "later", "enabled": false }], "schedules": [
        { "cron": "0 9 * * *", "timezone": "Asia/Tokyo" }, { "rate": "1 hour" },
        { "at": "2090-01-01T00:00:00" }, { "cron": "0 9 * * *", "enabled": false } ] }'
    succeeds fnctl deploy
    succeeds fnctl status --json
    # Nine in the morning in Tokyo is midnight in UTC.
    same "$(jq -c '[.functions[0].schedules[].next]' <<<"$output")" \
        "[\"$(date -u -d tomorrow +%F)T00:00:00.000Z\",null,\"2090-01-01T00:00:00.000Z\",null]"
    day() { TZ=Asia/Tokyo date -d "$(date -u -d "$1" +%F)T00:00:00Z" +%FT09:00:00+09:00; }
    same "$(jq -c '[.functions[0].schedules[].runs]' <<<"$output")" \
        "[[\"$(day tomorrow)\",\"$(day 2days)\",\"$(day 3days)\"],[],[\"2090-01-01T00:00:00Z\"],[]]"
    succeeds fnctl status
    [[ $output == *"cron(0 9 * * ? *)        Asia/Tokyo  next $(day tomorrow | cut -c 1-10) 09:00, $(day 2days | cut -c 1-10) 09:00, "* ]]
    [[ $output == *"at(2090-01-01T00:00:00)  UTC  next 2090-01-01 00:00"* ]]
    [[ $output == *"UTC  disabled"* ]]
    [[ $output == *"trigger   arn:aws:sqs:us-east-1:000000000000:jobs  Enabled"*":later  Disabled"* ]]
}

# Calls that worked, failed and were slow.
called_project() {
    cat >main.py <<'PY'
import time


def handler(event, context):
    time.sleep(event.get("sleep", 0))
    if event.get("fail"):
        raise ValueError("no good")
    return event
PY
    settings called '{ "runtime": "python3.13", "handler": "main.handler" }'
    succeeds fnctl deploy
    for payload in '{}' '{}' '{"sleep": 0.3}' '{"fail": true}'; do
        fnctl invoke called "$payload" || true
    done
}

@test "status: what the functions did, in figures and in rows; another client reads the same" {
    called_project
    succeeds fnctl status --json --graph
    jq -e '.functions[0].metrics | .invocations == 4 and .errors == 1 and .throttles == 0 and .p50 < 200 and .p99 >= 300 and
        .duration >= 300 and .cost > 0 and (.series.invocations | add) == 4 and (.series.errors | add) == 1' <<<"$output"
    jq -e '.window | .until - .since >= 86400000 and .step > 0' <<<"$output"
    LC_ALL=C.UTF-8 succeeds fnctl status --graph --since 1h
    [[ $output == *"last 1h   4 invocations, 1 error (25.0 %), 0 throttles, p50 "*" on AWS"* ]]
    [[ $output == *"calls     "*█*"most 4"*"errors    "*█*"most 1"*"each column is 2 min"* ]]
    LC_ALL=C succeeds fnctl status --graph --since 1h
    [[ $output == *"calls     "*'#'*"most 4"* && $output != *█* ]]
    fails 2 "must be from a minute to 455 days ago" fnctl status --since 0s
    fails 2 "must be a duration such as" fnctl status --since whenever
    # What kill -9 may lose are the last seconds.
    sleep 2.5
    kill -9 "$(jq -r .pid "$FNCTL_STATE/engine.json")"
    succeeds fnctl status --json
    same "$(jq -c '.functions[0].metrics | [.invocations, .errors]' <<<"$output")" '[4,1]'
    "$PYTHON" -c 'import boto3' 2>/dev/null || skip "boto3 is not installed"
    eval "$(fnctl local env)"
    start_proxy "${AWS_ENDPOINT_URL#http://}"
    : >"$T/proxy/wire"
    succeeds "$PYTHON" "$ROOT/tests/e2e/cloudwatch.py" called-dev-called 4 1
    "$PYTHON" -B "$ROOT/tests/tools/check_wire.py" "$T/proxy/wire" --answers
}

@test "status: --watch shows it again and again, on a terminal in place; Ctrl-C ends with 130" {
    called_project
    run --separate-stderr timeout --preserve-status -s INT 2.5 "$FNCTL" status --watch --interval 1
    same "$status" 130
    [ "$(grep -c '4 invocations' <<<"$output")" -ge 2 ]
    [[ $output != *$'\x1b'* ]]
    run --separate-stderr timeout --preserve-status -s INT 1.5 "$FNCTL" status --watch --interval 1 --json
    same "$(jq -s 'map(.functions[0].metrics.invocations) | unique == [4]' <<<"$output")" true
    run "$PYTHON" "$ROOT/tests/tools/terminal.py" '4 invocations' ^C "$FNCTL" status --watch --interval 1 3>&- 4>&-
    same "$status" 130
    # The second screen, and back to the first with the cursor.
    [[ $output == *$'\x1b[?1049h\x1b[?25l'*'4 invocations'*$'\x1b[?25h\x1b[?1049l'* ]]
    # A reader that goes away ends it.
    run bash -c '"$0" status --watch --interval 1 | head -n 1; echo "${PIPESTATUS[0]}"' "$FNCTL" 3>&- 4>&-
    same "${lines[-1]}" 0
}

@test "status: figures of AWS as moto has them; without the permission the rest is shown" {
    start_moto
    python_project figures
    "$PYTHON" -c 'import boto3' 2>/dev/null || skip "boto3 is not installed"
    succeeds fnctl deploy prod
    "$PYTHON" - <<'PY'
import boto3, datetime
cloudwatch = boto3.client("cloudwatch")
now = datetime.datetime.now(datetime.timezone.utc) - datetime.timedelta(minutes=5)
# No Duration: moto answers 500 to percentiles of what there is.
for name, values in {"Invocations": [1, 1, 1], "Errors": [0, 1, 0]}.items():
    cloudwatch.put_metric_data(Namespace="AWS/Lambda", MetricData=[{"MetricName": name, "Value": value, "Timestamp": now,
        "Dimensions": [{"Name": "FunctionName", "Value": "figures-prod-figures"}]} for value in values])
PY
    succeeds fnctl status prod --json --graph
    same "$(jq -c '.functions[0].metrics | [.invocations, .errors, .throttles, .p50, (.series.invocations | add)]' <<<"$output")" \
        '[3,1,0,null,3]'
    start_proxy "$MOTO"
    faults 'monitoring.GetMetricData status 403 AccessDeniedException'
    succeeds fnctl status prod
    [[ $stderr == *"warning: without figures: "*"GetMetricData"* && $output == *"figures  Active"* && $output != *invocations* ]]
}
