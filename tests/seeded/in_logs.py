"""Bugs in the log and the keys."""

from tests.kernel import test_append_conditions, test_keyring, test_log, test_writers
from tests.seeded.finders import in_folder
from tests.seeded.seed import Seed

SEEDS = [
    Seed(
        "seq counts on over epochs",
        (
            (
                "shared.eventlog.log_writer:LogWriter._become_writer",
                "event.recorded_at, 0, epoch",
                "event.recorded_at, event.seq, epoch",
            ),
        ),
        (in_folder(test_log.test_every_epoch_counts_its_seq_from_one_and_positions_go_on),),
    ),
    Seed(
        "the chain forgets what came before",
        (
            (
                "shared.eventlog.log_writer:LogWriter._add_events",
                "sha256(head.chain + state)",
                "sha256(state)",
            ),
        ),
        (in_folder(test_log.test_the_chain_is_recomputed_from_the_stored_bytes),),
    ),
    Seed(
        "versions not checked",
        (
            (
                "shared.eventlog.log_writer:LogWriter._refuse",
                "if version != request.expected:",
                "if False:",
            ),
        ),
        (in_folder(test_log.test_a_decision_made_on_an_old_version_is_refused_whole),),
    ),
    Seed(
        "conditions not checked",
        (("shared.eventlog.log_writer:LogWriter._refuse", "not self._tags.holds(", "not True and ("),),
        (in_folder(test_append_conditions.check_requests_of_one_transaction),),
    ),
    Seed(
        "tags of earlier writers forgotten",
        (
            (
                "shared.eventlog.tag_positions:TagPositions._holds",
                "if after < self._since and not self._read_back(after):",
                "if False:",
            ),
        ),
        (in_folder(test_append_conditions.check_a_new_writer),),
    ),
    Seed(
        "the clock may go back",
        (
            (
                "shared.eventlog.log_writer:LogWriter._add_request",
                "batch.now if batch.now > head.recorded_at",
                "batch.now if True",
            ),
        ),
        (
            in_folder(
                test_log.test_a_decision_is_one_instant_and_the_next_is_later_even_when_the_clock_goes_back
            ),
        ),
    ),
    Seed(
        "a repeated key is not noticed",
        (("shared.eventlog.log_writer:LogWriter._is_repeated", "if not request.command_id:", "if True:"),),
        (in_folder(test_log.test_a_key_repeated_within_one_transaction_is_answered_once),),
    ),
    Seed(
        "a key may be used for something else",
        (("shared.eventlog.log_writer:LogWriter._is_repeated", "if not same:", "if False:"),),
        (
            lambda: in_folder(
                lambda home: test_log.test_a_key_is_not_used_for_something_else(home, "a", b"other")
            )(),
        ),
    ),
    Seed(
        "two processes write",
        (
            (
                "shared.eventlog.recorders.sqlite:SQLiteWriteConnection.write",
                "self._insert(EVENT_COLUMNS, events, number)",
                "self._insert(EVENT_COLUMNS, events, number) or True",
            ),
            ("shared.eventlog.recorders.sqlite:SQLiteWriteConnection._ends_with", "== end", "!= 0"),
        ),
        (in_folder(test_writers.test_a_second_process_that_writes_fences_off_the_first),),
    ),
    Seed(
        "names stored in clear",
        (("shared.eventlog.key_store:encrypt_fields_with", "encrypt(name, text) if text else text", "text"),),
        (in_folder(test_keyring.test_only_ciphertext_is_in_the_files),),
    ),
    Seed(
        "corrections stored in clear",
        (
            (
                "shared.eventlog.key_store:_change_values",
                "if name in fields and isinstance(value, str):",
                "if False:",
            ),
        ),
        (in_folder(test_keyring.test_a_correction_of_what_is_personal_is_ciphertext_too),),
    ),
]
