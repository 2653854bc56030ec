"""What hands out AWS's credentials, all at one address of 127.0.0.1, for tests:
STS, IAM Identity Center (portal and OIDC), the metadata services of instances and
containers, GitHub's OIDC tokens. It shares no code with fnctl.

    identity.py FOLDER      writes FOLDER/port, and each request as a line to FOLDER/log

The secret of key ID is "secret-ID"; a key handed out comes with the token "token-ID", and
its ID says how it came about. Signatures are verified. FOLDER/faults has lines
"OPERATION STATUS CODE[ TIMES]" of what to refuse; FOLDER/lifetime the seconds that what is
handed out is valid; FOLDER/skew seconds that are added to the time it is valid until.
"""
import hashlib
import hmac
import http.server
import json
import os
import re
import sys
import threading
import time
import urllib.parse

folder = sys.argv[1]
lock = threading.Lock()
refused = {}
pending = {}


def read(name, default=""):
    try:
        with open(os.path.join(folder, name)) as file:
            return file.read().strip()
    except FileNotFoundError:
        return default


def iso(seconds):
    return time.strftime("%Y-%m-%dT%H:%M:%SZ", time.gmtime(seconds))


def lifetime():
    return int(read("lifetime", "3600"))


def signing_key(secret, date, region, service):
    key = ("AWS4" + secret).encode()
    for part in (date, region, service, "aws4_request"):
        key = hmac.new(key, part.encode(), hashlib.sha256).digest()
    return key


class Refusal(Exception):
    def __init__(self, status, code, message="no"):
        super().__init__(message)
        self.status, self.code, self.message = status, code, message


class Handler(http.server.BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    disable_nagle_algorithm = True

    def log_message(self, *arguments):
        pass

    def signer(self):
        """The key ID that signed the request, whose signature is right."""
        header = self.headers.get("Authorization", "")
        match = re.fullmatch(r"AWS4-HMAC-SHA256 Credential=([^/]+)/(\d+)/([^/]+)/([^/]+)/aws4_request, *"
                             r"SignedHeaders=([^,]+), *Signature=([0-9a-f]{64})", header)
        if not match:
            raise Refusal(403, "MissingAuthenticationToken")
        key, date, region, service, names, signature = match.groups()
        path, _, query = self.path.partition("?")
        canonical = "\n".join([self.command, path or "/", query]
                              + [f"{name}:{self.headers[name].strip()}" for name in names.split(";")]
                              + ["", names, hashlib.sha256(self.body).hexdigest()])
        text = "\n".join(["AWS4-HMAC-SHA256", self.headers["X-Amz-Date"], f"{date}/{region}/{service}/aws4_request",
                          hashlib.sha256(canonical.encode()).hexdigest()])
        wanted = hmac.new(signing_key("secret-" + key, date, region, service), text.encode(), hashlib.sha256)
        if not hmac.compare_digest(wanted.hexdigest(), signature):
            raise Refusal(403, "SignatureDoesNotMatch")
        token = self.headers.get("X-Amz-Security-Token")
        if token != ("token-" + key if key.startswith("ASIA") else None):
            raise Refusal(403, "InvalidClientTokenId", "the session token is not the key's")
        self.scope = f"{service}/{region}"
        return key

    def note(self, operation, **details):
        with lock, open(os.path.join(folder, "log"), "a") as log:
            log.write(operation + "".join(f" {name}={value}" for name, value in details.items()) + "\n")
        for line in read("faults").splitlines():
            name, status, code, *times = line.split()
            if name == operation:
                refused[line] = refused.get(line, 0) + 1
                if not times or refused[line] <= int(times[0]):
                    raise Refusal(int(status), code, f"{operation} was refused")

    def send(self, status, text, kind="application/json"):
        data = text if isinstance(text, bytes) else text.encode()
        self.send_response(status)
        self.send_header("Content-Type", kind)
        self.send_header("Content-Length", str(len(data)))
        self.end_headers()
        self.wfile.write(data)

    def handle_request(self):
        length = int(self.headers.get("Content-Length") or 0)
        self.body = self.rfile.read(length)
        self.xml = False
        try:
            answer = self.route()
            self.send(200, answer if isinstance(answer, (str, bytes)) else json.dumps(answer),
                      "text/xml" if self.xml else "application/json")
        except Refusal as refusal:
            if refusal.status == 0:
                self.close_connection = True
                return
            if self.path == "/token":
                oauth = re.sub("(?<!^)(?=[A-Z])", "_", refusal.code.removesuffix("Exception")).lower()
                self.send(refusal.status, json.dumps({"error": oauth, "error_description": refusal.message}))
            elif self.xml:
                self.send(refusal.status, "<ErrorResponse><Error><Type>Sender</Type>"
                          f"<Code>{refusal.code}</Code><Message>{refusal.message}</Message></Error></ErrorResponse>", "text/xml")
            else:
                self.send(refusal.status, json.dumps({"__type": refusal.code, "message": refusal.message}))

    do_GET = do_POST = do_PUT = handle_request

    def route(self):
        path, _, query = self.path.partition("?")
        query = dict(urllib.parse.parse_qsl(query))
        if path == "/" and self.command == "POST":
            self.xml = True
            return self.sts(dict(urllib.parse.parse_qsl(self.body.decode())))
        if path.startswith("/latest/"):
            return self.instance(path)
        if path.startswith("/container"):
            return self.container(path)
        if path == "/github":
            return self.github(query)
        if path == "/federation/credentials":
            return self.role_credentials(query)
        if path == "/logout":
            self.note("sso.Logout", token=self.headers.get("x-amz-sso_bearer_token"))
            return ""
        body = json.loads(self.body or b"{}")
        if path == "/client/register":
            return self.register(body)
        if path == "/device_authorization":
            return self.authorize(body)
        if path == "/token":
            return self.token(body)
        raise Refusal(404, "NotFound")

    # STS

    def sts(self, form):
        action = form["Action"]
        if action == "GetCallerIdentity":
            key = self.signer()
            self.note("sts.GetCallerIdentity", key=key, scope=self.scope)
            return self.result(action, f"<Arn>arn:aws:iam::123456789012:user/{key}</Arn><UserId>{key}</UserId>"
                                       "<Account>123456789012</Account>")
        if action == "AssumeRole":
            by = self.signer()
        elif action == "AssumeRoleWithWebIdentity":
            if self.headers.get("Authorization"):
                raise Refusal(400, "IncompleteSignature", "web identities sign nothing")
            by = form["WebIdentityToken"].removesuffix("-token")
        else:
            raise Refusal(400, "InvalidAction")
        name = re.sub("[^A-Za-z0-9-]", "-", form["RoleArn"].rpartition("/")[2])
        details = {name: value for name, value in form.items() if name not in ("Action", "Version")}
        self.note("sts." + action, by=by, **details)
        if form.get("SerialNumber") and form.get("TokenCode") != "123456":
            raise Refusal(403, "AccessDenied", "MultiFactorAuthentication failed with invalid MFA one time pass code.")
        key = f"ASIA-{name}-BY-{by.removeprefix('ASIA-')}"
        return self.result(action, f"<Credentials><AccessKeyId>{key}</AccessKeyId><SecretAccessKey>secret-{key}</SecretAccessKey>"
                                   f"<SessionToken>token-{key}</SessionToken>"
                                   f"<Expiration>{iso(time.time() + lifetime())}</Expiration></Credentials>"
                                   f"<AssumedRoleUser><Arn>arn:aws:sts::123456789012:assumed-role/{name}/x</Arn>"
                                   "<AssumedRoleId>x</AssumedRoleId></AssumedRoleUser>")

    def result(self, action, inner):
        return (f'<{action}Response xmlns="https://sts.amazonaws.com/doc/2011-06-15/"><{action}Result>{inner}</{action}Result>'
                f"<ResponseMetadata><RequestId>1</RequestId></ResponseMetadata></{action}Response>")

    # Metadata services

    def keys(self, key, **more):
        return {"AccessKeyId": key, "SecretAccessKey": "secret-" + key, "Token": "token-" + key,
                "Expiration": iso(time.time() + lifetime() + int(read("skew", "0"))), **more}

    def instance(self, path):
        if path == "/latest/api/token":
            self.note("imds.Token", method=self.command, ttl=self.headers.get("X-aws-ec2-metadata-token-ttl-seconds"))
            if self.command != "PUT":
                raise Refusal(405, "MethodNotAllowed")
            return "imds-token"
        if self.headers.get("X-aws-ec2-metadata-token") != "imds-token":
            raise Refusal(401, "Unauthorized")
        name = path.rpartition("/")[2]
        self.note("imds.Role" if name else "imds.Roles")
        if not name:
            return "instance-role\n"
        return self.keys("ASIA-" + name, Code="Success", Type="AWS-HMAC")

    def container(self, path):
        self.note("container", path=path, authorization=self.headers.get("Authorization"))
        return self.keys("ASIA-container")

    def github(self, query):
        self.note("github", audience=query.get("audience"), authorization=self.headers.get("Authorization"))
        return {"count": 1, "value": "github-token"}

    # IAM Identity Center

    def role_credentials(self, query):
        token = self.headers.get("x-amz-sso_bearer_token")
        self.note("sso.GetRoleCredentials", token=token, **query)
        if token not in read("tokens", "sso-token").split():
            raise Refusal(401, "UnauthorizedException", "Session token not found or invalid")
        key = f"ASIA-{query['role_name']}-{query['account_id']}"
        return {"roleCredentials": {"accessKeyId": key, "secretAccessKey": "secret-" + key, "sessionToken": "token-" + key,
                                    "expiration": int((time.time() + lifetime()) * 1000)}}

    def register(self, body):
        self.note("oidc.RegisterClient", type=body.get("clientType"), scopes="+".join(body.get("scopes", [])))
        return {"clientId": "client", "clientSecret": "client-secret", "clientSecretExpiresAt": int(time.time()) + 86400}

    def authorize(self, body):
        self.note("oidc.StartDeviceAuthorization", client=body["clientId"], url=body["startUrl"])
        pending["device"] = int(read("pending", "1"))
        return {"deviceCode": "device", "userCode": "ABCD-EFGH", "verificationUri": "https://device.example.com/",
                "verificationUriComplete": "https://device.example.com/?user_code=ABCD-EFGH",
                "expiresIn": int(read("device_lifetime", "600")), "interval": int(read("interval", "1"))}

    def token(self, body):
        grant = body["grantType"].rpartition(":")[2]
        self.note("oidc.CreateToken", grant=grant, client=body["clientId"], secret=body["clientSecret"])
        if grant == "device_code":
            pending["device"] -= 1
            if pending["device"] >= 0:
                raise Refusal(400, "AuthorizationPendingException")
        elif body.get("refreshToken") != "refresh-token":
            raise Refusal(400, "InvalidGrantException", "the refresh token is not known")
        return {"accessToken": "sso-token", "expiresIn": lifetime(), "refreshToken": "refresh-token", "tokenType": "Bearer"}


class Server(http.server.ThreadingHTTPServer):
    daemon_threads = True
    request_queue_size = 128


def main():
    server = Server(("127.0.0.1", 0), Handler)
    open(os.path.join(folder, "log"), "w").close()
    with open(os.path.join(folder, "port.new"), "w") as file:
        file.write(str(server.server_address[1]))
    os.rename(os.path.join(folder, "port.new"), os.path.join(folder, "port"))
    server.serve_forever()


main()
