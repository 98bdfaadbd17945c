"""What people have given before and what the hall issued to them, to be used again."""
