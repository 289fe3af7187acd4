"""The live views below the canvas."""

VIEWS: tuple[tuple[str, str, str], ...] = (
    ("learning", "Learning", "gui.views.learning:LearningView"),
    ("weights", "Weights", "gui.views.weights:WeightsView"),
    ("activations", "Activations", "gui.views.activations:ActivationsView"),
    ("confusion", "Mistakes", "gui.views.confusion:ConfusionView"),
    ("boundary", "Boundary", "gui.views.boundary:BoundaryView"),
    ("surface", "Surface", "gui.views.surface:SurfaceView"),
    ("samples", "Samples", "gui.views.samples:SamplesView"),
    ("text", "Text", "gui.views.text:TextView"),
    ("code", "Code", "gui.views.code:CodeView"),
)
"""Id, title and class of every view, in the order of the tabs; imported when first shown."""
