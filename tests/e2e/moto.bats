# The projects of the other tests on AWS as moto imitates it, read back through awscli.

load helper

REGION=us-east-1

deploy_prod() {
    succeeds fnctl deploy prod --region "$REGION"
    forget
}

# What awscli answers, by a jq filter, on one line. Its answers are kept, for it starts slowly.
field() {
    local filter=$1 kept
    shift
    kept=$T/kept/$(printf '%s ' "$@" | tr / _)
    mkdir -p "$T/kept"
    [ -s "$kept" ] || aws "$@" >"$kept"
    jq -cS "$filter" "$kept"
}

forget() {
    rm -rf "$T/kept"
}

# Through the proxy: a second deploy looks, and changes nothing.
nothing_to_change() {
    start_proxy "$MOTO"
    faults
    succeeds fnctl deploy prod --region "$REGION"
    [[ $stderr == *"nothing to change"* ]]
    same "$(changing_requests)" ""
    [ "$(requests)" -le 10 ]
}

nothing_left() {
    succeeds fnctl undeploy prod --yes --region "$REGION"
    forget
    same "$(field '.Functions' lambda list-functions)" '[]'
    same "$(field '.Layers' lambda list-layers)" '[]'
    same "$(field '.Items' apigatewayv2 get-apis)" '[]'
    same "$(field '.Schedules' scheduler list-schedules)" '[]'
    same "$(field '[.ScheduleGroups[].Name] - ["default"]' scheduler list-schedule-groups)" '[]'
    same "$(field '.Roles' iam list-roles)" '[]'
    same "$(field '.logGroups' logs describe-log-groups)" '[]'
    same "$(field '.ResourceTagMappingList' resourcegroupstaggingapi get-resources --tag-filters Key=fnctl:project)" '[]'
}

@test "moto: the time server, an HTTP API in front of a Flask app" {
    start_moto
    printf 'from flask import Flask\napp = Flask(__name__)\n\n\n@app.get("/time")\ndef time():\n    return "now"\n' >app.py
    succeeds fnctl init --yes --name clock
    deploy_prod
    url=$output

    same "$(field '.Configuration | [.Runtime, .Handler, .Architectures, .PackageType]' lambda get-function --function-name clock-prod-web)" \
        '["python3.13","fnctl_wsgi.handler",["x86_64"],"Zip"]'
    same "$(field '.Tags | del(.["fnctl:code", "fnctl:api", "fnctl:callers"])' lambda get-function --function-name clock-prod-web)" \
        '{"fnctl:function":"web","fnctl:project":"clock","fnctl:stage":"prod"}'
    field '[.Tags["fnctl:code"], .Configuration.CodeSha256]' lambda get-function --function-name clock-prod-web |
        jq -e '.[1] as $sum | .[0] | test("^[0-9a-f]{64}:") and endswith(":" + $sum)'
    same "$(field '[.Name, .FunctionVersion]' lambda get-alias --function-name clock-prod-web --name live)" '["live","1"]'

    api=$(field '.Items[0].ApiId' apigatewayv2 get-apis | tr -d '"')
    [[ $url == *"$api"* ]]
    same "$(field '.Items[0] | [.ProtocolType, .Tags["fnctl:project"], .Tags["fnctl:stage"]]' apigatewayv2 get-apis)" '["HTTP","clock","prod"]'
    same "$(field '[.Items[].RouteKey] | sort' apigatewayv2 get-routes --api-id "$api")" '["ANY /","ANY /{proxy+}"]'
    same "$(field '[.Items[] | [.StageName, .AutoDeploy]]' apigatewayv2 get-stages --api-id "$api")" '[["$default",true]]'
    same "$(field '[.Items[] | [.IntegrationType, .PayloadFormatVersion]]' apigatewayv2 get-integrations --api-id "$api")" '[["AWS_PROXY","2.0"]]'
    [[ $(field '.Items[0].IntegrationUri' apigatewayv2 get-integrations --api-id "$api") == *":function:clock-prod-web:live"* ]]
    integration=$(field '.Items[0].IntegrationId' apigatewayv2 get-integrations --api-id "$api" | tr -d '"')
    same "$(field '[.Items[].Target] | unique' apigatewayv2 get-routes --api-id "$api")" "[\"integrations/$integration\"]"

    policy=$(field '.Policy | fromjson | .Statement' lambda get-policy --function-name clock-prod-web --qualifier live)
    same "$(jq -c '[.[] | select(.Principal.Service == "apigateway.amazonaws.com") | .Action] | unique' <<<"$policy")" '["lambda:InvokeFunction"]'
    jq -e --arg api "$api" 'all(.[]; (.Condition | tostring) | contains($api))' <<<"$policy"

    same "$(field '.logGroups | map(.logGroupName)' logs describe-log-groups)" '["/aws/lambda/clock-prod-web"]'
    role=$(field '.Configuration.Role' lambda get-function --function-name clock-prod-web | tr -d '"')
    role=${role##*/}
    same "$(field '.Role.AssumeRolePolicyDocument.Statement[0] | [.Principal.Service, .Action]' iam get-role --role-name "$role")" '["lambda.amazonaws.com","sts:AssumeRole"]'
    name=$(field '.PolicyNames[0]' iam list-role-policies --role-name "$role" | tr -d '"')
    document=$(field '.PolicyDocument' iam get-role-policy --role-name "$role" --policy-name "$name")
    same "$(jq -c '[.Statement[].Action] | flatten | sort' <<<"$document")" '["logs:CreateLogStream","logs:PutLogEvents"]'
    jq -e '[.Statement[].Resource] | flatten | all(contains("/aws/lambda/clock-prod-web"))' <<<"$document"

    nothing_to_change
    echo '# changed' >>app.py
    succeeds fnctl update prod --region "$REGION"
    forget
    same "$(field '[.Versions[].Version]' lambda list-versions-by-function --function-name clock-prod-web)" '["$LATEST","1","2"]'
    same "$(field '.FunctionVersion' lambda get-alias --function-name clock-prod-web --name live)" '"2"'
    nothing_left
}

@test "moto: the native handler, its layer and its function URL" {
    start_moto
    succeeds fnctl init c --yes --name native
    deploy_prod
    same "$(field '.Configuration | [.Runtime, .Handler, .MemorySize]' lambda get-function --function-name native-prod-zip)" '["provided.al2023","bootstrap",256]'
    layer=$(field '.Configuration.Layers[0].Arn' lambda get-function --function-name native-prod-zip | tr -d '"')
    same "$(field '.Configuration.Layers | length' lambda get-function --function-name native-prod-zip)" 1
    [[ $layer == arn:aws:lambda:$REGION:*:layer:native-prod-*:1 ]]
    same "$(field '[.CompatibleRuntimes, .CompatibleArchitectures]' lambda get-layer-version --layer-name "${layer%:*}" --version-number 1)" '[["provided.al2023"],["x86_64"]]'

    # What is there is what was packaged.
    succeeds fnctl package --output "$T/packages" --region "$REGION"
    sum=$(openssl dgst -sha256 -binary "$T/packages/zip.zip" | base64)
    same "$(field '.Configuration.CodeSha256' lambda get-function --function-name native-prod-zip)" "\"$sum\""

    same "$(field '.AuthType' lambda get-function-url-config --function-name native-prod-zip --qualifier live)" '"NONE"'
    same "$(field '.Policy | fromjson | [.Statement[].Action] | unique' lambda get-policy --function-name native-prod-zip --qualifier live)" \
        '["lambda:InvokeFunction","lambda:InvokeFunctionUrl"]'

    nothing_to_change
    sed -i 's/zipping an event/squeezing an event/' handler.c
    faults
    succeeds fnctl update prod --region "$REGION"
    same "$(requests PublishLayerVersion)" 0
    same "$(requests UpdateFunctionCode)" 1
    [ "$(requests)" -le 6 ]
    forget
    same "$(field '.Configuration.Layers[0].Arn' lambda get-function --function-name native-prod-zip)" "\"$layer\""
    same "$(field '.LayerVersions | length' lambda list-layer-versions --layer-name native-prod-zip)" 1
    nothing_left
}

@test "moto: code that another tool uploaded is seen, shown by plan, and mended" {
    start_moto
    python_project api
    deploy_prod
    good=$(field .Configuration.CodeSha256 lambda get-function --function-name api-prod-api | tr -d '"')
    mkdir theirs
    echo 'handler = None' >theirs/main.py
    (cd theirs && "$PYTHON" -m zipfile -c ../theirs.zip main.py)
    rm -r theirs
    bad=$(aws lambda update-function-code --function-name api-prod-api --zip-file fileb://theirs.zip | jq -r .CodeSha256)
    mv theirs.zip "$T"
    [ "$good" != "$bad" ]
    run --separate-stderr fnctl plan prod --exit-code --region "$REGION"
    same "$status" 7
    [[ $output == *"~ function api-prod-api"*"Code: not what was deployed last: changed by other means"*"CodeSha256: $bad -> $good"* ]]
    same "$(wc -l <<<"$output")" 3
    deploy_prod
    same "$(field .Configuration.CodeSha256 lambda get-function --function-name api-prod-api)" "\"$good\""
    nothing_to_change
}

@test "moto: the bot, its schedule and its environment" {
    start_moto
    printf 'def handler(event, context):\n    return None\n' >bot.py
    settings bot '{ "runtime": "python3.13", "handler": "bot.handler", "timeout": 20, "log_retention": 14, "tags": { "team": "weather" },
                    "environment": { "GREETING": "good morning" },
                    "schedules": [ { "rate": "1 minute" }, { "cron": "30 9 * * 1-5", "timezone": "Europe/Berlin", "name": "weekdays", "enabled": false, "input": { "city": "Berlin" } } ] }'
    deploy_prod
    same "$(field '.Configuration | [.Handler, .Timeout, .Environment.Variables]' lambda get-function --function-name bot-prod-bot)" \
        '["bot.handler",20,{"GREETING":"good morning"}]'
    same "$(field '.Tags.team' lambda get-function --function-name bot-prod-bot)" '"weather"'
    same "$(field '.logGroups[0] | [.logGroupName, .retentionInDays]' logs describe-log-groups)" '["/aws/lambda/bot-prod-bot",14]'

    group=$(field '[.ScheduleGroups[].Name] - ["default"] | .[0]' scheduler list-schedule-groups | tr -d '"')
    same "$(field '[.Schedules[].Name] | length' scheduler list-schedules --group-name "$group")" 2
    schedule=$(field '.' scheduler get-schedule --group-name "$group" --name weekdays)
    same "$(jq -c '[.ScheduleExpression, .ScheduleExpressionTimezone, .State, (.Target.Input | fromjson)]' <<<"$schedule")" \
        '["cron(30 9 ? * 2-6 *)","Europe/Berlin","DISABLED",{"city":"Berlin"}]'
    [[ $(jq -r .Target.Arn <<<"$schedule") == *":function:bot-prod-bot:live" ]]
    role=$(jq -r '.Target.RoleArn | sub(".*/"; "")' <<<"$schedule")
    same "$(field '.Role.AssumeRolePolicyDocument.Statement[0].Principal.Service' iam get-role --role-name "$role")" '"scheduler.amazonaws.com"'

    nothing_to_change
    jq '.functions.bot.schedules = [.functions.bot.schedules[0]] | .functions.bot.environment.GREETING = "hello"' fnctl.json >new.json && mv new.json fnctl.json
    deploy_prod
    same "$(field '[.Schedules[].Name] | length' scheduler list-schedules --group-name "$group")" 1
    same "$(field '.Configuration.Environment.Variables.GREETING' lambda get-function --function-name bot-prod-bot)" '"hello"'
    nothing_left
}

@test "moto: a version gets a part of the calls, then all; the alias goes back, and the deploy after it forward" {
    start_moto
    python_project api
    deploy_prod
    alias_is() {
        forget
        same "$(field '[.FunctionVersion, .RoutingConfig.AdditionalVersionWeights]' lambda get-alias --function-name api-prod-api --name live)" "$1"
    }
    jq '.functions.api.memory = 512' fnctl.json >new.json && mv new.json fnctl.json
    succeeds fnctl deploy prod --weight 10 --region "$REGION"
    alias_is '["1",{"2":0.1}]'
    nothing_to_change
    succeeds fnctl release prod --promote --region "$REGION"
    alias_is '["2",{}]'
    succeeds fnctl rollback prod --region "$REGION"
    alias_is '["1",{}]'
    faults
    deploy_prod
    same "$(requests PublishVersion)" 0
    alias_is '["2",{}]'
    nothing_left
}
