"""`layerloom rates`: tries growing learning rates on a copy of a project and says which one to take."""

from __future__ import annotations

from core.commands.printing import print_json, print_table
from core.model.project import Project
from core.training.rate_finder import RateSearch, find_rate

LINES = 25
"""Lines of the table at most."""


def rates(project: Project, *, objective: int, steps: int, device: str | None, as_json: bool) -> int:
    """Prints rates and losses, and the suggestion; returns 1 where the loss fell at no rate."""
    search = find_rate(project, objective=objective - 1, steps=steps, device=device)
    if as_json:
        print_json(report(search))
    else:
        every = -(-len(search.rates) // LINES) or 1
        rows = zip(search.rates[::every], search.losses[::every], search.smoothed[::every], strict=True)
        print_table([(f"{rate:.1e}", f"{loss:.4g}", f"{mean:.4g}") for rate, loss, mean in rows], HEAD)
        print(f"\n{search.objective}: {search.advice}")
    return 0 if search.suggestion else 1


HEAD = ("rate", "loss", "smoothed")


def report(search: RateSearch) -> dict[str, object]:
    """The trial for programs; `suggestion` is 0 where no rate helps."""
    numbers = ("suggestion", "steepest", "below", "diverged", "objective", "advice")
    found: dict[str, object] = {name: getattr(search, name) for name in numbers}
    return found | {name: getattr(search, name).tolist() for name in ("rates", "losses", "smoothed")}
