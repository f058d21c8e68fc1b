"""How meters are numbered."""

FIRST_DEVICE_METER = 1 << 31
"""The meter of device n has the id 2^31 + n (IMeters)."""
