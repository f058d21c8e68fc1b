"""What examines the contracts beside their tests: slither's findings, proofs, mutants."""
