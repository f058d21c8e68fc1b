"""`python -m offchain`."""

from offchain.cli import main

main()
