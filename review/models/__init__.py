"""Signing inside the district, the city's desk, deadlines and mail."""

from __future__ import annotations
