"""Frameworks are set up here; plans and all they hold may only be looked at, or go in and out by sheet."""

from __future__ import annotations

from plans.admin import content, desk, frameworks

__all__ = ["content", "desk", "frameworks"]
