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

# ssm OPERATION JSON
ssm() {
    api ssm --fail-with-body -o "$T/answer" -H "X-Amz-Target: AmazonSSM.$1" -H 'Content-Type: application/x-amz-json-1.1' -d "$2" /
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
        "MY_LABEL": "${ssm:plain:stable}", "MY_CITY": "${ssm:/nope:-Berlin}", "MY_LITERAL": "$${ssm:plain}" } }'

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
    faults
    kept 7 fnctl plan prod --exit-code --verbose
    same "$(requests GetParameters)" 1
    kept 0 fnctl deploy prod --verbose --json
    jq -e '.changes[] | select(.resource == "function") | [.fields[] | select(.name == "Environment.MY_KEY").after] == ["******"]' <<<"$output"
    kept 0 fnctl plan prod --exit-code
    same "$(fnctl invoke prod shop '{}' | jq -cS .)" \
        '{"MY_CITY":"Berlin","MY_KEY":"tiger \"2\"","MY_LABEL":"zebra-stripes","MY_LITERAL":"${ssm:plain}","MY_OLD":"tiger \"1\"","MY_PLAIN":"<zebra-stripes>"}'

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
    nowhere tiger lion-of-judah zebra-stripes
    # What is removed is not asked for.
    ssm DeleteParameters '{ "Names": ["/shop/prod/key", "plain"] }'
    succeeds fnctl undeploy prod --yes
}

@test "values: the parameter store of the engine is one, for boto3" {
    "$PYTHON" -c 'import boto3' 2>/dev/null || skip "boto3 is not installed"
    aws_on_engine
    : >"$T/proxy/wire"
    "$PYTHON" -B "$ROOT/tests/e2e/engine_values.py"
    "$PYTHON" -B "$ROOT/tests/tools/check_wire.py" "$T/proxy/wire" --answers
}
