"""What SECURITY.md promises, held against the program itself."""
