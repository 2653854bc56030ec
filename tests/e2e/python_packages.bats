# Python packages in the layer: `requirements`.

load helper

start() {
    python_with_pip
    MINOR=$(/usr/bin/python3 -c 'import sys; print(sys.version_info[1])')
    MACHINE=$(uname -m)
}

# project SETTING...: a function `f` with `requirements`, stages dev, prod and arm.
project() {
    printf 'import greeting\n\n\ndef handler(event, context):\n    return [greeting.TEXT, greeting.__file__]\n' >app.py
    echo greeting >requirements.txt
    settings f '{ "runtime": "python3.13", "handler": "app.handler", "requirements": "requirements.txt" }' "$@"
    jq '.stages.arm = { provider: "aws", functions: { f: { architecture: "arm64" } } }' fnctl.json >new.json
    mv new.json fnctl.json
}

# From now on each run of python3 leaves a line in $T/runs.
watch_tool() {
    mv "$T/bin/python3" "$T/bin/real"
    printf '#!/bin/sh\necho run >>"%s/runs"\nexec "%s/bin/real" "$@"\n' "$T" "$T" >"$T/bin/python3"
    chmod +x "$T/bin/python3"
    : >"$T/runs"
}

# listed STAGE: the paths of layer and function, and what was left out, as "layer python/x".
listed() {
    fnctl package "$1" --list --json |
        jq -r '.functions.f | (.files[] | "\(.in) \(.path)"), (.left_out[] | "out \(.path)")' | grep -v dist-info/
}

@test "a package from requirements is imported out of the layer; nothing changed runs no tool and uploads nothing" {
    start
    wheel greeting 1.0 py3-none-any greeting.py='TEXT = "hello"'
    project '{ "runtime": "python3.'"$MINOR"'" }'
    watch_tool
    succeeds fnctl deploy
    [[ $stderr == *"installing the Python packages of 'requirements.txt' for Python 3.$MINOR on $MACHINE with pip"* ]]
    [[ $stderr == *"created layer f-dev-f"* ]]
    succeeds fnctl invoke f
    [ "$(jq -r '.[0]' <<<"$output")" = hello ]
    [[ $(jq -r '.[1]' <<<"$output") == */python/greeting.py ]]
    [[ $(jq -r '.[1]' <<<"$output") != */site-packages/* ]]
    [ "$(wc -l <"$T/runs")" -eq 1 ]

    succeeds fnctl deploy
    [[ $stderr == *"nothing to change"* ]]
    echo '# another line' >>app.py
    succeeds fnctl deploy
    [[ $stderr == *"updated function"* ]]
    [[ $stderr != *"created layer"* ]]
    [ "$(wc -l <"$T/runs")" -eq 1 ]

    wheel greeting 2.0 py3-none-any greeting.py='TEXT = "good day"'
    echo 'greeting>=2' >requirements.txt
    succeeds fnctl deploy
    [[ $stderr == *"created layer"* ]]
    [ "$(wc -l <"$T/runs")" -eq 2 ]
    succeeds fnctl invoke f
    [ "$(jq -r '.[0]' <<<"$output")" = "good day" ]
}

@test "wheels and conditions are those of the target, whatever Python runs pip" {
    start
    wheel greeting 1.0 py3-none-any greeting.py= 'requires=newer; python_version >= "3.13"' \
        'requires=older; python_version < "3.13"' 'requires=arm; platform_machine == "aarch64"' \
        'requires=intel; platform_machine == "x86_64"'
    wheel newer 1.0 cp313-cp313-manylinux_2_34_x86_64 newer.py=x86
    wheel newer 1.0 cp313-cp313-manylinux_2_28_aarch64 newer.py=arm
    wheel older 1.0 cp311-cp311-manylinux2014_x86_64 older.py=
    wheel arm 1.0 py3-none-any arm.py=
    wheel intel 1.0 py3-none-any intel.py=
    project
    same "$(listed prod | grep '^layer')" "$(printf 'layer python/%s\n' greeting.py intel.py newer.py)"
    unzip -p .fnctl/package/f-layer.zip python/newer.py | grep -x x86
    same "$(listed arm | grep '^layer')" "$(printf 'layer python/%s\n' arm.py greeting.py newer.py)"
    unzip -p .fnctl/package/f-layer.zip python/newer.py | grep -x arm
    # Amazon Linux 2 of python3.11 has glibc 2.26: the wheel for 2.34 does not run there.
    project '{ "runtime": "python3.11" }'
    same "$(listed prod | grep '^layer')" "$(printf 'layer python/%s\n' greeting.py intel.py older.py)"
    wheel older 2.0 cp311-cp311-manylinux_2_27_x86_64 older.py=
    echo older==2.0 >requirements.txt
    fails 6 "No matching distribution found for older==2.0" fnctl package prod
    wheel older 2.0 cp311-abi3-manylinux_2_26_x86_64 older.py=
    succeeds fnctl package prod
}

@test "without a layer the packages are in the function zip, where the source's own files win" {
    start
    wheel greeting 1.0 py3-none-any greeting.py='TEXT = "theirs"' shared/a.py= shared/b.py=
    project '{ "layer": false }'
    mkdir shared
    echo own >shared/a.py
    same "$(listed prod)" "$(printf '%s\n' 'function app.py' 'function greeting.py' 'function shared/a.py' 'function shared/b.py' 'out shared/a.py')"
    unzip -p .fnctl/package/f.zip shared/a.py | grep -x own
    [ ! -e .fnctl/package/f-layer.zip ]
}

@test "pyproject.toml: its dependencies, and what it lacks" {
    start
    wheel greeting 1.0 py3-none-any greeting.py='TEXT = "hello"'
    project '{ "requirements": "pyproject.toml" }'
    rm requirements.txt
    printf '[project]\nname = "x"\nversion = "1"\ndependencies = ["greeting>=1"]\n' >pyproject.toml
    same "$(listed prod)" "$(printf '%s\n' 'function app.py' 'layer python/greeting.py')"
    printf '[project]\nname = "x"\ndynamic = ["dependencies"]\n' >pyproject.toml
    fails 6 ".dependencies are dynamic: only a build tells them" fnctl package prod
    printf '[tool.x]\na = 1\n' >pyproject.toml
    fails 6 ".dependencies" fnctl package prod
    [ -z "$(find .fnctl/dependencies -name '*.*' -maxdepth 1)" ]
}

@test "what changes the requirements: files included, wheels named; a comment elsewhere does not" {
    start
    wheel greeting 1.0 py3-none-any greeting.py=
    wheel extra 1.0 py3-none-any extra.py=
    project
    mkdir more
    printf -- '-r \\\n  more/base.txt\n--constraint=limits.txt # why\n' >requirements.txt
    echo greeting >more/base.txt
    echo 'greeting<2' >limits.txt
    watch_tool
    succeeds fnctl package prod
    succeeds fnctl package prod
    [ "$(wc -l <"$T/runs")" -eq 1 ]
    echo extra >>more/base.txt
    succeeds fnctl package prod
    [ "$(wc -l <"$T/runs")" -eq 2 ]
    echo 'greeting<3' >limits.txt
    succeeds fnctl package prod
    [ "$(wc -l <"$T/runs")" -eq 3 ]
    echo "$T/wheels/greeting-1.0-py3-none-any.whl" >requirements.txt
    succeeds fnctl package prod
    succeeds fnctl package prod
    [ "$(wc -l <"$T/runs")" -eq 4 ]
    wheel greeting 1.0 py3-none-any greeting.py= b.py=
    [ "$(listed prod | grep -c layer)" -eq 2 ]
    [ "$(wc -l <"$T/runs")" -eq 5 ]
    echo '-r gone.txt' >requirements.txt
    fails 6 "cannot read 'gone.txt'" fnctl package prod
}

@test "no tool, no pip, no network, no file: each is said, and nothing half stays" {
    start
    project
    fails 6 "No matching distribution found for greeting" fnctl package prod
    [[ $stderr == *"python3 -m pip wheel"* ]]
    PIP_NO_INDEX=0 PIP_INDEX_URL=http://127.0.0.1:1/simple PIP_RETRIES=1 \
        fails 5 "check the network" fnctl package prod
    printf '#!/bin/sh\nexec /usr/bin/python3 -I -S "$@"\n' >"$T/bin/python3"
    fails 6 "has no pip: install uv or pip" fnctl package prod
    mkdir "$T/empty"
    fails 6 "neither uv nor python3 is in PATH" env PATH="$T/empty" "$FNCTL" package prod
    [ -z "$(ls .fnctl/dependencies)" ]
    rm requirements.txt
    fails 6 "the requirements 'requirements.txt' of function 'f' do not exist" fnctl package prod
    settings f '{ "runtime": "nodejs22.x", "handler": "app.handler", "requirements": "r.txt" }'
    fails 3 "'requirements' is for python runtimes only" fnctl check
}

@test "check installs nothing, but says so" {
    start
    wheel greeting 1.0 py3-none-any greeting.py=
    project
    succeeds fnctl check prod
    [[ $stderr == *"are not installed yet"* ]]
    [ ! -e .fnctl/dependencies ]
    succeeds fnctl package prod
    succeeds fnctl check prod
    [[ $output == *"f: "*", layer "* ]]
}

@test "Ctrl-C while packages are installed ends with 130 and leaves nothing; two runs at once agree" {
    start
    wheel greeting 1.0 py3-none-any greeting.py=
    project
    mv "$T/bin/python3" "$T/bin/real"
    printf '#!/bin/sh\necho $$ >"%s/started"\nsleep 30\n' "$T" >"$T/bin/python3"
    chmod +x "$T/bin/python3"
    in_background "$FNCTL" package prod
    local pid=$! ended=0
    wait_for test -s "$T/started"
    kill -TERM $pid
    wait $pid || ended=$?
    same "$ended" 130
    [ -z "$(ls .fnctl/dependencies)" ]
    mv "$T/bin/real" "$T/bin/python3"
    in_background "$FNCTL" package prod --output one
    succeeds fnctl package prod --output two
    wait $!
    cmp one/f-layer.zip two/f-layer.zip
    [ "$(ls .fnctl/dependencies | wc -l)" -eq 1 ]
}

@test "ballast stays out, and what is read at run time goes in" {
    start
    wheel greeting 1.0 py3-none-any greeting/__init__.py= greeting/tests/test_a.py= greeting/sub/tests/__init__.py= \
        greeting/sub/__init__.py= greeting/a.pyi= greeting/a.pyc= greeting/a.py= greeting/sole.pyc= \
        greeting/tests.py= entry_points.txt='[console_scripts]
greet = greeting:main' requires=helper requires=boto3
    wheel helper 1.0 py3-none-any helper/__init__.py='from helper.tests.tool import run' helper/tests/tool.py='run = 1'
    wheel boto3 1.40 py3-none-any boto3/__init__.py= requires='botocore<1.41,>=1.40'
    wheel botocore 1.40 py3-none-any botocore/__init__.py= botocore/docs/__init__.py=
    project '{ "exclude": ["docs/"] }'
    same "$(listed prod)" "$(printf '%s\n' 'function app.py' \
        'layer python/greeting/__init__.py' 'layer python/greeting/a.py' 'layer python/greeting/a.pyi' \
        'layer python/greeting/sole.pyc' 'layer python/greeting/sub/__init__.py' 'layer python/greeting/tests.py' \
        'layer python/helper/__init__.py' 'layer python/helper/tests/tool.py' 'out python/bin/greet' \
        'out python/boto3/' 'out python/botocore/' 'out python/greeting/a.pyc' 'out python/greeting/sub/tests/' \
        'out python/greeting/tests/')"
    succeeds fnctl package prod --list
    [[ $output == *"left out  python/boto3/  (in the runtime: '/python/boto3/')"* ]]
    [[ $output == *"left out  python/greeting-1.0.dist-info/RECORD"* ]]
    [[ $output == *"layer     python/greeting-1.0.dist-info/METADATA"* ]]
    [[ $output == *"layer     python/greeting-1.0.dist-info/entry_points.txt"* ]]
    succeeds fnctl package prod --list --why python/greeting/tests
    [[ $output == *"  left out"$'\n'*"left out  python/greeting/tests/  (ballast 'tests/')"* ]]

    # Asked for, required in a certain version, or on the engine, which has none: it goes in.
    project '{ "runtime_packages": "keep" }'
    listed prod | grep -x 'layer python/botocore/docs/__init__.py'
    project
    listed dev | grep -x 'layer python/boto3/__init__.py'
    wheel aiobotocore 2.0 py3-none-any aiobotocore.py= requires='botocore<1.41.1,>=1.40.0'
    echo aiobotocore >>requirements.txt
    listed prod | grep -x 'layer python/botocore/__init__.py'

    # Patterns that start with the layer's folder decide in it.
    project '{ "include": ["python/greeting/tests/"], "exclude": ["python/helper/"] }'
    listed prod | grep -x 'layer python/greeting/tests/test_a.py'
    listed prod | grep -x 'out python/helper/'
}

@test "an existing virtual environment or site-packages folder goes in as it is, for the right Python" {
    start
    project '{ "runtime": "python3.13", "requirements": "my env" }'
    mkdir -p 'my env/lib/python3.13/site-packages'
    echo 'version = 3.13.1' >'my env/pyvenv.cfg'
    (cd 'my env/lib/python3.13/site-packages' && mkdir -p greeting-1.0.dist-info pip setuptools wheel pip-24.dist-info grüße &&
        touch greeting.py pip/a.py setuptools/a.py wheel/a.py grüße/a.py &&
        printf 'Name: greeting\nRequires-Dist: setuptools>=60\n\nRequires-Dist: wheel\n' >greeting-1.0.dist-info/METADATA &&
        touch __editable__.other-1.0.pth && ln -s greeting.py alias.py && ln -s /nowhere broken && ln -s ../../../../app.py linked.py)
    succeeds fnctl package prod
    [[ $stderr == *"'__editable__.other-1.0.pth' in 'my env/lib/python3.13/site-packages' leads to a folder elsewhere"* ]]
    same "$(listed prod)" "$(printf '%s\n' 'function app.py' 'function requirements.txt' 'layer python/__editable__.other-1.0.pth' \
        'layer python/alias.py' 'layer python/greeting.py' 'layer python/grüße/a.py' 'layer python/linked.py' \
        'layer python/setuptools/a.py' 'out python/broken' 'out python/pip/' 'out python/wheel/')"
    rm 'my env/lib/python3.13/site-packages/'*.pth
    project '{ "requirements": "my env", "runtime": "python3.12" }'
    fails 6 "the virtual environment 'my env' is for Python 3.13, and function 'f' runs on Python 3.12" fnctl package prod
    project '{ "requirements": "my env/lib/python3.13/site-packages", "runtime": "python3.12" }'
    fails 6 "are for Python 3.13, and function 'f' runs on Python 3.12" fnctl package prod
    project '{ "requirements": "my env/lib/python3.13/site-packages" }'
    succeeds fnctl package prod
    touch 'my env/lib/python3.13/site-packages/fast.cpython-312-x86_64-linux-gnu.so'
    fails 6 "fast.cpython-312-x86_64-linux-gnu.so' is for Python 3.12, and the function runs on Python 3.13" fnctl package prod
    rm -r 'my env'
    mkdir nothing
    project '{ "requirements": "nothing" }'
    fails 6 "no Python package is installed in 'nothing'" fnctl package prod
}

@test "uv is preferred, and told the target" {
    # A stand-in: no distribution packages uv. It records how it is called and installs one file.
    start
    project
    cat >"$T/bin/uv" <<'SH'
#!/bin/sh
printf '%s\n' "$@" >"$0.arguments"
[ -z "$UV_FAIL" ] || { echo "error: Failed to fetch: https://index.invalid/simple/greeting/" >&2; exit 2; }
while [ $# -gt 0 ]; do
    [ "$1" != --target ] || echo 'TEXT = 1' >"$2/greeting.py"
    shift
done
SH
    chmod +x "$T/bin/uv"
    same "$(listed prod | grep layer)" "layer python/greeting.py"
    same "$(sed 's/^\/.*\.fnctl.*/TARGET/; s/^\/.*requirements/REQUIREMENTS/' "$T/bin/uv.arguments" | tr '\n' ' ')" \
        "pip install --no-progress --target TARGET --python-platform x86_64-manylinux_2_34 --python-version 3.13 --only-binary :all: --requirement REQUIREMENTS.txt "
    listed arm
    grep -x aarch64-manylinux_2_34 "$T/bin/uv.arguments"
    project '{ "runtime": "python3.11" }'
    listed prod
    grep -x x86_64-manylinux_2_17 "$T/bin/uv.arguments"
    UV_FAIL=1 fails 5 "uv ended with status 2" fnctl package prod
}
