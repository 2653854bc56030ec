# What goes over the wire, against AWS's own service models as botocore has them: each request of a
# project that uses everything there is, and each answer of the engine.

load helper

needs_models() {
    "$PYTHON" -c 'import botocore' 2>/dev/null || skip "botocore is not installed"
}

# check_wire [OPTION...]: what is recorded is as the models have it.
check_wire() {
    "$PYTHON" -B "$ROOT/tests/tools/check_wire.py" "$T/proxy/wire" "$@"
}

# Three functions in two editions: `first` and `second` differ in all that can change.
write_code() {
    mkdir -p api script native
    cp "$ROOT/templates/bash/"{bootstrap,handler.sh} script
    cp "$ROOT/templates/c/"{Makefile,*.[ch]} native
    cat >api/main.py <<PY
def handler(event, context):
    print("got", event, "$1")
    return {"event": event, "edition": "$1"}
PY
    echo "# $1" >>script/handler.sh
    echo "/* $1 */" >>native/handler.c
}

project() {
    write_code "$1"
    local layer=arn:aws:lambda:us-east-1:$ACCOUNT:layer:shared:1
    jq -n --arg edition "$1" --arg layer "$layer" --arg account "$ACCOUNT" '
        ($edition == "second") as $second |
        def either($first; $later): if $second then $later else $first end;
        {
            project: "wire", region: "us-east-1", tags: ({ team: either("weather"; "climate = more") } + either({ "goes / away": "soon" }; {})),
            api: {
                cors: { allow_origins: ["https://example.com"], allow_headers: ["X-Own"], max_age: either(60; 90), allow_credentials: true },
                authorizers: ({ users: { jwt: { issuer: "https://accounts.example.com", audience: either(["a", "b"]; ["b"]) } },
                    gate: { lambda: "script", identity: ["$request.header.X-Key", "$context.identity.sourceIp"], ttl: 60 } }
                    | if $second then del(.gate) else . end),
                throttle: { rate: either(100; 50), burst: 20 }, access_log: either(true; { format: "$context.requestId & more" }),
                variables: either({ MODE: "a/b?c=d&e", GONE: "1" }; { MODE: "later" })
            },
            functions: {
                api: {
                    runtime: "python3.13", handler: "main.handler", source: "api",
                    description: either("answers: ä, ✓, \"quoted\""; "answers more"),
                    memory: either(256; 512), timeout: either(30; 20), ephemeral_storage: either(1024; 512),
                    environment: { GREETING: either("hellö & <bye> \"+\""; "later"), EDITION: $edition, SEALED: "${ssm:/wire/sealed}",
                        SECRETS: "${secret:wire/one} ${secret:wire/two:-2} ${secret:wire/one:AWSCURRENT} ${cf:wire-stack.Output:-none}" },
                    tags: { "cost/centre": either("42 + 1"; "43"), ($edition): "here" },
                    tracing: either("active"; "pass-through"),
                    dead_letter: "arn:aws:sqs:us-east-1:\($account):\(either("lost"; "found"))",
                    permissions: either(["s3:GetObject arn:aws:s3:::weather/*"];
                        ["s3:GetObject arn:aws:s3:::climate/*", "sqs:SendMessage arn:aws:sqs:us-east-1:\($account):found"]),
                    layers: (if $second or $layer == "" then [] else [$layer] end), snap_start: $second,
                    log_retention: either(7; 14), log_format: either("json"; "text"),
                    routes: either([{ route: "GET /items/{id}", authorizer: "users", scopes: ["a", "b:c/d"] },
                        { route: "ANY /{proxy+}", authorizer: "gate", throttle: { rate: 5, burst: 6 } }, "$default"];
                        [{ route: "POST /items", authorizer: "iam" }, { route: "ANY /{proxy+}", authorizer: "users" }]),
                    url: { auth: either("none"; "iam"), cors: {
                        allow_origins: ["https://example.com"], allow_methods: either(["GET", "POST"]; ["*"]),
                        allow_headers: ["Content-Type", "X-Own"], expose_headers: ["X-Answer"],
                        allow_credentials: ($second | not), max_age: either(600; 86400) } },
                    schedules: [
                        { cron: either("0 9 * * mon-fri"; "30 6 * * *"), timezone: "Europe/Berlin", input: { city: "Köln & \"more\"" } },
                        { rate: either("5 minutes"; "1 hour"), name: "often", enabled: $second },
                        { at: "2031-01-01T00:00:00", timezone: either("UTC"; "America/New_York") },
                        either("cron(0 12 L * ? *)"; "rate(2 days)")
                    ],
                    retries: either({ attempts: 0 }; { age: 60 }),
                    destinations: { failure: "arn:aws:sqs:us-east-1:\($account):late" },
                    triggers: [
                        either({ sqs: "orders", batch_size: 20, window: 2, filter: [{ body: { "k\"ind": ["ä", { prefix: "x" }] } }] };
                            { sqs: "orders", maximum_concurrency: 5, partial_failures: true, enabled: false }),
                        { sqs: either("early"; "late") },
                        { s3: "wire-photos", events: either(["s3:ObjectCreated:*"]; ["s3:ObjectCreated:Put", "s3:ObjectRemoved:*"]), prefix: either("ä b&<c/"; "d/") },
                        { s3: either("wire-early"; "wire-photos"), suffix: ".jpg", prefix: "x/" }
                    ]
                },
                script: {
                    runtime: "provided.al2023", architecture: "arm64", handler: "bootstrap", source: "script",
                    url: { auth: either("iam"; "none"), stream: false }, log_retention: either(30; 0),
                    routes: either(["GET /script"]; ["GET /script", "GET /items/{id}"])
                },
                native: {
                    runtime: "provided.al2023", handler: "build/bootstrap", source: "native", build: "make -s -C native",
                    vpc: { subnets: ["subnet-0123456789abcdef0"], security_groups: ["sg-0123456789abcdef0"], ipv6: true },
                    file_system: { path: "/mnt/data",
                        access_point: "arn:aws:elasticfilesystem:us-east-1:\($account):access-point/fsap-0123456789abcdef0" }
                }
            },
            stages: { prod: { provider: "aws", aws: { permissions_boundary: "arn:aws:iam::aws:policy/\(either("PowerUserAccess"; "ReadOnlyAccess"))" } } }
        } | if $second then del(.functions.native.vpc, .functions.native.file_system)
            else .functions.api += { concurrency: 5, log_level: "debug" } | .functions.script += { provisioned_concurrency: 1 } end' | jq "${SETTINGS_FILTER:-.}" >fnctl.json
}

# A layer of somebody else, to be named in the settings.
make_layer() {
    printf 'shared\n' >shared.txt
    "$PYTHON" - <<'PY'
import base64, json, zipfile
zipfile.ZipFile("layer.zip", "w").write("shared.txt")
with open("layer.json", "w") as file:
    json.dump({"Content": {"ZipFile": base64.b64encode(open("layer.zip", "rb").read()).decode()}}, file)
PY
    api lambda --fail-with-body -H 'Content-Type: application/json' -d @layer.json /2018-10-31/layers/shared/versions | jq -r .LayerVersionArn
    rm layer.zip layer.json shared.txt
}

# What the settings ask for.
make_values() {
    api ssm --fail-with-body -o "$T/answer" -H 'X-Amz-Target: AmazonSSM.PutParameter' -H 'Content-Type: application/x-amz-json-1.1' \
        -d '{"Name": "/wire/sealed", "Type": "SecureString", "Value": "tiger"}' /
    api secretsmanager --fail-with-body -o "$T/answer" -H 'X-Amz-Target: secretsmanager.CreateSecret' -H 'Content-Type: application/x-amz-json-1.1' \
        -d '{"Name": "wire/one", "SecretString": "lion", "ClientRequestToken": "0123456789abcdef0123456789abcdef"}' /
}

# The queues and buckets of somebody else that the settings name.
make_queues() {
    local queue bucket
    for bucket in wire-photos wire-early; do
        api s3 --fail-with-body -X PUT -H 'x-amz-content-sha256: UNSIGNED-PAYLOAD' "/$bucket"
    done
    for queue in orders early late; do
        api sqs --fail-with-body -H 'X-Amz-Target: AmazonSQS.CreateQueue' -H 'Content-Type: application/x-amz-json-1.0' \
            -d "{\"QueueName\": \"$queue\", \"Attributes\": {\"VisibilityTimeout\": \"60\"}}" / >"$T/answer"
    done
}

# What somebody else may do in between, to be put right.
meddle() {
    api iam --fail-with-body -o "$T/answer" -d "Action=UpdateAssumeRolePolicy&Version=2010-05-08&RoleName=wire-prod-api" \
        --data-urlencode 'PolicyDocument={"Version":"2012-10-17","Statement":[{"Effect":"Allow","Principal":{"Service":["lambda.amazonaws.com","ec2.amazonaws.com"]},"Action":"sts:AssumeRole"}]}' /
    # moto does not have this policy.
    [ -n "${MOTO:-}" ] || api iam --fail-with-body -o "$T/answer" -d "Action=AttachRolePolicy&Version=2010-05-08&RoleName=wire-prod-script" \
        --data-urlencode "PolicyArn=arn:aws:iam::aws:policy/service-role/AWSLambdaBasicExecutionRole" /
}

# All that the commands do, in both editions.
live_through() {
    project first
    fnctl policy prod >"$T/first.json"
    run --separate-stderr fnctl plan prod --exit-code
    same "$status" 7
    succeeds fnctl deploy prod
    succeeds fnctl deploy prod
    [[ $stderr == *"nothing to change"* ]]
    meddle
    project second
    fnctl policy prod >"$T/second.json"
    succeeds fnctl update prod
    succeeds fnctl plan prod
    succeeds fnctl deploy prod
    succeeds fnctl status prod
    succeeds fnctl versions prod
    jq '.functions.api.memory = 640' fnctl.json >new.json && mv new.json fnctl.json
    succeeds fnctl update prod api --weight 20
    succeeds fnctl release prod --weight 40
    succeeds fnctl release prod --promote
    # moto gives the number of a version again, and then cannot delete the function.
    [ -n "${MOTO:-}" ] || succeeds fnctl versions prod api --prune 1
    succeeds fnctl rollback prod api
    succeeds fnctl update prod api
}

run_functions() {
    succeeds fnctl invoke prod api '{"city": "Köln"}' --dry-run
    succeeds fnctl invoke prod api '{"city": "Köln"}' --log
    same "$(jq -r .edition <<<"$output")" second
    succeeds fnctl invoke prod api '{}' --stream
    succeeds fnctl invoke prod api '{}' --async
    succeeds fnctl invoke prod script '{}' --qualifier 1
    succeeds fnctl invoke prod native '{}'
    succeeds fnctl tail prod --no-follow --since 1h
    [[ $output == *"got {'city': 'Köln'} second"* ]]
    succeeds fnctl tail prod api --no-follow --since 1h --filter second --until 2031-01-01T00:00:00Z
}

# One more version than those that are kept: the live one, and the one that was live before.
prune_versions() {
    jq '.functions.script.memory = 1024' fnctl.json >new.json && mv new.json fnctl.json
    succeeds fnctl update prod script
    succeeds fnctl versions prod script --prune 1 --yes
}

remove_all() {
    # A function and all schedules, routes, and URLs go with the settings; the rest with undeploy.
    jq 'del(.api, .stages.prod.aws) | .functions |= (del(.native) | .api |= del(.routes, .schedules, .url, .retries, .destinations, .dead_letter, .environment))' fnctl.json >new.json
    mv new.json fnctl.json
    succeeds fnctl deploy prod
    succeeds fnctl undeploy prod --yes
    succeeds fnctl undeploy prod --yes
}

@test "wire: requests, answers and signatures on the engine are as AWS's models have them" {
    needs_models
    aws_on_engine
    ACCOUNT=$(api sts -d 'Action=GetCallerIdentity&Version=2011-06-15' / | sed -n 's,.*<Account>\([0-9]*\)<.*,\1,p')
    make_layer
    make_values
    make_queues
    : >"$T/proxy/wire"
    live_through
    run_functions
    succeeds fnctl check prod --remote
    prune_versions
    remove_all
    check_wire --operations >"$T/operations"
    cat "$T/operations"
    # All that fnctl ever sends, but what it asks while a function is Pending, which none is here.
    grep -ohE '&aws_[a-z]+, "[A-Z][A-Za-z]+"|\.operation = "[A-Za-z]+"|[?:] "(Create|Update|Put|Delete)[A-Za-z]+"' $(find "$ROOT/providers/aws" -name "*.c" -not -path "*/domain/*") |
        sed 's/.*"\(.*\)"/\1/' | grep -vE 'GetFunctionConfiguration|DescribeTable' | sort -u >"$T/sent"
    same "$(sed 's/.*\.//; s/ .*//' "$T/operations" | sort -u | comm -13 - "$T/sent")" ""
    # Each of them is in the policy that fnctl prints, and nothing else is: but for what is asked only
    # while a function is Pending, and while logs are followed. What is missing goes to providers/aws/access/grants.c.
    "$PYTHON" -B "$ROOT/tests/tools/check_policy.py" "$T/proxy/wire" "$T/first.json" "$T/second.json" --account "$ACCOUNT" \
        --unused lambda:GetFunctionConfiguration logs:StartLiveTail
    check_wire --secret "$AWS_SECRET_ACCESS_KEY"
    "$PYTHON" -B "$ROOT/tests/tools/spoil_wire.py" "$T/proxy/wire"
}

@test "wire: requests to moto are as AWS's models have them" {
    needs_models
    start_moto
    ENGINE=$AWS_ENDPOINT_URL ACCOUNT=123456789012
    # moto forgets these when a function is created, and knows neither GetAuthorizers nor UpdateStage.
    SETTINGS_FILTER='del(.functions.api | .dead_letter, .log_format, .log_level, .snap_start) | del(.functions.native.file_system, .functions.script.provisioned_concurrency) |
        .api |= {cors} | .functions |= map_values(if .routes then .routes |= map(.route? // .) else . end)'
    make_layer
    make_values
    make_queues
    start_proxy "$MOTO"
    : >"$T/proxy/wire"
    live_through
    remove_all
    check_wire --operations
    check_wire --requests --secret "$AWS_SECRET_ACCESS_KEY"
}

# What is more than one page of each listing: functions (50), roles and schedules and routes (100),
# log groups (50); of others APIs (100) and layers (50), and of one layer versions (50).
@test "wire: all pages of all listings are read" {
    needs_models
    aws_on_engine
    local api layer id
    for api in {1..101}; do
        api apigateway -d "{\"name\": \"other-$api\", \"protocolType\": \"HTTP\"}" /v2/apis >/dev/null
    done
    mkdir src && echo 'def handler(event, context): return 1' >src/main.py
    jq -n '{ project: "many", region: "us-east-1", stages: { prod: { provider: "aws" } }, functions: (
        [range(105) | { key: "function-\(.)", value: { runtime: "python3.13", handler: "main.handler", source: "src",
            routes: ["GET /\(.)"], schedules: ["rate(1 day)"] } }] | from_entries) }' >fnctl.json
    (cd src && zip -q ../code.zip main.py)
    jq -n --arg zip "$(base64 -w 0 code.zip)" '{ Description: "fnctl many prod old", Content: { ZipFile: $zip } }' >layer.json
    for layer in {1..55}; do
        api lambda -d @layer.json "/2018-10-31/layers/other-$layer/versions" >/dev/null
        api lambda -d @layer.json /2018-10-31/layers/many-prod-old/versions >/dev/null
    done
    : >"$T/proxy/wire"
    succeeds fnctl deploy prod
    faults
    succeeds fnctl deploy prod
    [[ $stderr == *"nothing to change"* ]]
    same "$(changing_requests)" ""
    succeeds fnctl undeploy prod --yes
    same "$(api scheduler /schedules | jq -c .Schedules)" '[]'
    same "$(api lambda /2015-03-31/functions/ | jq -c .Functions)" '[]'
    same "$(api lambda "/2018-10-31/layers?MaxItems=50" | jq '.Layers | length')" 50
    [[ $(api lambda /2018-10-31/layers/many-prod-old/versions) == *'"LayerVersions":[]'* ]]
    same "$(api logs -H 'X-Amz-Target: Logs_20140328.DescribeLogGroups' -H 'Content-Type: application/x-amz-json-1.1' -d '{}' /)" \
        '{"logGroups":[]}'
    [[ $(api iam -d 'Action=ListRoles&Version=2010-05-08' /) != *RoleName* ]]
    # Only what others have is left.
    same "$(api apigateway "/v2/apis?maxResults=100" | jq '.items | length')" 100
    check_wire
}

@test "wire: a region of another partition, with its ARNs" {
    aws_on_engine
    python_project far '{ "routes": ["GET /"], "schedules": ["rate(1 day)"], "url": true }'
    for region in cn-north-1:aws-cn us-gov-west-1:aws-us-gov; do
        succeeds fnctl deploy prod --region "${region%:*}"
        succeeds fnctl deploy prod --region "${region%:*}"
        [[ $stderr == *"nothing to change"* ]]
        succeeds fnctl status prod --region "${region%:*}" --json
        succeeds curl -sS --fail-with-body --aws-sigv4 "aws:amz:${region%:*}:lambda" \
            --user "$AWS_ACCESS_KEY_ID:$AWS_SECRET_ACCESS_KEY" "$ENGINE/2015-03-31/functions/far-prod-far"
        [[ $(jq -r .Configuration.FunctionArn <<<"$output") == "arn:${region#*:}:lambda:${region%:*}:"* ]]
        [[ $(jq -r .Configuration.Role <<<"$output") == "arn:${region#*:}:iam::"* ]]
        succeeds fnctl undeploy prod --yes --region "${region%:*}"
    done
}

@test "wire: the roles of a stage are left alone by the same stage in another region" {
    aws_on_engine
    python_project twice
    succeeds fnctl deploy prod
    before=$(inventory | grep role)
    fails 5 "not of this project, stage and region" fnctl deploy prod --region eu-west-1
    # The engine has one region for all but roles; of these the undeploy finds none of its own.
    succeeds fnctl undeploy prod --yes --region eu-west-1
    same "$(inventory | grep role)" "$before"
}

@test "wire: uploads through S3 are as AWS's models have them" {
    needs_models
    aws_on_engine
    python_project wire '{ "triggers": [{ "s3": "wire-photos" }] }'
    api s3 --fail-with-body -X PUT -H 'x-amz-content-sha256: UNSIGNED-PAYLOAD' /wire-photos
    head -c 51000000 /dev/urandom >data.bin
    : >"$T/proxy/wire"
    succeeds fnctl deploy prod --region eu-central-1
    check_wire --operations >"$T/operations"
    # All that fnctl ever sends to S3, but what it asks of a bucket and of an upload that are there.
    grep -ohE 's3_call\(&call, &?[a-z>.-]+, "[A-Za-z]+"|"Put[A-Za-z]+", "/\?' "$ROOT"/providers/aws/*.c "$ROOT"/providers/aws/*/*.c |
        sed 's/.*, "\([A-Z][A-Za-z]*\)".*/\1/; s/"\(Put[A-Za-z]*\)".*/\1/' | grep -vE '^(GetBucketTagging|ListParts)$' | sort -u >"$T/sent"
    [ "$(wc -l <"$T/sent")" -ge 9 ]
    same "$(sed 's/.*\.//; s/ .*//' "$T/operations" | sort -u | comm -13 - "$T/sent")" ""
    check_wire --secret "$AWS_SECRET_ACCESS_KEY"
    "$PYTHON" -B "$ROOT/tests/tools/spoil_wire.py" --s3 "$T/proxy/wire"
}

@test "wire: the answers of the engine's S3 to boto3 are as AWS's models have them" {
    needs_models
    "$PYTHON" -c 'import boto3' 2>/dev/null || skip "boto3 is not installed"
    aws_on_engine
    : >"$T/proxy/wire"
    "$PYTHON" "$ROOT/tests/e2e/engine_s3.py" "$FNCTL_STATE" "$AWS_ENDPOINT_URL" make
    "$PYTHON" "$ROOT/tests/e2e/engine_s3.py" "$FNCTL_STATE" "$AWS_ENDPOINT_URL" remove
    check_wire --answers
}
