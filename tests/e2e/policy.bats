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
