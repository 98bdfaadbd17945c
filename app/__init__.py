"""掌办: the service-hall backend for palm handling (掌上办)."""

__version__ = "0.1.0"
