"""What leaves the console as a file: spreadsheets, and the month's report as PDF."""
