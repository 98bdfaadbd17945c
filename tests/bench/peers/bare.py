"""The server under ours with nothing of ours in it: it answers bytes that it has.

`python -m tests.bench.peers.bare PORT [SIZE]`: one worker under Sanic's manager, as `zhangban
serve`. A rating's body is decoded first; of what is read, every answer has SIZE bytes.
"""

import sys
from functools import partial

import msgspec
from sanic import Request, Sanic
from sanic.response import HTTPResponse
from sanic.worker.loader import AppLoader

from evaluations.ratings.schemas import DeviceRating


def make(size: int) -> Sanic:
    """An application that does nothing, configured as ours."""
    app: Sanic = Sanic("bare", configure_logging=False)
    app.config.ACCESS_LOG = False
    app.config.TOUCHUP = True
    decoder, encoder = msgspec.json.Decoder(DeviceRating), msgspec.json.Encoder()
    answer_bytes = b" " * size

    @app.get("/readyz")
    async def ready(_request: Request) -> HTTPResponse:
        return HTTPResponse(b"{}")

    @app.post("/api/v1/ratings/device")
    async def rate(request: Request) -> HTTPResponse:
        body = decoder.decode(request.body)
        answer = {"service_id": body.service_id, "level": body.level}
        return HTTPResponse(encoder.encode(answer), 201, content_type="application/json")

    @app.get("/api/v1/<path:path>")
    async def read(_request: Request, path: str) -> HTTPResponse:
        return HTTPResponse(answer_bytes, content_type="application/json")

    return app


def main(port: int, size: int) -> None:
    """Serve on this port until told to stop."""
    loader = AppLoader(factory=partial(make, size))
    app = loader.load()
    app.prepare(host="127.0.0.1", port=port, workers=1, motd=False, access_log=False)
    Sanic.serve(primary=app, app_loader=loader)


if __name__ == "__main__":
    main(int(sys.argv[1]), int(sys.argv[2]) if len(sys.argv) > 2 else 0)
