# The engine's control plane as another AWS client sees it: codes, shapes, refusals, and that a
# restart keeps everything. Over boto3.

load helper

start_engine() {
    "$FNCTL_LOCAL" --state "$FNCTL_STATE" "$@" 3>&- 4>&-
    URL=http://127.0.0.1:$(cat "$FNCTL_STATE/port")
}

engine_pid() {
    sed -n 's/.*"pid": \([0-9]*\).*/\1/p' "$FNCTL_STATE/engine.json"
}

ended() {
    ! kill -0 "$1" 2>/dev/null
}

api() {
    "${PYTHON:-python3}" "$ROOT/tests/e2e/engine_api.py" "$FNCTL_STATE" "$URL" "$@"
}

need_boto3() {
    "${PYTHON:-python3}" -c 'import boto3' 2>/dev/null || skip "boto3 is not installed"
}

@test "every operation answers boto3 with the codes of the service models" {
    need_boto3
    start_engine
    api make
    api remove
}

@test "a kill -9 and a clean restart keep every resource and the port" {
    need_boto3
    # Another test's engine could take the usual port in between; this one is nobody's.
    start_engine --port $((20000 + $$ % 10000))
    first=$URL
    api make
    pid=$(engine_pid)
    kill -9 "$pid"
    wait_for ended "$pid"
    start_engine
    [ "$URL" = "$first" ]
    api kept
    pid=$(engine_pid)
    kill -TERM "$pid"
    wait_for ended "$pid"
    [ ! -e "$FNCTL_STATE/engine.json" ]
    start_engine
    [ "$URL" = "$first" ]
    api kept
    api remove
}

@test "the state folder is private, and holds one engine" {
    start_engine
    [ "$(stat -c %a "$FNCTL_STATE")" = 700 ]
    [ "$(stat -c %a "$FNCTL_STATE/credentials.json")" = 600 ]
    [ "$(stat -c %a "$FNCTL_STATE/engine.json")" = 600 ]
    run "$FNCTL_LOCAL" --state "$FNCTL_STATE"
    [ "$status" -eq 0 ]
    [[ $output == *"an engine is already running on '$FNCTL_STATE'"* ]]
    pid=$(engine_pid)
    kill -TERM "$pid"
    wait_for ended "$pid"
}

@test "an engine that cannot start says why" {
    echo nonsense >"$T/file"
    run "$FNCTL_LOCAL" --state "$T/file"
    [ "$status" -eq 1 ]
    [[ $output == *"cannot make the folder '$T/file'"* ]]
    mkdir -p "$FNCTL_STATE"
    echo '{}' >"$FNCTL_STATE/credentials.json"
    run "$FNCTL_LOCAL" --state "$FNCTL_STATE"
    [ "$status" -eq 1 ]
    [[ $output == *"holds no credentials: remove it to get new ones"* ]]
    run "$FNCTL_LOCAL"
    [ "$status" -eq 2 ]
}

@test "what is not signed, from another host or from a web page is refused" {
    start_engine
    run curl -sS -o /dev/null -w '%{http_code}' "$URL/2015-03-31/functions"
    [ "$output" = 403 ]
    run curl -sS -o /dev/null -w '%{http_code}' -H 'Host: attacker.example' "$URL/_fnctl/health"
    [ "$output" = 403 ]
    run curl -sS -o /dev/null -w '%{http_code}' -H 'Origin: http://attacker.example' "$URL/2015-03-31/functions"
    [ "$output" = 403 ]
    run curl -sS "$URL/_fnctl/health"
    [[ $output == *'"status":"ok"'* ]]
    # Neither address nor interface other than loopback.
    run awk -v port="$(printf ':%04X' "${URL##*:}")" \
        '$4 == "0A" && substr($2, length($2) - 4) == port { print $2 }' /proc/net/tcp /proc/net/tcp6
    same "$output" "$(printf '0100007F:%04X' "${URL##*:}")"
}

@test "bodies are bounded, whether announced or sent in pieces" {
    start_engine
    head -c 7000000 /dev/zero >"$T/large"
    run curl -sS -o /dev/null -w '%{http_code}' --data-binary @"$T/large" "$URL/_fnctl/url/none/"
    [ "$output" = 413 ]
    run curl -sS -o /dev/null -w '%{http_code}' -H 'Transfer-Encoding: chunked' --data-binary @"$T/large" "$URL/_fnctl/url/none/"
    [ "$output" = 413 ]
    run curl -sS -I "$URL/_fnctl/health"
    [[ $output == *200* && $output == *[Xx]-[Aa]mzn-[Rr]equest[Ii]d* ]]
}
