"""Konnect Connector: files from a shop's old ERP in, Konnect calls out, the outcome of every row known."""

__version__ = "0.1.0"
