"""Compares recorded exchanges with AWS's own service models, as botocore carries them.

    check_wire.py WIRE [--requests | --answers] [--secret KEY] [--operations]

WIRE           what tests/tools/proxy.py recorded: requests of fnctl, answers of an engine
--requests     looks at the requests alone
--answers      looks at the answers alone, and at requests of any client
--secret KEY   computes each signature again, with botocore's signer
--operations   lists the operations that were seen instead, with how often

Says a line for each kind of difference, with an example; the status is 1 when there are any, and 3
when botocore is missing.
"""

import argparse
import base64
import collections
import json
import sys

try:
    import botocore.session
    import wire_answer
    import wire_request
except ImportError as reason:
    if "botocore" not in str(reason):
        raise
    print("botocore is not installed")
    sys.exit(3)

SERVICES = {
    "lambda": "lambda",
    "apigateway": "apigatewayv2",
    "scheduler": "scheduler",
    "logs": "logs",
    "iam": "iam",
    "sts": "sts",
    "ssm": "ssm",
    "secretsmanager": "secretsmanager",
    "cloudformation": "cloudformation",
    "s3": "s3",
    "acm": "acm",
    "route53": "route53",
    "monitoring": "cloudwatch",
    "sqs": "sqs",
}


class Message:
    """A recorded request or answer: its line's words, its headers, its body."""

    def __init__(self, recorded):
        lines = base64.b64decode(recorded["head"]).decode("latin-1").split("\r\n")
        self.line = lines[0].split(" ", 2)
        self.pairs = [
            (name.strip().lower(), value.strip())
            for name, _, value in (line.partition(":") for line in lines[1:] if line)
        ]
        self.headers = dict(self.pairs)
        self.body = base64.b64decode(recorded["body"])


class Findings:
    """What differs: the same words about the same operation count once."""

    def __init__(self):
        self.seen = collections.Counter()
        self.examples = {}
        self.where = ""

    def add(self, words, example=""):
        key = f"{self.where}: {words}"
        self.seen[key] += 1
        self.examples.setdefault(key, str(example)[:300])

    def print(self):
        for key, count in sorted(self.seen.items()):
            example = self.examples[key]
            print(f"{key} ({count}x){', such as ' + example if example else ''}")


def models():
    session = botocore.session.get_session()
    return {scope: session.get_service_model(name) for scope, name in SERVICES.items()}


def check(exchange, known, findings, only=None, secret=None):
    """Adds what differs in one exchange; its operation, or None when the models have none."""
    request, answer = Message(exchange["request"]), Message(exchange["answer"])
    findings.where = " ".join(request.line[:2])
    operation = wire_request.operation_of(request, known, Findings() if only == "answers" else findings)
    if operation is None:
        return None
    name = f"{operation.service_model.service_name}.{operation.name}"
    findings.where = f"{name} request"
    if only != "answers":
        wire_request.check(request, operation, findings)
    if secret:
        wire_request.check_signature(request, operation, secret, findings)
    if only != "requests":
        findings.where = f"{name} answer {answer.line[1]}"
        wire_answer.check(answer, operation, findings)
    return name


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("wire")
    parser.add_argument("--requests", dest="only", action="store_const", const="requests")
    parser.add_argument("--answers", dest="only", action="store_const", const="answers")
    parser.add_argument("--secret")
    parser.add_argument("--operations", action="store_true")
    arguments = parser.parse_args()

    known, findings, operations = models(), Findings(), collections.Counter()
    with open(arguments.wire) as lines:
        for line in lines:
            name = check(json.loads(line), known, findings, arguments.only, arguments.secret)
            if name:
                operations[name] += 1
    if arguments.operations:
        for name, count in sorted(operations.items()):
            print(f"{name} {count}")
        return 0
    findings.print()
    print(f"{sum(operations.values())} exchanges of {len(operations)} operations, {len(findings.seen)} differences")
    return 1 if findings.seen or not operations else 0


if __name__ == "__main__":
    sys.exit(main())
