"""In front of moto: domain names of API Gateway get what AWS gives them, and moto does not, the name
and the hosted zone that DNS records lead to.

    regional.py FOLDER HOST:PORT

FOLDER/port is the port it listens on, once it does.
"""

import http.client
import http.server
import json
import os
import sys


class Handler(http.server.BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"

    def forward(self):
        body = self.rfile.read(int(self.headers.get("Content-Length") or 0))
        upstream = http.client.HTTPConnection(sys.argv[2])
        upstream.request(self.command, self.path, body, dict(self.headers))
        answer = upstream.getresponse()
        data = answer.read()
        if self.path.startswith("/v2/domainnames") and b"domainNameConfigurations" in data:
            document = json.loads(data)
            for item in document["domainNameConfigurations"]:
                item["apiGatewayDomainName"] = "d-0123456789.execute-api.us-east-1.amazonaws.com"
                item["hostedZoneId"] = "Z1UJRXOUMOOFQ8"
                item["domainNameStatus"] = "AVAILABLE"
            data = json.dumps(document).encode()
        self.send_response(answer.status)
        for name, value in answer.getheaders():
            if name.lower() not in ("content-length", "connection", "transfer-encoding"):
                self.send_header(name, value)
        self.send_header("Content-Length", str(len(data)))
        self.end_headers()
        self.wfile.write(data)

    do_GET = do_POST = do_PUT = do_PATCH = do_DELETE = forward

    def log_message(self, *arguments):
        pass


server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Handler)
with open(os.path.join(sys.argv[1], "port.new"), "w") as file:
    file.write(str(server.server_port))
os.rename(os.path.join(sys.argv[1], "port.new"), os.path.join(sys.argv[1], "port"))
server.serve_forever()
