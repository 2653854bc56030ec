# Standard input, output and error that are closed, full or gone; signals that the caller ignores.

load helper

@test "a full or closed standard output is an error that says why" {
    for command in help schema version "completion bash"; do
        # shellcheck disable=SC2086 # the words of a command
        fails 1 "cannot write the result to standard output: No space left on device" \
            eval "\"$FNCTL\" $command >/dev/full"
        fails 1 "cannot write the result to standard output: Bad file descriptor" \
            eval "\"$FNCTL\" $command >&-"
    done
}

@test "a reader that goes away ends a command quietly" {
    for command in help schema; do
        { "$FNCTL" "$command" 2>"$T/errors"; echo $? >"$T/code"; } | true
        same "$(cat "$T/code")" 0
        same "$(cat "$T/errors")" ""
    done
}

@test "closed standard streams: no file of the project gets what was to be printed" {
    python_project closed
    "$FNCTL" deploy <&- >&- 2>&- 3>&- 4>&- || true
    succeeds fnctl plan --exit-code
    same "$(cat .fnctl/dev/lock)" ""
}

reports() {
    [ "$(grep -c REPORT "$T/log")" -ge "$1" ]
}

@test "nohup: a command that was told to ignore hangups goes on" {
    python_project steady
    succeeds fnctl deploy
    (trap '' HUP; exec "$FNCTL" tail 3>&- 4>&-) >"$T/log" 2>&1 &
    pid=$!
    background_pids="$background_pids $pid"
    succeeds fnctl invoke steady '{}'
    wait_for reports 1
    kill -HUP "$pid"
    succeeds fnctl invoke steady '{}'
    wait_for reports 2
}

@test "a function that is named twice is worked on once" {
    python_project once
    same "$(fnctl package once once | grep -c once.zip)" 1
    succeeds fnctl deploy
    succeeds fnctl update dev once once
}

@test "invoke: the answer is not lost where it is no number of ours" {
    python_project big
    printf 'def handler(event, context):\n    return {"n": 2 ** 70}\n' >main.py
    succeeds fnctl deploy
    same "$(fnctl invoke big '"\u0000"')" '{"n": 1180591620717411303424}'
    same "$(fnctl invoke big --json '{}' | jq -r .payload)" '{"n": 1180591620717411303424}'
}

@test "deploy, undeploy: URLs alone on standard output, what happened on standard error" {
    python_project told '{ "routes": ["GET /x", "POST /long/{path+}"], "url": true }'
    succeeds fnctl deploy
    same "$(grep -cE '^http://[^ ]+$' <<<"$output")" 2
    same "$(wc -l <<<"$output")" 2
    [[ $stderr == *"stage 'dev' is deployed: "*" created ("* ]]
    [[ $stderr == *$'API:\n  GET /x              told\n  POST /long/{path+}  told\nfunction URL of told:'* ]]
    succeeds fnctl undeploy --yes
    [[ $stderr == *"stage 'dev' is gone: "*" removed"* ]]
    succeeds fnctl undeploy --yes
    [[ $stderr == *"nothing is deployed to stage 'dev'"* ]]
    same "$(fnctl undeploy --json | jq -c .)" '{"stage":"dev","changes":[]}'
}

@test "a signal that is sent twice, as by timeout(1), lets a command end in order" {
    python_project twice
    succeeds fnctl deploy
    fails 124 "interrupted" timeout -s INT 1 "$FNCTL" tail
    fails 124 "interrupted" timeout -s TERM 1 "$FNCTL" tail
}
