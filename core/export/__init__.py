"""Trained networks as files of others: each exporter reads back what it wrote and compares."""
