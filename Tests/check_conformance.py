#!/usr/bin/env python3
"""Looks whether each numbered promise of gevent's core is kept by a test, or is a deviation that MIGRATION.md tells of,
and whether each message of a caller's mistake is there in a release build too.

A test names its number in a comment before it, `// Conformance 93: set wakes all, in order`; a row of MIGRATION.md's
"What behaves otherwise" at the end of its first column, `(61)` or `(56, 82)`. Prints what is missing and exits 1.

Run it in the package's directory. `--table` prints where each number stands.
"""

import pathlib
import re
import sys

NUMBERS = range(1, 146)
# How the numbers are told apart in a test: other comments with the word are mistakes.
FORM = re.compile(r"// Conformance (\d+(?:, \d+)*): \S")


def tested():
    found, bad = {}, []
    for file in sorted(pathlib.Path("Tests").rglob("*.swift")):
        pending = []
        for number, line in enumerate(file.read_text().splitlines(), 1):
            if "// Conformance" in line:
                match = FORM.search(line)
                if not match:
                    bad.append(f"{file}:{number}: not of the form `// Conformance 93: a few words`")
                    continue
                pending += [int(n) for n in match.group(1).split(", ")]
            elif re.search(r"\bfunc `", line):
                for n in pending:
                    found.setdefault(n, set()).add(file.name)
                pending = []
            elif not re.match(r"\s*(//|@)", line) and line.strip():
                # Inside a test's body: it belongs to the test around it.
                for n in pending:
                    found.setdefault(n, set()).add(file.name)
                pending = []
    return found, bad


def deviations():
    guide = pathlib.Path("MIGRATION.md").read_text()
    section = guide[guide.index("\n## What behaves otherwise"):]
    section = section[:section.index("\n## ", 1)]
    found = {}
    for line in section.splitlines():
        if not line.startswith("| <a "):
            continue
        first = re.sub(r"`[^`]*`", "", line.split(" | ")[0])
        match = re.search(r"\((\d+(?:, \d+)*)\)\s*$", first)
        for n in match.group(1).split(", ") if match else []:
            found.setdefault(int(n), set()).add(re.search(r'id="([^"]*)"', line).group(1))
    return found


def lost_messages():
    """Checks whose text is gone in a release build: `require`, `guard … else { fatalError("…") }` keep theirs."""
    found = []
    for file in sorted(pathlib.Path("Sources").rglob("*.swift")):
        if file.parts[1] in ("bench", "Examples"):
            continue
        for number, line in enumerate(file.read_text().splitlines(), 1):
            if re.search(r"\b(precondition|preconditionFailure|assert|assertionFailure)\(", line):
                found.append(f"{file}:{number}: in a release build its text is gone; `require` keeps it")
    return found


def main():
    tests, bad = tested()
    bad += lost_messages()
    rows = deviations()
    if "--table" in sys.argv:
        for n in NUMBERS:
            print(n, *sorted(tests.get(n, [])), *(f"#{row}" for row in sorted(rows.get(n, []))))
    missing = [n for n in NUMBERS if n not in tests and n not in rows]
    unknown = sorted(n for n in {*tests, *rows} if n not in NUMBERS)
    for problem in bad:
        print("BAD ", problem)
    if missing:
        print("BAD  neither a test nor a deviation has:", *missing)
    if unknown:
        print("BAD  there are no such numbers:", *unknown)
    if bad or missing or unknown:
        sys.exit(1)
    only = [n for n in NUMBERS if n not in tests]
    print(f"ok   {len(NUMBERS)} promises: {len(tests)} tested, {len(rows)} with deviations", end="")
    print(f", {len(only)} of them not to be tested: {', '.join(map(str, only))}" if only else "")


main()
