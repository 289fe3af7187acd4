"""What each headless command does; `core.cli` reads their words."""
