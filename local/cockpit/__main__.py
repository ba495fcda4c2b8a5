"""`python -m local.cockpit --folder .local`: the world that is up there, in one page for a browser."""

import argparse
import json
import signal
import sys
import threading
from pathlib import Path
from typing import Final

import requests
from botocore.exceptions import BotoCoreError, ClientError

from local.cockpit.desk import Desk, Refused
from local.standins.http import Listener, Reply, Request, as_json
from local.world.failure import WorldError
from local.world.world import World

_FILES: Final = {
    "/": ("page.html", "text/html; charset=utf-8"),
    "/page.css": ("page.css", "text/css; charset=utf-8"),
    "/page.js": ("page.js", "text/javascript; charset=utf-8"),
    "/words.js": ("words.js", "text/javascript; charset=utf-8"),
}
_HERE: Final = Path(__file__).parent


def answer(desk: Desk, request: Request) -> Reply:
    # Another site's page may send a form here; it cannot send JSON without asking first.
    if request.method == "POST" and not request.headers.get("content-type", "").startswith("application/json"):
        return as_json({"error": "JSON is expected"}, status=415)
    try:
        match request.method, request.path:
            case "GET", path if path in _FILES:
                name, kind = _FILES[path]
                return Reply(body=(_HERE / name).read_bytes(), content_type=kind, headers={"Cache-Control": "no-store"})
            case "GET", path if path.startswith("/page/"):
                language = "en" if request.query.get("lang") == "en" else "uk"
                # In a frame of the cockpit's it may do nothing but be read.
                headers = {"Content-Security-Policy": "sandbox", "Cache-Control": "no-store"}
                body = desk.page(path.removeprefix("/page/"), language)
                return Reply(body=body, content_type="text/html; charset=utf-8", headers=headers)
            case "GET", "/state":
                return as_json(desk.state())
            case "POST", path if path.startswith("/do/"):
                return as_json(desk.do(path.removeprefix("/do/"), request.fields()))
    except Refused as why:
        return as_json({"error": str(why)}, status=409)
    except (WorldError, requests.RequestException, BotoCoreError, ClientError) as error:
        return as_json({"error": f"the world does not answer: {type(error).__name__}"}, status=503)
    except (ValueError, TypeError) as wrong:
        return as_json({"error": str(wrong)}, status=400)
    return as_json({"error": "there is no such page"}, status=404)


def main() -> int:
    parser = argparse.ArgumentParser(prog="python -m local.cockpit", description=__doc__)
    parser.add_argument("--folder", type=Path, required=True, help="the world's folder, such as .local")
    parser.add_argument("--port", type=int, default=0, help="0 takes a free one")
    parser.add_argument("--ready-file", type=Path, help="written when it listens: its address")
    chosen = parser.parse_args()
    world = World.find(chosen.folder)
    if world is None:
        print("the local world is not up (make up starts it)", file=sys.stderr)
        return 1
    try:
        desk = Desk(world)
    except WorldError as error:
        print(f"vistka: {error}", file=sys.stderr)
        return 1
    listener = Listener(lambda request: answer(desk, request), port=chosen.port)
    ended = threading.Event()
    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, lambda *_: ended.set())
    if chosen.ready_file is not None:
        part = chosen.ready_file.with_name(f"{chosen.ready_file.name}.part")
        part.write_text(json.dumps({"url": listener.url}), encoding="utf-8")
        part.replace(chosen.ready_file)
    else:
        print(listener.url, flush=True)
    ended.wait()
    listener.close()
    return 0


if __name__ == "__main__":
    sys.exit(main())
