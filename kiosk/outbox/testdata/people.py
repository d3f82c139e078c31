"""Makes people.json: a label and a sealed telephone number, by pyca/cryptography
and from the standards alone (RFC 5869, RFC 7748, RFC 9180), not by this program.

    python3 people.py > people.json
"""

import hashlib
import hmac
import json

from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric.x25519 import X25519PrivateKey, X25519PublicKey
from cryptography.hazmat.primitives.ciphers.aead import AESGCM

RAW = serialization.Encoding.Raw, serialization.PublicFormat.Raw


def extract(salt, ikm):
    return hmac.new(salt or bytes(32), ikm, hashlib.sha256).digest()


def expand(prk, info, length):
    out, block, n = b"", b"", 1
    while len(out) < length:
        block = hmac.new(prk, block + info + bytes([n]), hashlib.sha256).digest()
        out, n = out + block, n + 1
    return out[:length]


def labeled_extract(suite, salt, label, ikm):
    return extract(salt, b"HPKE-v1" + suite + label + ikm)


def labeled_expand(suite, prk, label, info, length):
    return expand(prk, length.to_bytes(2, "big") + b"HPKE-v1" + suite + label + info, length)


def seal(public, ephemeral, info, plain):
    """RFC 9180 base mode: DHKEM(X25519), HKDF-SHA256, AES-128-GCM."""
    enc = ephemeral.public_key().public_bytes(*RAW)
    kem = b"KEM" + (0x20).to_bytes(2, "big")
    dh = ephemeral.exchange(X25519PublicKey.from_public_bytes(public))
    shared = labeled_expand(kem, labeled_extract(kem, b"", b"eae_prk", dh), b"shared_secret", enc + public, 32)
    suite = b"HPKE" + b"".join(n.to_bytes(2, "big") for n in (0x20, 1, 1))
    context = b"\0" + labeled_extract(suite, b"", b"psk_id_hash", b"") + labeled_extract(suite, b"", b"info_hash", info)
    secret = labeled_extract(suite, shared, b"secret", b"")
    key = labeled_expand(suite, secret, b"key", context, 16)
    nonce = labeled_expand(suite, secret, b"base_nonce", context, 12)
    return enc + AESGCM(key).encrypt(nonce, plain, b"")


def padded(text, room):
    b = text.encode()
    return bytes([len(b)]) + b.ljust(room, b"\0")


sub_id, terminal, officer = "00000000-0000-4000-8000-000000000001", "PUE-0421", "op-7"
label_secret, card = bytes(range(32)), hashlib.sha256(b"a certificate").digest()
text = "Indennità di disoccupazione"
nonce = bytes(range(100, 112))
label_key = hmac.new(label_secret, card, hashlib.sha256).digest()
label = nonce + AESGCM(label_key).encrypt(nonce, padded(text, 40), b"pue-label-1\0" + sub_id.encode())

secret = bytes(range(256))
scalar = expand(extract(b"", secret), b"pue-officer-1\0" + terminal.encode(), 32)
public = X25519PrivateKey.from_private_bytes(scalar).public_key().public_bytes(*RAW)
phone = "+390521000000"
info = b"\0".join([b"pue-phone-1", sub_id.encode(), terminal.encode(), officer.encode()])
sealed = seal(public, X25519PrivateKey.from_private_bytes(bytes(range(1, 33))), info, padded(phone, 24))

print(json.dumps({
    "label_secret": label_secret.hex(), "card": card.hex(), "id": sub_id, "text": text, "label": label.hex(),
    "terminal": terminal, "officer": officer, "officer_secret": secret.hex(), "officer_public": public.hex(),
    "phone": phone, "sealed_phone": sealed.hex(),
}, indent=2, ensure_ascii=False))
