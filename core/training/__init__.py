"""Objectives over programs: optimizers, schedules, metrics, the trainer, its probe and its run folder."""
