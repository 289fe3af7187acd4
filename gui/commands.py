"""The table of commands: what each is called, its keys, what it does, and when it cannot be done."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING

from gui.actions import Command
from gui.panels.trash import show_trash

if TYPE_CHECKING:
    from gui.window import Window


def table(window: Window) -> tuple[Command, ...]:
    """All commands of a window, menu by menu."""
    return (*_file(window), *_edit(window), *_block(window), *_view(window), *_run(window), *_help(window))


def _file(w: Window) -> tuple[Command, ...]:
    s, f = w.session, w.files
    opened = _needs_document(w)
    exports = tuple(
        Command(
            f"export_{id}", f"Export as {title} …", "File", lambda id=id: f.export(id), keys, f.can_export, line=first
        )
        for id, title, keys, first in (
            ("python", "Python", ("Ctrl+E",), True),
            ("safetensors", "safetensors", (), False),
            ("onnx", "ONNX", (), False),
        )
    )
    return (
        Command("new", "New project", "File", s.new_document, ("Ctrl+N",)),
        Command("open", "Open …", "File", f.open, ("Ctrl+O",)),
        Command("save", "Save", "File", f.save, ("Ctrl+S",), opened),
        Command("save_as", "Save as …", "File", f.save_as, ("Ctrl+Shift+S",), opened),
        Command("close", "Close project", "File", w.close_front, ("Ctrl+W",), opened),
        *exports,
        Command("my_layers", "My layers folder …", "File", w.user_layers.open_folder, line=True),
        Command("picture", "Save a picture of the window …", "File", f.save_picture),
        Command("quit", "Quit", "File", w.close, ("Ctrl+Q",), line=True),
    )


def _edit(w: Window) -> tuple[Command, ...]:
    s = w.session

    def selected() -> str:
        return "" if s.selection else "Select a layer first."

    def deletable() -> str:
        return "" if s.inner else selected()

    def undoable() -> str:
        return "" if s.history.undo_text else "There is nothing to undo."

    def redoable() -> str:
        return "" if s.history.redo_text else "There is nothing to redo."

    opened = _needs_document(w)
    return (
        Command("undo", "Undo", "Edit", s.undo, ("Ctrl+Z",), undoable),
        Command("redo", "Redo", "Edit", s.redo, ("Ctrl+Shift+Z", "Ctrl+Y"), redoable),
        Command("cut", "Cut", "Edit", s.cut, ("Ctrl+X",), selected, on="canvas", line=True),
        Command("copy", "Copy", "Edit", s.copy, ("Ctrl+C",), selected, on="canvas"),
        Command("paste", "Paste", "Edit", s.paste, ("Ctrl+V",), opened, on="canvas"),
        Command("duplicate", "Duplicate", "Edit", s.duplicate, ("Ctrl+D",), selected),
        Command("delete", "Delete", "Edit", s.delete_selection, ("Del",), deletable, on="told"),
        Command("select_all", "Select all", "Edit", s.select_all, ("Ctrl+A",), opened, on="told"),
        Command("tidy", "Tidy the network", "Edit", w.canvas_do("tidy"), ("Ctrl+Shift+L",), opened, line=True),
        Command("find", "Find a layer or a command …", "Edit", w.open_palette, ("Ctrl+K",), line=True),
    )


def _block(w: Window) -> tuple[Command, ...]:
    s, b = w.session, w.session.blocks

    def forkable() -> str:
        return "" if s.place.steps and not s.selection else b.no_instance()

    return (
        Command("make_block", "Make a block of the selection", "Block", b.make, ("Ctrl+G",), b.cannot_make),
        Command("open_up", "Open the block up into its nodes", "Block", b.open_up, ("Ctrl+Shift+G",), b.no_instance),
        Command("duplicate_block", "Duplicate as a new block", "Block", b.fork, ("Ctrl+Shift+D",), forkable),
        Command("enter_block", "Go inside", "Block", b.enter, ("Return",), b.cannot_enter, on="told", line=True),
        Command("leave_block", "Go out", "Block", s.leave, ("Alt+Up",), b.cannot_leave),
        Command("fold_block", "Open in place, or fold", "Block", b.toggle, ("Ctrl+B",), b.no_instance),
        Command("repetition_before", "The repetition before", "Block", lambda: s.turn(-1), ("Alt+Left",), b.is_first),
        Command("repetition_next", "The next repetition", "Block", lambda: s.turn(1), ("Alt+Right",), b.is_last),
    )


def _view(w: Window) -> tuple[Command, ...]:
    s = w.session

    def fold(side: str) -> Callable[[], object]:
        return lambda: w.fold(side)

    def seen(side: str) -> Callable[[], bool]:
        return lambda: w.is_shown(side)

    return (
        Command("fit", "Show the whole network", "View", w.canvas_do("fit"), ("Ctrl+0",)),
        Command("zoom_in", "Nearer", "View", lambda: w.zoom_by(1.25), ("Ctrl++", "Ctrl+=")),
        Command("zoom_out", "Farther", "View", lambda: w.zoom_by(0.8), ("Ctrl+-",)),
        Command("fold_left", "Layers and lectures", "View", fold("left"), ("F2",), checked=seen("left"), line=True),
        Command("fold_bottom", "Live views", "View", fold("bottom"), ("F3",), checked=seen("bottom")),
        Command("fold_right", "Inspector and note", "View", fold("right"), ("F4",), checked=seen("right")),
        Command("canvas_only", "Canvas alone", "View", w.canvas_alone, ("F10",)),
        Command("full_screen", "Full screen", "View", w.full_screen, ("F11",), checked=w.isFullScreen),
        Command("costs", "Costs on the nodes", "View", w.switches.turn_costs, checked=lambda: s.costs_shown, line=True),
        Command(
            "fluent",
            "Fluent pictures, slower training",
            "View",
            w.switches.turn_fluent,
            reason=w.switches.why_fluent,
            checked=lambda: w.switches.is_fluent,
        ),
        Command("theme", "Dark colours", "View", w.switches.turn_theme, ("F9",), checked=lambda: s.theme.is_dark),
        Command(
            "presentation",
            "Presentation: everything twice as large",
            "View",
            w.present,
            ("F8",),
            checked=lambda: w.presenting,
        ),
    )


def _run(w: Window) -> tuple[Command, ...]:
    s, c = w.session, w.session.control

    def ready() -> str:
        return "" if s.run and s.run.active else s.can_start()

    def active() -> str:
        return "" if s.run and s.run.active else "Nothing is training."

    def loaded() -> str:
        return "" if s.engine_is_ready else "PyTorch is loading …"

    def to_go_on() -> str:
        return s.kept.cannot_go_on(s.kept.latest())

    return (
        Command("train", "Train or pause", "Run", w.train_or_pause, ("F5",), ready),
        Command("go_on", "Continue the latest run", "Run", s.kept.go_on, ("Shift+F5",), to_go_on),
        Command("step", "One step", "Run", s.single_step, ("F6",), ready),
        Command("stop", "Stop", "Run", s.stop, ("F7",), active),
        Command("sweep", "Sweep …", "Run", lambda: w.show_place("sweep"), reason=_needs_document(w)),
        Command("end_step", "End the step …", "Run", c.hanging.end_step, (), c.hanging.cannot_end),
        Command(
            "isolated",
            "Train in a process of its own",
            "Run",
            w.switches.turn_isolated,
            checked=lambda: w.settings.isolated,
            line=True,
        ),
        Command("keep_runs", "Keep runs on disk", "Run", w.files.turn_keeping, checked=lambda: s.kept.on),
        Command("runs_folder", "Choose where runs are kept …", "Run", w.files.choose_runs),
        Command("trash", "Trash of runs …", "Run", lambda: show_trash(s, w), reason=loaded),
    )


def _help(w: Window) -> tuple[Command, ...]:
    return (
        Command("shortcuts", "Shortcuts", "Help", w.show_shortcuts, ("F1", "?")),
        Command("about", "About Layerloom", "Help", w.show_about),
    )


def _needs_document(w: Window) -> Callable[[], str]:
    return lambda: "" if w.session.document else "Open a project first."
