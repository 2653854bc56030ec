# init in folders of each kind; what it writes is what check accepts.

load helper

# found KIND-OF-KEY VALUE: the one function's `app` or `handler`, and the settings as a whole are fine.
found() {
    same "$(jq -r ".functions[].$1" fnctl.json)" "$2"
    succeeds fnctl settings --resolved
    succeeds fnctl settings prod --resolved
}

flask_app() {
    printf 'from flask import Flask\n%s = Flask(__name__)\n' "${2:-app}" >"$1"
}

@test "init: a Flask app gets its app, routes, and two stages" {
    mkdir "Time Server" && cd "Time Server"
    flask_app app.py
    succeeds fnctl init --yes
    [[ $output == *"found a Python web app (WSGI) in app.py: app.app"* ]]
    [[ $output == *"next: fnctl deploy"* ]]
    found app app.app
    same "$(jq -r .project fnctl.json)" time-server
    same "$(jq -c '[.functions.web.routes, .default_stage, .stages.dev.provider, .stages.prod]' fnctl.json)" \
        '[["ANY /{proxy+}","ANY /"],"dev","local",{"provider":"aws","region":"eu-central-1"}]'
    grep -q '"routes": \["ANY /{proxy+}", "ANY /"\]$' fnctl.json
    succeeds fnctl check
}

@test "init: with a requirements.txt stage prod installs it" {
    flask_app app.py
    echo flask >requirements.txt
    succeeds fnctl init --yes
    [[ $stderr == *"stage 'prod' installs the packages of requirements.txt"* ]]
    same "$(jq -c '[.functions.web.requirements, .stages.prod.functions]' fnctl.json)" '[null,{"web":{"requirements":"requirements.txt"}}]'
    succeeds fnctl settings prod --resolved
    same "$(jq -r .functions.web.requirements <<<"$output")" requirements.txt
}

@test "init: fnctl.schema.json is what 'fnctl schema' prints, and fits what was written" {
    flask_app app.py
    succeeds fnctl init --yes
    succeeds fnctl schema
    same "$(jq -S . fnctl.schema.json)" "$(jq -S . <<<"$output")"
    "${PYTHON:-python3}" -c 'import jsonschema' 2>/dev/null || skip "jsonschema is not installed"
    "${PYTHON:-python3}" -c 'import json, jsonschema; jsonschema.validate(json.load(open("fnctl.json")), json.load(open("fnctl.schema.json")))'
}

@test "init: names of app and file are found, Django and Zappa too" {
    flask_app server.py site
    succeeds fnctl init --yes
    found app server.site
    rm fnctl.json server.py
    mkdir shop
    echo 'application = get_wsgi_application()' >shop/wsgi.py
    touch manage.py
    succeeds fnctl init --yes
    found app shop.wsgi.application
    succeeds fnctl check
    rm -r fnctl.json shop manage.py
    flask_app other.py
    echo '{"dev": {"app_function": "other.app"}}' >zappa_settings.json
    succeeds fnctl init --yes
    found app other.app
}

@test "init: handlers in Python and Node.js" {
    printf 'def run(event, context):\n    return 1\n' >job.py
    succeeds fnctl init --yes
    found handler job.run
    same "$(jq -c '.functions | keys' fnctl.json)" '["job"]'
    same "$(jq -r '.functions.job | .runtime, .url' fnctl.json)" $'python3.13\nnull'
    succeeds fnctl check
    rm fnctl.json job.py
    echo 'export const handler = async (event) => ({ statusCode: 200 });' >index.mjs
    succeeds fnctl init --yes
    found handler index.handler
    same "$(jq -r '.functions.api | .runtime, .url' fnctl.json)" $'nodejs22.x\ntrue'
    succeeds fnctl check
}

@test "init: a program that make made" {
    printf 'int main(void) { return 0; }\n' >bot.c
    printf 'build/bot: bot.c\n\tmkdir -p build && $(CC) -o $@ $<\n' >Makefile
    fails 1 "run make" fnctl init --yes
    make
    succeeds fnctl init --yes
    found handler build/bot
    same "$(jq -r '.functions.bot | .runtime, .build' fnctl.json)" $'provided.al2023\nmake'
    case $(uname -m) in
        aarch64) same "$(jq -r .functions.bot.architecture fnctl.json)" arm64 ;;
        *) same "$(jq -r .functions.bot.architecture fnctl.json)" x86_64 ;;
    esac
}

@test "init: an empty folder gets a sample, hidden files apart" {
    printf '*.log' >.gitignore
    succeeds fnctl init --yes
    [ -f app.py ]
    [[ $output == *"wrote a python sample:"*"app.py"* ]]
    same "$(cat .gitignore)" $'*.log\n.fnctl/'
    same "$(jq -r .project fnctl.json)" work
    succeeds fnctl check
}

@test "init: every sample is fine as it stands" {
    local name
    for name in python flask node bash; do
        mkdir "$WORK/$name" && cd "$WORK/$name"
        succeeds fnctl init "$name" --yes --name "my-$name"
        same "$(jq -r .project fnctl.json)" "my-$name"
        cmp <(sed 's/"PROJECT"/"my-'"$name"'"/' "$ROOT/templates/$name/fnctl.json") fnctl.json
        succeeds fnctl check
        succeeds fnctl settings prod --resolved
    done
    [ -x "$WORK/bash/bootstrap" ]
}

@test "init: the C sample builds and packages" {
    succeeds fnctl init c --yes
    make
    succeeds fnctl check
}

@test "init: nothing is overwritten without --force" {
    succeeds fnctl init node --yes
    echo changed >index.mjs
    fails 1 "there is a fnctl.json already" fnctl init --yes
    rm fnctl.json fnctl.schema.json
    touch unrelated
    fails 1 "nothing was written, since there is already: index.mjs" fnctl init node --yes
    [ ! -e fnctl.json ] && [ ! -e fnctl.schema.json ]
    same "$(cat index.mjs)" changed
    succeeds fnctl init node --yes --force
    cmp index.mjs "$ROOT/templates/node/index.mjs"
}

@test "init: a template from a folder, a tarball and a zip" {
    mkdir -p "$T/mine/src"
    echo '{ "project": "x", "functions": {"f": {"runtime": "python3.12", "handler": "src.main.run"}},
            "stages": {"prod": {"provider": "aws", "region": "us-east-1"}} }' >"$T/mine/fnctl.json"
    echo 'def run(event, context): pass' >"$T/mine/src/main.py"
    tar -C "$T" -czf "$T/mine.tar.gz" mine
    (cd "$T/mine" && "${PYTHON:-python3}" -m zipfile -c "$T/mine.zip" fnctl.json src)
    local source
    for source in mine mine.tar.gz mine.zip; do
        mkdir "$WORK/$source" && cd "$WORK/$source"
        succeeds fnctl init --template "$T/$source" --yes --name own --region eu-west-3 --runtime python3.11
        same "$(jq -r '.project, .functions.f.runtime, .stages.prod.region' fnctl.json)" $'own\npython3.11\neu-west-3'
        same "$(cat src/main.py)" 'def run(event, context): pass'
        succeeds fnctl check
    done
}

@test "init: an archive cannot write outside the folder" {
    "${PYTHON:-python3}" - "$T" <<'PY'
import sys, tarfile, io
for name, entry in (("up", "../evil"), ("absolute", sys.argv[1] + "/evil")):
    with tarfile.open(f"{sys.argv[1]}/{name}.tar", "w") as tar:
        for path in ("fnctl.json", entry):
            info = tarfile.TarInfo(path)
            info.size = 2
            tar.addfile(info, io.BytesIO(b"{}"))
PY
    fails 1 "does not stay in the project's folder" fnctl init --template "$T/up.tar" --yes
    fails 1 "does not stay in the project's folder" fnctl init --template "$T/absolute.tar" --yes
    [ -z "$(ls -A)" ] && [ ! -e ../evil ]
}

@test "init: wrong usage says what is right" {
    fails 2 "did you mean 'flask'" fnctl init flsk --yes
    fails 2 "bash, c, flask, node, python" fnctl init something --yes
    fails 2 "there are two templates" fnctl init c --template bash --yes
    fails 2 "must be lower-case" fnctl init c --name Big --yes
    fails 2 "no region" fnctl init c --region nowhere --yes
    fails 2 "no runtime" fnctl init c --runtime pyhton3.13 --yes
    fails 2 "takes no --settings" fnctl init c --settings other.json --yes
    flask_app app.py
    fails 2 "cannot run 'app.py'" fnctl init --runtime nodejs22.x --yes
    same "$(ls)" app.py
}

@test "init: what is not supported yet is recognised" {
    printf 'from fastapi import FastAPI\napp = FastAPI()\n' >main.py
    fails 1 "Mangum" fnctl init --yes
    rm main.py
    echo '{"dependencies": {"express": "^4"}}' >package.json
    fails 1 "express" fnctl init --yes
    rm package.json
    touch Cargo.toml
    fails 1 "Rust" fnctl init --yes
    rm Cargo.toml
    touch README.md
    fails 1 "found nothing to deploy" fnctl init --yes
    [[ $stderr == *"fnctl init TEMPLATE"*"bash, c, flask, node, python"* ]]
    same "$(ls)" README.md
}

@test "init: a script that is no runtime, and a factory without an app, are told of" {
    printf '#!/bin/sh\n' >bot.sh && chmod +x bot.sh
    fails 1 "'bot.sh' is a script, but no runtime" fnctl init --yes
    [[ $stderr == *"no AWS_LAMBDA_RUNTIME_API in it"*"fnctl init bash"* ]]
    printf 'def create_app():\n    return Flask(__name__)\n' >site.py
    fails 1 "app = create_app()" fnctl init --yes
}

@test "init: a name that is too long is cut, and init says so" {
    mkdir "the name of this folder is longer than that" && cd the*
    flask_app app.py
    succeeds fnctl init --yes
    [[ $stderr == *"is called the-name-of-this-folder-is-longe, cut from 'the name of"* ]]
    found app app.app
    succeeds fnctl init --yes --force --name short
    [[ $stderr != *"cut from"* ]]
}

@test "init: what fnctl keeps is ignored in a git work tree" {
    mkdir -p deep/down && cd deep/down
    flask_app app.py
    succeeds fnctl init --yes
    [ ! -e .gitignore ]
    mkdir ../.git
    succeeds fnctl init --yes --force
    same "$(cat .gitignore)" .fnctl/
}

@test "init: asks nothing without a terminal, and --json prints what was done" {
    flask_app app.py
    flask_app main.py
    succeeds fnctl init
    [[ $stderr == *"there is 1 other; "* ]]
    rm fnctl.json
    succeeds fnctl init --json </dev/null
    same "$(jq -c '[.project, .template, .found.file, .found.target, .wrote]' <<<"$output")" \
        '["work",null,"app.py","app.app",["fnctl.json","fnctl.schema.json"]]'
}

# answer_questions QUESTION=ANSWER...: runs init on a terminal; ^C is what Ctrl-C sends.
answer_questions() {
    cat >"$T/answers.py" <<'PY'
import os, pty, select, sys
answers = dict(item.encode().split(b"=", 1) for item in sys.argv[2:])
pid, fd = pty.fork()
if pid == 0:
    os.execv(sys.argv[1], [sys.argv[1], "init"])
seen = b""
while select.select([fd], [], [], 20)[0]:
    try:
        data = os.read(fd, 4096)
    except OSError:
        break
    if not data:
        break
    seen += data
    for question in [q for q in answers if q in seen and seen.rstrip().endswith(b"]:")]:
        answer = answers.pop(question)
        os.write(fd, b"\x03" if answer == b"^C" else answer + b"\n")
else:
    os.kill(pid, 9)
print(seen.decode())
sys.exit(os.waitstatus_to_exitcode(os.waitpid(pid, 0)[1]))
PY
    run "${PYTHON:-python3}" "$T/answers.py" "$FNCTL" "$@"
    echo "$output"
}

@test "init: Ctrl-C at a question ends it, and nothing is written" {
    flask_app app.py
    answer_questions 'project name=^C'
    [ "$status" -eq 130 ]
    same "$(ls)" app.py
}

@test "init: on a terminal it asks for the name, the candidate and the region" {
    flask_app app.py
    flask_app main.py
    answer_questions 'which one=2' 'project name=chosen' 'AWS region='
    [ "$status" -eq 0 ]
    [[ $output != *"lets you choose"* ]]
    found app main.app
    same "$(jq -r '.project, .stages.prod.region' fnctl.json)" $'chosen\neu-central-1'
}

@test "init: in an empty folder on a terminal it asks for the sample" {
    answer_questions 'which sample=node' 'project name=' 'AWS region='
    [ "$status" -eq 0 ]
    [[ $output == *"(bash, c, flask, node, python) [python]"*"wrote a node sample:"* ]]
    [ -f index.mjs ]
}

@test "init: a write that fails leaves the folder as it was" {
    mkdir -p "$T/mine/src"
    echo '{ "project": "x", "functions": {} }' >"$T/mine/fnctl.json"
    touch "$T/mine/src/main.py"
    echo "in the way" >src
    fails 1 "cannot make the folder" fnctl init --template "$T/mine" --yes
    same "$(ls -A)" src
    same "$(cat src)" "in the way"
}
