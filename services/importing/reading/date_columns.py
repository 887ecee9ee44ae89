"""Reads the date columns of lines: the order of day and month by `--dates` or by proof, open ends, inclusive ends."""

from collections.abc import Iterable
from typing import NamedTuple

from services.importing.batches import SetAsideLine
from services.importing.csv_reader import CsvLine
from services.importing.reading.characters import clean_date, make_visible
from services.importing.reading.dates import (
    DAYS_UNTIL_1904,
    DateCell,
    read_date,
    shift_days,
    two_numbers_first,
)
from services.importing.reading.layouts import Period
from services.importing.reading.options import DateOrder, ReadingOptions
from services.importing.reading.problems import Problem
from services.importing.reading.readings import How, Readings
from shared.core.partial_dates import Day, day_after

_HOW_ORDERED = {
    ("dmy", True): How.DAY_FIRST_TOLD,
    ("mdy", True): How.MONTH_FIRST_TOLD,
    ("dmy", False): How.DAY_FIRST_PROVED,
    ("mdy", False): How.MONTH_FIRST_PROVED,
}


class Proof(NamedTuple):
    """A date that only one order of day and month can read."""

    column: str
    line: CsvLine
    text: str

    @property
    def where(self) -> tuple[str, str, str]:
        """The date and the place of its line, in English and in Vietnamese."""
        place = self.line.place
        if self.line.number > 0:
            return self.text, f"line {place}", f"dòng {place}"
        file = self.line.file
        return self.text, f"line {place} of {file} imported before", f"dòng {place} của {file} đã nhập trước"


class Order(NamedTuple):
    """The order of day and month in a group of columns, and what proves it."""

    order: DateOrder
    proofs: dict[DateOrder, Proof]

    @property
    def is_mixed(self) -> bool:
        return not self.order and len(self.proofs) > 1


def find_order(lines: Iterable[CsvLine], columns: tuple[str, ...]) -> Order:
    """The order of the dates in these columns, as all proofs agree; empty without a proof, or with one for each."""
    proofs: dict[DateOrder, Proof] = {}
    for line in lines:
        for column in columns:
            text = line.get(column)
            if len(text) < 8 or text[4:8:3] == "--":  # too short, or written as stored
                continue
            numbers = two_numbers_first(text)
            if numbers and numbers.proves and numbers.proves not in proofs:
                proofs[numbers.proves] = Proof(column, line, text)
    return Order(next(iter(proofs)) if len(proofs) == 1 else "", proofs)


class DateReader:
    """Reads the dates of one line after another."""

    def __init__(self, period: Period | None, orders: dict[str, Order], options: ReadingOptions) -> None:
        self._period, self._orders, self._options = period, orders, options
        self._readings = Readings()
        self._shown: set[tuple[str, str]] = set()

    def read(self, line: CsvLine, readings: Readings) -> SetAsideLine | None:
        """Read the dates of a line in place, and note how; the line to set aside where one is not sure."""
        self._readings = readings
        found: dict[str, DateCell] = {}
        for column, order in self._orders.items():
            cell = self._read_cell(line, column, order)
            if isinstance(cell, Problem):
                return line.set_aside(
                    column, cell.rule, cell.reason, cell.remedy, cell.reason_vi, cell.remedy_vi
                )
            found[column] = cell
        for column, cell in found.items():
            text = line.get(column)
            if not text.isascii() and clean_date(text) != text:
                self._note(line, column, How.ODD_CHARACTERS, text, cell.when)
            if cell.how:
                self._note(line, column, cell.how, text, cell.when)
            elif text != cell.when and two_numbers_first(text):
                self._note_order(line, column, text, cell)
            line.set(column, cell.when)
        if self._period:
            self._read_period(line, self._period, found)
        return None

    def _read_cell(self, line: CsvLine, column: str, order: Order) -> DateCell | Problem:
        text = line.get(column)
        if order.is_mixed and (numbers := two_numbers_first(text)) and numbers.first != numbers.second:
            day, month = order.proofs["dmy"], order.proofs["mdy"]
            return Problem.contradictory(text, day.where, month.where)
        cell = read_date(text, order.order)
        if isinstance(cell, Problem):
            return cell
        if cell.how is How.DAY_NUMBER and self._options.days_from_1904:
            cell = DateCell(shift_days(cell.when, DAYS_UNTIL_1904), How.DAY_NUMBER_1904)
        ends = self._period is not None and column == self._period.end
        if cell.open and not ends:
            return Problem.bad_date(
                text,
                'it means "no end", and this is no end',
                "nghĩa là chưa kết thúc, mà đây không phải ngày kết thúc",
            )
        if ends and cell.how is How.UNKNOWN_WORD and self._period and not self._period.status:
            return Problem.bad_date(
                text, "an end that is not known cannot be taken", "không nhận ngày kết thúc không rõ",
                "leave it empty if there is no end, or write what is known: 1995",
                "hãy để trống nếu chưa kết thúc, hoặc ghi phần đã biết: 1995",
            )  # fmt: skip
        return cell

    def _read_period(self, line: CsvLine, period: Period, found: dict[str, DateCell]) -> None:
        end, text = found[period.end], line.get_written(period.end)
        if period.status:
            status = line.get(period.status)
            if end.open:
                line.set(period.status, "ongoing")
            elif not status:
                unknown = end.how is How.UNKNOWN_WORD
                line.set(period.status, "closed" if end.when else "unknown" if unknown else "ongoing")
            if not end.when and not end.open and line.get(period.status) == "ongoing":
                self._note(line, period.end, How.OPEN_EMPTY, text, "")
        elif not end.when and not end.open:
            self._note(line, period.end, How.OPEN_EMPTY, text, "")
        if end.when and self._options.ends == "inclusive":
            precision = line.get(period.precision) if period.precision else ""
            if len(end.when) == 10 and precision in ("", "day"):
                after = day_after(Day(end.when))
                self._note(line, period.end, How.INCLUSIVE_END, text, after)
                line.set(period.end, after)
            else:
                self._note(line, period.end, How.INCLUSIVE_PARTIAL, text, end.when)

    def _note_order(self, line: CsvLine, column: str, text: str, cell: DateCell) -> None:
        order = self._orders[column]
        if not order.order:
            return
        how = _HOW_ORDERED[order.order, not order.proofs]
        name = line.own_names.get(column, column)
        if order.proofs and (column, how) not in self._shown:
            self._shown.add((column, how))
            proof = order.proofs[order.order]
            proved = read_date(proof.text, order.order)
            when = proved.when if isinstance(proved, DateCell) else ""
            where = "" if proof.column == column else f" ({proof.column})"
            self._readings.add(
                line.file, name, how, proof.line.place, make_visible(proof.text) + where, when, lines=0
            )
        self._readings.add(line.file, name, how, line.place, make_visible(text), cell.when)

    def _note(self, line: CsvLine, column: str, how: How, text: str, when: str) -> None:
        name = line.own_names.get(column, column)
        self._readings.add(line.file, name, how, line.place, make_visible(text[:80]), when)
