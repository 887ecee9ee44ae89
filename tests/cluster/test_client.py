"""The generated client again, over PostgreSQL, Kafka and Faust workers."""

from pathlib import Path

from tests.cluster.conftest import TOKENS
from tests.contract.generated_client import generate_client, tell_story


def test_a_generated_client_records_an_appointment_in_a_cluster(address: str, tmp_path: Path) -> None:
    made = generate_client(address, tmp_path)
    _, *tags = tell_story(address, made, TOKENS["write"]).split()
    assert tags == ["appointment.appointed", "appointment.tenure-ended"]
