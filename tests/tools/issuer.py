"""An issuer of tokens, as OpenID Connect has them: discovery document and key set on loopback, and
tokens (JWT, RS256) signed with its key.

    issuer.py FOLDER serve          writes FOLDER/port when it listens, and makes its key
    issuer.py FOLDER token CLAIMS   prints a token with these claims (JSON); iss is the issuer's own

Other words in CLAIMS are about the token itself: "_kid" names another key, "_alg" another
algorithm, "_spoil" breaks the signature.
"""

import base64
import hashlib
import http.server
import json
import os
import random
import sys


def encode(data):
    return base64.urlsafe_b64encode(data).rstrip(b"=").decode()


def number(value):
    return encode(value.to_bytes((value.bit_length() + 7) // 8, "big"))


def is_prime(candidate):
    odd, twos = candidate - 1, 0
    while odd % 2 == 0:
        odd, twos = odd // 2, twos + 1
    for _ in range(20):
        power = pow(random.randrange(2, candidate - 1), odd, candidate)
        if power in (1, candidate - 1):
            continue
        for _ in range(twos - 1):
            power = power * power % candidate
            if power == candidate - 1:
                break
        else:
            return False
    return True


def prime(bits):
    while True:
        candidate = random.getrandbits(bits) | 1 | 3 << (bits - 2)
        if candidate % 65537 != 1 and is_prime(candidate):
            return candidate


def make_key():
    p, q = prime(512), prime(512)
    return {"n": p * q, "d": pow(65537, -1, (p - 1) * (q - 1))}


def sign(key, data):
    # RFC 8017, 9.2: SHA-256's prefix and the digest, filled up.
    digest = bytes.fromhex("3031300d060960864801650304020105000420") + hashlib.sha256(data).digest()
    size = (key["n"].bit_length() + 7) // 8
    block = b"\x00\x01" + b"\xff" * (size - len(digest) - 3) + b"\x00" + digest
    return pow(int.from_bytes(block, "big"), key["d"], key["n"]).to_bytes(size, "big")


def token(folder, claims):
    with open(os.path.join(folder, "key")) as file:
        key = json.load(file)
    with open(os.path.join(folder, "port")) as file:
        claims.setdefault("iss", f"http://127.0.0.1:{file.read()}")
    header = {"alg": claims.pop("_alg", "RS256"), "kid": claims.pop("_kid", "first"), "typ": "JWT"}
    spoil = claims.pop("_spoil", False)
    text = encode(json.dumps(header).encode()) + "." + encode(json.dumps(claims).encode())
    signature = bytearray(sign(key, text.encode()))
    signature[0] ^= 1 if spoil else 0
    return text + "." + encode(bytes(signature))


class Handler(http.server.BaseHTTPRequestHandler):
    def do_GET(self):
        base = f"http://127.0.0.1:{self.server.server_port}"
        answers = {
            "/.well-known/openid-configuration": {"issuer": base, "jwks_uri": f"{base}/keys"},
            "/keys": {
                "keys": [
                    {"kty": "EC", "kid": "first"},
                    {"kty": "RSA", "kid": "first", "n": number(self.server.key["n"]), "e": "AQAB"},
                ]
            },
        }
        body = json.dumps(answers.get(self.path, {})).encode()
        self.send_response(200 if self.path in answers else 404)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, *arguments):
        pass


def serve(folder):
    os.makedirs(folder, exist_ok=True)
    server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    server.key = make_key()
    with open(os.path.join(folder, "key"), "w") as file:
        json.dump(server.key, file)
    with open(os.path.join(folder, "port.new"), "w") as file:
        file.write(str(server.server_port))
    os.rename(os.path.join(folder, "port.new"), os.path.join(folder, "port"))
    server.serve_forever()


if sys.argv[2] == "serve":
    serve(sys.argv[1])
else:
    print(token(sys.argv[1], json.loads(sys.argv[3])))
