# What somebody changes at AWS by other means: plan says exactly that, deploy mends it; what others
# made is left alone, and said; what the settings no longer name goes. On the engine; the others are
# curl, and awscli for paths that curl does not sign as AWS does.

load helper

# drift LINES: plan has exactly these lines; after the next deploy it has none.
drift() {
    run --separate-stderr fnctl plan --exit-code
    same "$status" 7
    same "$output" "$1"
    succeeds fnctl deploy
    succeeds fnctl plan --exit-code
    same "$output" ""
}

lambda() {
    api lambda -o "$T/answer" -w '%{http_code}\n' "$@" | grep -q '^2' || {
        cat "$T/answer"
        return 1
    }
}

iam() {
    api iam --fail-with-body -d "Version=2010-05-08&RoleName=whole-prod-api&$1" / >"$T/answer"
}

logs() {
    api logs --fail-with-body -H "X-Amz-Target: Logs_20140328.$1" -H 'Content-Type: application/x-amz-json-1.1' -d "$2" /
}

change_settings() {
    jq "$1" fnctl.json >"$T/new.json"
    mv "$T/new.json" fnctl.json
}

@test "drift: each field that was changed by other means is told with both values, and mended" {
    aws_on_engine
    whole_project
    succeeds fnctl deploy
    functions=/2015-03-31/functions/whole-prod-api

    lambda -X PUT -d '{"MemorySize": 1024, "Timeout": 5, "Environment": {"Variables": {"RELEASE": "1", "API_KEY": "theirs", "MORE": "x"}}, "LoggingConfig": {"LogFormat": "Text"}}' "$functions/configuration"
    drift '~ function whole-prod-api
    ~ Timeout: 5 -> 20
    ~ MemorySize: 1024 -> 256
    ~ LoggingConfig.LogFormat: Text -> JSON
    + LoggingConfig.ApplicationLogLevel: WARN
    + LoggingConfig.SystemLogLevel: INFO
    ~ Environment.API_KEY: ****** -> ******
    - Environment.MORE: x'

    arn=$(api lambda "$functions" | jq -r .Configuration.FunctionArn)
    aws lambda tag-resource --resource "$arn" --tags owner=bob,CostCenter=theirs
    aws lambda untag-resource --resource "$arn" --tag-keys team
    drift '~ function whole-prod-api
    ~ Tags.owner: bob -> ada
    + Tags.team: tests'
    [[ $stderr == *"left alone: function whole-prod-api: others set the tags 'CostCenter'"* ]]
    succeeds fnctl plan --json
    same "$(jq -c .left_alone <<<"$output")" "[\"function whole-prod-api: others set the tags 'CostCenter'\"]"

    iam 'Action=PutRolePolicy&PolicyName=fnctl&PolicyDocument={"Version":"2012-10-17","Statement":[{"Effect":"Allow","Action":"*","Resource":"*"}]}'
    iam 'Action=UntagRole&TagKeys.member.1=team'
    drift '~ role whole-prod-api
    + tags.team: tests
    ~ policy.Statement[0].Action: * -> ["logs:CreateLogStream","logs:PutLogEvents"]
    ~ policy.Statement[0].Resource: * -> arn:aws:logs:us-east-1:000000000000:log-group:/aws/lambda/whole-prod-api:*
    + policy.Statement[1].Effect: Allow
    + policy.Statement[1].Action: ["s3:GetObject","s3:PutObject"]
    + policy.Statement[1].Resource: arn:aws:s3:::whole-models/*'

    logs PutRetentionPolicy '{"logGroupName": "/aws/lambda/whole-prod-api", "retentionInDays": 30}'
    drift '~ log group /aws/lambda/whole-prod-api
    ~ retentionInDays: 30 -> 7'

    url=$(api lambda "/2021-10-31/functions/whole-prod-api/url?Qualifier=live" | jq -r .Cors.AllowOrigins[0])
    same "$url" https://example.com
    lambda -X PUT -d '{"AuthType": "AWS_IAM", "Cors": {"AllowOrigins": ["*"], "AllowMethods": ["GET"]}}' "/2021-10-31/functions/whole-prod-api/url?Qualifier=live"
    lambda -X POST -d '{"StatementId": "theirs", "Action": "lambda:InvokeFunction", "Principal": "123456789012"}' "$functions/policy?Qualifier=live"
    drift '~ url whole-prod-api
    ~ AuthType: AWS_IAM -> NONE
    ~ Cors.AllowOrigins: ["*"] -> ["https://example.com"]'
    [[ $stderr == *"left alone: function whole-prod-api: others made the permissions 'theirs'"* ]]

    schedule=$(api scheduler "/schedules/job-0?groupName=whole-prod" | jq -c '.ScheduleExpression = "cron(30 9 * * ? *)" | .Target.Input = "{\"city\":\"Bonn\"}" | .State = "DISABLED"')
    api scheduler --fail-with-body -X PUT -d "$schedule" /schedules/job-0
    api iam --fail-with-body -d 'Action=CreateRole&Version=2010-05-08&RoleName=theirs&AssumeRolePolicyDocument={"Version":"2012-10-17","Statement":[{"Effect":"Allow","Principal":{"Service":"scheduler.amazonaws.com"},"Action":"sts:AssumeRole"}]}' /
    api scheduler --fail-with-body -X POST -d "$(jq -c '.Target.RoleArn = "arn:aws:iam::000000000000:role/theirs" | del(.Name)' <<<"$schedule")" /schedules/theirs
    drift '~ schedule job-0
    ~ ScheduleExpression: cron(30 9 * * ? *) -> cron(0 9 * * ? *)
    ~ State: DISABLED -> ENABLED
    ~ Target.Input.city: Bonn -> Berlin'
    [[ $stderr == *"left alone: schedule 'theirs' of the project's group: others made it"* ]]
    api scheduler /schedules/theirs?groupName=whole-prod | jq -e .Arn
}

@test "tags: added, changed and no longer named, on everything that has some; those of others stay" {
    aws_on_engine
    whole_project
    succeeds fnctl deploy
    functions=/2015-03-31/functions/whole-prod-api
    aws lambda tag-resource --resource "$(api lambda "$functions" | jq -r .Configuration.FunctionArn)" --tags CostCenter=theirs
    change_settings 'del(.tags["cost centre"]) | .tags.team = "others" | .tags.new = "one" | del(.functions.api.tags)'
    run --separate-stderr fnctl plan --exit-code
    same "$status" 7
    for line in '    - Tags.cost centre: 4711/a' '    - Tags.owner: ada' '    ~ Tags.team: tests -> others' '    + Tags.new: one'; do
        grep -qxF -- "$line" <<<"$output"
    done
    same "$(grep '^[~+-] ' <<<"$output" | sort | uniq -c | sort -rn | awk '{print $2, $3, $4}' | sort -u)" '~ api whole-prod
~ function whole-prod-api
~ function whole-prod-job
~ log group
~ role whole-prod-api
~ role whole-prod-job
~ role whole-prod.scheduler
~ schedule group'
    succeeds fnctl deploy
    succeeds fnctl plan --exit-code
    wanted='{"fnctl:project":"whole","fnctl:stage":"prod","new":"one","team":"others"}'
    ours='with_entries(select(.key | startswith("fnctl:") | not) // select(.key | IN("fnctl:project", "fnctl:stage")))'
    same "$(api lambda "$functions" | jq -Sc ".Tags | $ours")" "$(jq -Sc '. + {CostCenter: "theirs"}' <<<"$wanted")"
    same "$(api apigateway /v2/apis | jq -Sc ".items[0].tags | $ours")" "$wanted"
    group="arn:aws:logs:us-east-1:000000000000:log-group:/aws/lambda/whole-prod-api"
    same "$(logs ListTagsForResource "{\"resourceArn\": \"$group\"}" | jq -Sc ".tags | $ours")" "$wanted"
    same "$(aws scheduler list-tags-for-resource --resource-arn arn:aws:scheduler:us-east-1:000000000000:schedule-group/whole-prod |
        jq -Sc ".Tags | from_entries | $ours")" "$wanted"
    iam 'Action=GetRole'
    same "$(grep -o '<Key>[a-zC][^<:]*<' "$T/answer" | sort | tr -d '\n')" '<Key>new<<Key>team<'
    succeeds fnctl undeploy --yes
    same "$(inventory)" ""
}
