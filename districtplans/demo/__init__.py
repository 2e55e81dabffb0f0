"""Demonstration data: made-up plans of five districts in five shapes, and the people around them."""

from __future__ import annotations
