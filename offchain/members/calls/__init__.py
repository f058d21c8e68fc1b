"""What is sent to the contracts of members: registrations, devices, sheets, freezes."""
