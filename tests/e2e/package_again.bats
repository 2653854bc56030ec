# Packaging again: what did not change is not compressed again, and nothing changed writes nothing.
load helper

make_project() {
    mkdir -p 'my säurce/lib'
    for i in 1 2 3 4 5; do head -c 400000 /dev/urandom >"my säurce/lib/data $i"; done
    printf 'def handler(event, context):\n    return {}\n' >'my säurce/main.py'
    seq 1 30000 >'my säurce/lib/numbers'
    cat >fnctl.json <<'JSON'
{ "project": "again", "functions": { "api": { "runtime": "python3.13", "handler": "main.handler", "source": "my säurce" } } }
JSON
    sleep 0.05
}

zip=.fnctl/package/api.zip

state() { stat -c '%i %z %s' "$zip" .fnctl/index/*; }

full() {
    rm -rf .fnctl/index
    fnctl package -o full >/dev/null
    cmp full/api.zip "$zip"
}

@test "nothing changed: zip and index stay, and the answer is the same" {
    make_project
    first=$(fnctl package)
    before=$(state)
    second=$(fnctl package)
    [ "$first" = "$second" ]
    [ "$before" = "$(state)" ]
    [ "$(fnctl package --json | jq -r .functions.api.function.sha256)" = \
        "$(openssl dgst -sha256 -binary "$zip" | base64)" ]
    full
}

@test "a change, a new file, one less, another mode: the zip of a full build" {
    make_project
    fnctl package
    printf 'def handler(event, context):\n    return 1\n' >'my säurce/main.py'
    fnctl package
    full
    echo new >'my säurce/lib/data 3b'
    rm 'my säurce/lib/data 1'
    chmod +x 'my säurce/lib/data 2'
    fnctl package
    full
}

@test "another compression makes another zip, and back" {
    make_project
    fnctl package
    cp "$zip" six.zip
    fnctl package --compression 1
    run cmp -s six.zip "$zip"
    [ "$status" -eq 1 ]
    fnctl package --compression 6
    cmp six.zip "$zip"
    run fnctl package --compression 13
    [ "$status" -eq 2 ]
    [[ "$output" == *"1 to 12"* ]]
}

@test "the cache may be deleted, damaged, or not be writable" {
    make_project
    fnctl package
    cp "$zip" good.zip
    rm -rf .fnctl/index
    fnctl package
    cmp good.zip "$zip"
    for file in .fnctl/index/*; do printf 'xxxx' | dd of="$file" bs=1 seek=300 conv=notrunc status=none; done
    fnctl package
    cmp good.zip "$zip"
    rm -rf .fnctl/index
    touch .fnctl/index
    fnctl package
    cmp good.zip "$zip"
}

@test "a zip that somebody changed is made again" {
    make_project
    fnctl package
    cp "$zip" good.zip
    printf 'x' | dd of="$zip" bs=1 seek=1000 conv=notrunc status=none
    fnctl package
    cmp good.zip "$zip"
}

@test "check uses what is known and leaves the project as it was" {
    make_project
    fnctl package
    before=$(state)
    fnctl check
    [ "$before" = "$(state)" ]
    rm -rf .fnctl
    fnctl check
    [ ! -e .fnctl ]
}

@test "two at once make one good zip and leave no temporary file" {
    make_project
    fnctl package -o one >one.log 2>&1 &
    first=$!
    fnctl package >two.log 2>&1
    wait "$first"
    cmp one/api.zip "$zip"
    [ -z "$(find . -name '.*.[0-9]*' -type f)" ]
    full
}

@test "killed anywhere: no half zip, and the next run cleans up" {
    make_project
    fnctl package
    cp "$zip" good.zip
    for pause in 0.002 0.005 0.01 0.02 0.03; do
        head -c 400000 /dev/urandom >'my säurce/lib/data 4'
        fnctl package >/dev/null 2>&1 &
        sleep "$pause"
        kill -9 $! 2>/dev/null || true
        wait $! 2>/dev/null || true
        unzip -tqq "$zip"
    done
    fnctl package
    [ -z "$(find .fnctl -name '.*.[0-9]*' -type f)" ]
    full
}
