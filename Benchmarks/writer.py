"""A process that changes values of rules at a steady rate while other clients read."""
import http.client
import json
import multiprocessing
import statistics
import time


class Writer:
    """Changes rules through the service, one every `pause` seconds, or more slowly if the service is slower."""

    def __init__(self, address, rules, pause):
        context = multiprocessing.get_context("fork")
        self.stopping = context.Event()
        self.results, results = context.Pipe(duplex=False)
        self.process = context.Process(target=self.run, args=(address, rules, pause, results), daemon=True)
        self.process.start()
        # With this end closed, reading ends when the process ends.
        results.close()

    def run(self, address, rules, pause, results):
        connection = http.client.HTTPConnection(*address, timeout=60)
        seconds, problem = [], None
        due = begin = time.monotonic()
        while not self.stopping.is_set():
            # All values have two digits, so that the lengths of responses do not change.
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
        """Stops the process, and returns its results."""
        self.stopping.set()
        result = self.results.recv()
        self.process.join()
        if problem := result.pop("problem"):
            raise RuntimeError(problem)
        return result
