"""A sandbox that makes every mistake the attacks of the self-test are made for.

It shows that those attacks come through where nobody was careful. It is for the tests alone.
"""

import contextlib
import os
import select
import subprocess
import time
from pathlib import Path

from veragym.sandbox import RunResult, ShellResult, SubprocessSandbox, Tree
from veragym.sandbox.tree import changes, file


class CarelessSandbox:
    """Args: reports: the shell's status comes by a pipe that everybody may write to."""

    name = "careless"

    def __init__(self, reports=False):
        self.reports = reports

    def capabilities(self):
        return SubprocessSandbox(unsafe=True).capabilities()

    def open(self, spec=None):
        return CarelessSession(SubprocessSandbox(unsafe=True).open(spec), self.reports)


class CarelessSession:
    def __init__(self, inner, reports):
        self.spec, self._inner, self._reports = inner.spec, inner, reports
        self._home = Path(inner.exec("pwd").stdout.decode().strip())
        self._shell = None

    def _env(self, env):
        # The mistake: everything that we have in our environment.
        return {**os.environ, **self.spec.env, **(env or {}), "HOME": str(self._home)}

    def exec(self, command, *, timeout=None, stdin=b"", env=None):
        words = ["bash", "-c", command] if isinstance(command, str) else list(command)
        process = subprocess.Popen(
            words, stdout=subprocess.PIPE, cwd=self._home, env=self._env(env)
        )
        out, end = bytearray(), time.monotonic() + (timeout or 8.0)
        # The mistake: all of the output is kept (up to what the test's machine can bear).
        while len(out) < 150 << 20 and time.monotonic() < end:
            ready, _, _ = select.select([process.stdout], [], [], 0.1)
            if ready:
                block = os.read(process.stdout.fileno(), 1 << 20)
                if not block:
                    break
                out += block
        # The mistake: a process is asked to end, and nobody looks whether it does.
        process.terminate()
        process.stdout.close()
        with contextlib.suppress(subprocess.TimeoutExpired):
            process.wait(0.2)
        # Kept by whoever asked.
        self._last = bytes(out)
        return RunResult(self._last, b"", process.returncode)

    def shell(self, command, *, timeout=None):
        if self._shell is None:
            self._shell = _Shell(self._home, self._env(None), self._reports)
        return self._shell.run(command, timeout or 2.0)

    def put(self, path, content, mode=0o644):
        (self._home / path).write_bytes(content)  # the mistake: links are followed

    def get(self, path, *, limit=1 << 20):
        return (self._home / path).read_bytes()

    def tree(self):
        found = {}

        def walk(folder, above):
            # The mistakes: as deep as it goes, and whole files.
            for entry in os.scandir(folder):
                if entry.is_dir(follow_symlinks=False):
                    walk(entry.path, above + entry.name + "/")
                elif entry.is_file():
                    with open(entry.path, "rb") as stream:
                        found[above + entry.name] = stream.read(400 << 20)

        walk(self._home, "")
        return Tree({name: file(content) for name, content in found.items()})

    def diff(self):
        return changes(self.spec.files, self.tree())

    def reset(self):
        pass

    def close(self):
        if self._shell is not None:
            self._shell.process.kill()
            self._shell.process.wait()
            self._shell.process.stdout.close()
            self._shell.process.stdin.close()
            os.close(self._shell.status)
        self._inner.close()


class _Shell:
    """Bash over pipes with the same word at the end of every command."""

    def __init__(self, home, env, reports):
        self.status, said = os.pipe()
        self.reports, self.said = reports, said
        self.process = subprocess.Popen(
            ["bash"],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL,
            cwd=home,
            env=env,
            pass_fds=(said,),
        )
        os.close(said)

    def run(self, command, timeout):
        ending = f"echo $? >&{self.said}" if self.reports else "echo __END__ $?"
        self.process.stdin.write(f"{command}\n{ending}\n".encode())
        self.process.stdin.flush()
        out, end = b"", time.monotonic() + timeout
        while time.monotonic() < end:
            ready, _, _ = select.select([self.process.stdout, self.status], [], [], 0.1)
            if self.process.stdout in ready:
                out += os.read(self.process.stdout.fileno(), 1 << 16)
            if self.reports and self.status in ready:
                time.sleep(0.02)
                if select.select([self.process.stdout], [], [], 0)[0]:
                    out += os.read(self.process.stdout.fileno(), 1 << 16)
                word = os.read(self.status, 1 << 16).split()[0].strip(b"\0")
                return ShellResult(out, b"", int(word) if word.isdigit() else 0, cwd="/")
            if not self.reports and b"__END__ " in out:
                before, _, after = out.partition(b"__END__ ")
                word = after.split()[0] if after.split() else b""
                return ShellResult(before, b"", int(word) if word.isdigit() else 0, cwd="/")
        return ShellResult(out, b"", None, cwd="/", timed_out=True)
