"""Cases of the WebSocket with a second, independent client: Debian's python3-websockets."""

import asyncio
import functools
import json
import os
import struct

import websockets

from cases import case, key
from realm import PASSWORD

REPLY_S = 60


def peer_case(function):
    """A case that is a coroutine of a realm, and needs no browser."""

    @functools.wraps(function)
    def run(stage):
        asyncio.run(function(stage.realm()))

    return case(run)


def connect(realm, **more):
    more.setdefault("compression", None)
    return websockets.connect(
        f"ws://127.0.0.1:{realm.port}/ws", max_size=None, open_timeout=REPLY_S, **more
    )


async def receive(peer):
    return json.loads(await asyncio.wait_for(peer.recv(), REPLY_S))


async def ask(peer, line):
    """Sends a request; returns its reply. Events that come before it are dropped."""
    await peer.send(line)
    while True:
        reply = await receive(peer)
        if "status" in reply:
            return reply


async def auth(peer, user):
    reply = await ask(peer, f"auth {user} {PASSWORD}")
    assert reply["status"] == "OK", reply
    return reply["token_id"]


async def closed(peer):
    """Waits for the end of the connection; returns the code with which the server closed it."""
    await asyncio.wait_for(peer.wait_closed(), REPLY_S)
    return peer.close_code


def frame(opcode, payload, fin=True, masked=True):
    """A frame as no well-behaved client sends it (RFC 6455, 5.2)."""
    head = bytes([(0x80 if fin else 0) | opcode])
    length = len(payload)
    mask_bit = 0x80 if masked else 0
    if length < 126:
        head += bytes([mask_bit | length])
    else:
        head += bytes([mask_bit | 126]) + struct.pack(">H", length)
    if not masked:
        return head + payload
    mask = os.urandom(4)
    return head + mask + bytes(byte ^ mask[i % 4] for i, byte in enumerate(payload))


@peer_case
async def peer_talks(realm):
    """auth, watch, post and history over /ws; events come to the one who watches"""
    async with connect(realm) as messi, connect(realm) as henderson:
        await auth(messi, "messi")
        await auth(henderson, "henderson")
        assert (await ask(henderson, "watch"))["status"] == "OK"
        text = "halo ☕ \U0001f600"
        reply = await ask(messi, f"post {key()} henderson {text}")
        assert reply["status"] == "OK", reply
        event = await receive(henderson)
        while event["event"] != "message":
            event = await receive(henderson)
        assert (event["id"], event["with"], event["text"]) == (reply["id"], "messi", text)
        said = await ask(henderson, "history messi")
        assert [one["text"] for one in said["messages"]] == [text]


@peer_case
async def peer_pipelines(realm):
    """requests that are sent without waiting are answered in their order"""
    async with connect(realm) as peer:
        await auth(peer, "messi")
        for n in range(200):
            await peer.send(f"post {key()} henderson nomor {n}")
        ids = [(await receive(peer))["id"] for _ in range(200)]
        assert ids == sorted(set(ids))


@peer_case
async def peer_fragments(realm):
    """a request in fragments is one request, also with a character cut in two and pings between"""
    async with connect(realm) as peer:
        await auth(peer, "messi")
        await peer.send(["post ", key(), " hender", "son ", "", "kopi"])
        assert (await receive(peer))["status"] == "OK"
        payload = f"post {key()} henderson caf\u00e9".encode()
        peer.transport.write(frame(1, payload[:-1], fin=False))
        pong = await peer.ping(b"between")
        await asyncio.wait_for(pong, REPLY_S)
        peer.transport.write(frame(0, payload[-1:]))
        assert (await receive(peer))["status"] == "OK"
        said = (await ask(peer, "history henderson"))["messages"]
        assert [one["text"] for one in said] == ["kopi", "caf\u00e9"]


@peer_case
async def peer_pings(realm):
    """a ping is answered by a pong with the same bytes, up to the 125 that there may be"""
    async with connect(realm) as peer:
        for payload in (b"", b"x", bytes(range(125))):
            await asyncio.wait_for(await peer.ping(payload), REPLY_S)
        await peer.pong(b"unasked")
        await auth(peer, "messi")


@peer_case
async def peer_compression(realm):
    """compression is offered and refused in good order"""
    async with connect(realm, compression="deflate") as peer:
        assert peer.extensions == [], peer.extensions
        assert "Sec-WebSocket-Extensions" not in peer.response_headers
        await auth(peer, "messi")


@peer_case
async def peer_large(realm):
    """large requests and replies: a text of 60,000 bytes, a history of a megabyte"""
    async with connect(realm) as peer:
        await auth(peer, "messi")
        text = "kata " * 12000
        for _ in range(18):
            reply = await ask(peer, f"post {key()} henderson {text.strip()}")
            assert reply["status"] == "OK", reply
        said = (await ask(peer, "history henderson 500"))["messages"]
        assert len(said) == 18 and all(one["text"] == text.strip() for one in said)
        reply = await ask(peer, f"post {key()} henderson {'x' * 70000}")
        assert reply["status"] == "ERROR" and reply["message"] == "parameter salah", reply
        assert (await ask(peer, "whoami"))["status"] == "OK"


@peer_case
async def peer_refused_message(realm):
    """a message with a line end in it is one bad request, not two"""
    async with connect(realm) as peer:
        await auth(peer, "messi")
        reply = await ask(peer, f"post {key()} henderson a\r\npost {key()} henderson b")
        assert reply["status"] == "ERROR", reply
        reply = await ask(peer, f"post {key()} henderson a\nb")
        assert reply["status"] == "OK", reply
        said = (await ask(peer, "history henderson"))["messages"]
        assert [one["text"] for one in said] == ["a\nb"]


@peer_case
async def peer_close_codes(realm):
    """what is against the protocol ends the connection with the code that says why"""
    wrong = [
        ("binary", frame(2, b"features"), 1003),
        ("no UTF-8", frame(1, b"caf\xe9"), 1007),
        ("a surrogate", frame(1, b"\xed\xa0\x80"), 1007),
        ("no mask", frame(1, b"features", masked=False), 1002),
        ("a reserved bit", bytes([0xC1]) + frame(1, b"features")[1:], 1002),
        ("a reserved opcode", frame(3, b"x"), 1002),
        ("a continuation of nothing", frame(0, b"x"), 1002),
        ("a ping in fragments", frame(9, b"x", fin=False), 1002),
        ("a ping of 126 bytes", frame(9, b"x" * 126), 1002),
        ("a message within another", frame(1, b"x", fin=False) + frame(1, b"x"), 1002),
        ("a close with one byte", frame(8, b"\x03"), 1002),
        ("a close with a bad code", frame(8, struct.pack(">H", 1005)), 1002),
    ]
    for name, data, code in wrong:
        async with connect(realm) as peer:
            peer.transport.write(data)
            assert await closed(peer) == code, f"{name}: {peer.close_code}, not {code}"
    async with connect(realm) as peer:
        await peer.close(4321, "sampai besok")
        assert peer.close_code == 4321, peer.close_code


@peer_case
async def peer_server_ends(realm):
    """a server that stops says so: it goes away"""
    async with connect(realm) as peer:
        await auth(peer, "messi")
        await asyncio.get_running_loop().run_in_executor(None, realm.stop)
        assert await closed(peer) == 1001, peer.close_code


@peer_case
async def peer_origin(realm):
    """another site's page cannot connect; this one's, and a program without a page, can"""
    async with connect(realm, origin=f"http://127.0.0.1:{realm.port}") as peer:
        await auth(peer, "messi")
    for origin in ("http://evil.example", "null", f"http://127.0.0.1:{realm.line_port}"):
        try:
            async with connect(realm, origin=origin):
                raise AssertionError(f"{origin} can connect")
        except websockets.InvalidStatusCode as error:
            assert error.status_code == 403, error
