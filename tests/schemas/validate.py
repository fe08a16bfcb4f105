#!/usr/bin/env python3
"""Holds documents to the published schemas with a real validator (Debian: python3-jsonschema).

validate.py SCHEMAS DOCUMENTS... prints what does not fit; its exit code is 1 then, and 77 without the validator.
A file of documents is a list of {"schema", "document", "fits", "name"}.
"""
import json
import pathlib
import sys

try:
    from jsonschema import Draft202012Validator
except ImportError:
    print("python3-jsonschema is not installed")
    sys.exit(77)


def main(schemas, files):
    validators, wrong, count = {}, [], 0
    for path in sorted(pathlib.Path(schemas).glob("*.json")):
        schema = json.loads(path.read_text())
        Draft202012Validator.check_schema(schema)
        if schema.get("$id") != f"urn:spokehub:{path.stem}:{schema.get('revision')}":
            wrong.append(f"{path.name}: its $id does not name the file and its revision")
        validators[path.stem] = Draft202012Validator(schema)
    for file in files:
        for case in json.loads(pathlib.Path(file).read_text()):
            count += 1
            faults = list(validators[case["schema"]].iter_errors(case["document"]))
            if case["fits"] and faults:
                wrong.append(f"{case['name']}: does not fit {case['schema']}.json: {faults[0].message}")
            if not case["fits"] and not faults:
                wrong.append(f"{case['name']}: fits {case['schema']}.json, but should not")
    print(f"{len(validators)} schemas, {count} documents, {len(wrong)} complaints")
    for line in wrong[:50]:
        print(line)
    return 1 if wrong else 0


sys.exit(main(sys.argv[1], sys.argv[2:]))
