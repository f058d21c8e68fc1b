"""Programs that run chains on this machine, behind one port."""
