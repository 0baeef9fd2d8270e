"""The real server on one store, and the command that talks to it."""
import pathlib
import subprocess
import time


class Server:
    """With its port in `folder`/port. What it logs is dropped."""

    def __init__(self, binaries, folder, store, *options):
        self.binaries = binaries
        port_file = folder / "port"
        port_file.unlink(missing_ok=True)
        self.process = subprocess.Popen([binaries / "mlfsc-server", "--listen", "127.0.0.1:0", "--metrics", "", "--port_file", port_file,
                                         "--store", store, *options], stderr=subprocess.DEVNULL)
        while not (port_file.exists() and port_file.read_text().strip()):
            if self.process.poll() is not None:
                raise RuntimeError(f"the server did not start with {options}")
            time.sleep(0.05)
        self.address = f"127.0.0.1:{port_file.read_text().strip()}"

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.process.terminate()
        self.process.wait()

    def mlfsc(self, *arguments):
        """What the command prints. RuntimeError with what it says when it fails."""
        done = subprocess.run([self.binaries / "mlfsc", *arguments, "--server", self.address], capture_output=True, text=True)
        if done.returncode != 0:
            raise RuntimeError(f"mlfsc {arguments[0]} ended with {done.returncode}: {done.stderr.strip()[-2000:]}")
        return done.stdout

    def memory(self, field):
        """Mebibytes: VmRSS or VmHWM."""
        for line in pathlib.Path(f"/proc/{self.process.pid}/status").read_text().splitlines():
            if line.startswith(field):
                return int(line.split()[1]) / 1024
        return 0
