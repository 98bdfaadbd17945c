"""The two addresses."""

from django.http import HttpResponse
from django.urls import path

from tests.bench.peers.django_rest.views import RateOnDevice

urlpatterns = [
    path("api/v1/ratings/device", RateOnDevice.as_view()),
    path("readyz", lambda _request: HttpResponse("{}")),
]
