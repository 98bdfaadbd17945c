"""Certificates handed over once (统一发证): all results of a bundle or a project in one act."""
