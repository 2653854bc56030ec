"""Runs a Python handler: asks the Lambda Runtime API for events and hands back results.

Started by the engine as `python3 bootstrap.py LAYERS` with Lambda's environment variables;
LAYERS is the folder of the layers, /opt.
https://docs.aws.amazon.com/lambda/latest/dg/python-handler.html
"""
import importlib
import json
import logging
import os
import socket
import struct
import sys
import time
from decimal import Decimal

API = os.environ["AWS_LAMBDA_RUNTIME_API"]
TASK_ROOT = os.environ["LAMBDA_TASK_ROOT"]
JSON_LOGS = os.environ.get("AWS_LAMBDA_LOG_FORMAT", "").upper() == "JSON"
INVOCATION = "/2018-06-01/runtime/invocation/"

request_id = None


class Log:
    """Events of several lines, as frames on standard output: the engine's function_log.h."""

    PIECE = 4096 - 16

    def __init__(self):
        self.fd = os.dup(1)

    def event(self, text):
        flush()
        data = text.encode("utf-8", "replace")
        now = int(time.time() * 1000000)
        pieces = [data[i:i + self.PIECE] for i in range(0, len(data), self.PIECE)]
        for index, piece in enumerate(pieces):
            kind = 0xA55A0003 if index == len(pieces) - 1 else 0xA55A0002
            frame = struct.pack(">IIQ", kind, len(piece), now) + piece
            while True:
                try:
                    os.write(self.fd, frame)
                    break
                except BlockingIOError:
                    time.sleep(0.001)


def flush():
    for stream in (sys.stdout, sys.stderr):
        try:
            stream.flush()
        except (OSError, ValueError):
            pass


class Connection:
    """As much HTTP as the Runtime API needs: the standard client takes longer to load than to use."""

    def __init__(self, address):
        host, _, port = address.partition(":")
        self.host = address
        self.peer = (host, int(port or 80))
        self.stream = None

    def open(self):
        connection = socket.create_connection(self.peer)
        connection.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        self.stream = connection.makefile("rwb")
        connection.close()

    def send(self, method, path, headers, body):
        if self.stream is None:
            self.open()
        lines = ["%s %s HTTP/1.1" % (method, path), "Host: " + self.host]
        lines += ["%s: %s" % item for item in headers.items()]
        if method == "POST":
            lines.append("Content-Length: %d" % len(body))
        self.stream.write("\r\n".join(lines).encode("latin-1", "replace") + b"\r\n\r\n" + body)
        self.stream.flush()

    def receive(self):
        status = self.stream.readline().split(None, 2)
        if len(status) < 2:
            raise ConnectionError("the Runtime API closed the connection")
        headers = {}
        while True:
            line = self.stream.readline().rstrip(b"\r\n")
            if not line:
                break
            name, _, value = line.partition(b":")
            headers[name.strip().lower().decode("latin-1")] = value.strip().decode("utf-8", "replace")
        body = self.stream.read(int(headers.get("content-length", 0)))
        return int(status[1]), headers, body

    def call(self, method, path, headers=None, body=b""):
        for attempt in (1, 2):
            try:
                self.send(method, path, headers or {}, body)
                return self.receive()
            except (OSError, ValueError):
                # A kept connection may have been closed while the handler ran.
                self.stream = None
                if attempt == 2:
                    raise
        raise AssertionError


class Identity:
    cognito_identity_id = None
    cognito_identity_pool_id = None


class Client:
    def __init__(self, values):
        for name in ("installation_id", "app_title", "app_version_name", "app_version_code",
                     "app_package_name"):
            setattr(self, name, (values or {}).get(name))


class ClientContext:
    def __init__(self, values):
        self.client = Client(values.get("client"))
        self.custom = values.get("custom")
        self.env = values.get("env")


class Context:
    def __init__(self, headers):
        self.aws_request_id = headers["lambda-runtime-aws-request-id"]
        self.invoked_function_arn = headers.get("lambda-runtime-invoked-function-arn")
        self.function_name = os.environ.get("AWS_LAMBDA_FUNCTION_NAME")
        self.function_version = os.environ.get("AWS_LAMBDA_FUNCTION_VERSION")
        self.memory_limit_in_mb = os.environ.get("AWS_LAMBDA_FUNCTION_MEMORY_SIZE")
        self.log_group_name = os.environ.get("AWS_LAMBDA_LOG_GROUP_NAME")
        self.log_stream_name = os.environ.get("AWS_LAMBDA_LOG_STREAM_NAME")
        self.identity = Identity()
        self.client_context = None
        self._deadline = int(headers.get("lambda-runtime-deadline-ms", 0))
        if headers.get("lambda-runtime-client-context"):
            self.client_context = ClientContext(json.loads(headers["lambda-runtime-client-context"]))

    def get_remaining_time_in_millis(self):
        return max(0, self._deadline - int(time.time() * 1000))

    def log(self, message):
        sys.stdout.write(str(message))

    def __repr__(self):
        fields = ", ".join("%s=%s" % (name, value) for name, value in vars(self).items()
                           if not name.startswith("_"))
        return "LambdaContext([%s])" % fields


class Handler(logging.Handler):
    """The root logger's handler: Lambda's line, or an object with JSON logs."""

    def __init__(self, log):
        super().__init__()
        self.log = log
        formatter = logging.Formatter(
            "[%(levelname)s]\t%(asctime)s.%(msecs)03dZ\t%(aws_request_id)s\t%(message)s",
            "%Y-%m-%dT%H:%M:%S")
        formatter.converter = time.gmtime
        self.setFormatter(formatter)

    def render_json(self, record):
        stamp = time.strftime("%Y-%m-%dT%H:%M:%S", time.gmtime(record.created))
        line = {"timestamp": "%s.%03dZ" % (stamp, record.msecs), "level": record.levelname,
                "message": record.getMessage(), "logger": record.name}
        if record.exc_info and record.exc_info[0]:
            line["errorType"] = record.exc_info[0].__name__
            line["errorMessage"] = str(record.exc_info[1])
            line["stackTrace"] = stack(record.exc_info[2])
        if record.aws_request_id:
            line["requestId"] = record.aws_request_id
        return json.dumps(line, default=str, ensure_ascii=False)

    def emit(self, record):
        record.aws_request_id = request_id or ""
        try:
            text = self.render_json(record) if JSON_LOGS else self.format(record)
            self.log.event(text + "\n")
        except Exception:  # logging must not break what logs
            self.handleError(record)


def set_up_logging(log):
    logging.Formatter.converter = time.gmtime
    root = logging.getLogger()
    root.addHandler(Handler(log))
    if JSON_LOGS:
        level = os.environ.get("AWS_LAMBDA_LOG_LEVEL", "INFO")
        root.setLevel({"TRACE": "DEBUG", "FATAL": "CRITICAL"}.get(level, level))


def stack(trace):
    """The frames of the function's own code."""
    import traceback
    frames = [frame for frame in traceback.extract_tb(trace)
              if frame.filename not in (__file__, importlib.__file__)
              and not frame.filename.startswith("<frozen importlib")]
    return traceback.format_list(frames)


def error_of(kind, message, trace=None):
    return {"errorMessage": message, "errorType": kind, "requestId": request_id or "",
            "stackTrace": trace or []}


def log_error(log, error):
    if JSON_LOGS:
        line = dict(error, level="ERROR",
                    timestamp=time.strftime("%Y-%m-%dT%H:%M:%SZ", time.gmtime()))
        log.event(json.dumps(line, ensure_ascii=False) + "\n")
        return
    lines = ["[ERROR] %s: %s" % (error["errorType"], error["errorMessage"])]
    if error["stackTrace"]:
        lines.append("Traceback (most recent call last):")
        lines += [line for frame in error["stackTrace"] for line in frame.splitlines()]
    if request_id:
        lines.append("RequestId: " + request_id)
    log.event("\n".join(lines) + "\n")


class Unloadable(Exception):
    def __init__(self, kind, message, trace=None):
        super().__init__(message)
        self.error = error_of(kind, message, trace)


def load(name):
    """The handler "module.function", "package/module.function" or "package.module.function"."""
    module_name, dot, function = name.rpartition(".")
    if not dot or not module_name:
        raise Unloadable("Runtime.MalformedHandlerName",
                         "Bad handler '%s': it is not MODULE.FUNCTION" % name)
    try:
        module = importlib.import_module(module_name.replace("/", "."))
    except ImportError as error:
        raise Unloadable("Runtime.ImportModuleError", "Unable to import module '%s': %s"
                         % (module_name, error), stack(error.__traceback__))
    except SyntaxError as error:
        where = '  File "%s" Line %s\n    %s\n' % (error.filename, error.lineno,
                                                  (error.text or "").rstrip("\n"))
        raise Unloadable("Runtime.UserCodeSyntaxError", "Syntax error in module '%s': %s"
                         % (module_name, error), [where])
    if not hasattr(module, function):
        raise Unloadable("Runtime.HandlerNotFound", "Handler '%s' missing on module '%s'"
                         % (function, module_name))
    return getattr(module, function)


def encode(value):
    def other(item):
        if isinstance(item, Decimal):
            return float(item)
        raise TypeError("Object of type %s is not JSON serializable" % type(item).__name__)
    return json.dumps(value, default=other).encode()


def post_error(api, path, error):
    api.call("POST", path, {"Content-Type": "application/json",
                            "Lambda-Runtime-Function-Error-Type": error["errorType"]},
             json.dumps(error).encode())


def run(handler, headers, body):
    """Runs the handler; gives (result as bytes, None) or (None, error)."""
    try:
        event = json.loads(body or b"null")
    except ValueError as error:
        return None, error_of("Runtime.UnmarshalError", "Unable to unmarshal input: %s" % error)
    try:
        result = handler(event, Context(headers))
    except Exception as error:
        return None, error_of(type(error).__name__, str(error), stack(error.__traceback__))
    try:
        return encode(result), None
    except (TypeError, ValueError) as error:
        return None, error_of("Runtime.MarshalError", "Unable to marshal response: %s" % error)


def serve(api, log, handler):
    global request_id
    while True:
        status, headers, body = api.call("GET", INVOCATION + "next")
        if status != 200:
            sys.exit(1)
        request_id = headers["lambda-runtime-aws-request-id"]
        trace = headers.get("lambda-runtime-trace-id")
        if trace:
            os.environ["_X_AMZN_TRACE_ID"] = trace
        result, error = run(handler, headers, body)
        if error:
            log_error(log, error)
            post_error(api, INVOCATION + request_id + "/error", error)
        else:
            flush()
            api.call("POST", INVOCATION + request_id + "/response",
                     {"Content-Type": "application/json"}, result)


def main():
    layer = "python%d.%d" % sys.version_info[:2]
    layers = sys.argv[1]
    sys.path[0:1] = [TASK_ROOT, layers + "/python/lib/" + layer + "/site-packages",
                     layers + "/python"]
    log = Log()
    for stream in (sys.stdout, sys.stderr):
        stream.reconfigure(line_buffering=True, write_through=True, errors="backslashreplace")
    set_up_logging(log)
    api = Connection(API)
    try:
        handler = load(os.environ.get("_HANDLER", ""))
    except Unloadable as failure:
        error = failure.error
    except Exception as failure:
        error = error_of(type(failure).__name__, str(failure), stack(failure.__traceback__))
    else:
        serve(api, log, handler)
    log_error(log, error)
    post_error(api, "/2018-06-01/runtime/init/error", error)
    sys.exit(1)


if __name__ == "__main__":
    main()
