# The command under valgrind, end to end: no leak, no read or write out of place.

load helper

checked() {
    valgrind -q --leak-check=full --show-leak-kinds=definite,indirect --errors-for-leak-kinds=definite,indirect \
        --error-exitcode=87 --log-file="$T/valgrind.%p" "$FNCTL" "$@" 3>&- 4>&-
}

no_complaints() {
    ! cat "$T"/valgrind.* | grep .
}

# bats test_tags=plain
@test "leaks: none in check, package, deploy, update, invoke, tail, status, undeploy" {
    command -v valgrind >/dev/null || skip "valgrind is not installed"
    python_project tidy '{ "routes": ["GET /x"], "url": true, "schedules": [{ "rate": "1 hour" }], "environment": { "NAME": "value" } }'
    succeeds fnctl local start
    succeeds checked check
    succeeds checked package --list
    succeeds checked deploy
    succeeds checked deploy
    echo '# changed' >>main.py
    succeeds checked plan
    succeeds checked update
    succeeds checked invoke tidy '{"n": 1}' --log
    succeeds checked status --json
    succeeds checked versions
    succeeds checked tail --no-follow
    succeeds checked settings --resolved
    succeeds checked undeploy --yes
    no_complaints
}

# bats test_tags=plain
@test "leaks: none where things go wrong" {
    command -v valgrind >/dev/null || skip "valgrind is not installed"
    fails 2 "did you mean" checked deplyo
    fails 3 "there is no" checked check
    python_project tidy '{ "memroy": 1 }'
    fails 3 "did you mean" checked check
    python_project tidy '{ "handler": "absent.handler" }'
    fails 6 "absent" checked package
    aws_on_engine
    python_project tidy
    faults '* status 503 ServiceUnavailable'
    fails 5 "" checked deploy prod
    faults '3 cut' '5 reset'
    succeeds checked deploy prod
    faults '* status 403 AccessDeniedException'
    fails 4 "" checked deploy prod
    no_complaints
}
