# What calls functions besides HTTP and clocks.

load helper

# sqs OPERATION JSON: on the engine, past fnctl.
sqs() {
    api sqs --fail-with-body -H "X-Amz-Target: AmazonSQS.$1" -H 'Content-Type: application/x-amz-json-1.0' -d "$2" /
}

# send QUEUE BODY...: each body as a message, all at once.
send() {
    local queue=$1
    shift
    sqs SendMessageBatch "$(jq -n --arg queue "$queue" '{QueueUrl: $queue,
        Entries: [$ARGS.positional | to_entries[] | {Id: "\(.key)", MessageBody: .value}]}' --args "$@")" >"$T/answer"
}

# left QUEUE: how many messages are in it, wherever.
left() {
    sqs GetQueueAttributes "{\"QueueUrl\": \"$1\", \"AttributeNames\": [\"All\"]}" |
        jq '[.Attributes | to_entries[] | select(.key | startswith("ApproximateNumberOf")) | .value | tonumber] | add'
}

is_empty() {
    [ "$(left "$1")" -eq 0 ]
}

# got TEXT [TIMES]: the log has it, so often.
got() {
    [ "$(fnctl tail --no-follow --since 1h --no-report 2>/dev/null | grep -cF -- "$1")" -ge "${2:-1}" ]
}

engine_at() {
    fnctl local env >"$T/env"
    . "$T/env"
    ENGINE=$AWS_ENDPOINT_URL
    unset AWS_ENDPOINT_URL
}

mappings() {
    api lambda "/2015-03-31/event-source-mappings/" | jq -c "${1:-.EventSourceMappings}"
}

# A function that answers what failed: messages with "bad" in them, until their third time.
worker() {
    cat >main.py <<'PY'
import time

def handler(event, context):
    failures = []
    for record in event["Records"]:
        times = int(record["attributes"]["ApproximateReceiveCount"])
        print("record", record["body"], times, "of", len(event["Records"]))
        if "slow" in record["body"]:
            time.sleep(60)
        if "bad" in record["body"] and times < 3:
            failures.append({"itemIdentifier": record["messageId"]})
    return {"batchItemFailures": failures}
PY
    settings worker '{ "runtime": "python3.13", "handler": "main.handler", "timeout": 1 }' "$@"
}

@test "triggers: a queue calls the function: filter, batches, partial failures; changed, drifted, removed" {
    worker '{ "triggers": [{ "sqs": "orders", "partial_failures": true, "batch_size": 20, "window": 1,
        "filter": [{ "body": { "kind": ["order"] } }] }] }'
    succeeds fnctl deploy
    [[ $stderr == *"created queue orders"* && $stderr == *"created trigger worker-dev-worker sqs:orders"* ]]
    succeeds fnctl plan --exit-code
    engine_at
    # The queue hides messages for six times the function's timeout; here it is to go faster.
    sqs SetQueueAttributes '{"QueueUrl": "orders", "Attributes": {"VisibilityTimeout": "3"}}'
    send orders '{"kind": "order", "n": 1}' '{"kind": "other", "n": 2}' '{"kind": "order", "n": "bad"}'
    wait_for got '"bad"} 3'
    wait_for is_empty orders
    got '"n": 1} 1 of 2'
    refute got '"n": 2}'
    # Somebody else changes the mapping.
    uuid=$(mappings '.EventSourceMappings[0].UUID' | tr -d '"')
    api lambda --fail-with-body -X PUT -d '{"BatchSize": 7, "ScalingConfig": {"MaximumConcurrency": 3}}' "/2015-03-31/event-source-mappings/$uuid" >"$T/answer"
    run --separate-stderr fnctl plan --exit-code --json
    same "$status" 7
    same "$(jq -c '.changes[0] | [.action, .resource, [.fields[] | [.name, .before, .after]]]' <<<"$output")" \
        '["update","trigger",[["BatchSize","7","20"],["MaximumConcurrency","3",null]]]'
    succeeds fnctl deploy
    same "$(mappings '[.EventSourceMappings[] | .BatchSize, .ScalingConfig]')" '[20,null]'
    # Another edition, disabled: the messages stay.
    worker '{ "triggers": [{ "sqs": "orders", "enabled": false }, { "sqs": "more", "maximum_concurrency": 2 }] }'
    succeeds fnctl deploy
    same "$(mappings '[.EventSourceMappings[] | [.UUID == "'"$uuid"'", .State, .BatchSize, .FilterCriteria, .FunctionResponseTypes]]')" \
        '[[true,"Disabled",10,null,[]],[false,"Enabled",10,null,[]]]'
    send orders stays
    send more moves
    wait_for got 'moves 1 of 1'
    is_empty more
    same "$(left orders)" 1
    # One of somebody else's is left alone, and said.
    sqs CreateQueue '{"QueueName": "theirs", "Attributes": {"VisibilityTimeout": "6"}}'
    api lambda --fail-with-body -d "{\"FunctionName\": \"worker-dev-worker:live\", \"EventSourceArn\": \"arn:aws:sqs:us-east-1:000000000000:theirs\"}" \
        /2015-03-31/event-source-mappings >"$T/answer"
    worker
    succeeds fnctl deploy
    [[ $stderr == *"from 'arn:aws:sqs:us-east-1:000000000000:theirs' to 'worker-dev-worker' was not made by fnctl"* ]]
    same "$(mappings '[.EventSourceMappings[].EventSourceArn]')" '["arn:aws:sqs:us-east-1:000000000000:theirs"]'
    succeeds fnctl plan --exit-code
    worker '{ "triggers": [{ "sqs": "orders" }] }'
    succeeds fnctl deploy
    wait_for got 'stays 1 of 1'
    succeeds fnctl undeploy --yes
    same "$(mappings '.EventSourceMappings | length')" 1
}

@test "triggers: kill -9 of the engine loses no message, and a failed one comes again" {
    worker '{ "triggers": [{ "sqs": "orders", "batch_size": 1 }] }'
    succeeds fnctl deploy
    engine_at
    sqs SetQueueAttributes '{"QueueUrl": "orders", "Attributes": {"VisibilityTimeout": "2"}}'
    send orders slow-one two three
    wait_for got 'three 1 of 1'
    kill -9 "$(fnctl local status --json | jq .pid)"
    succeeds fnctl local start
    engine_at
    wait_for got 'slow-one 2 of 1'
    same "$(left orders)" 1
}

# put BUCKET KEY TEXT: an object, past fnctl; the key is encoded.
put() {
    api s3 --fail-with-body -X PUT --data-binary "$3" -H 'x-amz-content-sha256: UNSIGNED-PAYLOAD' "/$1/$2"
}

notification() {
    api s3 -H 'x-amz-content-sha256: UNSIGNED-PAYLOAD' "/$1?notification="
}

@test "triggers: a bucket calls the function; what others told it to do stays" {
    cat >main.py <<'PY'
import urllib.parse

def handler(event, context):
    for record in event["Records"]:
        s3 = record["s3"]
        print("event", record["eventName"], s3["bucket"]["name"], urllib.parse.unquote_plus(s3["object"]["key"]), s3["object"].get("size"))
PY
    python='"runtime": "python3.13", "handler": "main.handler"'
    settings photos "{ $python, \"triggers\": [{ \"s3\": \"our-photos\", \"prefix\": \"raw/\" },
        { \"s3\": \"our-photos\", \"events\": [\"s3:ObjectRemoved:*\"] }] }"
    succeeds fnctl deploy
    [[ $stderr == *"created bucket our-photos"* && $stderr == *"created trigger photos-dev-photos s3:our-photos"* ]]
    succeeds fnctl plan --exit-code
    engine_at
    put our-photos raw/gr%C3%BC%C3%9Fe%20a%2Bb.jpg hello
    put our-photos other.jpg hello
    api s3 -X DELETE /our-photos/other.jpg
    wait_for got 'event ObjectCreated:Put our-photos raw/grüße a+b.jpg 5'
    wait_for got 'event ObjectRemoved:Delete our-photos other.jpg None'
    refute got 'Put our-photos other.jpg'
    # Somebody else adds a queue, and spoils ours.
    sqs CreateQueue '{"QueueName": "audit"}' >"$T/answer"
    notification our-photos | sed 's,<CloudFunctionConfiguration>,<QueueConfiguration><Id>theirs \&amp; ours</Id><Queue>arn:aws:sqs:us-east-1:000000000000:audit</Queue><Event>s3:ObjectTagging:Put</Event><Filter><S3Key><FilterRule><Name>prefix</Name><Value> a \&lt;b </Value></FilterRule></S3Key></Filter></QueueConfiguration>&,; s,raw/,cooked/,' >"$T/body"
    api s3 --fail-with-body -X PUT --data-binary "@$T/body" -H "x-amz-content-sha256: UNSIGNED-PAYLOAD" "/our-photos?notification="
    run --separate-stderr fnctl plan --exit-code --json
    same "$status" 7
    same "$(jq -c '[.changes[] | [.action, .resource, [.fields[] | [.before, .after]]]]' <<<"$output")" '[["update","trigger",[["cooked/","raw/"]]]]'
    succeeds fnctl deploy
    [[ $(notification our-photos) == *'<Id>theirs &amp; ours</Id>'*'<Value> a &lt;b </Value>'*'<Value>raw/</Value>'* ]]
    # Two functions, one bucket; then only one.
    jq '.functions.second = (.functions.photos | .triggers = [{s3: "our-photos", prefix: "second/"}])' fnctl.json >new.json && mv new.json fnctl.json
    jq '.functions.photos.triggers |= .[:1]' fnctl.json >new.json && mv new.json fnctl.json
    succeeds fnctl deploy
    same "$(notification our-photos | grep -o '<CloudFunction>' | wc -l)" 2
    jq 'del(.functions.photos.triggers)' fnctl.json >new.json && mv new.json fnctl.json
    succeeds fnctl deploy
    [[ $(notification our-photos) == *'theirs &amp; ours'*photos-dev-second:live* ]]
    [[ $(notification our-photos) != *photos-dev-photos:live* ]]
    succeeds fnctl plan --exit-code
    put our-photos second/x hi
    wait_for got 'event ObjectCreated:Put our-photos second/x 2'
    succeeds fnctl undeploy --yes
    [[ $(notification our-photos) == *'theirs &amp; ours'* && $(notification our-photos) != *:live* ]]
}

# receive QUEUE: one message, once there is one.
receive() {
    sqs ReceiveMessage "{\"QueueUrl\": \"$1\", \"WaitTimeSeconds\": 20, \"MessageAttributeNames\": [\"All\"]}" | jq -c '.Messages[0]'
}

@test "triggers: asynchronous calls that are over are told to queues and functions" {
    cat >main.py <<'PY'
def handler(event, context):
    print("got", event)
    if event.get("fail"):
        raise ValueError("no luck")
    return {"done": event["n"]}
PY
    local queue=arn:aws:sqs:us-east-1:000000000000
    settings task '{ "runtime": "python3.13", "handler": "main.handler", "retries": { "attempts": 0, "age": 60 },
        "dead_letter": "'$queue':dead", "destinations": { "success": "'$queue':done", "failure": "'$queue':failed" } }'
    fnctl local start
    engine_at
    for name in dead done failed; do
        sqs CreateQueue "{\"QueueName\": \"$name\"}" >"$T/answer"
    done
    succeeds fnctl deploy
    [[ $stderr == *"created asynchronous calls task-dev-task"* ]]
    succeeds fnctl plan --exit-code
    succeeds fnctl invoke task '{"n": 1}' --async
    same "$(receive done | jq -c '.Body | fromjson | [.requestContext.condition, .requestPayload, .responsePayload, (.requestContext.functionArn | sub(".*:"; ""))]')" \
        '["Success",{"n":1},{"done":1},"live"]'
    succeeds fnctl invoke task '{"fail": true}' --async
    same "$(receive failed | jq -c '.Body | fromjson | [.requestContext.condition, .requestContext.approximateInvokeCount, .responseContext.functionError, .responsePayload.errorMessage]')" \
        '["RetriesExhausted",1,"Unhandled","no luck"]'
    same "$(receive dead | jq -c '[(.Body | fromjson), .MessageAttributes.ErrorMessage.StringValue, .MessageAttributes.ErrorCode.StringValue]')" \
        '[{"fail":true},"no luck","200"]'
    # Drift, and the settings' end.
    api lambda --fail-with-body -X PUT -d '{"MaximumRetryAttempts": 1}' '/2019-09-25/functions/task-dev-task/event-invoke-config?Qualifier=live' >"$T/answer"
    run --separate-stderr fnctl plan --exit-code --json
    same "$(jq -c '[.changes[0].fields[] | [.name, .before]]' <<<"$output")" \
        '[["MaximumRetryAttempts","1"],["MaximumEventAgeInSeconds","21600"],["DestinationConfig.OnSuccess.Destination",null],["DestinationConfig.OnFailure.Destination",null]]'
    succeeds fnctl deploy
    jq 'del(.functions.task | .retries, .destinations)' fnctl.json >new.json && mv new.json fnctl.json
    succeeds fnctl deploy
    [[ $stderr == *"removed asynchronous calls task-dev-task"* ]]
    [[ $(api lambda '/2019-09-25/functions/task-dev-task/event-invoke-config?Qualifier=live') == *"doesn't have an EventInvokeConfig"* ]]
    succeeds fnctl plan --exit-code
}

@test "triggers: on AWS a queue that is not there is an error that says what to do" {
    aws_on_engine
    worker '{ "triggers": [{ "sqs": "nowhere" }] }'
    fails 3 "make the queue ('aws sqs create-queue --queue-name nowhere') or correct the trigger" fnctl deploy prod
    sqs CreateQueue '{"QueueName": "nowhere"}' >"$T/answer"
    succeeds fnctl deploy prod
    faults
    succeeds fnctl deploy prod
    same "$(changing_requests)" ""
    [ "$(requests)" -le 11 ]
    # As those who may receive: the role says no more than it has to.
    succeeds api iam -d "Action=GetRolePolicy&Version=2010-05-08&RoleName=worker-prod-worker&PolicyName=fnctl" /
    [[ $output == *sqs%3AReceiveMessage%22%2C%22sqs%3ADeleteMessage%22%2C%22sqs%3AGetQueueAttributes%22%5D* ]]
    [[ $output == *arn%3Aaws%3Asqs%3Aus-east-1%3A000000000000%3Anowhere* ]]
}

@test "triggers: queues of the engine as boto3 sees them, answers as AWS's models have them" {
    "$PYTHON" -c 'import boto3' 2>/dev/null || skip "boto3 is not installed"
    aws_on_engine
    : >"$T/proxy/wire"
    "$PYTHON" "$ROOT/tests/e2e/engine_sqs.py" "$AWS_ENDPOINT_URL"
    "$PYTHON" -B "$ROOT/tests/tools/check_wire.py" "$T/proxy/wire" --answers
}

# json SERVICE TARGET BODY: an operation of a JSON service, on moto.
json() {
    api "$1" --fail-with-body -H "X-Amz-Target: $2" -H 'Content-Type: application/x-amz-json-1.1' -d "$3" /
}

@test "triggers: streams of tables and of Kinesis, on moto; the engine leaves them out, and says so" {
    worker '{ "triggers": [{ "dynamodb": "orders", "batch_size": 50, "filter": { "eventName": ["INSERT"] } },
        { "kinesis": "clicks", "starting_position": "trim-horizon", "window": 2 }] }'
    succeeds fnctl deploy
    [[ $stderr == *"the local engine has no streams: 'orders' is left out"*"'clicks' is left out"* ]]
    start_moto
    ENGINE=$AWS_ENDPOINT_URL
    fails 3 "table 'orders' does not exist" fnctl deploy prod
    json dynamodb DynamoDB_20120810.CreateTable '{"TableName": "orders", "BillingMode": "PAY_PER_REQUEST", "KeySchema": [{"AttributeName": "id", "KeyType": "HASH"}],
        "AttributeDefinitions": [{"AttributeName": "id", "AttributeType": "S"}]}' >"$T/answer"
    fails 3 "aws dynamodb update-table --table-name orders --stream-specification" fnctl deploy prod
    json dynamodb DynamoDB_20120810.UpdateTable '{"TableName": "orders", "StreamSpecification": {"StreamEnabled": true, "StreamViewType": "NEW_IMAGE"}}' >"$T/answer"
    json kinesis Kinesis_20131202.CreateStream '{"StreamName": "clicks", "ShardCount": 1}'
    succeeds fnctl deploy prod
    same "$(mappings '[.EventSourceMappings[] | [(.EventSourceArn | split(":")[2]), .BatchSize, .StartingPosition, .MaximumBatchingWindowInSeconds, .FilterCriteria]]')" \
        '[["dynamodb",50,"LATEST",0,{"Filters":[{"Pattern":"{\"eventName\":[\"INSERT\"]}"}]}],["kinesis",100,"TRIM_HORIZON",2,null]]'
    succeeds fnctl plan prod --exit-code
    # Where a stream is begun makes a new mapping; a batch size does not.
    before=$(mappings '[.EventSourceMappings[].UUID]')
    jq '.functions.worker.triggers |= (.[0].batch_size = 60 | .[1].starting_position = "latest")' fnctl.json >new.json && mv new.json fnctl.json
    succeeds fnctl deploy prod
    same "$(mappings "[.EventSourceMappings[] | .UUID] - $before | length")" 1
    same "$(mappings '[.EventSourceMappings[] | [.BatchSize, .StartingPosition]]')" '[[60,"LATEST"],[100,"LATEST"]]'
    succeeds fnctl plan prod --exit-code
    succeeds fnctl undeploy prod --yes
    same "$(mappings '.EventSourceMappings | length')" 0
}
