"""The server under the intake with nothing of ours in it: decode the body, answer a little JSON.

`python -m tests.bench.peers.bare PORT`: one worker under Sanic's manager, as `zhangban serve`.
"""

import sys
from functools import partial

import msgspec
from sanic import Request, Sanic
from sanic.response import HTTPResponse
from sanic.worker.loader import AppLoader

from evaluations.ratings.schemas import DeviceRating


def make() -> Sanic:
    """An application with one route, configured as ours."""
    app: Sanic = Sanic("bare", configure_logging=False)
    app.config.ACCESS_LOG = False
    app.config.TOUCHUP = False
    decoder, encoder = msgspec.json.Decoder(DeviceRating), msgspec.json.Encoder()

    @app.get("/readyz")
    async def ready(_request: Request) -> HTTPResponse:
        return HTTPResponse(b"{}")

    @app.post("/api/v1/ratings/device")
    async def rate(request: Request) -> HTTPResponse:
        body = decoder.decode(request.body)
        answer = {"service_id": body.service_id, "level": body.level}
        return HTTPResponse(encoder.encode(answer), 201, content_type="application/json")

    return app


def main(port: int) -> None:
    """Serve on this port until told to stop."""
    loader = AppLoader(factory=partial(make))
    app = loader.load()
    app.prepare(host="127.0.0.1", port=port, workers=1, motd=False, access_log=False)
    Sanic.serve(primary=app, app_loader=loader)


if __name__ == "__main__":
    main(int(sys.argv[1]))
