"""The manager's console: from every figure to what is behind it; boards that must be worked."""
