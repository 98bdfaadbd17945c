"""The public pages: for anybody, without an account, and cheap for an old phone."""
