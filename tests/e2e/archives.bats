# Archives of fnctl are what every other program takes for an archive, with what is in the tree.

load helper

# A Python function `f` of all that is in the folder app.
function_of_app() {
    settings f '{ "runtime": "python3.13", "handler": "main.handler", "source": "app", "include": ["**"] }'
    printf 'def handler(event, context):\n    return {}\n' >app/main.py
}

# Who reads archives, each with a command that tests one.
READERS='unzip|unzip -tqq
7z|7z t -bso0 -bsp0
Python|python_reads
libarchive|bsdtar -xOf
libzip|libzip_reads'

python_reads() {
    python3 -c 'import sys, zipfile; sys.exit(zipfile.ZipFile(sys.argv[1]).testzip())' "$1"
}

# With -t zipcmp reads the contents and compares their checksums.
libzip_reads() {
    zipcmp -q -t "$1" "$1"
}

# reads COMMAND ZIP: how the command ends. Some say what is wrong and succeed all the same.
reads() {
    local said
    # shellcheck disable=SC2086
    said=$($1 "$2" 2>&1 >/dev/null </dev/null) && [ -z "$said" ]
}

# accepted ZIP: by all of them.
accepted() {
    local name command
    while IFS='|' read -r name command; do
        reads "$command" "$1" || {
            echo "$name does not accept $1"
            return 1
        }
    done <<<"$READERS"
}

# unpacks_to_tree ZIP TREE: by two programs that share no code.
unpacks_to_tree() {
    (
        umask 022
        mkdir "$T/unzipped" "$T/untarred"
        unzip -qq "$1" -d "$T/unzipped"
        bsdtar -xf "$1" -C "$T/untarred"
    ) || return 1
    python3 "$ROOT/tests/tools/same_tree.py" "$2" "$T/unzipped" &&
        python3 "$ROOT/tests/tools/same_tree.py" "$2" "$T/untarred"
}

@test "archives: a tree with all that is odd is accepted by all, and unpacks to itself" {
    python3 "$ROOT/tests/tools/tricky_tree.py" app
    function_of_app
    succeeds fnctl package
    zip=.fnctl/package/f.zip
    accepted "$zip"
    unpacks_to_tree "$zip" app
    # Sorted by the bytes of the path, without folders, extra fields, comments or data descriptors.
    python3 - "$zip" <<'PY'
import sys, zipfile
entries = zipfile.ZipFile(sys.argv[1]).infolist()
names = [entry.filename.encode() for entry in entries]
assert names == sorted(names) and len(names) == len(set(names)), names
assert not any(name.endswith(b"/") for name in names)
for entry in entries:
    assert entry.date_time == (1980, 1, 1, 0, 0, 0), entry
    assert not entry.extra and not entry.comment and not entry.flag_bits & 8, entry
    assert entry.flag_bits & 0x800 or entry.filename.isascii(), entry
PY
}

@test "archives: the readers notice what is wrong, and so does the comparison" {
    mkdir app && seq 1 5000 >app/numbers.txt && ln -s numbers.txt app/link
    function_of_app
    succeeds fnctl package
    zip=.fnctl/package/f.zip
    accepted "$zip"
    python3 - "$zip" "$T/flipped.zip" "$T/cut.zip" <<'PY'
import sys
data = bytearray(open(sys.argv[1], "rb").read())
open(sys.argv[3], "wb").write(data[: len(data) // 2])
data[data.index(b"numbers.txt", data.index(b"main.py")) + 2000] ^= 0x10
open(sys.argv[2], "wb").write(data)
PY
    while IFS='|' read -r name command; do
        for spoiled in "$T/flipped.zip" "$T/cut.zip"; do
            ! reads "$command" "$spoiled" || {
                echo "$name accepts $spoiled"
                return 1
            }
        done
    done <<<"$READERS"

    unpacks_to_tree "$zip" app
    for change in 'echo >>numbers.txt' 'chmod +x main.py' 'ln -sf main.py link' 'rm main.py' 'touch more' \
        'sed -i 1s/1/2/ numbers.txt'; do
        rm -rf "$T/changed" && cp -a app "$T/changed"
        (cd "$T/changed" && eval "$change")
        run python3 "$ROOT/tests/tools/same_tree.py" app "$T/changed"
        [ "$status" -eq 1 ] || {
            echo "not noticed: $change"
            return 1
        }
    done
}

@test "archives: 70,000 files, more than the first format of zip can count" {
    python3 - <<'PY'
import os
for folder in range(70):
    os.makedirs(f"app/{folder:02}")
    for number in range(1000):
        with open(f"app/{folder:02}/{number}", "w") as file:
            file.write(str(number))
PY
    function_of_app
    succeeds fnctl package --json
    same "$(jq .functions.f.function.entries <<<"$output")" 70001
    accepted .fnctl/package/f.zip
    python3 - .fnctl/package/f.zip <<'PY'
import sys, zipfile
archive = zipfile.ZipFile(sys.argv[1])
wanted = {f"{folder:02}/{number}": str(number).encode() for folder in range(70) for number in range(1000)}
have = {name: archive.read(name) for name in archive.namelist() if name != "main.py"}
assert have == wanted
PY
}
