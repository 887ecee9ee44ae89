"""A process that imports the chunks in some files, one after another, and kills itself before a certain write.

`python -m tests.replica.store.killed ADDRESS WRITE FILE…`: with write number 0 it does not kill itself.
"""

import os
import signal
import sys
from contextlib import closing
from pathlib import Path
from typing import Any

from shared.replica.chunks import decode_chunk
from shared.replica.store import database
from shared.replica.store.replica_store import ReplicaStore
from tests.replica.signed_lines import KEYS
from tests.replica.store.own_sites import ARRIVAL, TOPICS

WRITES = 0


def count_writes(kill_at: int) -> None:
    """Count the statements that write, in both kinds of transaction."""

    def counted(method: Any) -> Any:
        def write(*values: Any, **named: Any) -> Any:
            global WRITES
            WRITES += 1
            if kill_at == WRITES:
                os.kill(os.getpid(), signal.SIGKILL)
            return method(*values, **named)

        return write

    for kind in (database.SQLiteTransaction, database.PostgresTransaction):
        kind.execute = counted(kind.execute)  # type: ignore[method-assign]
        kind.insert = counted(kind.insert)  # type: ignore[method-assign]


def main() -> None:
    address, kill_at, *files = sys.argv[1:]
    where = address if "://" in address else Path(address)
    with closing(ReplicaStore(where, TOPICS)) as store:
        count_writes(int(kill_at))
        for file in files:
            store.import_chunk(decode_chunk(Path(file).read_bytes()), KEYS, ARRIVAL)
            sys.stdout.write(f"{file} {WRITES}\n")
            sys.stdout.flush()


if __name__ == "__main__":
    main()
