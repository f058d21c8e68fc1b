"""One trading day of a region, from plan to audit: what would happen, doing it on the chains, and proving it."""
