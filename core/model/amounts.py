"""Numbers as a person reads them: thousands separated, with their unit."""

from __future__ import annotations


def counted(number: int, one: str, many: str = "") -> str:
    """`1 parameter`, `61,706 parameters`."""
    return f"{number:,} {one if number == 1 else many or one + 's'}"


def macs(number: int) -> str:
    """Multiply-accumulates with three digits: `864 MAC`, `122 kMAC`, `4.09 GMAC`."""
    return _scaled(number, "MAC")


def flops(number: int) -> str:
    """Floating-point operations with three digits: `864 FLOP`, `243 kFLOP`, `8.18 GFLOP`."""
    return _scaled(number, "FLOP")


def _scaled(number: int, unit: str) -> str:
    for limit, prefix in ((1e3, ""), (1e6, "k"), (1e9, "M"), (1e12, "G")):
        if number < limit * 0.9995:
            value = number / (limit / 1e3)
            return f"{value:.0f} {unit}" if not prefix else f"{value:.3g} {prefix}{unit}"
    return f"{number / 1e12:,.3g} T{unit}"


def size(number: int) -> str:
    """Memory with three digits: `864 B`, `23.5 KiB`, `97.5 MiB`."""
    for power, unit in ((0, "B"), (1, "KiB"), (2, "MiB")):
        if number < 999.5 * 1024**power:
            return f"{number:,} B" if not power else f"{number / 1024**power:.3g} {unit}"
    return f"{number / 1024**3:,.3g} GiB"


def duration(seconds: float) -> str:
    """A time: `0.4 s`, `12 s`, `1:30 min`, `2:05 h`."""
    if seconds < 9.95:
        return f"{seconds:.1f} s".replace(".0 s", " s")
    if seconds < 90:
        return f"{seconds:.0f} s"
    whole = round(seconds)
    if whole < 5400:
        return f"{whole // 60}:{whole % 60:02d} min"
    return f"{whole // 3600}:{whole % 3600 // 60:02d} h"


def share(part: float) -> str:
    """A share in percent: `97.3 %`."""
    return f"{part * 100:.1f} %"
