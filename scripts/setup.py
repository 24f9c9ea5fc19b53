"""Make .venv: Python 3.10 and every package of requirements.lock, by hash.

Called by every make target; does nothing when nothing changed. Runs on any Python from 3.6 on, with the standard
library only, because it must be able to say that this Python is the wrong one. PYTHON names the interpreter to use.
"""

import contextlib
import fcntl
import glob
import hashlib
import os
import shutil
import subprocess
import sys
import tempfile
import time
from typing import Iterator, Optional, Sequence

ROOT = os.path.dirname(os.path.dirname(os.path.abspath(__file__)))
VENV = os.path.join(ROOT, ".venv")
PYTHON = os.path.join(VENV, "bin", "python")
TOOLS = os.path.join(VENV, "tools")
STAMP = os.path.join(VENV, ".frontdesk-ready")
UNFINISHED = os.path.join(VENV, ".frontdesk-unfinished")
LOCK = os.path.join(ROOT, "requirements.lock")
SETUP_LOCK = os.path.join(ROOT, "requirements-setup.lock")
QUIET = os.path.join(ROOT, "scripts", "quiet.py")

WANTED = "3.10"
HOW_TO_GET_IT = """Any one of these gives it; then run the same command again:
  Debian, Ubuntu   apt install python3.10 python3.10-venv   (where the release has it)
  macOS            brew install python@3.10
  pyenv            pyenv install 3.10
  anywhere         install uv (https://docs.astral.sh/uv/), which fetches Python 3.10 by itself"""
DOWNLOAD_FAILED = """{what} failed: see the lines above. If this machine is offline or behind a proxy, connect it or set
HTTPS_PROXY (and UV_INDEX_URL and PIP_INDEX_URL for a mirror of the package index), then run the same command again:
what has been downloaded is kept, and the installation is repaired."""


class SetupError(Exception):
    """Carry the sentence that tells the person what to do."""


def main() -> int:
    """Set up, or say in plain words why not."""
    try:
        with one_at_a_time():
            set_up()
    except SetupError as error:
        sys.stderr.write(f"setup: {error}\n")
        return 1
    except KeyboardInterrupt:
        sys.stderr.write("setup: stopped; the next run carries on from here\n")
        return 130
    return 0


@contextlib.contextmanager
def one_at_a_time() -> Iterator[None]:
    """Let a second setup wait for the first one, whatever becomes of that."""
    with open(os.path.join(ROOT, "var", ".setup.lock"), "w") as file:
        fcntl.flock(file, fcntl.LOCK_EX)
        yield


def set_up() -> None:
    """Do only what is missing."""
    if read(STAMP) == state():
        return
    if version_of(PYTHON) != WANTED:
        make_environment(find_python())
    install()
    keep_quiet()
    with open(STAMP, "w") as file:
        file.write(state())


def state() -> str:
    """Return the text that changes when .venv must be looked at again."""
    inputs = [hashlib.sha256(read(path).encode()).hexdigest() for path in (LOCK, SETUP_LOCK, QUIET)]
    return "\n".join([*inputs, os.path.realpath(PYTHON) if os.path.exists(PYTHON) else ""])


def read(path: str) -> str:
    """Return the text of a file; a missing one is empty."""
    try:
        with open(path, encoding="utf-8") as file:
            return file.read()
    except FileNotFoundError:
        return ""


def version_of(python: str) -> Optional[str]:
    """Return "3.10" for an interpreter that really runs, else None: a pyenv shim may exist and still fail."""
    code = "import sys; print('%d.%d' % sys.version_info[:2])"
    try:
        done = subprocess.run(
            [python, "-c", code],
            check=False,
            stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL,
            universal_newlines=True,
            timeout=60,
        )
    except (OSError, subprocess.TimeoutExpired):
        return None
    return done.stdout.strip() if done.returncode == 0 else None


def find_python() -> str:
    """Return an interpreter of the wanted version, downloading one if this machine has none."""
    named = os.environ.get("PYTHON")
    if named:
        version = version_of(named)
        if version == WANTED:
            return shutil.which(named) or named
        what = "Python " + version if version else "no Python that runs"
        raise SetupError(
            "PYTHON={} is {}; Frontdesk needs Python {} (Rasa 3.6 runs on no newer one).\n{}".format(
                named, what, WANTED, HOW_TO_GET_IT
            )
        )
    for candidate in candidates():
        if version_of(candidate) == WANTED:
            return candidate
    return download_python()


def candidates() -> Iterator[str]:
    """Name the interpreters worth trying, the likeliest first."""
    yield sys.executable
    for name in ("python3.10", "python3"):
        found = shutil.which(name)
        if found:
            yield found
    yield from sorted(glob.glob(os.path.expanduser("~/.pyenv/versions/3.10*/bin/python")), reverse=True)
    uv = shutil.which("uv")
    if uv:
        found = run_quietly([uv, "python", "find", "--no-python-downloads", WANTED])
        if found:
            yield found


def download_python() -> str:
    """Let uv fetch Python; uv itself is taken from PATH, or installed for the moment by the Python that runs this."""
    with tempfile.TemporaryDirectory() as folder:
        uv = shutil.which("uv") or temporary_uv(folder)
        if uv:
            say(f"fetching Python {WANTED}")
        if uv and subprocess.call([uv, "python", "install", WANTED]) == 0:
            found = run_quietly([uv, "python", "find", "--no-python-downloads", WANTED])
            if found and version_of(found) == WANTED:
                return found
    raise SetupError(
        "Frontdesk needs Python {} (Rasa 3.6 runs on no newer one). This machine has Python {} only, and {} could not "
        "be downloaded.\n{}".format(WANTED, ".".join(map(str, sys.version_info[:3])), WANTED, HOW_TO_GET_IT)
    )


def temporary_uv(folder: str) -> Optional[str]:
    """Install the pinned uv with whatever Python runs this; None where that cannot be done."""
    if sys.version_info < (3, 8) or subprocess.call([sys.executable, "-m", "venv", folder]) != 0:
        return None
    return pinned_uv(folder)


def make_environment(python: str) -> None:
    """Make an empty .venv in place of whatever is there."""
    say(f"making .venv with {python}")
    shutil.rmtree(VENV, ignore_errors=True)
    if subprocess.call([python, "-m", "venv", "--without-pip", VENV]) != 0:
        raise SetupError(f"{python} could not make .venv; on Debian and Ubuntu: apt install python3.10-venv")


def install() -> None:
    """Bring .venv to exactly what requirements.lock says; after an interrupted run, every file is written anew."""
    started = time.time()
    repair = ["--reinstall"] if os.path.exists(UNFINISHED) else []
    uv = installed_uv()
    open(UNFINISHED, "w").close()
    say("{} the packages of requirements.lock".format("repairing" if repair else "installing"))
    command = [uv, "pip", "sync", "--require-hashes", "--python", PYTHON, LOCK]
    environment = dict(os.environ, UV_PYTHON_DOWNLOADS="never")
    if subprocess.call(command + repair, env=environment, cwd=ROOT) != 0:
        raise SetupError(DOWNLOAD_FAILED.format(what="Installing the packages"))
    os.remove(UNFINISHED)
    say("installing ... {:.0f} s".format(time.time() - started))


def installed_uv() -> str:
    """Return the pinned uv in .venv/tools, which `uv pip sync` leaves alone."""
    uv = os.path.join(TOOLS, "bin", "uv")
    if "uv=={} ".format((run_quietly([uv, "--version"]) or "uv none").split()[1]) in read(SETUP_LOCK):
        return uv
    say("installing uv")
    shutil.rmtree(TOOLS, ignore_errors=True)
    if subprocess.call([PYTHON, "-m", "venv", TOOLS]) == 0:
        pinned = pinned_uv(TOOLS)
        if pinned:
            return pinned
        raise SetupError(DOWNLOAD_FAILED.format(what="Installing uv"))
    other = shutil.which("uv")
    if other:
        return other
    raise SetupError("this Python has no ensurepip; on Debian and Ubuntu: apt install python3.10-venv")


def pinned_uv(environment: str) -> Optional[str]:
    """Install uv by hash into a virtual environment that has pip; None when that fails."""
    pip = [os.path.join(environment, "bin", "python"), "-m", "pip", "install", "--quiet", "--disable-pip-version-check"]
    if subprocess.call([*pip, "--require-hashes", "--only-binary", ":all:", "-r", SETUP_LOCK]) != 0:
        return None
    return os.path.join(environment, "bin", "uv")


def keep_quiet() -> None:
    """Let every start of this Python load scripts/quiet.py, also that of `rasa` typed by hand."""
    packages = glob.glob(os.path.join(VENV, "lib", "python*", "site-packages"))[0]
    shutil.copyfile(QUIET, os.path.join(packages, "frontdesk_quiet.py"))
    with open(os.path.join(packages, "frontdesk_quiet.pth"), "w") as file:
        file.write("import frontdesk_quiet\n")


def run_quietly(command: Sequence[str]) -> Optional[str]:
    """Return the first line a command prints, or None when it fails."""
    try:
        done = subprocess.run(
            command, check=False, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, universal_newlines=True
        )
    except OSError:
        return None
    return done.stdout.strip().split("\n")[0] if done.returncode == 0 else None


def say(line: str) -> None:
    """Print a line at once, also where the output is a file."""
    print(line, flush=True)


if __name__ == "__main__":
    sys.exit(main())
