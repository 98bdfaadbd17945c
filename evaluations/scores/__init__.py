"""Satisfaction, participation and rankings over any dimension and period."""
