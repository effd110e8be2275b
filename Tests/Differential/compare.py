"""Compares two files of traces, seed by seed, and shows the first differences.

    python compare.py PROGRAMS ORIGINAL OURS
"""
import sys


def traces(path):
    found = {}
    for line in open(path):
        line = line.rstrip("\n")
        if line.startswith("seed "):
            seed = line[5:]
            found[seed] = []
        elif line:
            found[seed].append(line)
    return found


def main():
    programs = dict(line.rstrip("\n").split(" ", 1) for line in open(sys.argv[1]))
    original, ours = traces(sys.argv[2]), traces(sys.argv[3])
    different = [seed for seed in programs if original.get(seed) != ours.get(seed)]
    for seed in different[:5]:
        print("seed %s: %s" % (seed, programs[seed]))
        a, b = original.get(seed, []), ours.get(seed, [])
        same = next((n for n, (x, y) in enumerate(zip(a, b)) if x != y), min(len(a), len(b)))
        for line in a[max(0, same - 8):same]:
            print("      ", line)
        print("  gevent:", " | ".join(a[same:same + 6]))
        print("  ours:  ", " | ".join(b[same:same + 6]))
    print("differential: %d of %d programs run as under gevent"
          % (len(programs) - len(different), len(programs)))
    sys.exit(1 if different or not programs else 0)


main()
