# Where credentials come from: each source against a stand-in of what hands them out
# (tests/tools/identity.py), which verifies signatures and notes each request.

load helper

# start_identity: the stand-in is all of AWS from here on; `who` says whose keys are used.
start_identity() {
    mkdir -p "$T/identity" "$HOME/.aws"
    in_background "$PYTHON" "$ROOT/tests/tools/identity.py" "$T/identity"
    wait_for test -s "$T/identity/port"
    AWS=http://127.0.0.1:$(cat "$T/identity/port")
    export AWS_ENDPOINT_URL=$AWS AWS_REGION=eu-west-1 AWS_EC2_METADATA_SERVICE_ENDPOINT=$AWS
    unset AWS_EC2_METADATA_DISABLED
    echo 'def handler(event, context): pass' >main.py
    echo '{ "project": "who", "functions": { "who": { "runtime": "python3.13", "handler": "main.handler" } },
            "stages": { "prod": { "provider": "aws" } } }' >fnctl.json
}

# config and credentials: the profile files, from standard input.
config() {
    cat >"$HOME/.aws/config"
}

credentials() {
    cat >"$HOME/.aws/credentials"
}

# key_is ID [OPTION...]: the key that a request is signed with.
key_is() {
    local id=$1
    shift
    succeeds fnctl check prod --remote --json "$@"
    same "$(jq -r .identity.principal <<<"$output")" "arn:aws:iam::123456789012:user/$id"
}

check_fails() {
    local status=$1 text=$2
    shift 2
    fails "$status" "$text" fnctl check prod --remote "$@"
}

# asked PATTERN: how often.
asked() {
    grep -cE "$1" "$T/identity/log" || true
}

forget_log() {
    : >"$T/identity/log"
}

# Nothing that is secret may be in any output, whatever is asked for.
shows_no_secret() {
    run fnctl check prod --remote --verbose "$@"
    if grep -E 'secret-|token-|(sso|github|web|refresh|eks|ecs)-token|123456[^7]' <<<"$output"; then
        echo "a secret is shown"
        return 1
    fi
}

@test "a role is assumed with the keys of its source_profile, and with all that the profile says" {
    start_identity
    config <<'INI'
[profile role]
role_arn = arn:aws:iam::123456789012:role/path/deployer
source_profile = base
role_session_name = me@example.com
external_id = a/b+c=d&e
duration_seconds = 1800
INI
    credentials <<'INI'
[base]
aws_access_key_id = BASE
aws_secret_access_key = secret-BASE
INI
    key_is ASIA-deployer-BY-BASE --profile role
    same "$(asked 'sts.AssumeRole ')" 1
    grep -qF 'by=BASE RoleArn=arn:aws:iam::123456789012:role/path/deployer RoleSessionName=me@example.com DurationSeconds=1800 ExternalId=a/b+c=d&e' "$T/identity/log"
    AWS_PROFILE=role key_is ASIA-deployer-BY-BASE
    shows_no_secret --profile role
    # A session's name of our own, where there is none.
    sed -i /session_name/d "$HOME/.aws/config"
    key_is ASIA-deployer-BY-BASE --profile role
    grep -qE 'RoleSessionName=fnctl-[0-9]+ ' "$T/identity/log"
}

@test "roles in a chain, and a profile that is its own source" {
    start_identity
    config <<'INI'
[profile last]
role_arn = arn:aws:iam::123456789012:role/last
source_profile = middle
[profile middle]
role_arn = arn:aws:iam::123456789012:role/middle
source_profile = self
[profile self]
role_arn = arn:aws:iam::123456789012:role/self
source_profile = self
aws_access_key_id = SELF
aws_secret_access_key = secret-SELF
[profile ring]
role_arn = arn:aws:iam::123456789012:role/ring
source_profile = ring2
[profile ring2]
role_arn = arn:aws:iam::123456789012:role/ring2
source_profile = ring
INI
    key_is ASIA-self-BY-SELF --profile self
    # In a chain the keys of a profile come before its role.
    key_is ASIA-last-BY-middle-BY-SELF --profile last
    check_fails 4 "its source_profile 'ring' leads back to itself" --profile ring
}

@test "a role with a credential_source" {
    start_identity
    config <<'INI'
[profile env]
role_arn = arn:aws:iam::123456789012:role/r
credential_source = Environment
[profile ecs]
role_arn = arn:aws:iam::123456789012:role/r
credential_source = EcsContainer
[profile ec2]
role_arn = arn:aws:iam::123456789012:role/r
credential_source = Ec2InstanceMetadata
INI
    AWS_ACCESS_KEY_ID=ENV AWS_SECRET_ACCESS_KEY=secret-ENV key_is ASIA-r-BY-ENV --profile env
    AWS_CONTAINER_CREDENTIALS_FULL_URI=$AWS/container key_is ASIA-r-BY-container --profile ecs
    key_is ASIA-r-BY-instance-role --profile ec2
    check_fails 4 "its credential_source Environment has no credentials" --profile env
}

@test "what STS answers to a role is told, with who asked" {
    start_identity
    config <<'INI'
[default]
aws_access_key_id = BASE
aws_secret_access_key = secret-BASE
[profile role]
role_arn = arn:aws:iam::123456789012:role/r
source_profile = default
[profile wrong]
role_arn = arn:aws:iam::123456789012:role/r
source_profile = typo
[profile typo]
aws_access_key_id = BASE
aws_secret_access_key = other
INI
    echo 'sts.AssumeRole 403 AccessDenied' >"$T/identity/faults"
    check_fails 4 "no credentials from role 'arn:aws:iam::123456789012:role/r' of profile 'role': cannot assume role 'arn:aws:iam::123456789012:role/r': AccessDenied: sts.AssumeRole was refused (asked with the credentials of profile 'default' in $HOME/.aws/config)" --profile role
    rm "$T/identity/faults"
    check_fails 4 "SignatureDoesNotMatch" --profile wrong
    # What passes is tried again: a failing service, and one that hangs up.
    printf '%s\n' 'sts.AssumeRole 503 Unavailable 1' 'sts.AssumeRole 0 close 1' >"$T/identity/faults"
    key_is ASIA-r-BY-BASE --profile role
    # A service that goes on failing is the service's fault.
    echo 'sts.AssumeRole 500 InternalFailure' >"$T/identity/faults"
    check_fails 5 "InternalFailure" --profile role
}

@test "a role behind a second factor: asked for on the terminal, an error without one" {
    start_identity
    config <<'INI'
[profile mfa]
role_arn = arn:aws:iam::123456789012:role/r
source_profile = default
mfa_serial = arn:aws:iam::123456789012:mfa/me
[default]
aws_access_key_id = BASE
aws_secret_access_key = secret-BASE
INI
    check_fails 4 "needs the code of the MFA device 'arn:aws:iam::123456789012:mfa/me', and there is no terminal" --profile mfa </dev/null
    same "$(asked .)" 0
    on_terminal() {
        "$PYTHON" "$ROOT/tests/tools/terminal.py" "$@" 3>&- 4>&-
    }
    run on_terminal 'MFA code for arn:aws:iam::123456789012:mfa/me: ' 123456 "$FNCTL" check prod --remote --profile mfa
    same "$status" 0
    [[ $output == *"user/ASIA-r-BY-BASE"* ]]
    grep -qF 'SerialNumber=arn:aws:iam::123456789012:mfa/me TokenCode=123456' "$T/identity/log"
    # The key is kept until it ends, for awscli too; and so is awscli's for us.
    same "$(stat -c %a "$HOME"/.aws/cli/cache/*.json "$HOME/.aws/cli/cache" | paste -sd' ')" "600 700"
    key_is ASIA-r-BY-BASE --profile mfa </dev/null
    if [ -n "${AWSCLI:-}" ]; then
        export AWS_DEFAULT_REGION=eu-west-1
        same "$(aws sts get-caller-identity --profile mfa </dev/null | jq -r .UserId)" ASIA-r-BY-BASE
        same "$(asked AssumeRole)" 1
        rm "$HOME"/.aws/cli/cache/*
        run on_terminal 'Enter MFA code' 123456 "$AWSCLI" sts get-caller-identity --profile mfa
        same "$status" 0
        key_is ASIA-r-BY-BASE --profile mfa </dev/null
        same "$(asked AssumeRole)" 2
    fi
    sed -i -E 's/"Expiration": *"[^"]*"/"Expiration": "2020-01-01T00:00:00Z"/' "$HOME"/.aws/cli/cache/*
    check_fails 4 "there is no terminal" --profile mfa </dev/null
    echo '{"Credentials": {"AccessKeyId": 1}}' | tee "$HOME"/.aws/cli/cache/* >"$T/none"
    check_fails 4 "there is no terminal" --profile mfa </dev/null
    rm -r "$HOME/.aws/cli"
    run on_terminal 'MFA code for' 654321 "$FNCTL" check prod --remote --profile mfa
    same "$status" 4
    [[ $output == *"MultiFactorAuthentication failed"* ]]
    run on_terminal 'MFA code for' '' "$FNCTL" check prod --remote --profile mfa
    same "$status" 4
    [[ $output == *"an MFA code has six digits"* ]]
    # Ctrl-C at the question.
    run on_terminal 'MFA code for' ^C "$FNCTL" check prod --remote --profile mfa
    same "$status" 130
    [[ $output == *interrupted* ]]
}

@test "a web identity, from variables and from a profile" {
    start_identity
    printf 'web-token\n' >"$T/my token"
    config <<INI
[profile web]
role_arn = arn:aws:iam::123456789012:role/web
web_identity_token_file = $T/my token
role_session_name = pod
INI
    key_is ASIA-web-BY-web --profile web
    grep -qF 'RoleSessionName=pod' "$T/identity/log"
    export AWS_WEB_IDENTITY_TOKEN_FILE="$T/my token" AWS_ROLE_ARN=arn:aws:iam::123456789012:role/env
    key_is ASIA-env-BY-web
    # A given profile is what is meant.
    key_is ASIA-web-BY-web --profile web
    shows_no_secret
    : >"$T/my token"
    check_fails 4 "the web identity token file '$T/my token' is empty"
    rm "$T/my token"
    check_fails 4 "cannot read '$T/my token'"
    unset AWS_ROLE_ARN
    check_fails 4 "but no role to take with it; set AWS_ROLE_ARN"
}

@test "GitHub Actions: a role is enough where the job may ask for tokens" {
    start_identity
    export AWS_ROLE_ARN=arn:aws:iam::123456789012:role/ci
    AWS_EC2_METADATA_DISABLED=true check_fails 4 "no AWS credentials"
    export ACTIONS_ID_TOKEN_REQUEST_URL="$AWS/github?api-version=2.0" ACTIONS_ID_TOKEN_REQUEST_TOKEN=bearer
    key_is ASIA-ci-BY-github
    grep -qF 'github audience=sts.amazonaws.com authorization=Bearer bearer' "$T/identity/log"
    shows_no_secret
    echo 'github 403 Forbidden' >"$T/identity/faults"
    check_fails 4 "GitHub (the job needs 'permissions: id-token: write')"
}

@test "the role of a container and of a pod" {
    start_identity
    export AWS_CONTAINER_CREDENTIALS_FULL_URI=$AWS/container/credentials
    key_is ASIA-container
    grep -qF 'path=/container/credentials authorization=None' "$T/identity/log"
    AWS_CONTAINER_AUTHORIZATION_TOKEN=ecs-token key_is ASIA-container
    grep -qF 'authorization=ecs-token' "$T/identity/log"
    printf 'eks-token' >"$T/eks"
    AWS_CONTAINER_AUTHORIZATION_TOKEN=ecs-token AWS_CONTAINER_AUTHORIZATION_TOKEN_FILE=$T/eks key_is ASIA-container
    grep -qF 'authorization=eks-token' "$T/identity/log"
    AWS_CONTAINER_AUTHORIZATION_TOKEN_FILE=$T/eks shows_no_secret
    AWS_CONTAINER_AUTHORIZATION_TOKEN_FILE=$T/none check_fails 4 "AWS_CONTAINER_AUTHORIZATION_TOKEN_FILE: cannot read"
    AWS_CONTAINER_AUTHORIZATION_TOKEN=$'one\nX-Two: 2' check_fails 4 "more than one line"
    AWS_CONTAINER_CREDENTIALS_FULL_URI=http://example.com/x check_fails 4 "without https only this machine"
    # A proxy never sees them.
    http_proxy=http://127.0.0.1:1 key_is ASIA-container
    printf '%s\n' 'container 500 x 1' >"$T/identity/faults"
    key_is ASIA-container
    echo 'container 404 x' >"$T/identity/faults"
    check_fails 4 "cannot get the container's credentials: x: container was refused"
}

@test "the role of an instance is asked for last, once, and with a token" {
    start_identity
    key_is ASIA-instance-role
    same "$(grep imds "$T/identity/log")" "$(printf '%s\n' 'imds.Token method=PUT ttl=21600' imds.Roles imds.Role)"
    shows_no_secret
    # Nothing of it when anything else gives a key.
    forget_log
    AWS_ACCESS_KEY_ID=ENV AWS_SECRET_ACCESS_KEY=secret-ENV key_is ENV
    same "$(asked imds)" 0
    # What has ended already may be the service's trouble, and is used for a while.
    echo -7200 >"$T/identity/skew"
    key_is ASIA-instance-role
    AWS_EC2_METADATA_DISABLED=true check_fails 4 "an instance's role (it is switched off by AWS_EC2_METADATA_DISABLED)"
    echo 'imds.Roles 404 x' >"$T/identity/faults"
    check_fails 4 "an instance's role (the instance has no role); set"
    echo 'imds.Token 403 x' >"$T/identity/faults"
    check_fails 4 "answered with status 403 to /latest/api/token"
}

@test "a machine that is no instance waits a second at most, and is told where was looked" {
    start_identity
    "$PYTHON" -c 'import socket, time
s = socket.create_server(("127.0.0.1", 0))
print(s.getsockname()[1], flush=True)
time.sleep(60)' >"$T/silent" 3>&- 4>&- &
    background_pids="$background_pids $!"
    wait_for test -s "$T/silent"
    export AWS_EC2_METADATA_SERVICE_ENDPOINT=http://127.0.0.1:$(cat "$T/silent")
    local start=${EPOCHREALTIME/./}
    check_fails 4 "an instance's role (no answer from http://127.0.0.1:$(cat "$T/silent") within 1 s); set AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY, name another profile"
    [ $((${EPOCHREALTIME/./} - start)) -lt 2500000 ]
    # In the order of the search.
    same "$(grep -oE 'AWS_ACCESS_KEY_ID in the env|role_arn|AWS_WEB_IDENTITY_TOKEN_FILE|IAM Identity Center|~/.aws/credentials|a credential_process|~/.aws/config|a container|an instance' <<<"$stderr" | uniq | paste -sd,)" \
        "AWS_ACCESS_KEY_ID in the env,role_arn,AWS_WEB_IDENTITY_TOKEN_FILE,IAM Identity Center,~/.aws/credentials,a credential_process,~/.aws/config,a container,an instance"
}

# sso_profiles: one with an sso-session, one as of old.
sso_profiles() {
    config <<INI
[profile work]
sso_session = corp
sso_account_id = 111122223333
sso_role_name = Deployer
[sso-session corp]
sso_start_url = https://corp.awsapps.com/start
sso_region = eu-central-1
sso_registration_scopes = sso:account:access, codewhisperer:analysis
[profile old]
sso_start_url = https://old.awsapps.com/start
sso_region = eu-west-1
sso_account_id = 111122223333
sso_role_name = Reader
INI
    SSO=$HOME/.aws/sso/cache
}

cache_file() {
    echo "$SSO/$(printf %s "$1" | sha1sum | cut -d' ' -f1).json"
}

# cached NAME SECONDS [MORE]: a token in the cache that is valid for so long, as awscli writes it.
cached() {
    mkdir -p "$SSO"
    jq -n --arg at "$(date -u -d "@$(($(date +%s) + $2))" +%Y-%m-%dT%H:%M:%SZ)" \
        "{ startUrl: \"x\", region: \"x\", accessToken: \"sso-token\", expiresAt: \$at } + ${3:-{\}}" >"$(cache_file "$1")"
}

@test "login: the address and the code are shown, the token is kept for every tool, logout removes it" {
    start_identity
    sso_profiles
    check_fails 4 "profile 'work' is not signed in to IAM Identity Center (there is no token); run 'fnctl login --profile work'" --profile work
    echo 2 >"$T/identity/pending"
    (umask 0 && fnctl login --profile work --quiet >"$T/login" 2>&1)
    same "$(cat "$T/login")" "$(printf '%s\n' 'To sign in, open https://device.example.com/?user_code=ABCD-EFGH' 'and confirm the code ABCD-EFGH')"
    grep -qF 'oidc.RegisterClient type=public scopes=sso:account:access+codewhisperer:analysis' "$T/identity/log"
    grep -qF 'oidc.StartDeviceAuthorization client=client url=https://corp.awsapps.com/start' "$T/identity/log"
    same "$(asked 'oidc.CreateToken grant=device_code')" 3
    file=$(cache_file corp)
    same "$(stat -c %a "$file" "$SSO" | paste -sd' ')" "600 700"
    same "$(ls "$SSO")" "${file##*/}"
    same "$(jq -c '[.startUrl, .region, .accessToken, .refreshToken, .clientId, .clientSecret]' "$file")" \
        '["https://corp.awsapps.com/start","eu-central-1","sso-token","refresh-token","client","client-secret"]'
    key_is ASIA-Deployer-111122223333 --profile work
    same "$(asked oidc.CreateToken)" 3
    # Another tool finds our sign-in.
    if [ -n "${AWSCLI:-}" ]; then
        same "$(AWS_DEFAULT_REGION=eu-west-1 aws sts get-caller-identity --profile work | jq -r .UserId)" ASIA-Deployer-111122223333
    fi
    shows_no_secret --profile work
    run fnctl login --profile work --verbose
    refute grep -E 'sso-token|refresh-token|client-secret' <<<"$output"
    succeeds fnctl logout --profile work --json
    same "$(jq -c . <<<"$output")" '{"profile":"work","signed_out":true}'
    grep -qF 'sso.Logout token=sso-token' "$T/identity/log"
    [ ! -e "$file" ]
    succeeds fnctl logout --profile work
    [[ $stderr == "profile 'work' was not signed in" ]]
    # As of old: by the start URL, without scopes.
    forget_log
    succeeds fnctl login --profile old --json
    same "$(jq -r .profile <<<"$output")" old
    grep -qE 'scopes=$' "$T/identity/log"
    [ -e "$(cache_file https://old.awsapps.com/start)" ]
    key_is ASIA-Reader-111122223333 --profile old
}

@test "login: what can go wrong" {
    start_identity
    sso_profiles
    fails 4 "profile 'default' has no IAM Identity Center to sign in to: neither sso_session nor sso_start_url" fnctl login
    echo 'oidc.CreateToken 400 AccessDeniedException' >"$T/identity/faults"
    fails 4 "cannot sign in to IAM Identity Center: access_denied: oidc.CreateToken was refused" fnctl login --profile work
    echo 'oidc.CreateToken 400 ExpiredTokenException' >"$T/identity/faults"
    fails 4 "nobody confirmed the sign-in in time" fnctl login --profile work
    echo 'oidc.CreateToken 400 SlowDownException 1' >"$T/identity/faults"
    local start=$SECONDS
    succeeds fnctl login --profile work
    [ $((SECONDS - start)) -ge 5 ]
    rm -r "$SSO"
    echo 'oidc.RegisterClient 400 InvalidRequestException' >"$T/identity/faults"
    fails 4 "cannot sign in to IAM Identity Center: InvalidRequestException: " fnctl login --profile work
    rm "$T/identity/faults"
    # In time; and Ctrl-C leaves nothing.
    echo 100 >"$T/identity/pending"
    echo 2 >"$T/identity/device_lifetime"
    fails 4 "nobody confirmed the sign-in in time" fnctl login --profile work
    rm "$T/identity/device_lifetime"
    env --default-signal=INT "$FNCTL" login --profile work >"$T/login" 2>&1 3>&- 4>&- &
    local pid=$!
    wait_for grep -q ABCD "$T/login"
    sleep 0.3
    kill -INT $pid
    local code=0
    wait $pid || code=$?
    same "$code" 130
    same "$(tail -n 1 "$T/login")" interrupted
    [ ! -e "$SSO" ]
    # A home that cannot be written.
    echo 0 >"$T/identity/pending"
    rm -rf "$HOME/.aws/sso" && touch "$HOME/.aws/sso"
    fails 1 ".aws/sso" fnctl login --profile work
}

@test "IAM Identity Center: the token of another tool is used, renewed in time, and kept" {
    start_identity
    sso_profiles
    cached corp 3600
    key_is ASIA-Deployer-111122223333 --profile work
    grep -qF 'sso.GetRoleCredentials token=sso-token role_name=Deployer account_id=111122223333' "$T/identity/log"
    same "$(asked oidc)" 0
    # It ends soon: renewed, once.
    local client='{ clientId: "client", clientSecret: "client-secret", registrationExpiresAt: "2099-01-01T00:00:00Z" }'
    cached corp 500 "$client + { refreshToken: \"refresh-token\" }"
    key_is ASIA-Deployer-111122223333 --profile work
    key_is ASIA-Deployer-111122223333 --profile work
    same "$(asked 'oidc.CreateToken grant=refresh_token client=client secret=client-secret')" 1
    same "$(jq -c '[.clientId, .refreshToken, .registrationExpiresAt]' "$(cache_file corp)")" '["client","refresh-token","2099-01-01T00:00:00Z"]'
    same "$(stat -c %a "$(cache_file corp)")" 600
    # It has ended, and the refresh token is no longer known.
    cached corp -5 "$client + { refreshToken: \"other\" }"
    check_fails 4 "profile 'work' is not signed in to IAM Identity Center (cannot renew the token of IAM Identity Center: invalid_grant" --profile work
    # What ends soon and cannot be renewed is used to its end.
    cached corp 100 "$client + { refreshToken: \"other\" }"
    key_is ASIA-Deployer-111122223333 --profile work
    cached corp -5
    check_fails 4 "Center (the session has ended); run 'fnctl login --profile work'" --profile work
    # As of old there is nothing to renew it with; awscli once wrote times so.
    cached https://old.awsapps.com/start 100
    sed -i 's/Z"/UTC"/' "$(cache_file https://old.awsapps.com/start)"
    key_is ASIA-Reader-111122223333 --profile old
    # The service's own opinion.
    echo other >"$T/identity/tokens"
    cached corp 3600
    check_fails 4 "UnauthorizedException: Session token not found or invalid; sign in again with 'fnctl login --profile work'" --profile work
    echo 'sso.GetRoleCredentials 403 ForbiddenException' >"$T/identity/faults"
    check_fails 4 "check sso_account_id '111122223333' and sso_role_name 'Deployer'" --profile work
    echo '{"accessToken": 5}' >"$(cache_file corp)"
    check_fails 4 "it has no accessToken with a time expiresAt; run 'fnctl login --profile work'" --profile work
    echo 'x' >"$(cache_file corp)"
    check_fails 4 "it is no JSON object; run 'fnctl login --profile work'" --profile work
}

@test "the order of sources is that of AWS's SDKs, case by case, as botocore has it" {
    start_identity
    unset AWS_REGION
    sso_profiles
    cached https://old 3600
    cached corp 3600
    succeeds "$PYTHON" "$ROOT/tests/e2e/credentials.py" "$FNCTL" "$AWS"
    echo "$output"
    "$PYTHON" -c 'import botocore' 2>/dev/null || skip "botocore is not installed"
}

@test "endpoints: FIPS and dual stack by variable and profile, partitions" {
    start_identity
    unset AWS_ENDPOINT_URL AWS_REGION
    export AWS_ACCESS_KEY_ID=ENV AWS_SECRET_ACCESS_KEY=secret-ENV
    printf '[profile fips]\nuse_fips_endpoint = true\n[profile dual]\nuse_dualstack_endpoint = true\n[profile own]\nservices = mine\n[services mine]\nsts =\n  endpoint_url = %s\n' "$AWS" | config
    # Nobody is asked: the proxy refuses, and the message names the host.
    export https_proxy=http://127.0.0.1:1
    host_is() {
        local host=$1 region=$2
        shift 2
        check_fails 5 "request to $host:443 failed" --region "$region" "$@"
    }
    host_is sts.eu-west-1.amazonaws.com eu-west-1
    AWS_PROFILE=fips host_is sts-fips.us-east-1.amazonaws.com us-east-1
    AWS_PROFILE=dual host_is sts.eu-west-1.api.aws eu-west-1
    AWS_USE_FIPS_ENDPOINT=false AWS_PROFILE=fips host_is sts.us-east-1.amazonaws.com us-east-1
    AWS_USE_FIPS_ENDPOINT=true AWS_USE_DUALSTACK_ENDPOINT=true host_is sts-fips.us-east-1.api.aws us-east-1
    host_is sts.cn-north-1.amazonaws.com.cn cn-north-1
    host_is sts.eusc-de-east-1.amazonaws.eu eusc-de-east-1
    AWS_USE_FIPS_ENDPOINT=true host_is sts.us-gov-east-1.amazonaws.com us-gov-east-1
    # A services section is for its service, and for the role's STS too.
    AWS_PROFILE=own key_is ENV --region eu-west-1
    grep -qF 'sts.GetCallerIdentity key=ENV scope=sts/eu-west-1' "$T/identity/log"
    AWS_PROFILE=own AWS_IGNORE_CONFIGURED_ENDPOINT_URLS=true host_is sts.eu-west-1.amazonaws.com eu-west-1
}
