"""A way to PostgreSQL on which answers take their time, so that what an instance learns is older by then than what others know."""
import asyncio
import contextlib

SECONDS = 0.003


class Distance:
    """Listens in one directory as PostgreSQL does, for the PostgreSQL that is in another."""

    def __init__(self, run, near, far):
        self.run, self.near, self.far = run, near / ".s.PGSQL.5432", far / ".s.PGSQL.5432"

    def work(self):
        asyncio.run(self.serve())

    async def serve(self):
        server = await asyncio.start_unix_server(self.connect, self.far)
        while not self.run.is_over.value:
            await asyncio.sleep(0.1)
        # What is still open ends with the process.
        server.close()

    async def connect(self, client_reader, client):
        try:
            server_reader, server = await asyncio.open_unix_connection(self.near)
        except OSError:
            client.close()
            return
        with contextlib.suppress(asyncio.CancelledError):
            await asyncio.gather(self.relay(client_reader, server, 0), self.relay(server_reader, client, SECONDS))

    @staticmethod
    async def relay(reader, writer, seconds):
        try:
            while data := await reader.read(1 << 16):
                await asyncio.sleep(seconds)
                writer.write(data)
                await writer.drain()
        except OSError:
            pass
        finally:
            writer.close()
