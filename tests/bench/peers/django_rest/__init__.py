"""The intake in Django REST framework, as its guide shows it: models, a serializer, a view.

`gunicorn tests.bench.peers.django_rest.wsgi`, one process with threads, persistent connections.
"""
