#!/usr/bin/env python3
"""Runs the program of AProgramInBothLanguages.md in Python and in Swift, and compares what both print.

Run it in the package's directory after `swift build --build-tests`. The Python one is run where there is a Python with
gevent (GEVENT_PYTHON, else python3; `--need-gevent` fails without); the Swift one always, against the output that
the article shows.
"""

import glob
import os
import pathlib
import re
import signal
import subprocess
import sys
import tempfile

FEATURES = ["ExistentialAny", "MemberImportVisibility", "InternalImportsByDefault", "NonisolatedNonsendingByDefault"]
MODULES = [
    "Gevent", "Coroutines", "EventLoop", "CCoroutine", "DequeModule", "HeapModule", "InternalCollectionsUtilities",
    "ContainersPreview"]


def block(text, language):
    return re.search(rf"```{language}\n(.*?)```", text, re.DOTALL).group(1)


def compile_swift(source, directory):
    build = subprocess.run(
        ["swift", "build", "--show-bin-path"], capture_output=True, text=True, check=True).stdout.strip()
    file = pathlib.Path(directory, "main.swift")
    file.write_text(source)
    program = pathlib.Path(directory, "port")
    command = ["swiftc", "-swift-version", "6", "-warnings-as-errors", "-o", str(program), str(file), "-lev"]
    command += ["-I", f"{build}/Modules"]
    for feature in FEATURES:
        command += ["-enable-upcoming-feature", feature]
    for directory in ["Vendor/CLibEV", f"{build}/CCoroutine.build"]:
        command += ["-Xcc", f"-fmodule-map-file={directory}/module.modulemap"]
    for module in MODULES:
        command += glob.glob(f"{build}/{module}.build/**/*.o", recursive=True)
    if subprocess.run(command).returncode != 0:
        sys.exit("BAD  the port in Swift does not compile")
    return [str(program)]


def run(command):
    """What it prints; it gets its SIGTERM when it says that all is seen, which is its first line."""
    process = subprocess.Popen(command, stdout=subprocess.PIPE, text=True)
    watchdog = subprocess.Popen(["sh", "-c", f"sleep 60; kill -KILL {process.pid}"], start_new_session=True)
    try:
        first = process.stdout.readline()
        process.send_signal(signal.SIGTERM)
        rest = process.stdout.read()
        status = process.wait()
    finally:
        os.killpg(watchdog.pid, signal.SIGKILL)
        watchdog.wait()
    if status != 0:
        sys.exit(f"BAD  {command[0]} ended with status {status} after:\n{first}{rest}")
    return first + rest


def has_gevent(python):
    try:
        return subprocess.run([python, "-c", "import gevent"], capture_output=True).returncode == 0
    except FileNotFoundError:
        return False


def main():
    section = pathlib.Path("Sources/Gevent/Gevent.docc/AProgramInBothLanguages.md").read_text()
    wanted = block(section, "text")
    python = os.environ.get("GEVENT_PYTHON", "python3")
    good = True
    with tempfile.TemporaryDirectory() as directory:
        commands = [("Swift", compile_swift(block(section, "swift"), directory))]
        if has_gevent(python):
            file = pathlib.Path(directory, "port.py")
            file.write_text(block(section, "python"))
            commands.append(("Python", [python, str(file)]))
        elif "--need-gevent" in sys.argv:
            sys.exit(f"BAD  {python} has no gevent")
        else:
            print(f"     the port in Python was not run: {python} has no gevent")
        for language, command in commands:
            printed = run(command)
            print("ok  " if printed == wanted else "BAD ", f"the port in {language} prints what the article says")
            if printed != wanted:
                print(printed)
                good = False
    sys.exit(0 if good else 1)


main()
