"""The state that all processes of the check share, and the start of its writers and readers."""
import ctypes
import multiprocessing
import signal

from followers import FOLLOWERS, OWNER
from places import WRITERS, make_places
from progress import Progress
from tokens import Token


class Run:
    COUNTS = ["reads", "200", "304", "404", "503", "HEAD", "during swaps", "writes by a", "writes by b", "writes by sql",
              "writes by low", "writes by followed", "writes made again", "truncations", "rolled back"]

    def __init__(self, host, ports, access):
        """host: the database's host, for writers by SQL. ports: the instances' ports, by name. access: the tokens."""
        self.host, self.ports = host, ports
        # The ports to which readers send their requests.
        self.reader_ports = ports
        # The ports at which followers open their streams.
        self.stream_ports = ports
        # The ports at which followers read.
        self.follower_ports = ports
        # The number that each follower knows.
        self.copies = multiprocessing.RawArray(ctypes.c_int64, FOLLOWERS)
        self.tokens = {"a": access.readers, "b": [Token()]}
        self.write_tokens = {"a": access.writer.text, "b": ""}
        self.places = make_places()
        self.progress = Progress(self.places)
        self.counts = {name: multiprocessing.Value(ctypes.c_int64, 0) for name in self.COUNTS}
        # Each writer holds its lock while it makes a change.
        self.gates = {owner: multiprocessing.Lock() for owner in [*WRITERS, OWNER]}
        self.is_over = multiprocessing.RawValue(ctypes.c_bool, False)
        # When the last outage ended; infinity during an outage.
        self.outage_end = multiprocessing.RawValue(ctypes.c_double, 0)
        self.failures = multiprocessing.SimpleQueue()

    def count(self, name):
        with self.counts[name].get_lock():
            self.counts[name].value += 1

    def fail(self, failure):
        self.failures.put(failure)
        self.is_over.value = True

    def start(self, worker, *arguments):
        """Creates a worker in a process of its own, and lets it work; returns the process."""
        def work():
            signal.signal(signal.SIGINT, signal.SIG_IGN)
            try:
                worker(self, *arguments).work()
            except BaseException as error:
                self.fail(f"{worker.__name__} {arguments} ended: {error!r}")
                raise
        process = multiprocessing.Process(target=work)
        process.start()
        return process
