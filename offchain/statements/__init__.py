"""What a member or a beneficiary can show to others: energy, certificates, allowances, and the carbon of its power."""
