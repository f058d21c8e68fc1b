"""Independent models of what the contracts and the program compute: nothing of the product is imported here."""
