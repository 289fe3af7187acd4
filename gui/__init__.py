"""The desktop program: everything that needs a screen."""
