# Front doors: what an HTTP API has besides routes - CORS, authorizers, throttling, access log,
# variables - deployed, used, changed behind fnctl's back, put right, taken away.

load helper

start_issuer() {
    in_background "$PYTHON" "$ROOT/tests/tools/issuer.py" "$T/issuer" serve
    wait_for test -s "$T/issuer/port"
    ISSUER=http://127.0.0.1:$(cat "$T/issuer/port")
}

token() {
    "$PYTHON" "$ROOT/tests/tools/issuer.py" "$T/issuer" token "$1"
}

write_project() {
    cat >main.py <<'PY'
def handler(event, context):
    return event


def gate(event, context):
    print("asked about", event["routeArn"], event["identitySource"])
    if event["identitySource"] == ["broken"]:
        return "yes"
    return {"isAuthorized": event["identitySource"] == ["open sesame"], "context": {"who": "Ali", "level": 3}}


def policy(event, context):
    return {
        "principalId": "me",
        "policyDocument": {"Statement": [{"Action": "execute-api:Invoke", "Effect": "Allow", "Resource": event["routeArn"].rsplit("/", 1)[0] + "/*"}]},
    }
PY
    jq -n --arg issuer "$ISSUER" '{
        project: "doors", default_stage: "dev", region: "eu-central-1",
        stages: { dev: { provider: "local" } },
        api: {
            cors: { allow_origins: ["https://example.com"], allow_methods: ["GET", "PUT"], allow_headers: ["X-Own"], max_age: 600 },
            authorizers: {
                users: { jwt: { issuer: $issuer, audience: ["weather", "other"] } },
                gate: { lambda: "gate", ttl: 60, identity: ["$request.header.X-Key"] },
                policy: { lambda: "policy", simple: false }
            },
            throttle: { rate: 1000, burst: 500 }, access_log: true, variables: { MODE: "live" }
        },
        functions: {
            api: { runtime: "python3.13", handler: "main.handler", routes: [
                "GET /open",
                { route: "GET /iam", authorizer: "iam" },
                { route: "GET /token", authorizer: "users", scopes: ["read", "write"] },
                { route: "GET /gate/{id}", authorizer: "gate" },
                { route: "GET /policy", authorizer: "policy" },
                { route: "GET /slow", throttle: { rate: 1, burst: 2 } }
            ] },
            gate: { runtime: "python3.13", handler: "main.gate" },
            policy: { runtime: "python3.13", handler: "main.policy" }
        } }' >fnctl.json
}

# answers STATUS CURL-ARGUMENTS...: that status; the body is in $body.
answers() {
    local wanted=$1 have
    shift
    have=$(curl -sS -o "$T/body" -D "$T/headers" -w '%{http_code}' "$@")
    body=$(cat "$T/body")
    same "$have" "$wanted" || {
        cat "$T/headers" "$T/body"
        return 1
    }
}

# One line on the fields that plan finds.
fields() {
    run --separate-stderr fnctl plan --json --exit-code
    jq -c '[.changes[] | [.action, .resource, (.fields[] | .name, .before, .after)]]' <<<"$output"
}

group_events() {
    api logs -H 'X-Amz-Target: Logs_20140328.FilterLogEvents' -H 'Content-Type: application/x-amz-json-1.1' \
        -d '{"logGroupName": "/aws/vendedlogs/apis/doors-dev"}' / | jq -r '.events[].message'
}

requests_are_judged() {
    answers 200 "$URL/open"
    same "$(jq -c '[.stageVariables, .requestContext.authorizer]' <<<"$body")" '[{"MODE":"live"},null]'
    answers 204 -X OPTIONS -H 'Origin: https://example.com' -H 'Access-Control-Request-Method: PUT' "$URL/open"
    grep -qi '^access-control-allow-methods: GET,PUT' "$T/headers"
    grep -qi '^access-control-max-age: 600' "$T/headers"
    answers 200 -H 'Origin: https://evil.example' "$URL/open"
    refute grep -qi '^access-control-allow-origin' "$T/headers"

    answers 403 "$URL/iam"
    same "$body" '{"message":"Forbidden"}'
    answers 200 --aws-sigv4 aws:amz:eu-central-1:execute-api --user "$AWS_ACCESS_KEY_ID:$AWS_SECRET_ACCESS_KEY" "$URL/iam"
    same "$(jq -r .requestContext.authorizer.iam.accountId <<<"$body")" 000000000000

    now=$(date +%s)
    good="{\"aud\": \"weather\", \"exp\": $((now + 100)), \"sub\": \"ann\", \"scope\": \"a read\", \"level\": 7}"
    answers 401 "$URL/token"
    grep -qi '^www-authenticate: Bearer' "$T/headers"
    answers 401 -H 'Authorization: Bearer no.to.ken' "$URL/token"
    local wrong
    for wrong in '{"aud": "elsewhere"}' '{"exp": 5}' '{"iss": "https://else.example"}' "{\"nbf\": $((now + 50))}" \
        '{"_spoil": true}' '{"_kid": "second"}' '{"_alg": "none"}' '{"_alg": "HS256"}' '{"exp": null}'; do
        answers 401 -H "Authorization: Bearer $(token "$(jq -c ". + $wrong" <<<"$good")")" "$URL/token"
        same "$body" '{"message":"Unauthorized"}'
        grep -qi '^www-authenticate: .*invalid_token' "$T/headers"
    done
    answers 403 -H "Authorization: Bearer $(token "$(jq -c '.scope = "reads"' <<<"$good")")" "$URL/token"
    grep -qi '^www-authenticate: .*insufficient_scope' "$T/headers"
    answers 200 -H "Authorization: $(token "$good")" "$URL/token"
    same "$(jq -c '.requestContext.authorizer.jwt | [.claims.sub, .claims.level, .scopes]' <<<"$body")" '["ann","7",["read","write"]]'

    answers 401 "$URL/gate/1"
    answers 403 -H 'X-Key: guess' "$URL/gate/1"
    answers 500 -H 'X-Key: broken' "$URL/gate/1"
    answers 200 -H 'X-Key: open sesame' "$URL/gate/1"
    same "$(jq -c .requestContext.authorizer.lambda <<<"$body")" '{"who":"Ali","level":3}'
    answers 200 -H 'X-Key: open sesame' "$URL/gate/2"
    succeeds fnctl tail gate --no-follow --since 1h
    same "$(grep -c "asked about .*GET/gate/.*'open sesame'" <<<"$output")" 1
    answers 200 -H 'Authorization: x' "$URL/policy"

    answers 200 "$URL/slow"
    answers 200 "$URL/slow"
    answers 429 "$URL/slow"
    same "$body" '{"message":"Too Many Requests"}'
}

@test "an HTTP API with CORS, authorizers, throttling, access log and variables" {
    start_issuer
    write_project
    succeeds fnctl deploy
    URL=$output
    fnctl local env >"$T/env"
    . "$T/env"
    ENGINE=$AWS_ENDPOINT_URL
    fnctl plan --exit-code
    requests_are_judged
    group_events >"$T/access"
    same "$(jq -r 'select(.route == "GET /slow") | .status' "$T/access" | tr '\n' ' ')" "200 200 429 "
    jq -se 'all(.[]; .ip == "127.0.0.1" and .method == "GET")' "$T/access"

    # Somebody else turns knobs: just these are seen, and put right.
    id=${URL##*/}
    aws apigatewayv2 update-stage --api-id "$id" --stage-name '$default' --stage-variables MODE=test --route-settings '{"GET /slow": {"ThrottlingRateLimit": 9}}' >"$T/answer"
    api apigateway -X PATCH --fail-with-body -d '{"corsConfiguration": {"allowOrigins": ["https://example.com"], "allowMethods": ["GET", "PUT"], "allowHeaders": ["x-own"], "maxAge": 7}}' "/v2/apis/$id" >"$T/answer"
    route=$(api apigateway "/v2/apis/$id/routes" | jq -r '.items[] | select(.routeKey == "GET /iam") | .routeId')
    api apigateway -X PATCH --fail-with-body -d '{"authorizationType": "NONE"}' "/v2/apis/$id/routes/$route" >"$T/answer"
    authorizer=$(api apigateway "/v2/apis/$id/authorizers" | jq -r '.items[] | select(.name == "fnctl-users") | .authorizerId')
    api apigateway -X PATCH --fail-with-body -d "{\"jwtConfiguration\": {\"issuer\": \"https://evil.example\", \"audience\": [\"weather\", \"other\"]}}" "/v2/apis/$id/authorizers/$authorizer" >"$T/answer"
    same "$(fields)" "[[\"update\",\"cors\",\"maxAge\",\"7\",\"600\"],[\"update\",\"authorizer\",\"jwtConfiguration.issuer\",\"https://evil.example\",\"$ISSUER\"],[\"update\",\"route\",\"authorizer\",null,\"iam\"],[\"update\",\"stage\",\"routeSettings.GET /slow.throttlingRateLimit\",\"9\",\"1\",\"stageVariables.MODE\",\"test\",\"live\"]]"
    succeeds fnctl deploy
    fnctl plan --exit-code

    # Less of all; what is another's stays.
    api apigateway --fail-with-body -d '{"name": "theirs", "authorizerType": "JWT", "identitySource": ["$request.header.X"], "jwtConfiguration": {"issuer": "https://x.example", "audience": ["x"]}}' "/v2/apis/$id/authorizers" >"$T/answer"
    jq 'del(.api) | .api.variables = {OTHER: "1"} | .functions.api.routes = ["GET /open", "GET /iam", "GET /token"]' fnctl.json >new.json
    mv new.json fnctl.json
    succeeds fnctl deploy
    fnctl plan --exit-code
    answers 200 "$URL/token"
    same "$(jq -c .stageVariables <<<"$body")" '{"OTHER":"1"}'
    same "$(api apigateway "/v2/apis/$id/authorizers" | jq -c '[.items[].name]')" '["theirs"]'
    same "$(aws apigatewayv2 get-stage --api-id "$id" --stage-name '$default' | jq -c '[.RouteSettings, .AccessLogSettings, .DefaultRouteSettings.ThrottlingRateLimit]')" '[{},null,10000]'
    same "$(api apigateway "/v2/apis/$id" | jq -c '[.corsConfiguration, .tags["fnctl:features"]]')" '[null,"stage"]'
    jq 'del(.api)' fnctl.json >new.json
    mv new.json fnctl.json
    succeeds fnctl deploy
    same "$(api apigateway "/v2/apis/$id" | jq -c '.tags["fnctl:features"]')" null
    succeeds fnctl undeploy --yes
    same "$(inventory)" ""
}

@test "an API's settings that cannot be are refused before anything is sent" {
    ISSUER=https://accounts.example.com
    write_project
    cp fnctl.json whole.json
    # wrong FILTER TEXT: the settings changed by the filter are refused with that.
    wrong() {
        jq "$1" whole.json >fnctl.json
        fails 3 "$2" fnctl plan
    }
    wrong '.functions.api.routes[1].authorizer = "user"' "functions.api.routes?1?.authorizer: there is no authorizer 'user' below api.authorizers; did you mean 'users'?"
    wrong '.functions.api.routes[1].scopes = ["a"]' "functions.api.routes?1?.scopes: scopes are in tokens: the route needs an authorizer with 'jwt'"
    wrong '.functions.api.routes[1].route = "FETCH /x"' "functions.api.routes?1?.route: 'FETCH /x' must be a method and a path"
    wrong '.functions.api.routes[1].methods = "GET"' "functions.api.routes?1?.methods: unknown key"
    wrong '.functions.api.routes[1] = 7' "functions.api.routes?1?: must be a string such as 'GET /items/{id}', or an object"
    wrong '.api.authorizers.users.jwt.issuer = "accounts.example.com"' "must be a URL that starts with https://"
    wrong '.api.authorizers.users.lambda = "gate"' "exactly one of 'jwt' and 'lambda' must be set"
    wrong '.api.authorizers.gate.lambda = "gat"' "'gat' is no function of the project, and no ARN of a function; did you mean 'gate'?"
    wrong '.api.authorizers.gate.identity = ["X-Key"]' "api.authorizers.gate.identity?0?: 'X-Key' must be one as"
    wrong '.api.authorizers.iam = {lambda: "gate"}' "'iam' has a meaning of its own"
    wrong '.api.throttle = {rate: 0, burst: 1}' "api.throttle.rate: must be a whole number from 1 to"
    wrong '.api.throttle = {rate: 1}' "api.throttle.burst: this key is missing"
    wrong '.api.variables = {"a b": "1"}' "the name must be 1 to 64 letters, digits and '_'"
    wrong '.api.access_log = {format: "$context.status"}' 'must have $context.requestId in it'
    wrong '.api.cors = {allow_credentials: true, allow_origins: ["*"]}' "the origins must be named"
    wrong '.api = "rest"' "api: must be an object; REST APIs are not supported by this version"
    wrong '.api.type = "rest"' "there are no REST APIs"
    wrong '.functions.api.routes = []' "is about an HTTP API, but no function has 'routes'"
}

@test "a function URL streams: status and headers first, then each piece as it is written" {
    command -v node >/dev/null || skip "node is not installed"
    cat >main.mjs <<'JS'
export const handler = awslambda.streamifyResponse(async (event, stream) => {
  const what = event.rawPath;
  if (what === '/early') throw new Error('too early');
  if (what === '/wrong') { stream.setContentType('application/vnd.awslambda.http-integration-response'); stream.write('{"statusCode": 7}' + '\0'.repeat(8)); stream.end(); return; }
  if (what === '/half') { stream.setContentType('application/vnd.awslambda.http-integration-response'); stream.write('{"statusCode": 200'); stream.end(); return; }
  if (what !== '/plain') stream = awslambda.HttpResponseStream.from(stream, { statusCode: 201, headers: { 'x-own': 'yes', 'content-type': 'text/plain' }, cookies: ['a=1'] });
  for (let n = 1; n <= 3; n++) {
    stream.write(`part ${n}\n`);
    await new Promise((resolve) => setTimeout(resolve, what === '/large' ? 1 : 300));
  }
  if (what === '/large') stream.write(Buffer.alloc(20000000, 'x'));
  console.log('wrote all of', what);
  stream.end();
});
JS
    settings flow '{ "runtime": "nodejs22.x", "handler": "main.handler",
        "url": { "stream": true, "cors": { "allow_origins": ["https://example.com"] } } }'
    succeeds fnctl deploy
    url=${output%/}
    curl -sSN -D "$T/headers" -H 'Origin: https://example.com' "$url/" | while read -r line; do echo "$(date +%s%N) $line"; done >"$T/pieces"
    same "$(cut -d' ' -f2- "$T/pieces" | tr '\n' ,)" "part 1,part 2,part 3,"
    [ $(($(sed -n '3s/ .*//p' "$T/pieces") - $(sed -n '1s/ .*//p' "$T/pieces"))) -ge 400000000 ]
    grep -q ' 201 ' "$T/headers"
    grep -qi '^x-own: yes' "$T/headers"
    grep -qi '^set-cookie: a=1' "$T/headers"
    grep -qi '^content-type: text/plain' "$T/headers"
    grep -qi '^access-control-allow-origin: https://example.com' "$T/headers"
    answers 200 "$url/plain"
    grep -qi '^content-type: application/octet-stream' "$T/headers"
    answers 502 "$url/early"
    answers 502 "$url/wrong"
    answers 502 "$url/half"
    same "$(curl -sS "$url/large" | wc -c)" 20000021
    # A client that leaves: the function goes on, and the next is served.
    curl -sS -m 0.2 "$url/gone" >"$T/answer" || true
    wait_for grep_log 'wrote all of /gone'
    answers 201 "$url/"
}

grep_log() {
    fnctl tail --no-follow --since 1h | grep -q "$1"
}
