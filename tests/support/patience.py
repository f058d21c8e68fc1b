"""How long a test waits for another program before it calls it hung: no test judges how fast a machine is."""

from typing import Final

PATIENCE: Final = 600  # [s]
