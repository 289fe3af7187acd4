"""What losses whose ports bear other names than prediction and target say about what arrives."""

from __future__ import annotations

from core.layers.complaints import listing, not_real
from core.layers.loss_checks import Check
from core.layers.reading import first
from core.model.fault import Complaint
from core.model.spec import Inputs
from core.model.tensor import TensorType
from core.model.values import Params


def together(*checks: Check) -> Check:
    """The first error of several checks, which may rely on those before them; else the first warning."""

    def check(inputs: Inputs, params: Params) -> Complaint | None:
        warning: Complaint | None = None
        for each in checks:
            complaint = each(inputs, params)
            if complaint and complaint.severity == "error":
                return complaint
            warning = warning or complaint
        return warning

    return check


def real(title: str, *ports: str, rank: int = 0, takes: str = "") -> Check:
    """Real numbers at every wired port, with at least `rank` axes; `takes` names those: `N×C×H×W`."""

    def check(inputs: Inputs, params: Params) -> Complaint | None:
        for port in ports:
            if port not in inputs:
                continue
            arriving = first(inputs, port)
            if wrong := not_real(title, arriving, port, embed=False):
                return wrong
            if arriving.rank < rank:
                return Complaint(
                    f"{title} takes {takes} at “{port}”, but {arriving} arrives.",
                    "Put a Reshape before it, or wire it to an earlier layer.",
                    port=port,
                )
        return None

    return check


def alike(title: str, *ports: str) -> Check:
    """Real numbers in one shape at every wired port."""
    numbers = real(title, *ports)

    def check(inputs: Inputs, params: Params) -> Complaint | None:
        if wrong := numbers(inputs, params):
            return wrong
        wired = [port for port in ports if port in inputs]
        for port in wired[1:]:
            if first(inputs, port).shape != first(inputs, wired[0]).shape:
                return Complaint(
                    f"{title} compares “{wired[0]}” and “{port}” number by number, but"
                    f" {listing((first(inputs, wired[0]), first(inputs, port)))} arrive.",
                    "Make the shapes equal, with the same layers before both.",
                    port=port,
                )
        return None

    return check


def rows(title: str, *ports: str, same: bool = True) -> Check:
    """One vector a sample (N×D) at every wired port; `same`: all of one length."""

    def check(inputs: Inputs, params: Params) -> Complaint | None:
        for port in ports:
            if port not in inputs:
                continue
            arriving = first(inputs, port)
            if wrong := not_real(title, arriving, port, embed=False):
                return wrong
            if arriving.rank != 2:
                return Complaint(
                    f"{title} takes one vector a sample (N×D) at “{port}”, but {arriving} arrives.",
                    "Put a Flatten before it." if arriving.rank > 2 else "Put a Linear before it.",
                    port=port,
                    insert="flatten" if arriving.rank > 2 else "",
                )
        return alike(title, *ports)(inputs, params) if same else None

    return check


def index_each(title: str, port: str, of: str) -> Check:
    """One whole number (a class, an action) for each sample that arrives at `of`."""

    def check(inputs: Inputs, params: Params) -> Complaint | None:
        if port not in inputs:
            return None
        arriving, samples = first(inputs, port), first(inputs, of)
        if not arriving.is_float and arriving.shape == samples.shape[:1]:
            return None
        return Complaint(
            f"{title} wants one whole number a sample ({TensorType(samples.shape[:1])}) at “{port}”,"
            f" but {arriving} ({arriving.dtype}) arrives.",
            "Wire an Input whose field holds one class a sample, in the form “as stored”.",
            port=port,
        )

    return check


def number_each(title: str, port: str, of: str, *, whole: bool = True) -> Check:
    """One number for each sample that arrives at `of`: N or N×1; `whole`: classes will do."""

    def check(inputs: Inputs, params: Params) -> Complaint | None:
        if port not in inputs:
            return None
        arriving, samples = first(inputs, port), first(inputs, of).shape[:1]
        if not whole and (wrong := not_real(title, arriving, port, embed=False)):
            return wrong
        if arriving.shape in (samples, (*samples, 1)):
            return None
        return Complaint(
            f"{title} wants one number a sample ({TensorType((*samples, 1))}) at “{port}”, but {arriving} arrives.",
            "At its Input, choose the form “number”, or put a Linear with one output before it.",
            port=port,
        )

    return check


def fixed(title: str, port: str, axis: int, size: int, means: str) -> Check:
    """An axis of a given size."""

    def check(inputs: Inputs, params: Params) -> Complaint | None:
        arriving = first(inputs, port)
        if arriving.shape[axis] == size:
            return None
        return Complaint(
            f"{title} wants {size} numbers at the last axis of “{port}” ({means}), but {arriving} arrives.",
            f"Let the layer before it give {size} numbers, or put a Reshape before it.",
            port=port,
        )

    return check
