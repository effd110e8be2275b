#!/usr/bin/env python3
"""Lays out the package that README.md's section "A pool of your own" shows, as a reader would: each file under the name
that stands before it.

    follow_readme.py DIRECTORY
"""

import pathlib
import re
import sys


def main():
    readme = pathlib.Path("README.md").read_text()
    section = re.search(r"^## A pool of your own\n(.*?)(?=^## )", readme, re.DOTALL | re.MULTILINE)
    if not section:
        sys.exit("README.md has no section 'A pool of your own'")
    files = re.findall(r"^`([^`\n]+)`:\n\n```swift\n(.*?)```", section.group(1), re.DOTALL | re.MULTILINE)
    if [name for name, _ in files] != ["Package.swift", "Sources/mypool/main.swift"]:
        sys.exit(f"README.md shows other files than expected: {[name for name, _ in files]}")
    for name, text in files:
        file = pathlib.Path(sys.argv[1], name)
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_text(text)


main()
