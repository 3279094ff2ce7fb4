"""Web push: a message sealed for one browser (RFC 8291, aes128gcm of RFC 8188) and the server's word on who sends (RFC 8292).

    shared = ECDH(fresh key, browser's p256dh)
    ikm    = HKDF(salt = auth, shared, info "WebPush: info" 0x00 | browser key | fresh key)
    key    = HKDF(salt, ikm, "Content-Encoding: aes128gcm" 0x00)[:16]
    nonce  = HKDF(salt, ikm, "Content-Encoding: nonce" 0x00)[:12]
    body   = salt | record size | 65 | fresh key | AES-128-GCM(key, nonce, text | 0x02)

The server's own pair (VAPID) follows from its secret, so that a restored server is the one its browsers know.
"""

from __future__ import annotations

import base64
import functools
import json
import os
from urllib.parse import urlsplit

from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.asymmetric.utils import decode_dss_signature
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from cryptography.hazmat.primitives.kdf.hkdf import HKDF

_CURVE = ec.SECP256R1()
# the order of the curve's group (SEC 2, secp256r1)
_ORDER = 0xFFFFFFFF00000000FFFFFFFFFFFFFFFFBCE6FAADA7179E84F3B9CAC2FC632551
_RECORD = 4096
TOKEN_FOR_S = 12 * 3600


def unpadded(raw: bytes) -> str:
    """Base64 for addresses, without its padding."""
    return base64.urlsafe_b64encode(raw).decode().rstrip("=")


def padded(text: str) -> bytes:
    """The bytes of such a text. Raises ValueError."""
    return base64.urlsafe_b64decode(text + "=" * (-len(text) % 4))


@functools.lru_cache(maxsize=8)
def server_key(secret: bytes) -> ec.EllipticCurvePrivateKey:
    """The server's pair for web push."""
    drawn = HKDF(hashes.SHA256(), 48, None, b"outpost web push 1").derive(secret)
    return ec.derive_private_key(int.from_bytes(drawn) % (_ORDER - 1) + 1, _CURVE)


def public_of(key: ec.EllipticCurvePrivateKey) -> bytes:
    """The point that others may know, uncompressed: 65 bytes."""
    return key.public_key().public_bytes(serialization.Encoding.X962, serialization.PublicFormat.UncompressedPoint)


def keys_fault(p256dh: str, auth: str) -> bool:
    """Whether a browser's keys are none."""
    try:
        ec.EllipticCurvePublicKey.from_encoded_point(_CURVE, padded(p256dh))
        return len(padded(auth)) != 16
    except ValueError:
        return True


def sealed_for(p256dh: str, auth: str, text: bytes) -> bytes:
    """The body of a message that only this browser can read. `text`: at most 3,000 bytes. Raises ValueError."""
    if len(text) > 3000:
        raise ValueError("too long for a push message")
    theirs = padded(p256dh)
    fresh, salt = ec.generate_private_key(_CURVE), os.urandom(16)
    ours = public_of(fresh)
    shared = fresh.exchange(ec.ECDH(), ec.EllipticCurvePublicKey.from_encoded_point(_CURVE, theirs))
    ikm = HKDF(hashes.SHA256(), 32, padded(auth), b"WebPush: info\x00" + theirs + ours).derive(shared)
    key = HKDF(hashes.SHA256(), 16, salt, b"Content-Encoding: aes128gcm\x00").derive(ikm)
    nonce = HKDF(hashes.SHA256(), 12, salt, b"Content-Encoding: nonce\x00").derive(ikm)
    head = salt + _RECORD.to_bytes(4) + bytes([len(ours)]) + ours
    return head + AESGCM(key).encrypt(nonce, text + b"\x02", b"")


def authorization(secret: bytes, endpoint: str, contact: str, *, now_s: int) -> str:
    """The header that says who sends: a token for this push service, signed by the server's pair, for half a day."""
    where = urlsplit(endpoint)
    said = {"aud": f"{where.scheme}://{where.netloc}", "exp": now_s + TOKEN_FOR_S, "sub": contact}
    head = unpadded(b'{"typ":"JWT","alg":"ES256"}') + "." + unpadded(json.dumps(said, separators=(",", ":")).encode())
    key = server_key(secret)
    r, s = decode_dss_signature(key.sign(head.encode(), ec.ECDSA(hashes.SHA256())))
    return f"vapid t={head}.{unpadded(r.to_bytes(32) + s.to_bytes(32))}, k={unpadded(public_of(key))}"
