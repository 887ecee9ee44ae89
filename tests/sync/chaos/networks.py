"""Lines between sites that are down, lose packets or are slow: between network namespaces, or, where those cannot be
made, between proxies on the loopback interface."""

import ctypes
import os
import random
import subprocess
from abc import ABC, abstractmethod
from collections.abc import Iterator, Mapping
from contextlib import ExitStack, contextmanager, suppress
from enum import StrEnum
from pathlib import Path

from tests.sync.line.proxy import Proxy, Weather

_CLONE_NEWNET = 0x40000000
_LIBC = ctypes.CDLL(None, use_errno=True)
_OWN = Path("/proc/thread-self/ns/net")
SLOW = 8_000
"""Bytes a second of a slow line: 64 kbit/s."""
LOSS = 0.2
"""Share of the packets that a lossy line loses."""


class LineFailure(StrEnum):
    """What a line may do for a while."""

    DOWN = "line down"
    LOSSY = "line loses packets"
    SLOW = "line slow"


class Network(ABC):
    """`parents`: which site calls which. The ports at which sites answer are theirs alone."""

    name: str

    @abstractmethod
    def namespace(self, site: str) -> str:
        """Where processes of the site run: the file of a network namespace; empty: beside everybody else."""

    @abstractmethod
    def listen(self, site: str) -> str:
        """The host at which it answers the sites below it."""

    @abstractmethod
    def connect(self, child: str, parent: str, port: int) -> str:
        """Where the child reaches a port of its parent."""

    @abstractmethod
    def fail(self, child: str, failure: LineFailure, chance: random.Random) -> None:
        """Let the line above a site fail, until it is mended."""

    @abstractmethod
    def mend(self, child: str) -> None:
        """Let the line be as it should be."""

    @contextmanager
    def inside(self, site: str) -> Iterator[None]:
        """Connections that this thread opens in the block begin where the site is."""
        yield

    @abstractmethod
    def close(self) -> None: ...


class NamespaceNetwork(Network):
    """A namespace for each site, and a pair of virtual interfaces for each line. Needs root."""

    name = "network namespaces"

    def __init__(self, parents: Mapping[str, str], sites: tuple[str, ...]) -> None:
        self._prefix = f"cadre-{os.getpid()}-"
        self._opened = ExitStack()
        self._parents = dict(parents)
        try:
            for site in sites:
                _run("ip", "netns", "add", self._ns(site))
                self._opened.callback(_try, "ip", "netns", "del", self._ns(site))
                _run("ip", "-n", self._ns(site), "link", "set", "lo", "up")
            for number, (child, parent) in enumerate(parents.items()):
                self._add_line(number, child, parent)
        except BaseException:
            self.close()
            raise

    def _ns(self, site: str) -> str:
        return self._prefix + site

    def _add_line(self, number: int, child: str, parent: str) -> None:
        up, down = f"up{number}", f"down{number}"
        _run("ip", "-n", self._ns(child), *f"link add {up} type veth peer name {down} netns".split(),
             self._ns(parent))  # fmt: skip
        for site, device, host in ((child, up, 2), (parent, down, 1)):
            _run("ip", "-n", self._ns(site), "addr", "add", f"10.210.{number}.{host}/30", "dev", device)
            _run("ip", "-n", self._ns(site), "link", "set", device, "up")

    def namespace(self, site: str) -> str:
        return f"/run/netns/{self._ns(site)}"

    def listen(self, site: str) -> str:
        return "0.0.0.0"

    def connect(self, child: str, parent: str, port: int) -> str:
        return f"http://10.210.{self._number(child)}.1:{port}"

    def _number(self, child: str) -> int:
        return list(self._parents).index(child)

    def fail(self, child: str, failure: LineFailure, chance: random.Random) -> None:
        number, ns = self._number(child), self._ns(child)
        match failure:
            case LineFailure.DOWN:
                above = self._ns(self._parents[child])
                site, device = chance.choice([(ns, f"up{number}"), (above, f"down{number}")])
                _run("ip", "-n", site, "link", "set", device, "down")
            case LineFailure.LOSSY:
                for chain, way in (("INPUT", "-i"), ("OUTPUT", "-o")):
                    _run("ip", "netns", "exec", ns, "iptables", "-A", chain, way, f"up{number}",
                         *f"-m statistic --mode random --probability {LOSS} -j DROP".split())  # fmt: skip
            case LineFailure.SLOW:
                for site, device in ((ns, f"up{number}"), (self._ns(self._parents[child]), f"down{number}")):
                    _run("tc", "-n", site, "qdisc", "add", "dev", device, "root",
                         *f"tbf rate {SLOW * 8}bit burst 4kb latency 1s".split())  # fmt: skip

    def mend(self, child: str) -> None:
        number, ns, above = self._number(child), self._ns(child), self._ns(self._parents[child])
        for site, device in ((ns, f"up{number}"), (above, f"down{number}")):
            _run("ip", "-n", site, "link", "set", device, "up")
            _try("tc", "-n", site, "qdisc", "del", "dev", device, "root")
        for chain in ("INPUT", "OUTPUT"):
            _run("ip", "netns", "exec", ns, "iptables", "-F", chain)

    @contextmanager
    def inside(self, site: str) -> Iterator[None]:
        with _OWN.open() as before:
            enter_namespace(self.namespace(site))
            try:
                yield
            finally:
                _set_namespace(before.fileno())

    def close(self) -> None:
        self._opened.close()


class ProxyNetwork(Network):
    """A proxy for each line, on the loopback interface. What is lost of a connection ends it."""

    name = "proxies"

    def __init__(self, parents: Mapping[str, str], sites: tuple[str, ...]) -> None:
        self._proxies: dict[str, Proxy] = {}

    def namespace(self, site: str) -> str:
        return ""

    def listen(self, site: str) -> str:
        return "127.0.0.1"

    def connect(self, child: str, parent: str, port: int) -> str:
        if child not in self._proxies:
            self._proxies[child] = Proxy(port)
        return self._proxies[child].address

    def fail(self, child: str, failure: LineFailure, chance: random.Random) -> None:
        proxy = self._proxies[child]
        match failure:
            case LineFailure.DOWN:
                proxy.weather = Weather(cut_request=0)
                proxy.cut()
            case LineFailure.LOSSY if chance.random() < 0.5:
                proxy.weather = Weather(cut_request=chance.randrange(4000))
            case LineFailure.LOSSY:
                proxy.weather = Weather(cut_answer=chance.randrange(1000))
            case LineFailure.SLOW:
                proxy.weather = Weather(rate=SLOW)

    def mend(self, child: str) -> None:
        self._proxies[child].weather = Weather()

    def close(self) -> None:
        for proxy in self._proxies.values():
            proxy.close()


def open_network(parents: Mapping[str, str], sites: tuple[str, ...]) -> Network:
    """Namespaces where they can be made with all that lines do there, else proxies."""
    try:
        network = NamespaceNetwork(parents, sites)
    except (OSError, subprocess.CalledProcessError):
        return ProxyNetwork(parents, sites)
    try:
        for child in parents:
            for failure in LineFailure:
                network.fail(child, failure, random.Random(0))
                network.mend(child)
            with network.inside(child):
                pass
    except (OSError, subprocess.CalledProcessError):
        network.close()
        return ProxyNetwork(parents, sites)
    return network


def enter_namespace(path: str) -> None:
    """Let this thread, and what it starts, be in a network namespace. OSError where it may not."""
    with Path(path).open() as file:
        _set_namespace(file.fileno())


def _set_namespace(descriptor: int) -> None:
    if _LIBC.setns(descriptor, _CLONE_NEWNET):
        raise OSError(ctypes.get_errno(), "setns")


def _run(*words: str) -> None:
    subprocess.run(words, check=True, capture_output=True)


def _try(*words: str) -> None:
    with suppress(OSError, subprocess.CalledProcessError):
        _run(*words)
