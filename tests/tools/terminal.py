"""terminal.py PROMPT ANSWER COMMAND...: runs COMMAND on a terminal of its own; when PROMPT was printed,
types ANSWER and a line break (^C: that key). Prints what the command printed; its exit status is ours."""
import os
import pty
import sys
import time

prompt, answer, command = sys.argv[1].encode(), sys.argv[2].encode(), sys.argv[3:]
pid, terminal = pty.fork()
if pid == 0:
    os.execv(command[0], command)
seen = b""
typed = False
end = time.monotonic() + 30
while time.monotonic() < end:
    try:
        data = os.read(terminal, 4096)
    except OSError:
        break
    if not data:
        break
    seen += data
    if not typed and prompt in seen:
        typed = True
        os.write(terminal, b"\x03" if answer == b"^C" else answer + b"\n")
sys.stdout.write(seen.decode(errors="replace"))
_, status = os.waitpid(pid, 0)
sys.exit(os.waitstatus_to_exitcode(status) % 256 if typed else 99)
