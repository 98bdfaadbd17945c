"""Backup and restore of the database and of every stored photo, as commands."""

from app.backup.copies import backup, restore
from app.backup.database import BackupError

__all__ = ["BackupError", "backup", "restore"]
