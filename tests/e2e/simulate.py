"""AWS's STS and IAM, as far as 'fnctl check --remote' asks them: simulate.py FOLDER [ACTION...]

Prints its port into FOLDER/port, keeps the forms it gets in FOLDER/forms, a JSON object a line. The
ACTIONs are denied, the others allowed; the one action "refuse" denies the simulation itself.
"""
import http.server
import json
import sys
import urllib.parse

folder, denied = sys.argv[1], set(sys.argv[2:])


def answer(form):
    if form["Action"] == "GetCallerIdentity":
        return 200, "<Arn>arn:aws:sts::123456789012:assumed-role/deployer/me</Arn><Account>123456789012</Account><UserId>me</UserId>"
    if form["Action"] == "GetRole":
        return 200, f"<Role><Arn>arn:aws:iam::123456789012:role/ci/{form['RoleName']}</Arn></Role>"
    if "refuse" in denied:
        return 403, "<Code>AccessDenied</Code><Message>not authorized to perform: iam:SimulatePrincipalPolicy</Message>"
    actions = [form[name] for name in sorted(form) if name.startswith("ActionNames.")]
    results = "".join(
        f"<member><EvalActionName>{action}</EvalActionName>"
        f"<EvalDecision>{'implicitDeny' if action in denied else 'allowed'}</EvalDecision></member>" for action in actions)
    return 200, f"<EvaluationResults>{results}</EvaluationResults><IsTruncated>false</IsTruncated>"


class Handler(http.server.BaseHTTPRequestHandler):
    def do_POST(self):
        body = self.rfile.read(int(self.headers["Content-Length"])).decode()
        form = dict(urllib.parse.parse_qsl(body))
        with open(folder + "/forms", "a") as file:
            file.write(json.dumps(form) + "\n")
        status, xml = answer(form)
        name = form["Action"]
        text = f"<{name}Response><{name}Result>{xml}</{name}Result></{name}Response>" if status == 200 else \
            f"<ErrorResponse><Error>{xml}</Error></ErrorResponse>"
        self.send_response(status)
        self.send_header("Content-Length", str(len(text)))
        self.end_headers()
        self.wfile.write(text.encode())

    def log_message(self, *_):
        pass


server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Handler)
with open(folder + "/port", "w") as port:
    port.write(str(server.server_address[1]))
server.serve_forever()
