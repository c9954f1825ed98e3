#!/usr/bin/env python3
"""Measures the time and memory of openapi-generate for generated documents of growing size.

usage: Benchmarks/generator.py OPENAPI-GENERATE [--operations N,N,...] [--check]

With --check, it fails if 2,000 operations with 5,000 schemas take more than 5 seconds or 1 GB, or if an operation takes more than
twice the time that it takes in the smallest document.
"""
import argparse
import os
import pathlib
import sys
import tempfile
import time

SCHEMAS_PER_OPERATION = 2.5


def schema(number):
    """A schema of one of several kinds. Some refer to earlier schemas."""
    earlier = f"'#/components/schemas/Thing{max(0, number * 7 // 10)}'"
    if number % 5 == 1:
        return f"{{type: string, enum: [red{number}, green{number}, blue{number}]}}"
    if number % 5 == 2:
        return f"{{type: array, maxItems: 100, items: {{$ref: {earlier}}}}}"
    return f"""
      description: The thing of the number {number}.
      type: object
      required: [id, name]
      properties:
        id: {{type: integer, minimum: 1}}
        name: {{type: string, minLength: 1, maxLength: 80, pattern: '^[a-z{number % 10}]+$'}}
        description: {{type: [string, 'null']}}
        isActive: {{type: boolean, default: true}}
        weight: {{type: number, minimum: 0}}
        labels: {{type: object, additionalProperties: {{type: string}}}}
        part: {{$ref: {earlier}}}
        parts: {{type: array, items: {{$ref: {earlier}}}}}"""


def operation(number, schemas):
    body = f"{{$ref: '#/components/schemas/Thing{number * 2 % schemas}'}}"
    answer = f"{{$ref: '#/components/schemas/Thing{(number * 2 + 1) % schemas}'}}"
    return f"""
  /group{number % 40}/things{number}/{{id}}:
    put:
      operationId: replaceThing{number}
      tags: [group{number % 40}]
      summary: Replace the thing of the number {number}
      parameters:
        - {{name: id, in: path, required: true, schema: {{type: integer}}}}
        - {{name: limit, in: query, schema: {{type: integer, default: 20, maximum: 100}}}}
        - {{$ref: '#/components/parameters/Trace'}}
      requestBody: {{required: true, content: {{application/json: {{schema: {body}}}}}}}
      responses:
        '200': {{description: it, content: {{application/json: {{schema: {answer}}}}}}}
        '404': {{$ref: '#/components/responses/Missing'}}"""


def document(operations):
    schemas = int(operations * SCHEMAS_PER_OPERATION)
    return (
        "openapi: 3.1.0\ninfo: {title: Things, version: '1'}\npaths:" + "".join(operation(n, schemas) for n in range(operations))
        + "\ncomponents:\n  parameters:\n    Trace: {name: X-Trace, in: header, schema: {type: string}}\n"
        + "  responses:\n    Missing: {description: none, content: {text/plain: {}}}\n  schemas:"
        + "".join(f"\n    Thing{n}: {schema(n)}" for n in range(schemas)) + "\n")


def measure(program, operations, directory):
    """The seconds and megabytes of a run, and the sizes of its input and output in bytes."""
    source = pathlib.Path(directory, "openapi.yaml")
    source.write_text(document(operations))
    for file in pathlib.Path(directory).glob("*.swift"):
        file.unlink()
    start = time.monotonic()
    child = os.posix_spawn(program, [program, "generate", str(source), "--output", directory], os.environ)
    _, status, usage = os.wait4(child, 0)
    seconds = time.monotonic() - start
    if status:
        sys.exit(f"openapi-generate ended with status {os.waitstatus_to_exitcode(status)}")
    written = sum(file.stat().st_size for file in pathlib.Path(directory).glob("*.swift"))
    return seconds, usage.ru_maxrss / 1024, source.stat().st_size, written


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("program")
    parser.add_argument("--operations", default="500,1000,2000,4000")
    parser.add_argument("--check", action="store_true")
    arguments = parser.parse_args()
    sizes = [int(size) for size in arguments.operations.split(",")]
    each, failures = [], []
    print("operations  schemas  document MB  Swift MB  seconds  ms an operation  memory MB")
    for size in sizes:
        with tempfile.TemporaryDirectory() as directory:
            seconds, memory, read, written = measure(arguments.program, size, directory)
        each.append(seconds / size)
        print(f"{size:10}  {int(size * SCHEMAS_PER_OPERATION):7}  {read / 1e6:11.1f}  {written / 1e6:8.1f}  {seconds:7.2f}"
              f"  {1000 * seconds / size:15.2f}  {memory:9.0f}", flush=True)
        if size == 2000 and (seconds > 5 or memory > 1024):
            failures.append("2,000 operations take more than 5 seconds or 1 GB")
    if max(each) > 2 * each[0]:
        failures.append("the time for an operation grows with the document")
    if arguments.check and failures:
        sys.exit("\n".join(failures))


main()
