# Folders that are not as one expects: read-only, elsewhere, below; archives that bring more than code.

load helper

# as_nobody COMMAND...: without the rights of root, which may write everywhere.
as_nobody() {
    setpriv --reuid=65534 --regid=65534 --clear-groups "$@" 3>&- 4>&-
}

@test "init: a template brings no hooks for git" {
    python_project mine
    mkdir -p mine/.git/hooks && mv main.py fnctl.json mine/ && touch mine/.git/hooks/pre-commit
    tar -czf "$T/mine.tar.gz" mine
    rm -r mine
    git init -q .
    succeeds fnctl init --template "$T/mine.tar.gz" --yes
    [ -f main.py ]
    [ ! -e .git/hooks/pre-commit ]
}

@test "package: a project that must not be written to goes into another folder" {
    [ "$(id -u)" = 0 ] || skip "needs root, to become somebody else"
    python_project sealed
    mkdir "$T/out" && chmod 777 "$T/out" && chmod 755 "$T" "$WORK"
    succeeds as_nobody "$FNCTL" package --output "$T/out"
    same "$output" "$T/out/sealed.zip  $(stat -c %s "$T/out/sealed.zip") B, $(stat -c %s main.py) B unzipped, 1 file"
    fails 1 "cannot make the folder '.fnctl': Permission denied" as_nobody "$FNCTL" package
}

@test "package: the project is found from below, and from elsewhere" {
    python_project deep
    mkdir -p below/here && cd below/here
    succeeds fnctl package
    same "${output%% *}" "$WORK/.fnctl/package/deep.zip"
    cd "$WORK/.."
    succeeds fnctl package -s work/fnctl.json
    same "${output%% *}" "work/.fnctl/package/deep.zip"
    cd "$WORK"
    succeeds fnctl package
    same "${output%% *}" ".fnctl/package/deep.zip"
    succeeds fnctl package --json --output "$(printf 'odd\377')"
    same "$(jq -r .functions.deep.function.path <<<"$output")" 'odd\xff/deep.zip'
}
