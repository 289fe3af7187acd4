"""The panels around the canvas."""

PANELS: tuple[tuple[str, str, str], ...] = (
    ("layers", "Layers", "gui.panels.layers:LayersPanel"),
    ("lectures", "Lectures", "gui.panels.lectures:LecturesPanel"),
    ("outline", "Outline", "gui.panels.outline:OutlinePanel"),
    ("inspector", "Inspector", "gui.panels.inspector:InspectorPanel"),
    ("note", "Lecture", "gui.panels.note:NotePanel"),
    ("training", "Training", "gui.panels.training:TrainingPanel"),
    ("data", "Data", "gui.panels.data:DataPanel"),
    ("problems", "Problems", "gui.panels.problems:ProblemsPanel"),
    ("runs", "Runs", "gui.panels.runs:RunsPanel"),
    ("sweep", "Sweep", "gui.sweeps.panel:SweepPanel"),
)
"""Id, title and class of every panel; the window imports each when it is first shown."""
