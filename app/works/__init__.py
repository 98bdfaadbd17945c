"""Long work (任务): imports, exports and reports that can be left and found again."""
