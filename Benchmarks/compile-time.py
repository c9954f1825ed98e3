#!/usr/bin/env python3
"""Measures how long swiftc takes, with optimizations, for the types and the client of documents with many alternatives (`oneOf`, `anyOf`).

usage: Benchmarks/compile-time.py OPENAPI-GENERATE MODULES [--with NAME GENERATOR MODULES] [--rounds N] [--only DOCUMENT...]

MODULES is the folder with the modules that the generated code imports, such as .build/release/Modules. With --with, it compiles the code of
another generator in alternating turns: GENERATOR is a command in which {document} and {output} stand for a file and a folder.
"""
import argparse
import json
import pathlib
import shlex
import statistics
import subprocess
import sys
import tempfile
import time

WORDS = ["amount", "country", "holder", "number", "reference", "issuer", "token", "email", "street", "city", "phone", "note", "locale", "label"]


def reference(name):
    return {"$ref": f"#/components/schemas/{name}"}


def members(number, count):
    """Members of an object: texts, numbers, flags and lists."""
    kinds = [{"type": "string", "maxLength": 200}, {"type": "integer", "minimum": 0}, {"type": "boolean"},
             {"type": "array", "items": {"type": "string"}}, {"type": "string", "enum": ["low", "middle", "high"]}, {"type": "number"}]
    return {f"{WORDS[(number + place) % len(WORDS)]}{place}": kinds[(number * 3 + place) % len(kinds)] for place in range(count)}


def payments():
    """Forty payment methods, told apart by `type` with a discriminator."""
    schemas, names = {}, [f"Method{number}" for number in range(40)]
    for number, name in enumerate(names):
        schemas[name] = {"type": "object", "required": ["type"], "properties": {
            "type": {"type": "string", "enum": [f"method{number}"]}, **members(number, 10)}}
    schemas["Method"] = {"oneOf": [reference(name) for name in names], "discriminator": {
        "propertyName": "type", "mapping": {f"method{number}": f"#/components/schemas/{name}" for number, name in enumerate(names)}}}
    for number in range(12):
        schemas[f"Payment{number}"] = {"type": "object", "required": ["method"], "properties": {
            "method": reference("Method"), "others": {"type": "array", "items": reference("Method")}, **members(number, 12)}}
    return schemas, [f"Payment{number}" for number in range(12)]


def events():
    """Sixty events, told apart only by the member that each requires."""
    schemas, names = {}, [f"Event{number}" for number in range(60)]
    for number, name in enumerate(names):
        schemas[name] = {"type": "object", "required": [f"happened{number}"], "properties": {
            f"happened{number}": {"type": "string", "format": "date-time"}, **members(number, 8)}}
    schemas["AnyEvent"] = {"oneOf": [reference(name) for name in names]}
    for number in range(8):
        schemas[f"Page{number}"] = {"type": "object", "properties": {
            "events": {"type": "array", "items": reference("AnyEvent")}, "last": reference("AnyEvent"), **members(number, 6)}}
    return schemas, [f"Page{number}" for number in range(8)]


def blocks():
    """Thirty blocks of a text, most of which contain blocks again."""
    schemas, names = {}, [f"Block{number}" for number in range(30)]
    for number, name in enumerate(names):
        content = {"type": "object", "properties": {"children": {"type": "array", "items": reference("Block")}, **members(number, 6)}}
        schemas[name] = {"type": "object", "required": ["kind", f"block{number}"], "properties": {
            "kind": {"type": "string", "enum": [f"block{number}"]}, f"block{number}": content}}
    schemas["Block"] = {"oneOf": [reference(name) for name in names]}
    for number in range(6):
        schemas[f"Text{number}"] = {"type": "object", "properties": {
            "blocks": {"type": "array", "items": reference("Block")}, "title": {"anyOf": [{"type": "string"}, reference("Block")]}, **members(number, 6)}}
    return schemas, [f"Text{number}" for number in range(6)]


def filters():
    """Ten kinds of filters, each with members that are a text, a number, a list or an object."""
    schemas = {}
    for number in range(10):
        alternatives = [{"type": "string"}, {"type": "integer"}, {"type": "array", "items": {"type": "string"}},
                        {"type": "object", "required": ["gt"], "properties": {"gt": {"type": "integer"}, "lt": {"type": "integer"}}}]
        schemas[f"Filter{number}"] = {"type": "object", "properties": {
            f"{WORDS[place % len(WORDS)]}{place}": {"oneOf" if place % 2 else "anyOf": alternatives} for place in range(16)}}
    return schemas, [f"Filter{number}" for number in range(10)]


DOCUMENTS = {"payments": payments, "events": events, "blocks": blocks, "filters": filters}


def document(name):
    schemas, bodies = DOCUMENTS[name]()
    paths = {}
    for body in bodies:
        content = {"content": {"application/json": {"schema": reference(body)}}}
        paths[f"/{name}/{body.lower()}"] = {"post": {
            "operationId": f"send{body}", "requestBody": {"required": True, **content},
            "responses": {"200": {"description": "As it was stored.", **content}, "422": {"description": "A problem.", **content}}}}
    return {"openapi": "3.0.3", "info": {"title": name, "version": "1"}, "paths": paths, "components": {"schemas": schemas}}


def generate(command, source, folder):
    folder.mkdir()
    configuration = source.with_name("configuration.yaml")
    configuration.write_text("emit: [types, client]\n")
    words = [word.format(document=source, output=folder, configuration=configuration) for word in shlex.split(command)]
    done = subprocess.run(words, capture_output=True, text=True)
    if done.returncode:
        sys.exit(f"{' '.join(words)} failed:\n{done.stderr[-2000:]}")


def compile_time(folder, modules):
    files = sorted(str(path) for path in folder.glob("*.swift"))
    command = ["swiftc", "-O", "-whole-module-optimization", "-swift-version", "6", "-parse-as-library", "-module-name", "Generated",
               "-suppress-warnings", "-I", modules, "-c", *files, "-o", str(folder / "generated.o")]
    start = time.monotonic()
    done = subprocess.run(command, capture_output=True, text=True)
    if done.returncode:
        sys.exit(f"swiftc failed:\n{done.stderr[-3000:]}")
    return time.monotonic() - start


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("generator", metavar="OPENAPI-GENERATE")
    parser.add_argument("modules", metavar="MODULES")
    parser.add_argument("--with", dest="other", nargs=3, metavar=("NAME", "GENERATOR", "MODULES"))
    parser.add_argument("--rounds", type=int, default=1, metavar="N")
    parser.add_argument("--only", nargs="+", choices=list(DOCUMENTS), default=list(DOCUMENTS), metavar="DOCUMENT")
    options = parser.parse_args()
    sides = [("this generator", f"{shlex.quote(options.generator)} generate {{document}} --config {{configuration}} --output {{output}}", options.modules)]
    if options.other:
        sides.append(tuple(options.other))
    print("| document | " + " | ".join(f"{name}: lines | seconds" for name, _, _ in sides) + (" | ratio |" if options.other else " |"))
    print("| --- |" + " ---: | ---: |" * len(sides) + (" ---: |" if options.other else ""))
    for name in options.only:
        with tempfile.TemporaryDirectory() as scratch:
            scratch = pathlib.Path(scratch)
            source = scratch / f"{name}.json"
            source.write_text(json.dumps(document(name)))
            times = [[] for _ in sides]
            for index, (_, command, _) in enumerate(sides):
                generate(command, source, scratch / str(index))
            for _ in range(options.rounds):
                for index, (_, _, modules) in enumerate(sides):
                    times[index].append(compile_time(scratch / str(index), modules))
            row = [name]
            for index in range(len(sides)):
                lines = sum(path.read_text().count("\n") for path in (scratch / str(index)).glob("*.swift"))
                row += [f"{lines:,}", f"{statistics.median(times[index]):.1f}"]
            if options.other:
                row.append(f"{statistics.median(times[0]) / statistics.median(times[1]):.2f}")
            print("| " + " | ".join(row) + " |", flush=True)


main()
