# ${ssm:}, ${secret:} and ${cf:} in the settings: found when they are needed, in one batch, and shown
# nowhere.

load helper

# A function whose environment comes from all over; $1: more functions' keys.
values_project() {
    mkdir -p "dir with ü"
    cd "dir with ü"
    cat >main.py <<'PY'
import os

def handler(event, context):
    return {name: value for name, value in os.environ.items() if name.startswith("MY_")}
PY
    settings shop '{ "runtime": "python3.13", "handler": "main.handler", "description": "${ssm:/shop/nope:-none in ${stage}}" }' "$@"
}

# ssm OPERATION JSON, secrets OPERATION JSON
ssm() {
    api ssm --fail-with-body -o "$T/answer" -H "X-Amz-Target: AmazonSSM.$1" -H 'Content-Type: application/x-amz-json-1.1' -d "$2" /
}
secrets() {
    api secretsmanager --fail-with-body -o "$T/answer" -H "X-Amz-Target: secretsmanager.$1" -H 'Content-Type: application/x-amz-json-1.1' -d "$2" /
}

# nowhere TEXT...: none of the outputs kept below $T/outputs, no file of the project has it.
nowhere() {
    local text
    for text in "$@"; do
        refute grep -rF -e "$text" "$T/outputs" "$WORK" "$HOME"
    done
    # What was grepped was not empty.
    grep -rq . "$T/outputs"
}

# kept STATUS COMMAND...: runs it, its outputs stay below $T/outputs.
kept() {
    local wanted=$1
    shift
    mkdir -p "$T/outputs"
    outputs=$((${outputs:-0} + 1))
    run --separate-stderr "$@"
    printf '%s\n' "$*" "$output" >"$T/outputs/$outputs.out"
    printf '%s\n' "$stderr" >"$T/outputs/$outputs.err"
    [ "$status" -eq "$wanted" ] || {
        printf '%s\n' "command: $*" "status:  $status, not $wanted" "output:  $output" "error:   $stderr"
        return 1
    }
}

@test "values: parameters reach the function and no output, on the engine" {
    aws_on_engine
    export AWS_DEFAULT_REGION=us-east-1
    values_project '{ "environment": { "MY_KEY": "${ssm:/shop/${stage}/key}", "MY_PLAIN": "<${ssm:plain}>", "MY_OLD": "${ssm:/shop/prod/key:1}",
        "MY_LABEL": "${ssm:plain:stable}", "MY_USER": "${secret:shop/db#user.name}@${secret:shop/db#port}", "MY_RAW": "${secret:raw}", "MY_PREVIOUS": "${secret:raw:AWSPREVIOUS}",
        "MY_STACK": "${cf:shop-${stage}.Url:-no stack}", "MY_CITY": "${ssm:/nope:-Berlin}", "MY_LITERAL": "$${ssm:plain}" } }'

    # Nothing is asked where nothing is needed.
    faults
    succeeds fnctl check prod
    succeeds fnctl settings prod --resolved
    same "$(jq -r .functions.shop.environment.MY_KEY <<<"$output")" '${ssm:/shop/${stage}/key}'
    succeeds fnctl package prod --output "$T/packages"
    same "$(requests)" 0

    fails 3 "*'fnctl.json': line *functions.shop.environment.MY_KEY: '\${ssm:/shop/\${stage}/key}' is missing: there is no such parameter here; make it with 'aws ssm put-parameter --type SecureString --name /shop/prod/key *" fnctl deploy prod
    fails 3 "*in the local engine*" fnctl deploy dev
    same "$(changing_requests)" ""

    ssm PutParameter '{ "Name": "/shop/prod/key", "Type": "SecureString", "Value": "tiger \"1\"" }'
    ssm PutParameter '{ "Name": "/shop/prod/key", "Overwrite": true, "Value": "tiger \"2\"" }'
    ssm PutParameter '{ "Name": "plain", "Type": "String", "Value": "zebra-stripes" }'
    ssm LabelParameterVersion '{ "Name": "plain", "Labels": ["stable"] }'
    fails 3 "*'\${secret:shop/db#user.name}' is missing: there is no such secret here; make it with *" fnctl deploy prod
    secrets CreateSecret '{ "Name": "shop/db", "SecretString": "{\"user\": {\"name\": \"panther\"}, \"port\": 5432}" }'
    secrets CreateSecret '{ "Name": "raw", "SecretString": "jaguar" }'
    fails 3 "*'\${secret:raw:AWSPREVIOUS}' is missing: there is no secret 'raw' with version or stage 'AWSPREVIOUS' here*" fnctl deploy prod
    secrets PutSecretValue '{ "SecretId": "raw", "SecretString": "leopard" }'
    faults
    kept 7 fnctl plan prod --exit-code --verbose
    same "$(requests 'GetParameters|SecretValue|DescribeStacks')" 5
    kept 0 fnctl deploy prod --verbose --json
    jq -e '.changes[] | select(.resource == "function") | [.fields[] | select(.name == "Environment.MY_KEY").after] == ["******"]' <<<"$output"
    kept 0 fnctl plan prod --exit-code
    same "$(fnctl invoke prod shop '{}' | jq -cS .)" \
        '{"MY_CITY":"Berlin","MY_KEY":"tiger \"2\"","MY_LABEL":"zebra-stripes","MY_LITERAL":"${ssm:plain}","MY_OLD":"tiger \"1\"","MY_PLAIN":"<zebra-stripes>","MY_PREVIOUS":"jaguar","MY_RAW":"leopard","MY_STACK":"no stack","MY_USER":"panther@5432"}'

    # A change shows as exactly that variable, without either value.
    aws ssm put-parameter --name /shop/prod/key --overwrite --value lion-of-judah >/dev/null
    kept 7 fnctl plan prod --exit-code --json
    same "$(jq -c '[.changes[] | select(.resource == "function").fields[]]' <<<"$output")" \
        '[{"name":"Environment.MY_KEY","before":"******","after":"******"}]'
    kept 7 fnctl plan prod --exit-code
    kept 0 fnctl update prod
    kept 0 fnctl check prod --remote --json
    kept 0 fnctl status prod --json
    kept 0 fnctl versions prod

    # An error does not tell what it is about either.
    jq '.functions.shop.role = "${ssm:plain}"' fnctl.json >new.json && mv new.json fnctl.json
    kept 3 fnctl deploy prod
    [[ $stderr == *"functions.shop.role: "*"******"* ]]
    nowhere tiger lion-of-judah zebra-stripes panther jaguar leopard
    # What is removed is not asked for.
    ssm DeleteParameters '{ "Names": ["/shop/prod/key", "plain"] }'
    succeeds fnctl undeploy prod --yes
}

@test "values: parameters and secrets of the engine, for boto3" {
    "$PYTHON" -c 'import boto3' 2>/dev/null || skip "boto3 is not installed"
    aws_on_engine
    : >"$T/proxy/wire"
    "$PYTHON" -B "$ROOT/tests/e2e/engine_values.py"
    "$PYTHON" -B "$ROOT/tests/tools/check_wire.py" "$T/proxy/wire" --answers
}

@test "moto: parameters, secrets and outputs of stacks" {
    start_moto
    ENGINE=$AWS_ENDPOINT_URL
    ssm PutParameter '{ "Name": "/shop/key", "Type": "SecureString", "Value": "tiger-one" }'
    ssm PutParameter '{ "Name": "/shop/key", "Overwrite": true, "Type": "SecureString", "Value": "tiger-two" }'
    secrets CreateSecret '{ "Name": "shop/db", "SecretString": "{\"password\": \"panther\"}" }'
    secrets CreateSecret '{ "Name": "raw", "SecretString": "jaguar" }'
    secrets PutSecretValue '{ "SecretId": "raw", "SecretString": "leopard" }'
    api cloudformation --fail-with-body -o "$T/answer" -d 'Action=CreateStack&Version=2010-05-15&StackName=web' --data-urlencode \
        'TemplateBody={"Resources":{"Queue":{"Type":"AWS::SQS::Queue","Properties":{"QueueName":"orders"}}},"Outputs":{"Name":{"Value":{"Fn::GetAtt":["Queue","QueueName"]}},"Url":{"Value":"https://example.com/<&>"}}}' /
    values_project '{ "environment": { "MY_KEY": "${ssm:/shop/key}", "MY_OLD": "${ssm:/shop/key:1}", "MY_PASSWORD": "${secret:shop/db#password}",
        "MY_RAW": "${secret:raw}", "MY_PREVIOUS": "${secret:raw:AWSPREVIOUS}", "MY_QUEUE": "${cf:web.Name}", "MY_URL": "${cf:web.Url}",
        "MY_CITY": "${ssm:/nope:-Berlin}", "MY_STACK": "${cf:nope.Url:-no stack}", "MY_NONE": "${secret:nope:-nothing}" } }'
    kept 0 fnctl deploy prod --json
    same "$(api lambda /2015-03-31/functions/shop-prod-shop | jq -cS .Configuration.Environment.Variables)" \
        '{"MY_CITY":"Berlin","MY_KEY":"tiger-two","MY_NONE":"nothing","MY_OLD":"tiger-one","MY_PASSWORD":"panther","MY_PREVIOUS":"jaguar","MY_QUEUE":"orders","MY_RAW":"leopard","MY_STACK":"no stack","MY_URL":"https://example.com/<&>"}'
    kept 0 fnctl plan prod --exit-code
    nowhere tiger panther jaguar leopard
    jq '.functions.shop.environment = { "MY_URL": "${cf:web.Uri}" }' fnctl.json >new.json && mv new.json fnctl.json
    fails 3 "*'\${cf:web.Uri}' is missing: the stack 'web' has no output 'Uri'; it has: Name, Url*" fnctl plan prod
}
