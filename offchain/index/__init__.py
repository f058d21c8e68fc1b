"""The index: every event of a deployment in a database, right across reorganisations, and what the events add up to."""
