"""What members and their meters bring: registrations with acceptances, signed day sheets."""
