"""The audit log as auditors meet it: searched, put in words, taken out. It is written by `core/audit.py`."""
