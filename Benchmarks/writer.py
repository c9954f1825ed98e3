"""A process that changes the value of a rule at a steady pace while others read."""
import http.client
import json
import multiprocessing
import statistics
import time


class Writer:
    """Changes rules one after the other through the service, one each `pause` seconds, as far as it keeps up."""

    def __init__(self, address, rules, pause):
        context = multiprocessing.get_context("fork")
        self.stopping = context.Event()
        self.results, results = context.Pipe(duplex=False)
        self.process = context.Process(target=self.run, args=(address, rules, pause, results), daemon=True)
        self.process.start()
        # So that the end of the process is the end of what it says.
        results.close()

    def run(self, address, rules, pause, results):
        connection = http.client.HTTPConnection(*address, timeout=60)
        seconds, problem = [], None
        due = begin = time.monotonic()
        while not self.stopping.is_set():
            # Two digits, as before: the answers' lengths stay what they were.
            count = len(seconds)
            rule, value = rules[count % len(rules)], 10 + count // len(rules) % 90
            started = time.monotonic()
            connection.request("PUT", f"/api/v1/rules/{rule}/value", json.dumps({"value": value}),
                               {"Content-Type": "application/json"})
            response = connection.getresponse()
            text = response.read()
            seconds.append(time.monotonic() - started)
            if response.status != 204:
                problem = f"a rule's change answered {response.status} {text.decode()}"
                break
            due = max(due + pause, time.monotonic())
            time.sleep(max(0, due - time.monotonic()))
        results.send({
            "problem": problem, "writes_per_second": len(seconds) / (time.monotonic() - begin),
            "p50_seconds": statistics.median(seconds), "longest_seconds": max(seconds)})

    def stop(self):
        """How it went."""
        self.stopping.set()
        result = self.results.recv()
        self.process.join()
        if problem := result.pop("problem"):
            raise RuntimeError(problem)
        return result
