"""`python -m offchain`."""

from offchain.commands.app import main

main()
