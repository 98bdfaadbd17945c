"""What leaves the house as a file: spreadsheets, the month's report as PDF; imports; long work."""
