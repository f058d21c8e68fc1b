"""Emission factors, and carbon traced along the power flow."""
