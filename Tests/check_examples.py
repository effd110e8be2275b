#!/usr/bin/env python3
"""Compiles every Swift example of README.md, MIGRATION.md and the documentation catalogues, and checks that those of
TestingGreenlets.md are the ones that are tested, that each Fidelity mark has its row, that gevent's names are not
libc's in silence, and that a caller's mistake is named in a release build.

The examples of a page of a catalogue are one program, in their order, with all modules imported.

Run it in the package's directory after `swift build --build-tests`.
"""

import pathlib
import re
import subprocess
import sys
import tempfile

FEATURES = ["ExistentialAny", "MemberImportVisibility", "InternalImportsByDefault", "NonisolatedNonsendingByDefault"]

# What the examples of MIGRATION.md and of the worked ports leave out.
POOLS = """import EPP
import EPPClient
import Gevent
import GeventConnPool
import GeventTLS
let password = "secret-1"
let context = try TLSContext()
"""
PORTS = """import EPP
import EPPClient
import GeventTLS
import Logging
struct IMAPError: Error {}
struct CredentialsRefused: Error {}
struct Account {
    func token(isRefreshed: Bool = false) throws -> String { "" }
}
final class IMAP {
    static func login(_ account: Account, token: String) throws -> IMAP { IMAP() }
    func noop() throws {}
    func close() {}
    func select(_ mailbox: String) throws -> (type: String, data: [String]) { ("", []) }
}
class IMAPPool: ConnectionPool<IMAP> {}
let MY_AWS_KEY_ID = "", MY_AWS_SECRET_KEY = ""
struct Table {}
struct DynamoDB {
    static func connect(_ key: String, _ secret: String) throws -> DynamoDB { DynamoDB() }
    func table(_ name: String) throws -> Table { Table() }
}
"""

CATALOGUE = "\n".join(
    f"import {module}" for module in [
        "EPP", "EPPClient", "EPPServer", "Gevent", "GeventConnPool", "GeventInstrumentation", "GeventTLS"]) + "\n"
# What the examples of a page leave out.
PAGES = {
    "WorkedPorts.md": PORTS,
    "EPP.md": "let reply: [UInt8] = []\n",
    "EPPClient.md": """
let environment = ["EPP_HOST": "epp.example.gov"], names = ["example.gov"]
var settings = try RegistryClient.Settings(environment: environment)
func store(_ message: PolledMessage) throws {}
""",
}


# Calls as gevent has them, in a file that imports Foundation too: whether they compile. What does not block is libc's.
GREENLET = "let greenlet = spawn { 1 }\n"
NAMES = {
    "sleep(1)": False, "sleep(0.5)": False, "_ = sleep(1)": False, "let n: UInt32 = 1; sleep(n)": False,
    "try sleep(1)": True, "try sleep(0.5)": True, "let left = Glibc.sleep(0)": True,
    GREENLET + "kill(greenlet)": False, GREENLET + "wait([greenlet])": False, "wait()": False,
    "let stop = Event(); signal(SIGTERM) { stop.set() }": False, "signal(SIGPIPE, SIG_IGN)": True,
    "kill(getpid(), 0)": True, "select([], [], [])": False, "timer(1)": False,
}


def blocks(text):
    return re.findall(r"```swift\n(.*?)```", text, re.DOTALL)


def section(text, title):
    match = re.search(rf"^(#+) {re.escape(title)}\n(.*?)(?=^#{{1,3}} |\Z)", text, re.DOTALL | re.MULTILINE)
    return "\n".join(blocks(match.group(2)))


def programs():
    readme = pathlib.Path("README.md").read_text()
    for number, block in enumerate(blocks(readme), 1):
        # The manifest is used by Tests/Newcomer.
        if "import PackageDescription" not in block:
            yield f"README.md, example {number}", block
    guide = pathlib.Path("MIGRATION.md").read_text()
    trap = blocks(guide[guide.index("## The catch trap"):guide.index("## The pool")])
    for number, block in enumerate(trap, 1):
        yield f"MIGRATION.md, the catch trap, {number}", "import Gevent\nfunc work() throws {}\n" + block
    yield "MIGRATION.md, pools", POOLS + section(guide, "Another pool underneath") + section(guide, "A way back")
    for page in sorted(pathlib.Path("Sources").glob("*/*.docc/*.md")):
        examples = "\n".join(blocks(page.read_text()))
        # Those of GeventTesting are tests: see below.
        if examples and page.parent.name != "GeventTesting.docc":
            yield str(page), CATALOGUE + examples + PAGES.get(page.name, "")


def names_are_told_apart(flags):
    good = True
    for text, compiles in NAMES.items():
        with tempfile.TemporaryDirectory() as directory:
            file = pathlib.Path(directory, "main.swift")
            file.write_text("import Foundation\nimport Gevent\n" + text + "\n")
            result = subprocess.run(["swiftc", "-typecheck", *flags, str(file)], capture_output=True, text=True)
        as_wanted = (result.returncode == 0) == compiles
        print("ok  " if as_wanted else "BAD ", ("compiles: " if compiles else "is refused: ") + text.splitlines()[-1])
        if not as_wanted:
            print(result.stdout + result.stderr)
            good = False
    return good


def mistakes_are_named():
    """The check that the library uses for mistakes, compiled as in a release build."""
    with tempfile.TemporaryDirectory() as directory:
        file = pathlib.Path(directory, "main.swift")
        file.write_text('let count = CommandLine.arguments.count\nrequire(count > 9, "only \\(count) argument")\n')
        program = str(pathlib.Path(directory, "program"))
        subprocess.run(
            ["swiftc", "-O", "-package-name", "check", "Sources/Gevent/Core/require.swift", str(file), "-o", program],
            check=True)
        result = subprocess.run([program], capture_output=True, text=True)
    is_named = result.returncode != 0 and "main.swift:2: Fatal error: only 1 argument" in result.stderr
    print("ok  " if is_named else "BAD ", "a mistake is named in a release build")
    if not is_named:
        print(result.stderr)
    return is_named


def check(name, text, flags):
    is_library = "@main" in text or "@Suite" in text
    with tempfile.TemporaryDirectory() as directory:
        file = pathlib.Path(directory, "Example.swift" if is_library else "main.swift")
        file.write_text(text)
        # As far as SIL: moves, isolation regions and initialisation are checked there.
        command = ["swiftc", "-emit-sil", "-o", "/dev/null", "-warnings-as-errors", *flags, str(file)]
        if is_library:
            command.insert(1, "-parse-as-library")
        result = subprocess.run(command, capture_output=True, text=True)
    print("ok  " if result.returncode == 0 else "BAD ", name)
    if result.returncode:
        print(result.stdout + result.stderr)
    return result.returncode == 0


def tutorial_is_tested():
    """Each example of GeventTesting's tutorial stands in its test file, line for line but for the indentation."""
    page = "Sources/GeventTesting/GeventTesting.docc/TestingGreenlets.md"
    tested = pathlib.Path("Tests/GeventConnPoolTests/TestingTutorialTests.swift").read_text()
    lines = "\n" + "\n".join(line.strip() for line in tested.splitlines()) + "\n"
    good = True
    for number, block in enumerate(blocks(pathlib.Path(page).read_text()), 1):
        wanted = "\n" + "\n".join(line.strip() for line in block.strip("\n").splitlines()) + "\n"
        is_there = wanted in lines
        print("ok  " if is_there else "BAD ", f"TestingGreenlets.md, example {number}, is tested")
        good = good and is_there
    return good


def marks_have_rows():
    guide = pathlib.Path("MIGRATION.md").read_text()
    good = True
    for file in sorted(pathlib.Path("Sources").rglob("*")):
        if file.is_file() and "Fidelity:" in file.read_text(errors="ignore") and f"`{file.name}`" not in guide:
            print("BAD ", f"{file} has a Fidelity mark, and MIGRATION.md no row that names it")
            good = False
    return good


def main():
    build = subprocess.run(
        ["swift", "build", "--show-bin-path"], capture_output=True, text=True, check=True).stdout.strip()
    flags = ["-swift-version", "6", "-I", f"{build}/Modules"]
    for feature in FEATURES:
        flags += ["-enable-upcoming-feature", feature]
    maps = ["Vendor/CLibEV", "Vendor/CLibXML2", "Vendor/COpenSSL", f"{build}/CCoroutine.build"]
    for directory in maps:
        flags += ["-Xcc", f"-fmodule-map-file={directory}/module.modulemap"]
    flags += ["-Xcc", "-I/usr/include/libxml2"]
    good = [check(name, text, flags) for name, text in programs()]
    good += [names_are_told_apart(flags), mistakes_are_named()]
    sys.exit(0 if all([*good, tutorial_is_tested(), marks_have_rows()]) else 1)


main()
