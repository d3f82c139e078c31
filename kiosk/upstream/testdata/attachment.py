#!/usr/bin/env python3
"""Makes attachment.json, by which the form of a sealed document is checked.

Needs python3 with `cryptography` for X25519 and AES-GCM; HPKE (RFC 9180, base
mode) is written out here, so that no line of the product's own code has a part
in it. The document is a pattern, and what is sealed is told by its digest: the
test makes both anew. All keys are invented and fixed.
"""
import hashlib, hmac, json, pathlib

from cryptography.hazmat.primitives import serialization as ser
from cryptography.hazmat.primitives.asymmetric.x25519 import X25519PrivateKey
from cryptography.hazmat.primitives.ciphers.aead import AESGCM

KEM = b"KEM" + (0x20).to_bytes(2)
HPKE = b"HPKE" + (0x20).to_bytes(2) + (1).to_bytes(2) + (1).to_bytes(2)
CHUNK = 65536


def extract(suite, salt, label, ikm):
    return hmac.digest(salt or bytes(32), b"HPKE-v1" + suite + label + ikm, "sha256")


def expand(suite, prk, label, info, length):
    info, out, block = length.to_bytes(2) + b"HPKE-v1" + suite + label + info, b"", b""
    while len(out) < length:
        block = hmac.digest(prk, block + info + bytes([len(out) // 32 + 1]), "sha256")
        out += block
    return out[:length]


def context(ephemeral, recipient, info):
    enc, public = ephemeral.public_key().public_bytes_raw(), recipient.public_key().public_bytes_raw()
    prk = extract(KEM, b"", b"eae_prk", ephemeral.exchange(recipient.public_key()))
    secret = expand(KEM, prk, b"shared_secret", enc + public, 32)
    schedule = b"\0" + extract(HPKE, b"", b"psk_id_hash", b"") + extract(HPKE, b"", b"info_hash", info)
    prk = extract(HPKE, secret, b"secret", b"")
    return enc, expand(HPKE, prk, b"key", schedule, 16), expand(HPKE, prk, b"base_nonce", schedule, 12)


def main():
    recipient, ephemeral = X25519PrivateKey.from_private_bytes(bytes(range(32))), X25519PrivateKey.from_private_bytes(bytes(range(100, 132)))
    id, terminal, size = "7d0c2b16-50f3-4a8e-9c41-b2d7e6f10a93", "PUE-0421", 2 * CHUNK + 4711
    document = bytes(i * i % 251 for i in range(size))
    enc, key, base = context(ephemeral, recipient, "\0".join(["pue-attachment/1", id, terminal]).encode())
    spki = recipient.public_key().public_bytes(ser.Encoding.DER, ser.PublicFormat.SubjectPublicKeyInfo)
    key_id = hashlib.sha256(spki).digest()[:8]
    sealed = b"pue-attachment/1" + key_id + enc
    padded = document + bytes(-size % CHUNK)
    for seq in range(len(padded) // CHUNK):
        nonce = (int.from_bytes(base) ^ seq).to_bytes(12)
        aad = seq.to_bytes(4) + bytes([seq == len(padded) // CHUNK - 1])
        sealed += AESGCM(key).encrypt(nonce, padded[seq * CHUNK:(seq + 1) * CHUNK], aad)
    vector = {
        "comment": "made by attachment.py; the document is i*i mod 251 for i from 0 on",
        "private_key": recipient.private_bytes_raw().hex(), "ephemeral_key": ephemeral.private_bytes_raw().hex(),
        "id": id, "terminal": terminal, "size": size, "sha256": hashlib.sha256(document).hexdigest(),
        "header": sealed[:56].hex(), "key": key.hex(), "base_nonce": base.hex(),
        "tags": [sealed[56 + (n + 1) * (CHUNK + 16) - 16:][:16].hex() for n in range(len(padded) // CHUNK)],
        "sealed_size": len(sealed), "sealed_sha256": hashlib.sha256(sealed).hexdigest(),
    }
    (pathlib.Path(__file__).parent / "attachment.json").write_text(json.dumps(vector, indent=1) + "\n")


main()
