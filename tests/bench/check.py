#!/usr/bin/env python3
"""Compare what vix printed with what must come out: check.py EXPECTED.json < OUTPUT.json; both are lists of objects.

Order of objects does not matter. Prints the number of objects, or the first difference and ends with 1.
"""
import json
import sys


def flat(it):
    if isinstance(it, list):
        return [y for x in it for y in flat(x)]
    return flat(it["items"]) if it.get("kind") == "List" else [it]


def by_id(it):
    return {(x["apiVersion"], x["kind"], x["metadata"].get("namespace"), x["metadata"]["name"]): x for x in flat(it)}


def main():
    with open(sys.argv[1]) as f:
        want = by_id(json.load(f))
    got = by_id(json.load(sys.stdin))
    wrong = [k for k in sorted(want.keys() | got.keys(), key=str) if want.get(k) != got.get(k)]
    if wrong:
        sys.exit(f"{len(wrong)} of {len(want)} objects differ, first {wrong[0]}:\n want {want.get(wrong[0])}\n got  {got.get(wrong[0])}")
    print(len(got))


if __name__ == "__main__":
    main()
