"""Runs an image that buildah built, as its configuration says, without a container engine.

Its root file system is mounted read-only in a mount namespace of its own; the process is the image's user with the image's environment and no
capability, on this machine's network.
"""

import json
import os
import pathlib
import shlex
import signal
import subprocess
from collections.abc import Mapping, Sequence
from typing import Any, Self


class Buildah:
    def __init__(self, folder: pathlib.Path) -> None:
        self._command = ["buildah", "--root", folder / "storage", "--runroot", folder / "run", "--storage-driver", "vfs"]

    def __call__(self, *arguments: str) -> str:
        return subprocess.run([*self._command, *arguments], check=True, stdout=subprocess.PIPE, text=True).stdout.strip()

    def configuration(self, image: str) -> dict[str, Any]:
        """As Docker knows it: Entrypoint, Env, User, Healthcheck, ..."""
        return json.loads(self("inspect", "--type", "image", image))["Docker"]["config"]


class Root:
    """The file system of a container that is made from an image and removed at the end."""

    def __init__(self, buildah: Buildah, image: str) -> None:
        self._buildah = buildah
        self._image = image

    def __enter__(self) -> pathlib.Path:
        self._name = self._buildah("from", "--pull-never", self._image)
        return pathlib.Path(self._buildah("mount", self._name))

    def __exit__(self, *_: object) -> None:
        self._buildah("umount", self._name)
        self._buildah("rm", self._name)


class Container:
    """A process in a root. The end of the block ends it."""

    def __init__(
        self,
        root: pathlib.Path,
        configuration: Mapping[str, Any],
        command: Sequence[str],
        *,
        environment: Mapping[str, str] | None = None,
        volumes: Mapping[str, pathlib.Path] | None = None,
        log: pathlib.Path | None = None,
    ) -> None:
        """`volumes`: folders and files of this machine by the path that they have inside."""
        self._root = root
        self._command = command
        self._environment = dict(pair.split("=", 1) for pair in configuration.get("Env") or []) | (environment or {})
        self._user = configuration.get("User") or "0:0"
        self._volumes = volumes or {}
        self._log = log

    @staticmethod
    def _make_mount_point(point: pathlib.Path, there: pathlib.Path) -> None:
        """As an engine does."""
        if there.is_dir():
            point.mkdir(parents=True, exist_ok=True)
        else:
            point.parent.mkdir(parents=True, exist_ok=True)
            point.touch()

    def _arguments(self) -> list[str]:
        root = shlex.quote(str(self._root))
        for inside, there in self._volumes.items():
            self._make_mount_point(self._root / inside.lstrip("/"), there)
        script = [f"mount --bind {root} {root}"]
        script += [f"mount --bind {shlex.quote(str(there))} {root}{shlex.quote(inside)}" for inside, there in self._volumes.items()]
        script += [f"mount -o remount,ro,bind {root}"]
        script += [f"mount -t tmpfs -o mode=1777 tmpfs {root}/tmp", f"mount -t proc proc {root}/proc"]
        script += [f"mount --bind /dev {root}/dev"]
        environment = [f"{name}={value}" for name, value in self._environment.items()]
        user, _, group = self._user.partition(":")
        run = ["setpriv", f"--reuid={user}", f"--regid={group or user}", "--clear-groups", "--no-new-privs", "--bounding-set=-all",
               "--inh-caps=-all", "env", "-i", *environment, *self._command]  # fmt: skip
        # In that order: chroot needs a capability that setpriv takes away. util-linux is in every Debian.
        script += [f"exec chroot {root} {shlex.join(run)}"]
        return ["unshare", "--mount", "--propagation", "private", "sh", "-ec", "\n".join(script)]

    def run(self) -> subprocess.CompletedProcess[str]:
        """To its end."""
        return subprocess.run(self._arguments(), capture_output=True, text=True, timeout=300)

    def __enter__(self) -> Self:
        out = self._log.open("w") if self._log else subprocess.DEVNULL
        self._process = subprocess.Popen(self._arguments(), stdout=out, stderr=subprocess.STDOUT)
        return self

    def __exit__(self, *_: object) -> None:
        if self._process.poll() is None:
            self._process.kill()
        self._process.wait()

    def is_running(self) -> bool:
        return self._process.poll() is None

    def uid(self) -> int:
        return os.stat(f"/proc/{self._process.pid}").st_uid

    def stop(self) -> int:
        """By SIGTERM; the exit code."""
        self._process.send_signal(signal.SIGTERM)
        return self._process.wait(timeout=60)
