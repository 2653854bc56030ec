# What goes into a package, and why.

load helper

# as_nobody COMMAND...: without the rights of root, which may read everything.
as_nobody() {
    setpriv --reuid=65534 --regid=65534 --clear-groups "$@" 3>&- 4>&-
}

@test "package: takes what git would track, nested .gitignore files and all" {
    run "$PYTHON" "$ROOT/tests/e2e/gitignore.py" "$FNCTL" "$T"
    echo "$output"
    same "$status" 0
    [ "$output" -ge 500 ]
}

@test "package: a .gitignore has no say unless it is asked, and never brings in what is no source" {
    python_project api
    mkdir sub
    printf '!*\n*.bin\n' >.gitignore
    echo '!b.bin' >sub/.gitignore
    touch sub/a.bin sub/b.bin .env .netrc
    succeeds fnctl package --list --json
    same "$(jq -c '[.functions.api.files[].path]' <<<"$output")" '["main.py","sub/a.bin","sub/b.bin"]'
    settings api '{ "runtime": "python3.13", "handler": "main.handler", "gitignore": true }'
    succeeds fnctl package --list --json
    same "$(jq -c '[.functions.api.files[].path]' <<<"$output")" '["main.py","sub/b.bin"]'
    same "$(jq -r '.functions.api.files[1].reason' <<<"$output")" "source, sub/.gitignore:1 '!b.bin'"
}

@test "package: caches, virtual environments and tools' folders are no source" {
    python_project api
    mkdir -p .git .nox .tox __pycache__ .pytest_cache .mypy_cache .ruff_cache env/lib web/node_modules/.cache web/node_modules/x
    touch {.git,.nox,.tox,__pycache__,.pytest_cache,.mypy_cache,.ruff_cache,env/lib,web/node_modules/.cache,web/node_modules/x}/file
    touch env/pyvenv.cfg .coverage
    succeeds fnctl package --list --json
    same "$(jq -c '[.functions.api.files[].path]' <<<"$output")" '["main.py","web/node_modules/x/file"]'
    echo '!env/' >.fnctlignore
    succeeds fnctl package --list --json
    same "$(jq -c '[.functions.api.files[].path]' <<<"$output")" '["env/lib/file","env/pyvenv.cfg","main.py","web/node_modules/x/file"]'
}

@test "package --why: the rules about a path, where they stand, and what comes of them" {
    python_project api '{ "exclude": ["docs/", "*.md", "*.bin"], "include": ["data/keep.bin"] }'
    mkdir -p data "docs/ä b" venv
    touch data/keep.bin data/drop.bin "docs/ä b/x.txt" venv/pyvenv.cfg notes.md
    printf '# notes\n\n*.txt\n!*.bin\n' >.fnctlignore

    succeeds fnctl package --list --why data/keep.bin
    same "$output" "api: 'data/keep.bin'
  (data/keep.bin: .fnctlignore:4 '!*.bin' takes it back, but is overruled)
  data/keep.bin: exclude[2] '*.bin' leaves it out
  data/keep.bin: include[0] 'data/keep.bin' puts it in
  in: 1 file, 0 B
         0          0  function  data/keep.bin  (include[0] 'data/keep.bin')"
    succeeds fnctl package --why "$PWD/docs/ä b/x.txt"
    same "$output" "api: 'docs/ä b/x.txt'
  docs: exclude[0] 'docs/' leaves it out
  (docs/ä b/x.txt: .fnctlignore:3 '*.txt' leaves it out, but is overruled)
  left out"
    succeeds fnctl package --why venv
    [[ $output == *"venv: built in 'a virtual environment: pyvenv.cfg is in it' leaves it out"*"left out" ]]
    succeeds fnctl package --why main.py --json
    same "$(jq -c '.functions.api | [.why, [.files[].path]]' <<<"$output")" '[{"path":"main.py","exists":true,"rules":[]},["main.py"]]'
    succeeds fnctl package --why ./data/ --json
    same "$(jq -c '.functions.api | [.why.path, [.files[].path]]' <<<"$output")" '["data",["data/keep.bin"]]'
    fails 6 "'data/none' is in no source folder and in no package" fnctl package --why data/none
    fails 6 "'/etc/passwd' is in no source folder" fnctl package --why /etc/passwd
}

@test "package --why: a program in the project's own folder, and a library that no rule names" {
    succeeds fnctl init c --yes --name native
    succeeds fnctl package --why handler.c
    [[ $output == *"everything: built in 'an ELF program in the project's own folder goes in alone' leaves it out"*"left out" ]]
    succeeds fnctl package --why lib
    [[ $output == *"in: "*"layer"*"lib/"*"needed by"* ]]
    succeeds fnctl package --why "$(jq -r .functions.zip.handler fnctl.json)"
    [[ $output == *"in: 1 file"*"bootstrap  (handler)" ]]
}

@test "package: a pattern of include that matches nothing is a warning" {
    python_project api '{ "include": ["data/", "*.cvs", "venv/x"] }'
    mkdir data venv
    touch venv/x
    succeeds fnctl package
    [[ $stderr == *"warning: function 'api': include[1] '*.cvs' matches nothing in '.'"* ]]
    same "$(grep -c warning <<<"$stderr")" 1
}

@test "package: what cannot be read is an error that says what, unless it is left out" {
    [ "$(id -u)" = 0 ] || skip "needs root, to become somebody else"
    chmod 755 "$T" "$WORK"
    python_project api
    mkdir -m 700 closed
    mkdir -m 744 names
    touch closed/x names/y
    mkdir -m 777 "$T/out"
    fails 6 "cannot read the folder '*closed': Permission denied: make it readable, or exclude it" \
        as_nobody "$FNCTL" package --output "$T/out"
    echo closed >.fnctlignore
    fails 6 "cannot read '*names/y': Permission denied" as_nobody "$FNCTL" package --output "$T/out"
    printf 'closed\nnames\n' >.fnctlignore
    touch secret && chmod 600 secret
    fails 6 "cannot read '*secret': Permission denied" as_nobody "$FNCTL" package --output "$T/out"
    printf 'closed\nnames\nsecret\n' >.fnctlignore
    succeeds as_nobody "$FNCTL" package --output "$T/out"
    same "$(ls -A "$T/out")" api.zip
    jq '.functions.api.include = ["data/"]' fnctl.json >new.json && mv new.json fnctl.json && chmod 644 fnctl.json
    succeeds as_nobody "$FNCTL" package --output "$T/out"
}

@test "package: pipes, devices, links out, to nothing and in circles, names that no zip has" {
    python_project api
    mkfifo queue
    fails 6 "'*queue' is a pipe, which cannot be packaged: exclude it" fnctl package
    rm queue
    if mknod disk b 7 99 2>/dev/null; then
        fails 6 "'*disk' is a device, which cannot be packaged: exclude it" fnctl package
        rm disk
    fi
    ln -s /etc/passwd out
    fails 6 "the symbolic link '*out' leads to '/etc/passwd', outside of the source folder" fnctl package
    ln -sf gone out
    fails 6 "the symbolic link '*out' leads to 'gone', which does not exist" fnctl package
    ln -sf out gone
    fails 6 "leads in a circle, by '" fnctl package
    rm out gone
    touch "$(printf 'a\377')"
    fails 6 "the name '*a\\\\xff' is not UTF-8: rename or exclude it" fnctl package
    echo 'a?' >.fnctlignore
    succeeds fnctl package
}

@test "sizes: told before the upload, with the limit in view, by package, check, deploy and update" {
    aws_on_engine
    python_project api
    succeeds fnctl package prod
    [[ $stderr == *"api: "*" B zipped; "*" B of 262.1 MB unzipped (0 %)" ]]
    succeeds fnctl check prod
    [[ $output == "api: "*" B zipped; "*" B of 262.1 MB unzipped (0 %)" ]]
    succeeds fnctl deploy prod --json
    same "$(jq -c '.packages.api | [.layer, .unzipped, .unzipped_limit, .other_layers, .largest]' <<<"$output")" \
        "[null,$(stat -c %s main.py),262144000,0,[]]"
    [[ $stderr == *"api: "*" B zipped; "*" B of 262.1 MB unzipped (0 %)"* ]]

    truncate -s 210000000 big
    jq '.functions.api.layers = ["arn:aws:lambda:us-east-1:123456789012:layer:theirs:1"]' fnctl.json >new.json && mv new.json fnctl.json
    echo new.json >.fnctlignore
    succeeds fnctl check prod
    [[ $output == "api: "*"; 210.0 MB of 262.1 MB unzipped (80 %), without 1 other layer, not measured" ]]
    [[ $stderr == *"warning: function 'api' is near the limit of what may be unzipped; its largest files: big (210.0 MB), main.py ("* ]]
    succeeds fnctl package prod --json
    same "$(jq -c '.functions.api.largest[0]' <<<"$output")" '{"path":"big","size":210000000,"in":"function"}'

    truncate -s 262144000 big
    faults
    fails 6 "the unzipped code of function 'api' has 262.1 MB (26214*), at most 262.1 MB (262144000 bytes) are allowed: exclude*its 1 other layer comes on top; the largest files are*262.1 MB  big" \
        fnctl update prod
    same "$(requests)" 0
}
