# fnctl policy: what it prints. That it is neither too little nor too much is shown by wire.bats, which
# compares it with all that is sent.

load helper

# A project with what policies depend on; $1: jq's filter over its settings.
policy_project() {
    settings shop '{ "runtime": "python3.13", "handler": "main.handler", "layer": false,
        "environment": { "KEY": "${ssm:/shop/${stage}/key}", "ONE": "${secret:shop/db#a}", "TWO": "${cf:web-stack.Url}" } }'
    jq "${1:-.}" fnctl.json >new.json && mv new.json fnctl.json
}

# policy OPTION...: the document, without a request and without credentials.
policy() {
    fnctl policy prod --account 123456789012 --endpoint-url http://127.0.0.1:1 "$@"
}

actions() {
    jq -c '[.Statement[].Action[]] | sort' <<<"$1"
}

@test "policy: what each command takes, and nothing for what the settings do not name" {
    policy_project
    succeeds policy
    same "$(jq -c '[.Version, ([.Statement[].Effect] | unique)]' <<<"$output")" '["2012-10-17",["Allow"]]'
    [[ $(actions "$output") != *'"s3:'* && $(actions "$output") != *'"apigateway:POST'* && $(actions "$output") != *'"lambda:AddPermission'* ]]
    jq -e '.Statement[] | select(.Sid == "Functions").Resource == ["arn:aws:lambda:us-east-1:123456789012:function:shop-prod-*"]' <<<"$output"
    jq -e '.Statement[] | select(.Sid == "PassRoles") | [.Resource[0], .Condition.StringEquals["iam:PassedToService"]] ==
        ["arn:aws:iam::123456789012:role/fnctl/shop/prod/us-east-1/*", ["lambda.amazonaws.com"]]' <<<"$output"
    # What AWS limits to resources is never allowed on all.
    same "$(jq -c '[.Statement[] | select(.Resource == ["*"]).Action[]] | sort' <<<"$output")" \
        '["cloudwatch:GetMetricData","iam:ListRoles","lambda:ListFunctions","lambda:ListLayers","scheduler:ListSchedules"]'
    same "$(jq -c '[.Statement[] | select(.Sid | IN("Parameters", "Secrets", "Stacks")) | .Resource[]]' <<<"$output")" \
        '["arn:aws:ssm:us-east-1:123456789012:parameter/shop/prod/key","arn:aws:secretsmanager:us-east-1:123456789012:secret:shop/db-??????","arn:aws:cloudformation:us-east-1:123456789012:stack/web-stack/*"]'

    succeeds policy --for tail
    same "$(actions "$output")" '["logs:FilterLogEvents","logs:StartLiveTail"]'
    succeeds policy --for invoke
    same "$(actions "$output")" '["lambda:InvokeFunction"]'
    succeeds policy --for invoke --for tail
    same "$(jq '.Statement | length' <<<"$output")" 2
    succeeds policy --for plan
    [[ $output != *Create* && $output != *Put* && $output != *Delete* && $output != *Update* ]]
    fails 2 "*'--for' must be 'plan', *" policy --for everything
    fails 2 "*'12345' is no account*" fnctl policy prod --account 12345
}

@test "policy: grows with what the settings name" {
    policy_project '.functions.shop += { "routes": ["GET /"], "schedules": ["rate(1 day)"], "vpc": { "subnets": ["subnet-0123456789abcdef0"], "security_groups": ["sg-0123456789abcdef0"] },
        "layers": ["arn:aws:lambda:us-east-1:112233445566:layer:theirs:3"] } | .functions.other = { "runtime": "python3.13", "handler": "a.b", "role": "arn:aws:iam::123456789012:role/theirs" }'
    succeeds policy --large
    jq -e '.Statement[] | select(.Sid == "OtherLayers").Resource == ["arn:aws:lambda:us-east-1:112233445566:layer:theirs:3"]' <<<"$output"
    jq -e '.Statement[] | select(.Sid == "PassRoles") | (.Resource | contains(["arn:aws:iam::123456789012:role/theirs"])) and
        .Condition.StringEquals["iam:PassedToService"] == ["lambda.amazonaws.com", "scheduler.amazonaws.com"]' <<<"$output"
    jq -e '.Statement[] | select(.Sid == "Schedules").Resource == ["arn:aws:scheduler:us-east-1:123456789012:schedule/shop-prod/*"]' <<<"$output"
    jq -e '.Statement[] | select(.Sid == "Objects").Resource == ["arn:aws:s3:::fnctl-123456789012-us-east-1/fnctl/*"]' <<<"$output"
    [[ $(actions "$output") == *'"apigateway:POST"'*'"ec2:DescribeSubnets"'*'"lambda:AddPermission"'* ]]
    # IAM takes 6144 characters, white space aside.
    [ "$(jq -c . <<<"$output" | wc -c)" -le 6144 ]
    jq '.stages.prod.aws = { "bucket": "artifacts" }' fnctl.json >new.json && mv new.json fnctl.json
    succeeds policy
    jq -e '.Statement[] | select(.Sid == "Bucket").Resource == ["arn:aws:s3:::artifacts"]' <<<"$output"
    succeeds policy --region cn-north-1
    [[ $output == *arn:aws-cn:lambda:cn-north-1:* && $output != *arn:aws:lambda:cn* ]]

    succeeds policy --role shop
    jq -e '[.Statement[].Action[]] | contains(["logs:PutLogEvents", "ec2:CreateNetworkInterface"])' <<<"$output"
    fails 1 "*function 'other' has no policy of its own: the settings give it the role 'arn:aws:iam::123456789012:role/theirs'*" policy --role other
    fails 2 "*there is no function 'sohp'; did you mean 'shop'*" policy --role sohp
}

@test "policy: the roles that are made have the boundary that the settings name" {
    aws_on_engine
    python_project shop '{ "layer": false, "schedules": ["rate(1 day)"] }'
    jq '.stages.prod.aws = { "permissions_boundary": "arn:aws:iam::000000000000:policy/bounds" }' fnctl.json >new.json && mv new.json fnctl.json
    succeeds fnctl deploy prod
    role() { api iam -d "Action=GetRole&Version=2010-05-08&RoleName=$1" / | grep -o '<PermissionsBoundaryArn>[^<]*' | sed 's/.*>//'; }
    same "$(role shop-prod-shop) $(role shop-prod.scheduler)" "arn:aws:iam::000000000000:policy/bounds arn:aws:iam::000000000000:policy/bounds"
    succeeds fnctl plan prod --exit-code
    # Another one that somebody gave it shows as that field, and goes; so does the one that is no longer named.
    api iam --fail-with-body -o "$T/answer" -d 'Action=PutRolePermissionsBoundary&Version=2010-05-08&RoleName=shop-prod-shop&PermissionsBoundary=arn:aws:iam::aws:policy/ReadOnlyAccess' /
    run --separate-stderr fnctl plan prod --exit-code --json
    same "$status $(jq -c '[.changes[].fields[]]' <<<"$output")" \
        '7 [{"name":"permissions_boundary","before":"arn:aws:iam::aws:policy/ReadOnlyAccess","after":"arn:aws:iam::000000000000:policy/bounds"}]'
    succeeds fnctl deploy prod
    same "$(role shop-prod-shop)" arn:aws:iam::000000000000:policy/bounds
    jq 'del(.stages.prod.aws)' fnctl.json >new.json && mv new.json fnctl.json
    succeeds fnctl deploy prod
    same "$(role shop-prod-shop)" ""
    succeeds fnctl plan prod --exit-code
    jq '.stages.prod.aws = { "permissions_boundary": "bounds" }' fnctl.json >new.json && mv new.json fnctl.json
    fails 3 "*aws.permissions_boundary: 'bounds' must be a policy's ARN, as in 'arn:aws:iam::123456789012:policy/name'*" fnctl plan prod
}

# start_simulator ACTION...: AWS as far as it simulates policies; the actions are denied.
start_simulator() {
    rm -rf "$T/simulator" && mkdir "$T/simulator"
    in_background "$PYTHON" -B "$ROOT/tests/e2e/simulate.py" "$T/simulator" "$@"
    wait_for test -s "$T/simulator/port"
    export AWS_ENDPOINT_URL="http://127.0.0.1:$(cat "$T/simulator/port")" AWS_ACCESS_KEY_ID=AKIAEXAMPLE AWS_SECRET_ACCESS_KEY=secret
}

@test "policy: check --remote names the permissions that the credentials lack" {
    python_project shop '{ "layer": false }'
    start_simulator
    succeeds fnctl check prod --remote
    [[ $output == *"permissions: all that deploying takes"* ]]
    # The role's own ARN is asked about, not its session's, with resources that there may be.
    same "$(jq -rs '[.[] | select(.Action == "SimulatePrincipalPolicy").PolicySourceArn] | unique[]' "$T/simulator/forms")" \
        arn:aws:iam::123456789012:role/ci/deployer
    same "$(jq -rs '[.[]["ResourceArns.member.1"] // empty | select(contains("*") or contains("?")) | select(. != "*" and (endswith("log-group:shop-prod-shop") | not))] | unique[]' "$T/simulator/forms")" ""
    jq -es '.[] | select(."ActionNames.member.1" == "iam:PassRole") | [."ContextEntries.member.1.ContextKeyName", ."ContextEntries.member.1.ContextKeyValues.member.1",
        ."ResourceArns.member.1"] == ["iam:PassedToService", "lambda.amazonaws.com", "arn:aws:iam::123456789012:role/fnctl/shop/prod/us-east-1/shop-prod-shop"]' "$T/simulator/forms"

    start_simulator iam:PassRole lambda:PublishVersion
    fails 4 "*the credentials lack 2 permissions that deploying takes; 'fnctl policy prod' prints*" fnctl check prod --remote
    [[ $output == *"missing: lambda:PublishVersion on arn:aws:lambda:us-east-1:123456789012:function:shop-prod-shop"* ]]
    [[ $output == *"missing: iam:PassRole on arn:aws:iam::123456789012:role/fnctl/shop/prod/us-east-1/shop-prod-shop"* ]]
    run --separate-stderr fnctl check prod --remote --json
    same "$(jq -c '[.permissions.simulated, [.permissions.missing[].action]]' <<<"$output")" '[true,["lambda:PublishVersion","iam:PassRole"]]'

    # When it may not be asked, that is said, and no failure.
    start_simulator refuse
    succeeds fnctl check prod --remote
    [[ $stderr == *"permissions were not tried: SimulatePrincipalPolicy: AccessDenied"* ]]
    aws_on_engine
    succeeds fnctl check prod --remote --json
    same "$(jq -c .permissions <<<"$output")" '{"simulated":false,"reason":"SimulatePrincipalPolicy: UnknownOperationException"}'
    succeeds fnctl check dev --remote
    [[ $stderr == *"the local engine grants everything"* ]]
}
