"""Charts, colours, formats and layout of what is drawn."""
