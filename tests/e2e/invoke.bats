# Calling functions, and what is said when they fail. Payloads and modes are in lifecycle.bats.

load helper

# Functions that fail in the ways that people meet.
broken_project() {
    mkdir -p py js bin
    echo 'import requestz' >py/imported.py
    echo 'def handler(event, context)' >py/syntax.py
    cat >py/fails.py <<'PY'
import os


def inner(event):
    print("about to fail", event["do"])
    if event["do"] == "environ":
        return os.environ["TABLE"]
    if event["do"] == "write":
        open("/var/task/x", "w")
    if event["do"] == "memory":
        return len([bytearray(1 << 20) for _ in range(1000)])
    if event["do"] == "hostile":
        print("\x1b[31mred")
        raise ValueError("\x1b]0;title\x07")
    raise ValueError("no good")


def handler(event, context):
    return inner(event)
PY
    echo "import x from 'left-padz'; export const handler = async () => x;" >js/imported.mjs
    printf '#!/bin/sh\necho "bot: error while loading shared libraries: libq.so.1: cannot open shared object file" >&2\nexit 127\n' >bin/bot
    chmod +x bin/bot
    jq -n 'def py(name): { runtime: "python3.13", source: "py", handler: "\(name).handler", memory: 128 };
        { project: "broken", default_stage: "dev", stages: { dev: { provider: "local" } }, functions: {
        imported: py("imported"), syntax: py("syntax"), fails: py("fails"),
        node: { runtime: "nodejs22.x", source: "js", handler: "imported.handler" },
        bot: { runtime: "provided.al2023", source: "bin", handler: "bot" } } }' >fnctl.json
}

@test "invoke: a failure comes with its traceback, the function's own lines, the cause and what to do" {
    broken_project
    succeeds fnctl deploy
    fails 1 "No module named 'requestz'; cause: the module 'requestz' is not in the package; name its package" \
        fnctl invoke imported '{}'
    fails 1 "cause: the code has a syntax error; correct the line" fnctl invoke syntax '{}'
    [[ $stderr == *"syntax.py"*"def handler(event, context)"* ]]
    fails 1 "cause: the package 'left-padz' is not in the zip; add it with 'npm install left-padz'" fnctl invoke node '{}'
    fails 1 "cause: the shared library 'libq.so.1' is not in the package" fnctl invoke bot '{}'
    fails 1 "cause: the environment variable 'TABLE' is not set; add it to" fnctl invoke fails '{"do": "environ"}'
    fails 1 "cause: it needs more than its 128 MB, of which it used 128; raise \"memory\"" fnctl invoke fails '{"do": "memory"}'
    fails 1 "function 'fails' failed: ValueError: no good" fnctl invoke fails '{"do": "this"}'
    # Its own lines first, then the traceback whole and once, then what failed.
    same "$(sed -e 's/".*"/"..."/' -e '/\^\^/d' -e 's/^ *//' <<<"$stderr")" 'about to fail this
ValueError: no good
Traceback (most recent call last):
File "...", line 19, in handler
return inner(event)
File "...", line 15, in inner
raise ValueError("...")
error: function '"'fails'"' failed: ValueError: no good'
    fails 1 'ValueError: \\x1b\]0;title\\x07' fnctl invoke fails '{"do": "hostile"}'
    [[ $stderr == *'  \x1b[31mred'* && $stderr != *$'\x1b'* ]]
    # For programs: the answer as it came, and the cause.
    run --separate-stderr fnctl invoke imported '{}' --json
    same "$status" 1
    same "$(jq -r '.function_error, .payload.errorType, .cause.what' <<<"$output")" "Unhandled
Runtime.ImportModuleError
the module 'requestz' is not in the package"
    # Without having been there: tail tells causes too.
    succeeds fnctl tail imported bot --errors --no-follow
    [[ $output == *"cause: the module 'requestz' is not in the package"*"cause: the shared library 'libq.so.1'"* ]]
}
