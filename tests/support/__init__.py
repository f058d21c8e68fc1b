"""What tests stand on: actors, signatures, deployments, state machines."""
