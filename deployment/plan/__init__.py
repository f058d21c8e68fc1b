"""One file per subject: its contracts, what each is constructed with, who may call what, what points to what."""
