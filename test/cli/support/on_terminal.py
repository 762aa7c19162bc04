"""Runs a program on a terminal of its own, and says what it wrote there.

    on_terminal.py '{"columns": 80, "rows": 24, "steps": [["expect", "text"], ["resize", 60, 10], ["send", "text"]]}' program ...

A step of `expect` waits until the text has been written since the last step. At the end stands how the program ended.
"""
import fcntl, json, os, pty, select, signal, struct, sys, termios, time

script, program = json.loads(sys.argv[1]), sys.argv[2:]


def resize(columns, rows):
    fcntl.ioctl(terminal, termios.TIOCSWINSZ, struct.pack("HHHH", rows, columns, 0, 0))


child, terminal = pty.fork()
if child == 0:
    # the terminal has its size before the program looks
    fcntl.ioctl(0, termios.TIOCSWINSZ, struct.pack("HHHH", script["rows"], script["columns"], 0, 0))
    os.execvp(program[0], program)

written, seen, deadline = b"", 0, time.time() + 240


def read():
    """One more piece of what the program writes; nothing once it has ended."""
    global written
    ready, _, _ = select.select([terminal], [], [], max(0, deadline - time.time()))
    if not ready:
        os.kill(child, signal.SIGKILL)
        sys.exit("the program neither wrote what was expected nor ended; it wrote: %r" % written[-2000:])
    try:
        piece = os.read(terminal, 65536)
    except OSError:
        piece = b""
    written += piece
    return piece


for step in script["steps"]:
    if step[0] == "expect":
        while step[1].encode() not in written[seen:]:
            if not read():
                sys.exit("the program ended before it wrote %r; it wrote: %r" % (step[1], written[-2000:]))
    elif step[0] == "resize":
        resize(step[1], step[2])
    elif step[0] == "send":
        os.write(terminal, step[1].encode())
    seen = len(written)

while read():
    pass
_, status = os.waitpid(child, 0)
json.dump({"written": written.decode(), "code": os.waitstatus_to_exitcode(status)}, sys.stdout)
