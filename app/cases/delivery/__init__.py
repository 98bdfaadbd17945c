"""Delivery: certificates, hand-over at the counter, and the post."""
