"""A minimal Debian in a folder, in which commands run by chroot."""
import contextlib
import pathlib
import re
import shutil
import subprocess
import sys
import tarfile

from lab.program import say


def run(*command, **options):
    """Runs a command; returns its output. Ends the check if the command fails."""
    done = subprocess.run(command, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True, **options)
    if done.returncode != 0:
        sys.exit(f"{' '.join(map(str, command))}\nended with status {done.returncode}:\n{done.stdout}")
    return done.stdout


def bootstrap(image, folder):
    """Extracts the Debian of an image such as debian:bookworm-slim into a folder; returns its root. The first call downloads it."""
    release = re.match(r"debian:(\w+)-slim", image)[1]
    root, archive = folder / "root", folder / f"{release}.tar"
    if not archive.exists():
        say(f"Bootstrapping Debian {release}")
        shutil.rmtree(root, ignore_errors=True)
        run("debootstrap", "--variant=minbase", release, str(root), *mirror())
        # Images do not contain the packages that debootstrap downloaded.
        run("chroot", str(root), "apt-get", "clean")
        shutil.rmtree(root / "var/lib/apt/lists")
        with tarfile.open(archive, "w") as file:
            file.add(root, ".")
    shutil.rmtree(root, ignore_errors=True)
    root.mkdir()
    run("tar", "--extract", "--file", str(archive), "--directory", str(root))
    return root


def mirror():
    """The address of this machine's Debian packages, if its configuration has one."""
    for file in [pathlib.Path("/etc/apt/sources.list"), *sorted(pathlib.Path("/etc/apt/sources.list.d").glob("*"))]:
        text = file.read_text() if file.is_file() else ""
        if found := re.search(r"^(?:deb (?:\[.*\] )?|URIs: )(https?://\S*debian/?)\s", text + "\n", re.M):
            return [found[1]]
    return []


@contextlib.contextmanager
def network(root):
    """Gives the root this machine's configuration of its network and its packages, as Docker does during a build."""
    mounted = []
    for path in ["etc/resolv.conf", "etc/hosts", "etc/apt/apt.conf.d", "usr/local/share/ca-certificates", "etc/ssl/certs"]:
        source, target = pathlib.Path("/", path), root / path
        if source.exists() and not target.is_symlink():
            if source.is_dir():
                target.mkdir(parents=True, exist_ok=True)
            else:
                target.touch()
            run("mount", "--bind", str(source), str(target))
            mounted.append(target)
    try:
        yield
    finally:
        for path in reversed(mounted):
            run("umount", str(path))


@contextlib.contextmanager
def processes(root):
    """Mounts /proc in the root, as in containers."""
    run("mount", "--types", "proc", "proc", str(root / "proc"))
    try:
        yield
    finally:
        run("umount", str(root / "proc"))


def size(root):
    """The size in MB without mounted folders."""
    return int(run("du", "--summarize", "--one-file-system", "--block-size=1000000", str(root)).split()[0])
