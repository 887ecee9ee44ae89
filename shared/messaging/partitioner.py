"""The partition of a stream, computed as Kafka's own producers do."""

PARTITIONS = 6
_MASK, _M = 0xFFFFFFFF, 0x5BD1E995


def partition_of(stream: str, partitions: int = PARTITIONS) -> int:
    """The partition to which a producer with Kafka's partitioner sends a record with this key."""
    return (murmur2(stream.encode()) & 0x7FFFFFFF) % partitions


def murmur2(data: bytes) -> int:
    """The hash of Kafka's partitioner, unsigned."""
    size = len(data)
    hashed = 0x9747B28C ^ size
    whole = size & ~3
    for start in range(0, whole, 4):
        word = int.from_bytes(data[start : start + 4], "little") * _M & _MASK
        word = (word ^ word >> 24) * _M & _MASK
        hashed = hashed * _M & _MASK ^ word
    if tail := data[whole:]:
        hashed = (hashed ^ int.from_bytes(tail, "little")) * _M & _MASK
    hashed = (hashed ^ hashed >> 13) * _M & _MASK
    return hashed ^ hashed >> 15
