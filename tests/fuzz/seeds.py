#!/usr/bin/env python3
"""Makes a fuzz target's first inputs of what the tree has: seeds.py TARGET FOLDER."""

import json
import pathlib
import sys

target, folder = sys.argv[1], pathlib.Path(sys.argv[2])
tree = pathlib.Path(__file__).resolve().parents[2]
verb, _, spoke = target.partition("_")
fixtures = tree / "plugins" / spoke / "fixtures"


def text_of(case):
    if "body_text" in case:
        return case["body_text"]
    return json.dumps(case.get("body", {}), separators=(",", ":"), ensure_ascii=False)


def translated():
    for file in sorted(fixtures.glob("*.in.json")):
        case = json.loads(file.read_text())
        yield file.name, case.get("topic", "") + "\n" + text_of(case)


def accepted():
    for number, case in enumerate(json.loads((fixtures / "webhooks.json").read_text())):
        headers = "".join(f"{name}:{value}\n" for name, value in case.get("headers", {}).items())
        head = "\n".join([case.get("method", "POST"), case.get("topic", ""), case.get("query", "")])
        if case.get("verdict") != "genuine":
            yield str(number), head + "\n" + headers + "\n" + text_of(case)


def plain():
    if target == "config":
        yield "all", (tree / "config" / "spokehub.yaml").read_text().replace("# ", "", 1)
    if target in ("json", "manifest"):
        for file in sorted((tree / "plugins").glob("*/fixtures/*.out.json"))[:20]:
            yield file.name, file.read_text()


made = {"translate": translated, "accept": accepted}.get(verb, plain)
for name, content in made():
    (folder / name).write_text(content)
