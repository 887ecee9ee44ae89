"""The tables of a replica, the same on SQLite (`replica.db`) and PostgreSQL (schema `replica`).

A run of the core is cut and joined as more comes; a *segment* is how its entries are stored, and only ever grows at
its end. A segment is in one line by definition, so the sides of a fork are two segments and need no table of their own.
"""

from typing import NamedTuple

VERSION = 1
"""Of these tables; a store of a later version is refused."""
_SQLITE = {"int": "INTEGER NOT NULL", "text": "TEXT NOT NULL", "bytes": "BLOB", "count": "INTEGER NOT NULL"}
_POSTGRES = {"int": "bigint NOT NULL", "text": 'text COLLATE "C" NOT NULL', "bytes": "bytea"}


class Table(NamedTuple):
    """A table: its columns as `name kind`, in words; its key; further indexes, each with a condition or none."""

    name: str
    columns: str
    key: str
    indexes: tuple[tuple[str, str], ...] = ()

    @property
    def kinds(self) -> dict[str, str]:
        """The kind of each column: int, text or bytes."""
        return dict(column.strip().split(" ") for column in self.columns.split(","))

    def statements(self, postgres: bool) -> list[str]:
        """What creates it where it is missing."""
        types = _POSTGRES if postgres else _SQLITE
        columns = ", ".join(f"{name} {types[kind]}" for name, kind in self.kinds.items())
        made = [f"CREATE TABLE IF NOT EXISTS {self.name} ({columns}, PRIMARY KEY ({self.key}))"]
        for number, (of, condition) in enumerate(self.indexes, start=1):
            where = f" WHERE {condition}" if condition else ""
            made.append(f"CREATE INDEX IF NOT EXISTS {self.name}_{number} ON {self.name} ({of}){where}")
        return made


META = Table("meta", "name text, value int", "name")
"""`version` of the tables, and `lamport`, the highest that counts."""
LOGS = Table("logs", "topic text, origin text, changed int", "topic, origin", (("changed", "changed = 1"),))
"""`changed`: entries came of which it is not yet decided whether they count."""
RUNS = Table(
    "runs",
    "topic text, origin text, root bytes, epoch text, first int, last int, position int, end_position int, "
    "before bytes, solid int",
    "topic, origin, root",
    (("topic, origin, epoch", ""), ("topic, origin, end_position", ""), ("topic, origin", "solid = 0")),
)
"""The runs of the core, as it writes them."""
SEGMENTS = Table(
    "segments",
    "id int, topic text, origin text, epoch text, first int, last int, position int, before bytes, root bytes, "
    "lefts bytes, note text, proof_size int, rights bytes, counted int",
    "id",
    (("topic, origin, epoch, last", ""),),
)
"""`lefts`: compact range of all before the first entry. `note`: a checkpoint that covers the last entry; `rights`:
compact range from there to its size. `counted`: the last seq of those that count, which are the first of a segment."""
ENTRIES = Table(
    "entries",
    "segment int, seq int, height int, hashes bytes, topic text, stream text, class text, lamport int, flags text, "
    "countable int, blocks int, state bytes, known text, known_until text",
    "segment, seq",
    (("topic, stream", ""), ("topic, stream", "blocks = 1"), ("segment", "flags <> ''")),
)
"""An entry, or a complete subtree of 2**`height` withheld entries that ends at `seq`. `hashes`: the node of that
height, and those above it that this entry completes: so every node of a tree is read by its last entry.
`countable`: its payload is here and can be read; `blocks`: its stream waits for a program that can read it."""
FILLED = Table("filled", "segment int, seq int", "segment, seq")
"""Entries whose payload came, or became readable, after they were taken up: not yet decided."""
EARLIER = Table("earlier", "segment int, seq int, known text, known_until text", "segment, seq, known")
"""Spans in which an entry counted before it ceased to and then counted again."""
OWN_UNCOUNTED = Table(
    "own_uncounted",
    "topic text, epoch text, seq int, origin text, stream text, lamport int, state bytes, known text, known_until text",
    "topic, epoch, seq, known",
    (("topic, stream", ""),),
)
"""Entries of the own event log that a fork makes not count, and since when; those that count again, since when too."""
OWN_COMMANDS = Table(
    "own_commands",
    "topic text, command_id text, segment int, seq int",
    "topic, command_id, segment, seq",
)
"""The idempotency keys of what the site itself recorded and a restored backup lacks."""
CHANGES = Table("changes", "number int, topic text, stream text", "number", (("topic, number", ""),))
"""Streams whose counted entries changed."""
WAITING = Table("waiting", "digest bytes, origin text, chunk bytes, since text", "digest", (("origin", ""),))
"""Chunks of origins that are not in the registry yet, or that need hashes inside a run of stubs."""
CHECKPOINTS = Table(
    "checkpoints",
    "line text, size int, root bytes, topic text, origin text, closed_until text, note text",
    "line, size, root",
    (("topic, origin", ""),),
)
"""The newest of each line of a log, and one a month before."""
VOUCHED = Table(
    "vouched",
    "line text, key bytes, topic text, origin text, size int, closed_until text, note text",
    "line, key",
    (("topic, origin", ""),),
)
"""Of an origin that has had several keys, the newest checkpoint of each line by each key: what an old one has signed
does not take the place of what the present one has."""
SPLIT_VIEWS = Table(
    "split_views",
    "origin text, topic text, epoch text, seq int, root bytes, note text",
    "origin, topic, epoch, seq, root",
)
"""Signed checkpoints with another root than what is held at their last entry: other sites showed them."""
COSIGNED = Table("cosigned", "line text, size int, root bytes, note text", "line")
"""The last checkpoint of each line of a log that this site has cosigned, with its cosignature."""
WITNESSED = Table("witnessed", "line text, key text, size int, at int, note text", "line, key")
"""Of each line of the own logs the last checkpoint that each witness, named by its key, has cosigned, and when, in
seconds since 1970."""
HEADS = Table(
    "heads",
    "kind text, origin text, topic text, epoch text, seq int, root bytes",
    "kind, topic, origin, root",
)
"""`kind`: target of a first synchronisation, or lost."""
RECEIPTS = Table("receipts", "issuer text, at text, note text", "issuer")
ISSUED = Table("issued", "issuer text, topic text, origin text, content bytes", "issuer, topic, origin")
"""What each site has stated last about each log, as whoever reads its statements folds them."""
STATEMENTS = Table("statements", "event_id text, state bytes", "event_id")
"""Statements that are kept as they are: all that are not folded into `issued`."""
FOLDED = Table("folded", "segment int, seq int", "segment")
"""Up to where the statements in each segment are in these two; segment 0: the position in the own log."""
PEERS = Table(
    "peers",
    "site text, vector bytes, base text, last_contact text, clock_skew int, scope_revision int",
    "site",
)
BUNDLES = Table(
    "bundles",
    "direction text, site text, number int, sha256 text, at text, state text",
    "direction, site, number, sha256",
)
HEARD = Table("heard", "site text, known text, until text, contact text, state text", "site, known")
"""How far each other site was heard, as known here from an instant on."""
DOCUMENTS = Table("documents", "name text, version int, content bytes", "name")
"""What all processes of a cluster are to read that its home has, such as the ticket."""
NOTICES = Table(
    "notices",
    "topic text, number int, own int, position int, change int, stream text, tag text, epoch text, seq int, "
    "state bytes",
    "topic, number",
    (("topic, epoch, seq", ""),),
)
"""That facts which had counted ceased to, or count again, as others are told. `own`: the own log has the fact;
`position`: where that log ended then."""
TABLES = (
    META,
    LOGS,
    RUNS,
    SEGMENTS,
    ENTRIES,
    FILLED,
    EARLIER,
    OWN_UNCOUNTED,
    OWN_COMMANDS,
    CHANGES,
    WAITING,
    CHECKPOINTS,
    VOUCHED,
    SPLIT_VIEWS,
    COSIGNED,
    WITNESSED,
    HEADS,
    RECEIPTS,
    ISSUED,
    STATEMENTS,
    FOLDED,
    PEERS,
    BUNDLES,
    HEARD,
    DOCUMENTS,
    NOTICES,
)
