# In GitHub Actions: annotations, groups, outputs of the step and its summary; and no terminal.

load helper

github() {
    export GITHUB_ACTIONS=true GITHUB_WORKSPACE=$T GITHUB_OUTPUT=$T/output GITHUB_STEP_SUMMARY=$T/summary
    : >"$T/output"
    : >"$T/summary"
}

@test "ci: errors and warnings of settings are annotations at the line of the file in the repository" {
    github
    python_project web '{ "memory": 99 }'
    fails 3 "" fnctl check
    [[ $stderr == "::error file=work/fnctl.json,line="*",col="*",title=fnctl::"*"functions.web.memory: must be a whole number from 128 to 10240, not 99" ]]
    line=$(sed 's/.*,line=\([0-9]*\),.*/\1/' <<<"$stderr")
    [[ $(sed -n "${line}p" fnctl.json) == *'"memory": 99'* ]]
    unset GITHUB_ACTIONS
    fails 3 "error: 'fnctl.json': line" fnctl check
}

@test "ci: deploy and plan tell outputs and a summary, and fold their long parts" {
    github
    python_project web '{ "url": true, "build": "echo built by a command" }'
    succeeds fnctl plan </dev/null
    same "$(cat "$T/output")" "stage=dev
changes=7"
    grep -q '^### `web`, stage `dev`: what deploy would change$' "$T/summary"
    grep -qF '| create | function | `web-dev-web` |' "$T/summary"
    : >"$T/output"
    : >"$T/summary"
    succeeds fnctl deploy </dev/null
    url=$output
    [[ $stderr == *"::group::packaging"*"built by a command"*"::endgroup::"* ]]
    grep -qxF "url=$url" "$T/output"
    grep -qxF "urls={\"web\":\"$url\"}" "$T/output"
    grep -qxF "changes=7" "$T/output"
    grep -qF -- "- \`web\`: <$url>" "$T/summary"
    : >"$T/output"
    succeeds fnctl deploy --json --quiet </dev/null
    same "$stderr" "built by a command"
    same "$(jq -r .urls.web <<<"$output")" "$url"
    grep -qx changes=0 "$T/output"
    grep -q 'nothing to change$' "$T/summary"

    # A failure in the folded part is told outside of it; a file that cannot be written is a warning.
    settings web '{ "runtime": "python3.13", "handler": "main.handler", "build": "echo no >&2; exit 4" }'
    fails 1 "::endgroup::" fnctl deploy
    [[ $stderr == *"::endgroup::"*"::error title=fnctl::"* ]]
    same "$(grep -c '^::endgroup::$' <<<"$stderr")" 1
    python_project web
    GITHUB_OUTPUT=$T/none/there
    succeeds fnctl plan
    [[ $stderr == *"::warning title=fnctl::cannot write to '$T/none/there', which GITHUB_OUTPUT names: No such file or directory"* ]]
}

@test "ci: each command that needs no project has a JSON result too, and so has a failure" {
    local command
    for command in version schema "help" "help deploy" "help settings-file" "completion bash" "local status" "local logs"; do
        # shellcheck disable=SC2086
        succeeds fnctl $command --json </dev/null
        jq -e 'type == "object"' <<<"$output"
    done
    succeeds fnctl completion fish
    script=$output
    succeeds fnctl completion fish --json
    same "$(jq -r .script <<<"$output")" "$script"
    for command in "completion tcsh" "help nothing" "check"; do
        # shellcheck disable=SC2086
        run --separate-stderr fnctl $command --json
        [ "$status" -ge 1 ]
        jq -e --argjson status "$status" '.error.status == $status' <<<"$output"
    done
}
