"""Sends each operation from Swagger UI with the values that "Try it out" fills in."""
import glob
import json
import subprocess
import sys

from lab.clusters import psql

# In the order in which rows can be inserted.
TABLES = ["context_features", "settings", "configurable", "rules", "conditions", "setting_metadata", "rule_metadata", "setting_aliases"]
SAVE = "CREATE SCHEMA saved;\n" + "".join(f"CREATE TABLE saved.{table} AS TABLE {table};\n" for table in TABLES)
RESTORE = f"BEGIN;\nTRUNCATE {', '.join(TABLES)};\n" + "".join(
    f"INSERT INTO {table} SELECT * FROM saved.{table};\n" for table in TABLES
) + "SELECT setval(pg_get_serial_sequence('rules', 'id'), max(id)) FROM rules;\nCOMMIT;\n"
PLANT = "DELETE FROM saved.conditions WHERE rule = 7;\nDELETE FROM saved.rule_metadata WHERE rule = 7;\nDELETE FROM saved.rules WHERE id = 7;\n"


class SampleData:
    """The sample data of a service: saved once, and restored after each change. directory: that of `heksher dev`."""

    def __init__(self, directory):
        [socket] = glob.glob(f"{directory}/postgres/**/.s.PGSQL.5432", recursive=True)
        self.host = socket.rpartition("/")[0]
        self.sql(SAVE)

    def sql(self, text):
        done = subprocess.run(
            [*psql(self.host, "postgres"), "--set", "ON_ERROR_STOP=1"], input=text, text=True, capture_output=True)
        if done.returncode != 0:
            sys.exit(f"psql failed:\n{text}\n{done.stderr}")

    def restore(self):
        self.sql(RESTORE)


def resolved(document, value):
    """A value of a document, or the one that its `$ref` leads to."""
    while "$ref" in value:
        found = document
        for step in value["$ref"].split("/")[1:]:
            found = found[step]
        value = found
    return value


def examples(document, operation, status):
    """The examples of a response's body; none if it has no body."""
    response = resolved(document, operation["responses"][str(status)])
    content = response.get("content", {}).get("application/json", {})
    return [resolved(document, example)["value"] for example in content.get("examples", {}).values()]


def is_stream(document, operation):
    """Whether the response is a stream of events, which does not end."""
    return "text/event-stream" in resolved(document, operation["responses"].get("200", {})).get("content", {})


def execute(page, operation):
    """Sends an operation with the values that are filled in; returns the status and the body."""
    block = f"#operations-{operation['tags'][0].replace(' ', '_')}-{operation['operationId']}"
    browser = page.browser
    page.click(f"{block} .opblock-summary-control")
    page.wait(f"return document.querySelector('{block} .try-out__btn') !== null", f"{block} does not open")
    page.click(f"{block} .try-out__btn")
    page.wait(f"return document.querySelector('{block} .execute') !== null", f"{block} has no button to send the request")
    browser.execute_script("window.responses = []")
    page.click(f"{block} .execute")
    live = f"{block} .live-responses-table .response .response-col_status"
    page.wait(
        f"return document.querySelector('{live}') !== null || document.querySelector('{block} .validation-errors') !== null",
        f"{block} shows no response")
    responses = browser.execute_script("return window.responses")
    shown = browser.execute_script(f"return document.querySelector('{live}')?.textContent ?? ''")
    page.click(f"{block} .opblock-summary-control")
    if len(responses) != 1 or not shown.startswith(str(responses[0]["status"])):
        return 0, shown
    return responses[0]["status"], responses[0]["text"]


def try_all(page, document, data):
    """Sends all operations but streams; returns a sentence for each that fails, or whose response is not an example of the contract."""
    problems = []
    for path, item in document["paths"].items():
        for method, operation in item.items():
            if "operationId" not in operation or is_stream(document, operation):
                continue
            status, text = execute(page, operation)
            if method != "get":
                data.restore()
            name = f"Try it out of {operation['operationId']}"
            if not 200 <= status < 300:
                problems.append(f"{name} gets {status or 'no response'}: {text}")
                continue
            known = examples(document, operation, status)
            if known and json.loads(text) not in known:
                problems.append(f"{name} gets a response that is not an example: {text}")
    return problems
