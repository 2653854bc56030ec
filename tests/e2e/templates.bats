# The templates with a runtime of their own, against a stand-in for Lambda's Runtime API.

load helper

# serve EVENT... -- COMMAND...
serve() {
    run --separate-stderr timeout 60 "${PYTHON:-python3}" "$ROOT/tests/fixtures/runtime/runtime_api.py" "$WORK" "$@"
    echo "$output"
    echo "$stderr" >&2
}

# answer LINE FILTER: a jq filter over the answer of that number, from 1
answer() {
    sed -n "$1p" <<<"$output" | jq -r "$2"
}

@test "bash: answers, goes on after a failure, and reports it" {
    cp "$ROOT"/templates/bash/* "$WORK"
    serve '{"a": "b c d"}' '"one two three"' -- ./bootstrap
    [ "$status" -eq 0 ]
    [ "$(answer 1 .path)" = invocation/request-1/response ]
    [ "$(answer 1 .body)" = '{"words": 4}' ]
    [ "$(answer 2 .body)" = '{"words": 3}' ]
    [[ "$stderr" == *"counted 3 words"* ]]

    printf 'handler() { n=$(cat); echo "line \\"$n\\"" >&2; [ "$n" != 1 ]; false || echo "$n"; exit "$n"; }\n' >"$WORK/handler.sh"
    serve 1 0 7 -- ./bootstrap
    [ "$status" -eq 0 ]
    [ "$(answer 1 .path)" = invocation/request-1/error ]
    [ "$(answer 1 .error_type)" = Handler.Failed ]
    [ "$(answer 1 '.body | fromjson | .errorMessage')" = "handler ended with status 1" ]
    [ "$(answer 2 .path)" = invocation/request-2/response ]
    [ "$(answer 3 '.body | fromjson | .errorMessage')" = "handler ended with status 7" ]
}

@test "bash: an answer that is refused fails the invocation" {
    cp "$ROOT"/templates/bash/* "$WORK"
    echo 'handler() { head -c 7000000 /dev/zero | tr "\0" 1; }' >"$WORK/handler.sh"
    serve 1 2 -- ./bootstrap
    [ "$status" -eq 0 ]
    [ "$(answer 1 .status)" = 413 ]
    [ "$(answer 2 .error_type)" = Handler.AnswerRefused ]
    [ "$(answer 3 .status)" = 413 ]
}

@test "bash: a handler that cannot be loaded is a failure of the start" {
    cp "$ROOT"/templates/bash/* "$WORK"
    echo 'if then "oops' >"$WORK/handler.sh"
    serve 1 -- ./bootstrap
    [ "$status" -eq 3 ]
    [ "$(answer 1 .path)" = init/error ]
    [[ "$(answer 1 '.body | fromjson | .errorMessage')" == "cannot load handler() of handler.sh:"* ]]
    echo 'x=1' >"$WORK/handler.sh"
    serve 1 -- ./bootstrap
    [[ "$(answer 1 '.body | fromjson | .errorMessage')" == *"it is not in there" ]]
}

@test "bash: without the API the program ends" {
    cp "$ROOT"/templates/bash/* "$WORK"
    run env AWS_LAMBDA_RUNTIME_API=127.0.0.1:1 LAMBDA_TASK_ROOT="$WORK" timeout 10 "$WORK/bootstrap"
    [ "$status" -eq 1 ]
}

@test "c: builds without a warning, zips, lists its libraries, reports a bad event" {
    cp "$ROOT"/templates/c/* "$WORK"
    CFLAGS="-O1 -Wall -Wextra -Wpedantic -Wshadow -Werror" run make -C "$WORK"
    [ "$status" -eq 0 ]
    serve '{"maps": true}' '{"body": "aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa"}' '{nonsense' '{"queryStringParameters": {"maps": "true"}}' -- build/bootstrap
    [ "$status" -eq 0 ]
    [ "$(answer 1 '.body | fromjson | .bytes')" = 14 ]
    for library in libcurl libjansson libzip; do
        answer 1 '.body | fromjson | .libraries[]' | grep -q "/$library.so"
    done
    [ "$(answer 1 '.body | fromjson | .libraries | length')" = "$(answer 1 '.body | fromjson | .libraries | unique | length')" ]
    [ "$(answer 2 '.body | fromjson | .bytes')" = 44 ]
    [ "$(answer 2 '.body | fromjson | .zipped')" -gt 100 ]
    [ "$(answer 2 '.body | fromjson | has("libraries")')" = false ]
    [ "$(answer 3 .path)" = invocation/request-3/error ]
    [ "$(answer 3 .error_type)" = Handler.BadEvent ]
    [ "$(answer 4 '.body | fromjson | has("libraries")')" = true ]
}

@test "c: without the API the program ends and says why" {
    cp "$ROOT"/templates/c/* "$WORK"
    make -C "$WORK"
    run env -u AWS_LAMBDA_RUNTIME_API "$WORK/build/bootstrap"
    [ "$status" -eq 1 ]
    [[ "$output" == *"AWS_LAMBDA_RUNTIME_API is not set"* ]]
    run env AWS_LAMBDA_RUNTIME_API=127.0.0.1:1 timeout 10 "$WORK/build/bootstrap"
    [ "$status" -eq 1 ]
    [[ "$output" == *"127.0.0.1:1"* ]]
}

# deploy_sample NAME: the sample as it stands; its address, if it has one, goes to $url.
deploy_sample() {
    succeeds fnctl init "$1" --yes
    succeeds fnctl deploy
    url=${output%%$'\n'*}
    url=${url%/}
}

@test "python: the sample deploys, greets, and ticks" {
    deploy_sample python
    same "$(curl -sS "${url%/hello*}/hello/J%C3%BCrgen" | jq -r .message)" "Hello, Jürgen!"
    succeeds fnctl invoke hello '{}'
    [[ $output == *"Hello, world!"* ]]
    succeeds fnctl invoke tick '{"city": "Berlin"}'
    wait_for tail_shows "tick for Berlin"
}

@test "flask: the sample deploys and tells the time" {
    deploy_sample flask
    [[ $(curl -sS "$url/time" | jq -r .time) == 20*+00:00 ]]
    same "$(curl -sS "$url/")" "Ask for /time."
    same "$(curl -sS -o /dev/null -w '%{http_code}' "$url/nowhere")" 404
    same "$(curl -sS -I "$url/time" | head -n 1 | cut -d' ' -f2)" 200
    wait_for tail_shows "somebody asked for the time"
}

@test "node: the sample deploys and rolls dice" {
    deploy_sample node
    same "$(curl -sS "$url/?count=3" | jq '.rolls | length')" 3
    same "$(curl -sS -o /dev/null -w '%{http_code}' "$url/?count=no")" 400
    wait_for tail_shows "rolled"
}

@test "bash: the sample deploys and counts words" {
    deploy_sample bash
    succeeds fnctl invoke words '"one two three"'
    same "$(jq .words <<<"$output")" 3
    [ "$(curl -sS "$url/" | jq .words)" -gt 0 ]
    wait_for tail_shows "counted 3 words"
}

@test "c: the sample is built, deploys, and runs with the libraries of its layer" {
    deploy_sample c
    succeeds fnctl invoke zip '{"maps": true}'
    for library in libcurl libjansson libzip; do
        jq -r '.libraries[]' <<<"$output" | grep -q "^/opt/lib/$library\.so"
    done
    same "$(curl -sS -d aaaaaaaaaa -H 'content-type: text/plain' "$url/" | jq .bytes)" 10
    same "$(curl -sS "$url/?maps=true" | jq 'has("libraries")')" true
}

tail_shows() {
    fnctl tail --no-follow | grep -q "$1"
}
