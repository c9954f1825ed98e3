"""Generates clients from openapi.yaml, and compiles them."""
import os
import pathlib
import shutil
import subprocess
import sys

import openapi_generator_cli

from lab.repository import CONTRACT

# The generator is a Java program. It contains the libraries that its clients for Java need, except the annotations.
GENERATOR = pathlib.Path(openapi_generator_cli.__file__).parent / "openapi-generator.jar"
ANNOTATIONS = pathlib.Path("/usr/share/java/jakarta-annotation-api.jar")
# Debian has the one library that the client for Go needs.
VALIDATOR = pathlib.Path("/usr/share/gocode/src/gopkg.in/validator.v2")


def run(*command, directory=None, environment=None):
    """Runs a program; ends the check with the program's output if it fails."""
    done = subprocess.run(
        list(map(str, command)), cwd=directory, env={**os.environ, **(environment or {})}, stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT, text=True)
    if done.returncode != 0:
        sys.exit(f"{' '.join(map(str, command))}\nended with status {done.returncode}:\n{done.stdout[-20000:]}")
    return done.stdout


def generate_python(place):
    """The package heksher_client. The generator warns of each operation that it leaves out."""
    output = run(
        "openapi-python-client", "generate", "--path", CONTRACT, "--meta", "none", "--fail-on-warning",
        "--output-path", place / "heksher_client")
    if "WARNING" in output:
        sys.exit(output)
    for file in sorted((place / "heksher_client").rglob("*.py")):
        compile(file.read_text(), str(file), "exec")


def generate_models(place):
    """The module heksher_models, with a class for each schema."""
    run(
        "datamodel-codegen", "--input", CONTRACT, "--input-file-type", "openapi", "--output-model-type",
        "pydantic_v2.BaseModel", "--formatters", "black", "--output", place / "heksher_models.py")


def generate(place, generator, *options):
    """A client of openapi-generator-cli; returns its directory."""
    directory = place / generator
    run("java", "-jar", GENERATOR, "generate", "-i", CONTRACT, "-g", generator, "-o", directory, *options)
    return directory


def generate_java(place):
    """Compiled classes for Java; returns the class path."""
    sources = generate(
        place, "java", "--library", "native", "--additional-properties",
        "openApiNullable=false,useJakartaEe=true,hideGenerationTimestamp=true")
    classes = place / "classes"
    path = os.pathsep.join(map(str, [classes, GENERATOR, ANNOTATIONS]))
    program = pathlib.Path(__file__).parent / "UseClient.java"
    run("javac", "-nowarn", "-d", classes, "-cp", path, program, *sorted((sources / "src/main").rglob("*.java")))
    return path


def generate_typescript(place):
    directory = generate(place, "typescript-fetch")
    # Debian's compiler is older than 4.9, which understands that `'member' in value` proves the member.
    run(
        "tsc", "--noEmit", "--strict", "--noImplicitAny", "false", "--target", "es2020", "--lib", "es2020,dom",
        "--moduleResolution", "node", directory / "index.ts")


def generate_go(place):
    directory = generate(place, "go")
    shutil.rmtree(directory / "test", ignore_errors=True)
    validator = place / "validator"
    validator.mkdir()
    for file in VALIDATOR.glob("*.go"):
        if not file.name.endswith("_test.go"):
            shutil.copy(file, validator)
    (validator / "go.mod").write_text("module gopkg.in/validator.v2\n")
    environment = {"GOFLAGS": "-mod=mod", "GOPROXY": "off", "GOSUMDB": "off", "GOCACHE": str(place / "go-cache")}
    # The client also compiles with releases of Go before the one that its module asks for.
    run(
        "go", "mod", "edit", "-go=1.19", f"-replace=gopkg.in/validator.v2={validator}", directory=directory,
        environment=environment)
    run("go", "build", ".", directory=directory, environment=environment)
