"""What an applicant gave or got before, offered to be used again (一次提交、反复使用)."""
