"""Serves a WSGI app (PEP 3333) on AWS Lambda.

fnctl puts this file into the package as fnctl_wsgi.py, beside fnctl_app.json, which names the app
as {"app": "module.object"}. It takes the events of HTTP APIs and function URLs (payload format
2.0) and of REST APIs and load balancers (format 1.0). The app finds the event and the context in
its environ as `aws.event` and `aws.context`.

Environment: FNCTL_BASE_PATH, the path below which the app is mounted ("/v1"), becomes SCRIPT_NAME.
"""

import base64
import importlib
import io
import json
import os
import sys
from urllib.parse import quote_plus, unquote_to_bytes

TEXT_TYPES = {
    "application/graphql",
    "application/javascript",
    "application/json",
    "application/x-javascript",
    "application/x-ndjson",
    "application/x-www-form-urlencoded",
    "application/xml",
    "application/yaml",
}

DEFAULT_PORTS = {"http": "80", "https": "443"}

# What fnctl's local engine calls itself. Its addresses have a prefix, which links need; AWS never
# has such a domain name, so no client can set the prefix there.
LOCAL_HOSTS = {"127.0.0.1", "localhost"}


def load_app(folder):
    """The app that fnctl_app.json in `folder` names."""
    with open(os.path.join(folder, "fnctl_app.json"), encoding="utf-8") as file:
        name = json.load(file)["app"]
    module_name, _, object_name = name.rpartition(".")
    try:
        module = importlib.import_module(module_name)
    except ImportError as error:
        # The runtime cuts off the traceback of an ImportError, which says where the import is.
        message = "cannot import '%s' of the app '%s': %s" % (module_name, name, error)
        raise RuntimeError(message).with_traceback(error.__traceback__) from None
    app = getattr(module, object_name, None)
    if not callable(app):
        what = "has no object" if app is None else "has a %s, not a WSGI app, in" % type(app).__name__
        raise RuntimeError(
            "cannot serve the app '%s': module '%s' %s '%s'; set \"app\" in fnctl.json to "
            "\"module.object\"" % (name, module_name, what, object_name)
        )
    return app


class Request:
    """What both payload formats say of a request, in one form."""

    def __init__(self, event):
        self.event = event
        self.about = event.get("requestContext") or {}
        self.prefix = ""
        if "http" in self.about:
            self._read_format_2()
        elif "httpMethod" in event:
            self._read_format_1()
        else:
            raise ValueError(not_http(event))
        body = event.get("body") or ""
        self.body = base64.b64decode(body) if event.get("isBase64Encoded") else body.encode("utf-8")

    def _read_format_2(self):
        http = self.about["http"]
        self.method = http["method"]
        self.address = http.get("sourceIp", "")
        self.protocol = http.get("protocol", "HTTP/1.1")
        self.query = self.event.get("rawQueryString", "")
        self.headers = [(name, str(value)) for name, value in self.event.get("headers", {}).items()]
        if self.event.get("cookies"):
            self.headers = [item for item in self.headers if item[0].lower() != "cookie"]
            self.headers.append(("cookie", "; ".join(self.event["cookies"])))
        path = self.event.get("rawPath") or "/"
        domain = self.about.get("domainName", "")
        local = domain.rsplit(":", 1)[0] in LOCAL_HOSTS
        if local:
            self.prefix = self.header("x-forwarded-prefix", "")
        # Function URLs send the path as the client did; HTTP APIs have decoded it already.
        encoded = ".lambda-url." in domain or self.prefix.startswith("/_fnctl/url/")
        self.path = unquote_to_bytes(path) if encoded else path.encode("utf-8")

    def _read_format_1(self):
        event = self.event
        self.method = event["httpMethod"]
        self.address = self.about.get("identity", {}).get("sourceIp", "")
        self.protocol = self.about.get("protocol", "HTTP/1.1")
        self.path = unquote_to_bytes(event.get("path") or "/")
        # A load balancer hands the query on as it was sent, a REST API decodes it.
        quote = str if "elb" in self.about else quote_plus
        pairs = many(event, "multiValueQueryStringParameters", "queryStringParameters")
        self.query = "&".join("%s=%s" % (quote(name), quote(value)) for name, value in pairs)
        self.headers = many(event, "multiValueHeaders", "headers")
        if not self.address:
            self.address = self.header("x-forwarded-for", "").split(",")[0].strip()

    def header(self, name, fallback=None):
        return next((value for key, value in self.headers if key.lower() == name), fallback)


def many(event, plural, singular):
    """The (name, value) pairs of a map of lists, or else of a map of strings."""
    if event.get(plural):
        return [(name, str(value)) for name, values in event[plural].items() for value in values]
    return [(name, str(value)) for name, value in (event.get(singular) or {}).items()]


def not_http(event):
    """What to say of an event that is no HTTP request."""
    what = "an event with " + ", ".join(sorted(event)[:8]) if event else "an empty event"
    if event.get("detail-type") == "Scheduled Event" or event.get("source") == "aws.scheduler":
        what = "a scheduled event"
    return (
        "this function serves a web app, but it was invoked with %s, which is no HTTP request; "
        "give schedules and other events a function of their own with a \"handler\" in fnctl.json" % what
    )


def native(text):
    """Text as PEP 3333 wants it: each character stands for one byte."""
    try:
        text.encode("latin-1")
        return text
    except UnicodeEncodeError:
        return text.encode("utf-8").decode("latin-1")


def split_base_path(path):
    """(SCRIPT_NAME, PATH_INFO) of a decoded path."""
    base = native("/" + os.environ.get("FNCTL_BASE_PATH", "").strip("/"))
    path = path.decode("latin-1")
    if base != "/" and (path == base or path.startswith(base + "/")):
        return base, path[len(base) :]
    return "", path


def make_environ(request, context):
    script_name, path_info = split_base_path(request.path)
    scheme = request.header("x-forwarded-proto", "https")
    host, _, port = (request.header("host") or request.about.get("domainName", "")).partition(":")
    environ = {
        "REQUEST_METHOD": request.method,
        "SCRIPT_NAME": native(request.prefix) + script_name,
        "PATH_INFO": path_info,
        "QUERY_STRING": native(request.query),
        "SERVER_NAME": host or "localhost",
        "SERVER_PORT": request.header("x-forwarded-port") or port or DEFAULT_PORTS.get(scheme, "443"),
        "SERVER_PROTOCOL": request.protocol,
        "REMOTE_ADDR": request.address,
        "wsgi.version": (1, 0),
        "wsgi.url_scheme": scheme,
        "wsgi.input": io.BytesIO(request.body),
        "wsgi.errors": sys.stderr,
        "wsgi.multithread": False,
        "wsgi.multiprocess": True,
        "wsgi.run_once": False,
        "aws.event": request.event,
        "aws.context": context,
    }
    add_headers(environ, request.headers)
    if request.body:
        environ["CONTENT_LENGTH"] = str(len(request.body))
    return environ


def add_headers(environ, headers):
    for name, value in headers:
        # X_Y would be taken for X-Y; the body is no longer chunked when it gets here.
        if "_" in name or name.lower() == "transfer-encoding":
            continue
        key = name.upper().replace("-", "_")
        if key not in ("CONTENT_TYPE", "CONTENT_LENGTH"):
            key = "HTTP_" + key
        separator = "; " if key == "HTTP_COOKIE" else ","
        environ[key] = environ[key] + separator + native(value) if key in environ else native(value)


class Response:
    """Collects what the app answers: the server's side of PEP 3333."""

    def __init__(self):
        self.status = None
        self.headers = []
        self.body = io.BytesIO()

    def start(self, status, headers, exc_info=None):
        if exc_info:
            try:
                if self.body.tell():
                    raise exc_info[1].with_traceback(exc_info[2])
            finally:
                exc_info = None  # a cycle of traceback and frame would keep both alive
        elif self.status:
            raise AssertionError("the app called start_response twice without exc_info")
        self.status = status
        self.headers = list(headers)
        return self.write

    def write(self, data):
        if not self.status:
            raise AssertionError("the app sent data before it called start_response")
        self.body.write(data)

    def run(self, app, environ):
        result = app(environ, self.start)
        try:
            for data in result:
                self.write(data)
        finally:
            if hasattr(result, "close"):
                result.close()
        if not self.status:
            raise AssertionError("the app returned without calling start_response")

    def header(self, name):
        return next((value for key, value in self.headers if key.lower() == name), "")


def is_text(response):
    """Whether the body may travel as text; everything else travels as base64."""
    if response.header("content-encoding").lower() not in ("", "identity"):
        return False
    kind = response.header("content-type").split(";")[0].strip().lower()
    return kind.startswith("text/") or kind in TEXT_TYPES or kind.endswith(("+json", "+xml"))


def encode_body(response):
    """(body, isBase64Encoded)."""
    body = response.body.getvalue()
    if not body or is_text(response):
        try:
            return body.decode("utf-8"), False
        except UnicodeDecodeError:
            pass  # text in another charset: its bytes must arrive as they are
    return base64.b64encode(body).decode("ascii"), True


def make_answer(request, response):
    body, encoded = ("", False) if request.method == "HEAD" else encode_body(response)
    answer = {
        "statusCode": int(response.status.split(" ", 1)[0]),
        "body": body,
        "isBase64Encoded": encoded,
    }
    if "http" in request.about:
        cookies = [value for name, value in response.headers if name.lower() == "set-cookie"]
        if cookies:
            answer["cookies"] = cookies
        answer["headers"] = joined(item for item in response.headers if item[0].lower() != "set-cookie")
        return answer
    if "elb" in request.about:
        answer["statusDescription"] = response.status
    # A load balancer reads the one or the other, as it sends the one or the other.
    if request.event.get("multiValueHeaders") is None:
        answer["headers"] = joined(response.headers)
    else:
        answer["multiValueHeaders"] = listed(response.headers)
    return answer


def listed(headers):
    """{name: [values]}, names compared without case."""
    spelling, values = {}, {}
    for name, value in headers:
        name = spelling.setdefault(name.lower(), name)
        values.setdefault(name, []).append(value)
    return values


def joined(headers):
    """{name: "value, value"}."""
    return {name: ", ".join(values) for name, values in listed(headers).items()}


def respond(app, event, context):
    """The answer of `app` to an event. What the app raises goes through, for the runtime to log."""
    request = Request(event)
    response = Response()
    response.run(app, make_environ(request, context))
    return make_answer(request, response)


# Imported with this module, that is, while the runtime starts: its time is not the first request's,
# and a failure is reported as one of the start.
app = load_app(os.path.dirname(os.path.abspath(__file__)))


def handler(event, context):
    return respond(app, event, context)
