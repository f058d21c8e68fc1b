"""The simulated region: who takes part, what meters say, whose keys sign, what the day comes to."""
