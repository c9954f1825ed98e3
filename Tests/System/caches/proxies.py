"""Varnish and nginx as caches in front of a service."""
import contextlib
import os
import pwd
import subprocess
import sys
import threading

from lab.ports import free_port, is_open
from lab.waiting import wait_until

SECONDS_TO_START = 30


@contextlib.contextmanager
def running(command, port):
    """Runs a program that listens at a port; yields the port."""
    process = subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True)
    try:
        is_ended_or_open = wait_until(lambda: process.poll() is not None or is_open(port), SECONDS_TO_START, 0.05)
        if process.poll() is not None:
            sys.exit(f"{command[0]} ended:\n{process.stdout.read()}")
        if not is_ended_or_open:
            sys.exit(f"{command[0]} does not listen at port {port}")
        # Further output must not fill the pipe.
        threading.Thread(target=process.stdout.read, daemon=True).start()
        yield port
    finally:
        process.terminate()
        process.wait(30)


def varnish(directory, origin):
    """Varnish as Debian starts it, with the port of the service and nothing else."""
    port = free_port()
    command = ["varnishd", "-F", "-n", str(directory / "varnish"), "-a", f"127.0.0.1:{port}", "-T", "none",
               "-b", f"127.0.0.1:{origin}", "-s", "malloc,32m"]
    if os.geteuid() != 0:
        command += ["-j", "none"]
    return running(command, port)


def nginx(directory, origin):
    """nginx with a cache, and a usual lifetime for responses without one of their own."""
    port = free_port()
    configuration = directory / "nginx.conf"
    user = f"user {pwd.getpwuid(os.geteuid()).pw_name};" if os.geteuid() == 0 else ""
    places = "".join(f"{kind}_temp_path {directory}/{kind};" for kind in ["client_body", "fastcgi", "uwsgi", "scgi"])
    configuration.write_text(f"""
        {user} daemon off; error_log stderr; pid {directory}/nginx.pid; worker_processes 1;
        events {{ worker_connections 64; }}
        http {{
            access_log off; {places} proxy_temp_path {directory}/proxy;
            proxy_cache_path {directory}/cache keys_zone=api:1m;
            server {{
                listen 127.0.0.1:{port};
                location / {{
                    proxy_pass http://127.0.0.1:{origin};
                    proxy_cache api;
                    proxy_cache_valid any 10m;
                    add_header X-Cache $upstream_cache_status always;
                }}
            }}
        }}
    """)
    return running(["nginx", "-e", "stderr", "-c", str(configuration)], port)
