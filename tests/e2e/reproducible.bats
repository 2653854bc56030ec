# The same source gives the same bytes, whatever else is different about the machine.

load helper

# build_program: $T/built/bot, a program, and $T/built/libgreet.so, which it needs from beside it.
build_program() {
    mkdir "$T/built"
    echo 'int greet(void) { return 0; }' >"$T/built/greet.c"
    echo 'int greet(void); int main(void) { return greet(); }' >"$T/built/main.c"
    (cd "$T/built" && cc -shared -fPIC -Wl,-soname,libgreet.so -o libgreet.so greet.c &&
        cc -o bot main.c -L. -lgreet -Wl,-rpath,'$ORIGIN/../vendor')
}

# make_project FOLDER [SEED]: always the same files; made in an order and dated as SEED says.
make_project() {
    mkdir -p "$1" && python3 - "$1" "$T/built" "${2:-1}" <<'PY'
import os, random, shutil, sys
folder, built, seed = sys.argv[1:]
os.chdir(folder)
fixed, chance = random.Random(0), random.Random(int(seed))
files = {f"app/data/{number % 7}/file {number}": fixed.randbytes(number * 40) for number in range(300)}
files["app/large"] = b"".join(b"%d\n" % fixed.randrange(1 << 30) for _ in range(400_000)) + fixed.randbytes(1 << 20)
files["app/\u00fcml\u00e4ut/\u65e5\u672c"] = files["app/I i"] = files["app/i"] = b"names that languages sort apart"
files["app/empty"] = b""
paths = list(files) + ["app/bot", "app/run.sh", "app/link", "vendor/libgreet.so"]
chance.shuffle(paths)
for path in paths:
    os.makedirs(os.path.dirname(path), exist_ok=True)
    name = os.path.basename(path)
    if name in ("bot", "libgreet.so"):
        shutil.copyfile(os.path.join(built, name), path)
    elif name == "link":
        os.symlink("data/1/file 1", path)
    else:
        open(path, "wb").write(files.get(path, b"#!/bin/sh\n"))
    if name in ("bot", "run.sh"):
        os.chmod(path, 0o777 & ~os.umask(os.umask(0)))
    when = chance.randrange(10**9, 2 * 10**9)
    os.utime(path, (when, when), follow_symlinks=False)
PY
    (cd "$1" && settings f '{ "runtime": "provided.al2023", "handler": "bot", "source": "app" }')
}

# sums FOLDER: of both zips; the settings' name for them is that of the file.
sums() {
    [ -s "$1/.fnctl/package/f.zip" ] && [ -s "$1/.fnctl/package/f-layer.zip" ] &&
        (cd "$1/.fnctl/package" && sha256sum f.zip f-layer.zip)
}

# packages_same FOLDER [COMMAND...]: `fnctl package` in FOLDER, run by COMMAND, gives $WANTED.
packages_same() {
    local folder=$1
    shift
    (cd "$folder" && "$@" "$FNCTL" package --quiet 3>&- 4>&-)
    same "$(sums "$folder")" "$WANTED"
}

# first_machine: WANTED is what comes of $T/first, of which the tests make others.
first_machine() {
    build_program
    (umask 022 && make_project "$T/first")
    (cd "$T/first" && succeeds fnctl package --json &&
        jq -r '.functions.f | .function.sha256, .layer.sha256' <<<"$output" >"$T/told")
    WANTED=$(sums "$T/first")
    # What fnctl says of the zips is true.
    same "$(cat "$T/told")" "$(cd "$T/first/.fnctl/package" && for zip in f.zip f-layer.zip; do
        openssl dgst -sha256 -binary $zip | base64
    done)"
}

# one_processor COMMAND...: with one of those that there are.
one_processor() {
    python3 -c 'import os, sys
os.sched_setaffinity(0, {min(os.sched_getaffinity(0))})
os.execvp(sys.argv[1], sys.argv[1:])' "$@"
}

# other_file_system: a new folder on one of another type than that of $T.
other_file_system() {
    local folder
    for folder in /dev/shm "$ROOT/build" /tmp "$HOME"; do
        if [ -w "$folder" ] && [ "$(stat -f -c %T "$folder")" != "$(stat -f -c %T "$T")" ]; then
            mktemp -d "$folder/fnctl-e2e.XXXXXX"
            return
        fi
    done
}

@test "reproducible: another content gives other bytes" {
    first_machine
    make_project "$T/second" && chmod -x "$T/second/app/run.sh"
    run packages_same "$T/second"
    [ "$status" -eq 1 ]
    make_project "$T/third" && echo >>"$T/third/app/large"
    run packages_same "$T/third"
    [ "$status" -eq 1 ]
}

@test "reproducible: order, dates, umask, time zone, language, folder, processors" {
    first_machine
    make_project "$T/order" 2
    packages_same "$T/order"
    make_project "$T/umask" && chmod -R go= "$T/umask" && umask 077
    packages_same "$T/umask"
    umask 000
    make_project "$T/another folder, ümläut" 3
    packages_same "$T/another folder, ümläut" env TZ=Asia/Tokyo LC_ALL=C.UTF-8
    rm -r "$T/another folder, ümläut/.fnctl"
    packages_same "$T/another folder, ümläut" env TZ=America/New_York LANG=tr_TR.UTF-8 LC_ALL=
    make_project "$T/one"
    packages_same "$T/one" one_processor
}

@test "reproducible: another user, another file system" {
    first_machine
    elsewhere=$(other_file_system)
    [ -n "$elsewhere" ] || skip "there is one file system here"
    make_project "$elsewhere/there" 4
    if [ "$(id -u)" = 0 ]; then
        chown -R 65534:65534 "$elsewhere" && chmod 755 "$T"
        as_other="setpriv --reuid=65534 --regid=65534 --clear-groups env HOME=$elsewhere"
    fi
    # shellcheck disable=SC2086
    run packages_same "$elsewhere/there" ${as_other:-env}
    rm -rf "$elsewhere"
    echo "$output"
    [ "$status" -eq 0 ]
}

@test "reproducible: what earlier packages left, of other contents and of other dates" {
    first_machine
    make_project "$T/earlier" 5
    cd "$T/earlier"
    echo more >>app/data/1/file\ 1
    mv app/data/2 app/data/aside
    rm app/empty
    chmod +x "app/data/3/file 3"
    fnctl package --quiet
    cd "$WORK"
    rm -r "$T/earlier/app" && make_project "$T/earlier" 6
    packages_same "$T/earlier"
    find "$T/earlier/app" -exec touch -h -d 2001-02-03 {} +
    packages_same "$T/earlier"
}
