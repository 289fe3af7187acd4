"""Real time series that come with the program, cut into windows: sunspots and carbon dioxide."""

from __future__ import annotations

import csv
from collections.abc import Callable
from functools import cache
from itertools import groupby

import numpy as np
import numpy.typing as npt

from core.data.bundled import FOLDER
from core.data.registry import Arrays, DataSource, Given, add
from core.model.fault import ProjectError
from core.model.spec import Param
from core.model.tensor import Field

Numbers = npt.NDArray[np.float64]
Reader = Callable[[str], tuple[tuple[str, ...], Numbers]]

MONTHS = (
    "January", "February", "March", "April", "May", "June",
    "July", "August", "September", "October", "November", "December",
)  # fmt: skip


def _rows(file: str) -> list[tuple[str, float]]:
    """The rows of a file that ships: when, and how much (NaN where nothing was measured)."""
    with (FOLDER / file).open(encoding="utf-8", newline="") as lines:
        rows = csv.reader(lines)
        next(rows)
        return [(when, float(value) if value else np.nan) for when, value in rows]


@cache
def sunspots(every: str) -> tuple[tuple[str, ...], Numbers]:
    """When and how many, for each `year` or `month`."""
    rows = _rows(f"sunspots-{every}ly.csv")
    return tuple(when for when, _ in rows), np.array([value for _, value in rows])


@cache
def carbon_dioxide(every: str) -> tuple[tuple[str, ...], Numbers]:
    """When and how many parts per million, for each `week` or `month`; gaps are filled by straight lines."""
    rows = _rows("co2-weekly.csv")
    if every == "month":
        grouped = [(month, [value for _, value in of]) for month, of in groupby(rows, lambda row: row[0][:7])]
        known = [(month, [value for value in values if value == value]) for month, values in grouped]
        rows = [(month, float(np.mean(values)) if values else np.nan) for month, values in known]
    values = np.array([value for _, value in rows])
    there = np.flatnonzero(~np.isnan(values))
    return tuple(when for when, _ in rows), np.interp(np.arange(len(values)), there, values[there])


def _span(given: Given) -> int:
    return given.whole("length") + given.whole("horizon")


def _gap(given: Given) -> int:
    """How many windows share a value with the one before them."""
    return -(-_span(given) // given.whole("stride")) - 1


def _fields(given: Given, title: str, seasons: bool) -> dict[str, Field]:
    length, horizon = given.whole("length"), given.whole("horizon")
    ahead = tuple(f"+{step}" for step in range(1, horizon + 1))
    fields = {
        "x": Field("x", (length, 1), "float32", "series", title),
        "y": Field("y", (1,), "float32", "number", "the next one")
        if horizon == 1
        else Field("y", (horizon,), "float32", "vector", "the next ones", ahead),
        "next": Field("next", (length, 1), "float32", "series", "the next one at every step"),
        "rises": Field("rises", (), "int64", "class", "whether it rises", ("falls", "rises")),
        "time": Field("time", (1,), "float32", "number", "year of the first that is asked"),
        "turned": Field("turned", (length, 1), "float32", "series", f"{title}, perhaps backwards"),
        "arrow": Field("arrow", (), "int64", "class", "direction of time in turned", ("forwards", "backwards")),
    }
    if seasons:
        fields["month"] = Field("month", (), "int64", "class", "month of the first that is asked", MONTHS)
    return fields


def _year(when: str) -> float:
    """1958-03-29 → 1958.24, months counted in twelfths."""
    year, month, day = (*when.split("-"), "", "")[:3]
    return int(year) + (int(month or 1) - 1 + (int(day or 1) - 1) / 31) / 12


def _read(given: Given, reader: Reader, seasons: bool) -> Arrays:
    times, values = reader(given.word("every"))
    if given.word("values") == "changes":
        times, values = times[1:], np.diff(values)
    length, horizon, span = given.whole("length"), given.whole("horizon"), _span(given)
    if len(values) < span:
        raise ProjectError(
            f"{len(values):,} values hold no window of {length:,} and {horizon:,} after it.",
            place="data.params.length",
            fix="Choose a shorter length or horizon.",
        )
    stride = given.whole("stride")
    windows = np.lib.stride_tricks.sliding_window_view(values, span)[::stride].astype(np.float32)  # (samples, span)
    asked = range(length, len(values) - horizon + 1, stride)
    arrays = {
        "x": windows[:, :length, None],
        "y": windows[:, length:],
        "next": windows[:, 1 : length + 1, None],
        "rises": (windows[:, length:].mean(1) > windows[:, length - 1]).astype(np.int64),
        "time": np.array([[_year(times[at])] for at in asked], np.float32),
    }
    arrow = np.random.default_rng(given.whole("seed")).permutation(np.arange(len(windows)) % 2)
    arrays["arrow"] = arrow
    arrays["turned"] = np.where(arrow[:, None, None] == 1, arrays["x"][:, ::-1], arrays["x"])
    if seasons:
        arrays["month"] = np.array([int(times[at][5:7]) - 1 for at in asked], np.int64)
    return arrays


def _series(
    id: str, title: str, doc: str, source: str, reader: Reader, every: tuple[str, str], seasons: bool = False
) -> DataSource:
    return DataSource(
        id,
        title,
        f"{doc} Cut into windows of some length; what is asked is what comes next (y), the same at every step (next), "
        "or whether it rises; or, of windows of which half run backwards (turned), which way time goes (arrow). The "
        "parts are blocks of time, the test part the latest, and no value is in two of them.",
        source,
        "real",
        lambda given: _fields(given, title.lower(), seasons),
        lambda given: _read(given, reader, seasons),
        (
            Param("every", "Every", "choice", every[0], "The mean of what time is one value.", choices=every),
            Param("length", "Length", "int", 24, "Values in a window.", 2, 1024, unit="values"),
            Param("horizon", "Horizon", "int", 1, "How many values are to be predicted.", 1, 256, unit="values"),
            Param("stride", "Stride", "int", 1, "From one window to the next.", 1, 1024, unit="values"),
            Param(
                "values",
                "Values",
                "choice",
                "measured",
                "As measured, or the change from each value to the next, which has no trend.",
                choices=("measured", "changes"),
            ),
            Param("seed", "Seed", "int", 0, "Which windows run backwards in turned.", 0, 2**32 - 1),
        ),
        standardise=("x", "y", "next", "turned"),
        gap=_gap,
    )


add(
    _series(
        "sunspots",
        "Sunspots",
        "The mean number of spots on the sun, yearly from 1700 or monthly from 1749 to 2008, with its cycle of eleven "
        "years.",
        "World Data Center SILSO, Royal Observatory of Belgium, and NOAA National Geophysical Data Center: "
        "international sunspot number, version 1; public domain.",
        sunspots,
        ("year", "month"),
    ),
    _series(
        "co2",
        "Carbon dioxide",
        "Parts per million in the air at Mauna Loa, Hawaii, from March 1958 to December 2001: a rise with seasons.",
        "C. D. Keeling, T. P. Whorf: Atmospheric CO₂ concentrations at Mauna Loa (2004), Carbon Dioxide Information "
        "Analysis Center, U.S. Department of Energy; public domain.",
        carbon_dioxide,
        ("month", "week"),
        seasons=True,
    ),
)
