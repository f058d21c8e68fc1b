"""Set up everything Gridleaf needs below this folder: `python3 toolchain/setup.py runtime|dev|unit`.

`unit` is what tests without a chain need: the packages of `dev`, and neither node nor anvil.

Standard library only, and old syntax only, so that an old Python can still say what is missing.
Each step leaves a stamp (a digest of what it was made from) in `.venv`; a second run checks stamps and ends.
Nothing outside the project's folder is written or needed: no ~/.brownie, no ~/.solcx, no global package.
"""

import hashlib
import os
import re
import shutil
import subprocess
import sys
import tempfile
import urllib.parse
import urllib.request
from contextlib import contextmanager
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
VENV = ROOT / ".venv"
LOCKS = ROOT / "toolchain" / "requirements"
PYTHON_NEEDED = (3, 11)
NODE_NEEDED = 18
SOLC = "0.8.30"
ANVIL = "1.7.1"
BROWNIE = "1.22.2"
# Used only where the system's Python comes without ensurepip (Debian without python3-venv).
PIP = ("25.3", "9655943313a94722b7774661c21049070f6bbb0a1516bf02f7c8d5d9201514cd")
# Brownie's compiled modules that fail at run time; the Python source beside each one works.
# The two of coverage share compiled state and go together. `_config` must stay compiled.
BROKEN_MODULES = ("stateful", "coverage", "output")


class SetupError(Exception):
    """One line saying what is needed."""


def main(level):
    check_python()
    if level == "unit":
        make_environment()
        install_python_packages("dev")
        return
    check_node()
    with node_packages():
        make_environment()
        install_python_packages(level)
    repair_brownie()
    link_solc()
    link_anvil()
    write_path_file()


def check_python():
    if sys.version_info < PYTHON_NEEDED:
        raise SetupError("Python %d.%d or newer is needed; python3 is %s" % (PYTHON_NEEDED + (sys.version.split()[0],)))


def check_node():
    for tool in ("node", "npm"):
        if shutil.which(tool) is None:
            raise SetupError("Node.js %d or newer with npm is needed; `%s` was not found" % (NODE_NEEDED, tool))
    version = run_quietly(["node", "--version"]).strip()
    if int(version.lstrip("v").split(".")[0]) < NODE_NEEDED:
        raise SetupError("Node.js %d or newer is needed; node is %s" % (NODE_NEEDED, version))


@contextmanager
def node_packages():
    """Installed by npm while other things are done; npm is never left half done."""
    modules, lock = ROOT / "node_modules", digest(ROOT / "package-lock.json")
    if stamped(modules / ".stamp", lock):
        yield
        return
    say("npm packages: solc, anvil, OpenZeppelin Contracts, solhint")
    # No package needs its install script: anvil's program is a package of its own.
    options = ["--ignore-scripts", "--no-audit", "--no-fund", "--no-update-notifier", "--loglevel=error"]
    installing = subprocess.Popen(["npm", "ci"] + options, cwd=str(ROOT))
    try:
        yield
    finally:
        status = installing.wait()
    if status != 0:
        raise SetupError("this command failed: npm ci")
    stamp(modules / ".stamp", lock)


def make_environment():
    wanted = "%s %s" % (sys.version.split()[0], VENV)
    if stamped(VENV / ".stamp-python", wanted):
        return
    say("Python environment .venv")
    shutil.rmtree(str(VENV), ignore_errors=True)
    bare = subprocess.run([sys.executable, "-c", "import ensurepip"], stderr=subprocess.DEVNULL).returncode != 0
    run([sys.executable, "-m", "venv"] + (["--without-pip"] if bare else []) + [str(VENV)])
    if bare:
        install_pip()
    stamp(VENV / ".stamp-python", wanted)


def install_pip():
    """Put the pinned pip, checked against its digest, into an environment that came without one."""
    version, expected = PIP
    index = os.environ.get("PIP_INDEX_URL", "https://pypi.org/simple").rstrip("/")
    name = "pip-%s-py3-none-any.whl" % version
    try:
        page = urllib.request.urlopen(index + "/pip/", timeout=60).read().decode()
        link = re.search(r'href="([^"#]*%s)' % re.escape(name), page)
        url = urllib.parse.urljoin(index + "/pip/", link.group(1)) if link else index
        wheel = urllib.request.urlopen(url, timeout=60).read()
    except OSError as error:
        raise SetupError("pip %s could not be fetched (%s); or install the package python3-venv" % (version, error))
    if hashlib.sha256(wheel).hexdigest() != expected:
        raise SetupError("pip %s: the fetched file has another sha256 than the pinned one" % version)
    with tempfile.TemporaryDirectory() as folder:
        file = Path(folder) / name
        file.write_bytes(wheel)
        run([str(VENV / "bin" / "python"), str(file / "pip"), "install", "--no-index", "--quiet", str(file)])


def install_python_packages(level):
    lock = LOCKS / (level + ".txt")
    # The development lock holds everything of the run-time lock.
    if any(stamped(VENV / (".stamp-" + held), digest(LOCKS / (held + ".txt"))) for held in {level, "dev"}):
        return
    say("Python packages from %s (one to three minutes the first time)" % lock.relative_to(ROOT))
    run(
        [
            str(VENV / "bin" / "python"),
            "-m",
            "pip",
            "install",
            "-qq",
            "--disable-pip-version-check",
            "--no-deps",
            "--no-compile",  # Python does so for what is imported, when it is
            "--require-hashes",
            "-r",
            str(lock),
        ]
    )
    stamp(VENV / (".stamp-" + level), digest(lock))


def repair_brownie():
    """Make Brownie's stateful tests and coverage work, and fail loudly where this no longer fits Brownie."""
    packages = site_packages()
    if not (packages / ("eth_brownie-%s.dist-info" % BROWNIE)).is_dir():
        raise SetupError("Brownie %s is not installed in .venv: its repair must be checked anew" % BROWNIE)
    for name in BROKEN_MODULES:
        source = packages / "brownie" / "test" / (name + ".py")
        if not source.is_file():
            raise SetupError("Brownie ships no %s: its repair must be checked anew" % source.name)
        for compiled in source.parent.glob(name + ".*.so"):
            compiled.unlink()
    marker = VENV / ".stamp-brownie"
    if stamped(marker, BROWNIE):
        return
    loaded = run_quietly(
        [
            str(VENV / "bin" / "python"),
            "-c",
            "import brownie.test.stateful as s, brownie.test.coverage as c, brownie.test.output as o;"
            "print(s.__file__, c.__file__, o.__file__)",
        ]
    ).split()
    if len(loaded) != len(BROKEN_MODULES) or not all(file.endswith(".py") for file in loaded):
        raise SetupError("Brownie still loads compiled test modules: %s" % " ".join(loaded))
    stamp(marker, BROWNIE)


def link_solc():
    """Give py-solc-x an executable: the machine's own solc of the right version, else the one from npm."""
    folder = VENV / "solc"
    folder.mkdir(exist_ok=True)
    native = shutil.which("solc")
    if native and is_wanted_solc(run_quietly([native, "--version"])):
        command, version = '"%s"' % native, ""
    else:
        script = ROOT / "toolchain" / "solc.cjs"
        command = 'node "%s"' % script
        # Loading the compiler to ask its version takes most of a second, and Brownie asks often: it is asked once.
        version = solc_version(folder / "version", script)
    lines = ["#!/bin/sh", 'exec %s "$@"' % command]
    if version:
        lines.insert(1, '[ "$*" = "--version" ] && { echo "%s"; exit 0; }' % version)
    target = folder / ("solc-v" + SOLC)
    text = "\n".join(lines) + "\n"
    if not stamped(target, text):
        stamp(target, text)
        target.chmod(0o755)


def solc_version(known, script):
    if not (known.is_file() and is_wanted_solc(known.read_text())):
        answer = run_quietly(["node", str(script), "--version"])
        if not is_wanted_solc(answer):
            raise SetupError("solc %s from npm does not answer: %s" % (SOLC, answer.strip()[-200:]))
        stamp(known, answer)
    return known.read_text().strip()


def is_wanted_solc(answer):
    return ("Version: %s+" % SOLC) in answer


def link_anvil():
    """Link anvil's program itself, from npm or, on machines that npm has none for, from the PATH."""
    link = VENV / "bin" / "anvil"
    found = sorted((ROOT / "node_modules" / "@foundry-rs").glob("anvil-*/bin/anvil"))
    outside = [Path(folder) / "anvil" for folder in os.environ.get("PATH", "").split(os.pathsep)]
    found += [program for program in outside if program.is_file() and program != link]
    if not found:
        raise SetupError("anvil %s is needed; npm has none for this machine, and `anvil` was not found" % ANVIL)
    if not (link.is_symlink() and os.readlink(str(link)) == str(found[0])):
        answer = run_quietly([str(found[0]), "--version"])
        if ANVIL not in answer:
            raise SetupError("anvil %s is needed; %s is %s" % (ANVIL, found[0], answer.split("\n")[0]))
        if link.is_symlink() or link.exists():
            link.unlink()
        link.symlink_to(found[0])


def write_path_file():
    """Every Python of .venv finds solc and anvil, whatever $HOME and $PATH are."""
    line = (
        "import os; os.environ.setdefault('SOLCX_BINARY_PATH', %r); "
        "os.environ['PATH'] = %r + os.pathsep + os.environ.get('PATH', '')\n"
    ) % (str(VENV / "solc"), str(VENV / "bin"))
    file = site_packages() / "gridleaf_toolchain.pth"
    if not (file.is_file() and file.read_text() == line):
        file.write_text(line)


def site_packages():
    return next((VENV / "lib").glob("python3.*/site-packages"))


def digest(file):
    return hashlib.sha256(file.read_bytes()).hexdigest()


def stamped(file, text):
    return file.is_file() and file.read_text() == text


def stamp(file, text):
    file.write_text(text)


def run(command):
    if subprocess.run(command, cwd=str(ROOT)).returncode != 0:
        raise SetupError("this command failed: " + " ".join(command))


def run_quietly(command):
    done = subprocess.run(command, cwd=str(ROOT), stdout=subprocess.PIPE, stderr=subprocess.STDOUT)
    text = done.stdout.decode(errors="replace")
    if done.returncode != 0:
        raise SetupError("this command failed: %s: %s" % (" ".join(command), text.strip()[-300:]))
    return text


def say(text):
    print("set-up: " + text, flush=True)


if __name__ == "__main__":
    if sys.argv[1:] not in (["runtime"], ["dev"], ["unit"]):
        sys.exit("usage: python3 toolchain/setup.py runtime|dev|unit")
    try:
        main(sys.argv[1])
    except SetupError as problem:
        print("set-up: %s" % problem, file=sys.stderr)
        sys.exit(2)
