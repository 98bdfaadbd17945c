"""The demonstration catalogue of a county: one JSON file an item, as `zhangban catalog` reads it.

Departments, addresses, telephone numbers and implementation codes are invented; the laws are real.
"""
