"""Calls a URL again and again: caller.py URL FILE. A line of FILE for each call: STATUS BODY, or
"-" and what happened instead of an answer. Ends with SIGTERM, after the call it is at."""
import signal
import sys
import urllib.error
import urllib.request

ending = []
signal.signal(signal.SIGTERM, lambda *_: ending.append(True))
with open(sys.argv[2], "a", buffering=1) as file:
    while not ending:
        try:
            with urllib.request.urlopen(sys.argv[1], timeout=30) as answer:
                line = f"{answer.status} {answer.read().decode()}"
        except urllib.error.HTTPError as error:
            line = f"{error.code} {error.read().decode()}"
        except OSError as error:
            line = f"- {error}"
        file.write(line.replace("\n", " ") + "\n")
