"""Every layer kind, a family a file; importing this package fills `core.model.spec.registry`."""
