# The WSGI adapter, by its own unit tests in Python, and on the engine.

load helper

@test "the WSGI adapter conforms to PEP 3333 and to the payload formats" {
    python=/usr/bin/python3
    [ -x "$python" ] || python=python3
    PYTHONDONTWRITEBYTECODE=1 run "$python" -W error::ResourceWarning "$BATS_TEST_DIRNAME/../fixtures/wsgi/test_wsgi_adapter.py"
    echo "$output"
    [ "$status" -eq 0 ]
}

@test "WSGI on the engine: paths, links, cookies, uploads, binary answers" {
    cat >app.py <<'PY'
import flask
app = flask.Flask(__name__)

@app.route("/hello/<name>")
def hello(name):
    return flask.jsonify(name=name, cookies=flask.request.cookies, query=flask.request.args.get("q"))

@app.route("/login")
def login():
    answer = flask.redirect(flask.url_for("hello", name="Jürgen"))
    answer.set_cookie("a", "1")
    answer.set_cookie("b", "2")
    return answer

@app.route("/reverse", methods=["POST"])
def reverse():
    return flask.Response(flask.request.get_data()[::-1], mimetype="application/octet-stream")
PY
    succeeds fnctl init --yes
    jq '.functions.web.url = true' fnctl.json >"$T/fnctl.json" && cp "$T/fnctl.json" fnctl.json
    succeeds fnctl deploy
    succeeds fnctl status --json
    for url in "$(jq -r .api <<<"$output")" "$(jq -r '.functions[0].url' <<<"$output")"; do
        answers_as_it_should "${url%/}"
    done
}

answers_as_it_should() {
    local url=$1
    [[ $url == http://127.0.0.1:*/_fnctl/* ]]
    head -c 100000 /dev/urandom >"$T/data"
    same "$(curl -sS "$url/hello/J%C3%BCrgen%2541?q=%C3%A9+%26" | jq -c '[.name, .query]')" '["Jürgen%41","é &"]'
    same "$(curl -sS -L -c "$T/jar" -b "$T/jar" "$url/login" | jq -c '[.name, .cookies]')" '["Jürgen",{"a":"1","b":"2"}]'
    curl -sS --data-binary @"$T/data" "$url/reverse" >"$T/once"
    curl -sS --data-binary @"$T/once" -H 'content-type: application/octet-stream' "$url/reverse" | cmp - "$T/data"
    rm "$T/jar"
}
