"""The official Python SDK (`mcp` 1.x or 2.x, whichever is installed), used as its author uses it.

Connect, be refused, discover, register, send the person to the browser, exchange, list tools, call
them; then refresh, step up, and live through a rotation of the server's signing keys.

    python python-client.py --mcp-url URL --issuer URL [--client-metadata-url URL] [--decision deny]
                            [--wire FILE]

stdout carries JSON lines: {open: URL} asks the harness to bring the person's browser there;
{need: "rotate"} asks it to rotate signing keys and to answer with the line {"done":"rotate"};
{step, ok, detail} reports. `--decision deny` expects the person to refuse and ends there. `--wire`
appends each HTTP exchange of the client as a JSON line. Exit status 0 only when every step held.
"""

import argparse
import asyncio
import base64
import json
import sys
import time
import traceback
from contextlib import asynccontextmanager
from importlib.metadata import version
from urllib.parse import parse_qs, urlsplit

from mcp import ClientSession
from mcp.client.auth import OAuthClientProvider
from mcp.client.streamable_http import streamable_http_client
from mcp.shared._httpx_utils import create_mcp_http_client
from mcp.shared.auth import OAuthClientMetadata

GENERATION = int(version("mcp").split(".")[0])
PATIENCE = 30.0


def say(**line):
    """Writes one JSON line; nothing else may write to stdout."""
    print(json.dumps(line), flush=True)


def claim(holds, message):
    """Fails the step when the claim does not hold."""
    if not holds:
        raise AssertionError(message)


class Memory:
    """The application's credential store."""

    def __init__(self):
        self.tokens = None
        self.client = None

    async def get_tokens(self):
        return self.tokens

    async def set_tokens(self, tokens):
        self.tokens = tokens

    async def get_client_info(self):
        return self.client

    async def set_client_info(self, client):
        self.client = client


class Callback:
    """The loopback redirect URI: a server that receives authorization responses."""

    def __init__(self):
        self.answers = asyncio.Queue()

    async def start(self):
        self.server = await asyncio.start_server(self.serve, "127.0.0.1", 0)
        port = self.server.sockets[0].getsockname()[1]
        self.url = f"http://127.0.0.1:{port}/callback"

    async def serve(self, reader, writer):
        target = (await reader.readline()).split()[1].decode()
        while (await reader.readline()).strip():
            pass
        page = b"<!doctype html><title>Signed in</title><p>You can close this window.</p>"
        head = b"HTTP/1.1 200 OK\r\ncontent-type: text/html\r\nconnection: close\r\ncontent-length: %d\r\n\r\n"
        found = urlsplit(target).path == "/callback"
        writer.write(head % len(page) + page if found else b"HTTP/1.1 404 Not Found\r\ncontent-length: 0\r\n\r\n")
        await writer.drain()
        writer.close()
        if found:
            self.answers.put_nowait(parse_qs(urlsplit(target).query))

    async def next(self):
        async with asyncio.timeout(PATIENCE):
            return await self.answers.get()


class Refused(Exception):
    """The authorization response was an error."""


class Application:
    """One MCP client application with its person."""

    def __init__(self, options, callback):
        self.options = options
        self.callback = callback
        self.memory = Memory()
        self.opened = 0
        self.refusal = None
        self.provider = OAuthClientProvider(
            server_url=options.mcp_url,
            client_metadata=OAuthClientMetadata(
                client_name=f"Interop Python {GENERATION}.x", redirect_uris=[callback.url]
            ),
            storage=self.memory,
            redirect_handler=self.open,
            callback_handler=self.answer,
            client_metadata_url=options.client_metadata_url,
        )

    async def open(self, url):
        self.opened += 1
        say(open=url)

    async def answer(self):
        query = await self.callback.next()
        one = {name: values[0] for name, values in query.items() if len(values) == 1}
        claim(one.get("iss") == self.options.issuer, f"iss is {one.get('iss')}, not {self.options.issuer}")
        if "error" in one:
            self.refusal = one
            raise Refused(one["error"])
        if GENERATION == 1:
            return one["code"], one.get("state")
        from mcp.shared.auth import AuthorizationCodeResult

        return AuthorizationCodeResult(code=one["code"], state=one.get("state"), iss=one.get("iss"))

    def expire(self):
        """Lets the access token's lifetime pass: the SDK refreshes before the next request."""
        self.provider.context.token_expiry_time = 1.0

    @asynccontextmanager
    async def connected(self):
        """A session with the MCP server; entering it is what an application calls connecting."""
        http = create_mcp_http_client(auth=self.provider)
        if self.options.wire is not None:
            http.event_hooks = {"request": [], "response": [self.note]}
        async with http:
            transport = streamable_http_client(self.options.mcp_url, http_client=http)
            if GENERATION == 1:
                async with transport as (read, write, _), ClientSession(read, write) as session:
                    await session.initialize()
                    yield session
            else:
                from mcp.client import Client

                async with Client(transport) as client:
                    yield client

    async def note(self, response):
        request = response.request
        kind = response.headers.get("content-type", "")
        sent = {"method": request.method, "url": str(request.url), "headers": dict(request.headers)}
        sent["body"] = request.content.decode()
        received = {"status": response.status_code, "headers": dict(response.headers)}
        received["body"] = (await response.aread()).decode() if kind.startswith("application/json") else None
        with open(self.options.wire, "a", encoding="utf-8") as wire:
            wire.write(json.dumps({"sent": sent, "received": received}) + "\n")


def text(result):
    failed = result.isError if GENERATION == 1 else result.is_error
    claim(not failed, f"the tool failed: {result.content}")
    return "\n".join(part.text for part in result.content)


def key_of(tokens):
    header = tokens.access_token.split(".")[0]
    return json.loads(base64.urlsafe_b64decode(header + "=" * (-len(header) % 4)))["kid"]


async def answered_rotation():
    say(need="rotate")
    async with asyncio.timeout(PATIENCE):
        line = await asyncio.to_thread(sys.stdin.readline)
    claim(json.loads(line).get("done") == "rotate", f"expected the end of the rotation, got {line!r}")


class Report:
    """Says how each step went, and stops at the first that failed."""

    def __init__(self):
        self.step = None

    def begin(self, step):
        self.step, self.begun = step, time.perf_counter()

    def held(self, detail):
        say(step=self.step, ok=True, ms=self.ms(), detail=detail)

    def failed(self, error):
        chain = "".join(traceback.format_exception(error))
        say(step=self.step, ok=False, ms=self.ms(), detail=str(error), stack=chain)

    def ms(self):
        return round((time.perf_counter() - self.begun) * 1000)


async def steps(app, report):
    report.begin("connect")
    async with app.connected() as session:
        tokens, client = app.memory.tokens, app.memory.client
        claim(app.opened == 1, f"the browser was opened {app.opened} times")
        claim(tokens.refresh_token is not None, "no refresh token")
        report.held({"client_id": client.client_id, "scope": tokens.scope, "expires_in": tokens.expires_in})

        report.begin("list")
        names = sorted(tool.name for tool in (await session.list_tools()).tools)
        for name in ("add_note", "list_notes", "whoami"):
            claim(name in names, f"no tool {name}")
        report.held(names)

        report.begin("call")
        report.held(text(await session.call_tool("whoami", {})))

        report.begin("refresh")
        before = app.memory.tokens
        app.expire()
        answer = text(await session.call_tool("whoami", {}))
        claim(app.opened == 1, "refreshing went to the browser")
        claim(app.memory.tokens.access_token != before.access_token, "the access token is the same")
        claim(app.memory.tokens.refresh_token != before.refresh_token, "the refresh token was not rotated")
        report.held(answer)

        report.begin("step_up")
        answer = text(await session.call_tool("add_note", {"text": "written by interop"}))
        claim(app.opened == 2, f"the browser was opened {app.opened} times")
        text(await session.call_tool("whoami", {}))
        text(await session.call_tool("list_notes", {}))
        report.held({"answer": answer, "scope": app.memory.tokens.scope})

        report.begin("rotation")
        before = key_of(app.memory.tokens)
        await answered_rotation()
        text(await session.call_tool("whoami", {}))
        app.expire()
        text(await session.call_tool("add_note", {"text": "after the rotation"}))
        after = key_of(app.memory.tokens)
        claim(after != before, "the new token is signed by the old key")
        claim(app.opened == 2, "the rotation sent the person to the browser")
        report.held({"before": before, "after": after})


async def denied(app, report):
    report.begin("denied")
    try:
        async with app.connected():
            pass
    except Exception as error:
        if app.refusal is None:
            raise error
    claim(app.refusal is not None, "connected although the person refused")
    claim(app.refusal["error"] == "access_denied", app.refusal["error"])
    claim("code" not in app.refusal, "a refusal carries a code")
    report.held(app.refusal)


async def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("--mcp-url", required=True)
    parser.add_argument("--issuer", required=True)
    parser.add_argument("--client-metadata-url")
    parser.add_argument("--decision", default="approve", choices=["approve", "deny"])
    parser.add_argument("--wire")
    options = parser.parse_args()
    callback = Callback()
    await callback.start()
    app, report = Application(options, callback), Report()
    try:
        async with asyncio.timeout(4 * PATIENCE):
            await (denied if options.decision == "deny" else steps)(app, report)
    except BaseException as error:
        report.failed(error)
        return 1
    return 0


sys.exit(asyncio.run(main()))
