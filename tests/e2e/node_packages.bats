# Node.js packages: node_modules in the source, installed into the layer, or taken to it.

load helper

# npm without a network, and a project with a package as an archive, one as a folder of the source
# with an own requirement, one beside it, and one for development.
project() {
    # npm 9.2, which Debian has, copies folders that are required, and then looks for what they require
    # in the wrong place; other versions link them, unless told otherwise.
    export npm_config_offline=true npm_config_update_notifier=false npm_config_cache=$T/npm npm_config_install_links=false
    mkdir -p "my app/vendor/folder" "my app/vendor/packed/package" beside
    cd "my app" || return 1
    echo '{"name": "packed", "version": "1.0.0", "main": "p.js"}' >vendor/packed/package/package.json
    echo 'module.exports = "packed";' >vendor/packed/package/p.js
    tar -C vendor/packed -czf vendor/packed.tgz package
    echo '{"name": "folder", "version": "1.0.0", "exports": "./f.mjs", "dependencies": {"packed": "file:../packed.tgz"}}' >vendor/folder/package.json
    echo 'import packed from "packed"; export default `folder with ${packed}`;' >vendor/folder/f.mjs
    echo '{"name": "beside", "version": "1.0.0"}' >../beside/package.json
    echo 'module.exports = "beside";' >../beside/index.js
    cat >package.json <<'JSON'
{ "name": "app", "version": "1.0.0", "scripts": { "prepare": "exit 3" },
  "dependencies": { "folder": "file:vendor/folder", "packed": "file:vendor/packed.tgz", "beside": "file:../beside" },
  "devDependencies": { "dev": "file:vendor/packed/package" } }
JSON
    npm install --package-lock-only --ignore-scripts >/dev/null 2>&1
    cat >index.mjs <<'JS'
import folder from 'folder';
import beside from 'beside';
import { createRequire } from 'node:module';
const require = createRequire(import.meta.url);
export const handler = async () => [folder, beside, require.resolve('packed'), process.env.NODE_PATH];
JS
    configure "$@"
}

configure() {
    settings f '{ "runtime": "nodejs22.x", "handler": "index.handler", "exclude": ["vendor/"], "node_modules": "install" }' "$@"
}

listed() {
    fnctl package "$1" --list --json |
        jq -r '.functions.f | (.files[] | "\(.in) \(.path)"), (.left_out[] | "out \(.path)")'
}

@test "npm ci installs into the layer without development packages; ES modules and require() find them there" {
    project
    succeeds fnctl deploy
    [[ $stderr == *"installing the Node.js packages of"*"with npm"* ]]
    [[ $stderr == *"the project's own script 'prepare' is not run"* ]]
    [[ $stderr == *"created layer"* ]]
    succeeds fnctl invoke f
    same "$(jq -c '.[:2]' <<<"$output")" '["folder with packed","beside"]'
    [[ $(jq -r '.[2]' <<<"$output") == */nodejs/node_modules/packed/p.js ]]
    [[ $(jq -r '.[3]' <<<"$output") == */nodejs/node22/node_modules:*/nodejs/node_modules:*/node_modules:*:* ]]
    # Nothing of the user's was touched.
    [ ! -e node_modules ]
    [ ! -e vendor/folder/node_modules ]
    [ ! -e ../beside/node_modules ]

    PATH=$(dirname "$FNCTL"):/usr/bin:/bin succeeds fnctl deploy
    [[ $stderr == *"nothing to change"* ]]
    [[ $stderr != *installing* ]]
    echo '// more' >>index.mjs
    succeeds fnctl deploy
    [[ $stderr != *"created layer"* ]]
    [[ $stderr != *installing* ]]
    echo 'module.exports = "changed";' >../beside/index.js
    succeeds fnctl deploy
    [[ $stderr == *installing*"created layer"* ]]
    succeeds fnctl invoke f
    same "$(jq -r '.[1]' <<<"$output")" changed
}

@test "what goes in: packages, links as what they lead to, no ballast" {
    project
    mkdir -p vendor/packed/package/{test,lib,__tests__} vendor/folder/test
    (cd vendor/packed/package && touch test/a.js lib/a.d.ts lib/a.js.map lib/map.map __tests__/b.js)
    tar -C vendor/packed -czf vendor/packed.tgz package
    echo 'export default 1;' >vendor/folder/test/main.mjs
    jq '.exports = {".": {"import": "./f.mjs"}, "./test": "./test/main.mjs"}' vendor/folder/package.json >new.json
    mv new.json vendor/folder/package.json
    rm package-lock.json
    npm install --package-lock-only --ignore-scripts >/dev/null 2>&1
    same "$(listed prod)" "$(printf '%s\n' 'function index.mjs' 'function package-lock.json' 'function package.json' \
        'layer nodejs/node_modules/beside/index.js' 'layer nodejs/node_modules/beside/package.json' \
        'layer nodejs/node_modules/folder/f.mjs' 'layer nodejs/node_modules/folder/package.json' \
        'layer nodejs/node_modules/folder/test/main.mjs' \
        'layer nodejs/node_modules/packed/lib/map.map' 'layer nodejs/node_modules/packed/p.js' 'layer nodejs/node_modules/packed/package.json' \
        'out nodejs/node_modules/.package-lock.json' 'out nodejs/node_modules/packed/__tests__/' \
        'out nodejs/node_modules/packed/lib/a.d.ts' 'out nodejs/node_modules/packed/lib/a.js.map' 'out nodejs/node_modules/packed/test/')"
}

@test "node_modules stays in the source by default, or moves to the layer as it is" {
    project '{ "node_modules": "source" }'
    succeeds fnctl package prod
    [[ $stderr == *"package.json names packages, but there is no './node_modules'"* ]]
    mkdir -p node_modules/{own,@aws-sdk/client-s3,@smithy/core,typescript/lib,.bin}
    touch node_modules/own/{index.js,index.d.ts} node_modules/{@aws-sdk/client-s3,@smithy/core}/index.js node_modules/typescript/lib/lib.d.ts
    ln -s ../own/index.js node_modules/.bin/own
    succeeds fnctl package prod
    [[ $stderr != *warning* ]]
    listed prod | grep -x 'function node_modules/own/index.d.ts'
    [ ! -e .fnctl/package/f-layer.zip ]

    configure '{ "node_modules": "layer" }'
    same "$(listed prod | grep -v '^function')" "$(printf '%s\n' 'layer nodejs/node_modules/.bin/own' \
        'layer nodejs/node_modules/own/index.js' 'layer nodejs/node_modules/typescript/lib/lib.d.ts' \
        'out nodejs/node_modules/@aws-sdk/' 'out nodejs/node_modules/@smithy/' 'out nodejs/node_modules/own/index.d.ts')"
    listed dev | grep -x 'layer nodejs/node_modules/@aws-sdk/client-s3/index.js'
    # Before 18 the runtime finds no ES module in a layer.
    configure '{ "node_modules": "layer", "runtime": "nodejs16.x", "runtime_packages": "keep" }'
    listed prod | grep -x 'function node_modules/@smithy/core/index.js'
    configure '{ "node_modules": "layer", "layer": false }'
    listed prod | grep -x 'function node_modules/own/index.js'
}

@test "on a full disk npm leaves files cut short: an error, though npm ends with 0" {
    project
    head -c 4000000 /dev/zero >vendor/packed/package/large
    tar -C vendor/packed -czf vendor/packed.tgz package
    rm vendor/packed/package/large package-lock.json
    npm install --package-lock-only --ignore-scripts >/dev/null 2>&1
    mkdir .fnctl
    unshare -rm mount -t tmpfs tmpfs .fnctl 2>/dev/null || skip "no file system can be mounted here"
    fails 6 "npm could not write every file" unshare -rm sh -c \
        'mount -t tmpfs -o size=2m tmpfs .fnctl && "$1" package prod; status=$?; ls .fnctl/dependencies; exit $status' - "$FNCTL"
    [[ $stderr == *TAR_ENTRY_ERROR* ]]
    [ -z "$output" ]
    succeeds fnctl package prod
}

@test "no lock file, no npm, a lock file out of step, no node_modules: each is said, and nothing half stays" {
    project
    jq '.dependencies.missing = "^1.0.0"' package.json >new.json
    mv new.json package.json
    fails 6 "brings package.json and its lock file in step" fnctl package prod
    mkdir "$T/bin"
    ln -s "$(command -v node)" "$T/bin/node"
    fails 6 "npm is not in PATH" env PATH="$T/bin" "$FNCTL" package prod
    [ -z "$(ls .fnctl/dependencies)" ]
    rm package-lock.json
    fails 6 "there is no package-lock.json" fnctl package prod
    echo '{' >package.json
    fails 6 "cannot read './package.json'" fnctl package prod
    rm package.json
    fails 6 "there is no package.json" fnctl package prod
    configure '{ "node_modules": "layer" }'
    fails 6 "there is no './node_modules'" fnctl package prod
}
