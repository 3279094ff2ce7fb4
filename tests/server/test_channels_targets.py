"""Where the server may send: the open internet and what the settings allow, judged when set and again when connecting. Web push:
a message that only its browser can read, from a server that says who it is."""

from __future__ import annotations

import http.client
import json
import socket
from pathlib import Path
from typing import Any

import pytest
import sqlalchemy as sa
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.asymmetric.utils import encode_dss_signature
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from cryptography.hazmat.primitives.kdf.hkdf import HKDF

from contract.channels import Subscribe, Unsubscribe
from contract.ids import new_id
from server.inbox import targets, webpush
from server.inbox.channels_model import Delivery, PushSubscription
from server.inbox.targets import allowed_networks, guarded, may_connect
from tests.server.channels_of import channel, put, send, server_of, states, wishing
from tests.server.world import SECRET, World
from tests.support.planted import instead
from tests.support.receivers import webhook

PRIVATE = (
    "127.0.0.1", "10.1.2.3", "172.16.0.1", "192.168.1.1", "169.254.169.254", "100.100.100.200", "0.0.0.0",
    "224.0.0.1", "255.255.255.255", "198.18.0.1", "::1", "::", "fe80::1%eth0", "fc00::1", "ff02::1", "::ffff:10.0.0.1",
    "::ffff:169.254.169.254", "64:ff9b::a9fe:a9fe", "2002:7f00:1::", "not a number", "localhost",
)  # fmt: skip


@pytest.mark.parametrize("address", PRIVATE)
def test_a_private_address_is_refused(address: str) -> None:
    assert not may_connect(address, ())


@pytest.mark.parametrize("address", ["93.184.216.34", "1.1.1.1", "2606:4700:4700::1111", "::ffff:1.1.1.1"])
def test_an_open_address_is_not(address: str) -> None:
    assert may_connect(address, ())


def test_what_the_settings_list_is_allowed_and_nothing_beside_it() -> None:
    allowed = allowed_networks("10.0.0.0/8, 192.168.7.9")
    assert may_connect("10.9.9.9", allowed) and may_connect("192.168.7.9", allowed) and may_connect("::ffff:10.0.0.1", allowed)
    assert not may_connect("192.168.7.8", allowed) and not may_connect("127.0.0.1", allowed)


@pytest.mark.parametrize(
    "url",
    ["http://127.0.0.1:8000/x", "https://169.254.169.254/latest/meta-data", "http://[::1]/x", "http://localhost/x",
     "http://2130706433/x", "http://0x7f.1/x"],
)  # fmt: skip
def test_a_channel_into_a_private_range_is_refused_when_it_is_set(world: World, url: str) -> None:
    body = {"channel_id": new_id(), "name": "inside", "kind": "webhook", "url": url, "groups": ["approvals"]}
    answer = world.client("chen").post("/api/v1/channels", body)
    assert answer.status_code == 422 and answer.json["code"] in ("channels.target_private", "channels.target_unknown")


def test_a_mail_server_inside_is_refused_too_and_a_strange_robot(world: World) -> None:
    client = world.client("chen")
    mail = {"channel_id": new_id(), "name": "m", "kind": "email", "url": "smtp://127.0.0.1:25/?from=a@b.example"}
    assert client.post("/api/v1/channels", mail).json["code"] == "channels.target_private"
    for url in ("syslog://localhost", "json://127.0.0.1/x", "file:///etc/passwd", "dbus://session"):
        body = {"channel_id": new_id(), "name": "c", "kind": "chat", "url": url}
        assert client.post("/api/v1/channels", body).json["code"] == "channels.chat_unknown"


def test_a_name_that_leads_elsewhere_later_is_refused_when_connecting(world: World, tmp_path: Path) -> None:
    """DNS rebinding: set while the name led into the open; what is asked when sending is the number itself."""
    with webhook(tmp_path) as hook:
        channel(world, "webhook", hook.url.replace("127.0.0.1", "localhost"))
        put(world, world.hire("周敏"))
        send(server_of(world, allowed=""))
        (row,) = world.rows(sa.select(Delivery))
        assert row.state == "waiting" and "private" in row.said and hook.taken() == []


def test_a_server_that_does_not_look_when_connecting_is_found(world: World, tmp_path: Path) -> None:
    """The control: without the second look the rebound name is connected to."""
    with webhook(tmp_path) as hook, instead(targets, "may_connect", lambda *_: True):
        channel(world, "webhook", hook.url.replace("127.0.0.1", "localhost"))
        put(world, world.hire("周敏"))
        send(server_of(world, allowed=""))
        assert len(hook.taken()) == 1


def test_the_guard_sees_every_library_of_its_thread_and_lets_others_be() -> None:
    with socket.create_server(("127.0.0.1", 0)) as listening:
        port = listening.getsockname()[1]
        with guarded(()):
            with pytest.raises(targets.TargetRefused):
                socket.create_connection(("127.0.0.1", port))
            line = http.client.HTTPConnection("localhost", port)
            with pytest.raises(targets.TargetRefused):
                line.request("GET", "/")
        socket.create_connection(("127.0.0.1", port)).close()


# -- web push -------------------------------------------------------------------------------------------------------------


class Browser:
    """A browser's side of RFC 8291, written apart from ours."""

    def __init__(self) -> None:
        self.key = ec.generate_private_key(ec.SECP256R1())
        self.auth = bytes(range(16))

    def asks(self, endpoint: str) -> Subscribe:
        public = webpush.public_of(self.key)
        return Subscribe(endpoint=endpoint, p256dh=webpush.unpadded(public), auth=webpush.unpadded(self.auth))

    def reads(self, body: bytes) -> Any:
        salt, size, theirs = body[:16], body[20], body[21:86]
        assert size == 65 and len(body) < 4096
        shared = self.key.exchange(ec.ECDH(), ec.EllipticCurvePublicKey.from_encoded_point(ec.SECP256R1(), theirs))
        info = b"WebPush: info\x00" + webpush.public_of(self.key) + theirs
        ikm = HKDF(hashes.SHA256(), 32, self.auth, info).derive(shared)
        key = HKDF(hashes.SHA256(), 16, salt, b"Content-Encoding: aes128gcm\x00").derive(ikm)
        nonce = HKDF(hashes.SHA256(), 12, salt, b"Content-Encoding: nonce\x00").derive(ikm)
        text = AESGCM(key).decrypt(nonce, body[86:], b"")
        assert text[-1:] == b"\x02"
        return json.loads(text[:-1])


def test_a_browser_is_told_the_sentence_for_locked_screens_and_nothing_else(world: World, tmp_path: Path) -> None:
    browser = Browser()
    with webhook(tmp_path) as service:
        zhou, who = wishing(world, "周敏", "zhou")
        world.must(browser.asks(service.url), who)
        put(world, zhou)
        send(server_of(world))
        ((headers, body),) = service.taken()
    said = browser.reads(body)
    assert said["body"] == "有一项申请有新进展" and "李伟" not in json.dumps(said, ensure_ascii=False)
    (row,) = world.rows(sa.select(Delivery))
    assert said["tag"] == row.id and headers["Topic"] == row.id.replace("-", "") and headers["Content-Encoding"] == "aes128gcm"
    token, _, key = headers["Authorization"].removeprefix("vapid t=").partition(", k=")
    head, claims, signature = token.split(".")
    raw = webpush.padded(signature)
    der = encode_dss_signature(int.from_bytes(raw[:32]), int.from_bytes(raw[32:]))
    point = ec.EllipticCurvePublicKey.from_encoded_point(ec.SECP256R1(), webpush.padded(key))
    point.verify(der, f"{head}.{claims}".encode(), ec.ECDSA(hashes.SHA256()))  # raises where it is another's
    assert json.loads(webpush.padded(claims))["aud"] == f"http://127.0.0.1:{service.port}"


def test_keys_of_a_browser_are_sealed_and_one_that_is_gone_is_forgotten(world: World, tmp_path: Path) -> None:
    browser = Browser()
    zhou, who = wishing(world, "周敏", "zhou")
    with webhook(tmp_path) as service:
        world.must(browser.asks(service.url), who)
        (row,) = world.rows(sa.select(PushSubscription))
        assert "kept-to-oneself" not in row.sealed and row.host == "127.0.0.1"
        put(world, zhou)
        world.must(Unsubscribe(subscription_id=row.id), who)
        send(server_of(world))
        assert service.taken() == [] and states(world) == {"dropped": 1}


def test_another_persons_browser_cannot_be_taken_away(world: World) -> None:
    browser = Browser()
    _, who = wishing(world, "周敏", "zhou")
    world.must(browser.asks("https://push.example/abc"), who)
    (row,) = world.rows(sa.select(PushSubscription))
    world.do(Unsubscribe(subscription_id=row.id))
    assert world.row(PushSubscription, row.id) is not None
    bad = Subscribe(endpoint="https://push.example/x", p256dh="A" * 87, auth="B" * 22)
    assert world.refusal(bad, who) == "channels.key_wrong"


def test_the_servers_pair_follows_from_its_secret() -> None:
    again = webpush.public_of(webpush.server_key(SECRET))
    other = webpush.public_of(webpush.server_key(b"another secret of tests, thirty-two bytes"))
    assert again == webpush.public_of(webpush.server_key(bytes(SECRET))) and again != other
