# Projects made from what other tools have, deployed as they are.

load helper

@test "import: a Zappa project deploys to the engine, its app and its events" {
    cat >shop.py <<'PY'
import os


def app(environ, start_response):
    start_response("200 OK", [("Content-Type", "text/plain")])
    return [("shop " + os.environ["GREETING"]).encode()]


def clean(event, context):
    return event
PY
    jq -n '{ base: { app_function: "shop.app", project_name: "Shop Ä", runtime: "python3.13", aws_region: "eu-west-1",
        environment_variables: { GREETING: "costs ${5}" }, keep_warm: true,
        events: [{ function: "shop.clean", expression: "rate(1 hour)", kwargs: { deep: true } }] },
        production: { extends: "base", memory_size: 1024, snap_start: "PublishedVersions" } }' >zappa_settings.json
    succeeds fnctl init --from zappa_settings.json
    [[ $output == *"wrote fnctl.json"*"without a counterpart, or to look at:"*"keep_warm: 'provisioned_concurrency'"*"next: fnctl deploy"* ]]
    same "$(jq -c '[.project, .default_stage, .stages.production.functions.web.memory, .functions.clean.schedules[0].rate]' fnctl.json)" \
        '["shop","local",1024,"rate(1 hour)"]'
    fails 1 "there is a fnctl.json already" fnctl init --from zappa_settings.json
    succeeds fnctl init --from zappa_settings.json --force --name other --json
    same "$(jq -c '[.project, (.notes | length > 0)]' <<<"$output")" '["other",true]'
    succeeds fnctl check
    succeeds fnctl deploy
    same "$(curl -sS "$output/any")" 'shop costs ${5}'
    succeeds fnctl invoke clean '{ "kwargs": {} }'
    same "$output" '{"kwargs": {}}'
    fails 2 "it takes zappa_settings.json" fnctl init --from serverless.yml --force
    fails 1 "cannot read 'none/zappa_settings.json'" fnctl init --from none/zappa_settings.json --force
    fails 2 "it takes no template" fnctl init python --from zappa_settings.json --force
}

# theirs NAME JSON: a function that another tool made, with the members JSON besides the usual ones.
theirs() {
    mkdir -p code/lib
    printf 'from lib import text\n\n\ndef handler(event, context):\n    return text.SAYS\n' >code/main.py
    echo 'SAYS = "theirs ä"' >code/lib/text.py
    echo 'KEPT=1' >code/.env
    (cd code && "$PYTHON" -m zipfile -c ../code.zip main.py lib .env)
    api iam -d "Action=CreateRole&Version=2010-05-08&RoleName=theirs" --data-urlencode \
        'AssumeRolePolicyDocument={"Version":"2012-10-17","Statement":[{"Effect":"Allow","Principal":{"Service":"lambda.amazonaws.com"},"Action":"sts:AssumeRole"}]}' / >/dev/null || true
    jq -n --arg name "$1" --arg zip "$(base64 -w 0 code.zip)" --argjson more "$2" '{ FunctionName: $name, Runtime: "python3.13", Handler: "main.handler",
        Role: "arn:aws:iam::000000000000:role/theirs", Code: { ZipFile: $zip } } + $more' >create.json
    api lambda --fail-with-body -H 'Content-Type: application/json' -d @create.json /2015-03-31/functions >/dev/null
    rm -r code code.zip create.json
}

@test "import: a function that somebody else made becomes a project, and is handed over" {
    aws_on_engine
    theirs weather-prod-api '{ "MemorySize": 512, "Timeout": 9, "Description": "costs ${5}", "Environment": { "Variables": { "GREETING": "h${x}" } },
        "Tags": { "team": "x" }, "LoggingConfig": { "LogFormat": "JSON", "ApplicationLogLevel": "WARN" }, "TracingConfig": { "Mode": "Active" }, "SnapStart": { "ApplyOn": "PublishedVersions" },
        "KMSKeyArn": "arn:aws:kms:us-east-1:123456789012:key/k"}'
    api lambda -X PUT -d '{"ReservedConcurrentExecutions": 7}' /2017-10-31/functions/weather-prod-api/concurrency >/dev/null
    api lambda -d '{"StatementId": "rule", "Action": "lambda:InvokeFunction", "Principal": "events.amazonaws.com", "SourceArn": "arn:aws:events:us-east-1:000000000000:rule/nightly"}' \
        /2015-03-31/functions/weather-prod-api/policy >/dev/null
    faults
    mkdir "my folder" && cd "my folder"
    succeeds fnctl init --from-function weather-prod-api --region us-east-1
    same "$(changing_requests)" ""
    [[ $output == *"weather-prod-api: the settings name this very function; it is handed over by 'aws lambda tag-resource"*"events.amazonaws.com: calls it from arn:aws:events:us-east-1:000000000000:rule/nightly"* || $output == *"events.amazonaws.com: calls it from"*"weather-prod-api: the settings name this very function"* ]]
    told=$(grep -o "aws lambda tag-resource [^']*" <<<"$output")
    same "$(cat api/lib/text.py api/.env)" 'SAYS = "theirs ä"
KEPT=1'
    same "$(jq -c '[.project, .stages.prod.region, (.functions.api | .memory, .timeout, .log_level, .concurrency, .snap_start, .tracing, .aws.function.KMSKeyArn, .environment.GREETING, .description, .tags.team)]' fnctl.json)" \
        '["weather","us-east-1",512,9,"warn",7,true,"active","arn:aws:kms:us-east-1:123456789012:key/k","h$${x}","costs $${5}","x"]'
    fails 5 "is not of this project and stage" fnctl deploy
    # The command that was told.
    eval "${told} --region us-east-1"
    succeeds fnctl plan --json
    # Of its configuration nothing: the code goes up once, and the tags that fnctl needs are added.
    same "$(jq -c '[.changes[] | select(.resource == "function") | .fields[].name | select(startswith("Tags") | not)]' <<<"$output")" '["CodeSha256"]'
    succeeds fnctl deploy
    succeeds fnctl invoke api '{}'
    same "$(jq -r . <<<"$output")" 'theirs ä'
    succeeds fnctl plan --exit-code

    # Another name: another function. An image, and what is not there, are refused; nothing is left.
    mkdir ../other && cd ../other
    theirs plain_NAME '{}'
    succeeds fnctl init --from-function arn:aws:lambda:us-east-1:000000000000:function:plain_NAME --region us-east-1 --name shop --json
    same "$(jq -r '.notes[0]' <<<"$output")" "plain_NAME: stays as it is: deploy makes another function beside it, called PROJECT-prod-plain-name; let its callers call that one, and remove it then"
    fails 1 "there is a fnctl.json already" fnctl init --from-function plain_NAME
    rm fnctl.json
    fails 1 "goes to the folder 'plain-name', which is there already" fnctl init --from-function plain_NAME --region us-east-1
    fails 1 "there is no function 'none' in region us-east-1" fnctl init --from-function none --region us-east-1
    same "$(ls "$TMPDIR")" ""
}
