"""The kinds of inbound data, one declaration each."""

from connector.feeds.binding import Binding, LocationRule, Policy

__all__ = ["Binding", "LocationRule", "Policy"]
