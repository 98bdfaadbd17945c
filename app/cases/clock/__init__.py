"""The clock of a case: limits, pauses, extensions, endings, lights."""
