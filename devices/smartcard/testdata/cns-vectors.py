#!/usr/bin/env python3
"""Known answers for what a CNS says of its holder, and for what it signs.

Writes cns-vectors.json, with the standard library and the openssl command
alone. Nobody in it exists: the places of birth have codes that no place has.

    python3 cns-vectors.py > cns-vectors.json
"""

import base64
import hashlib
import json
import os
import subprocess
import sys
import tempfile

ODD = dict(zip("0123456789", (1, 0, 5, 7, 9, 13, 15, 17, 19, 21)))
ODD.update(zip("ABCDEFGHIJKLMNOPQRSTUVWXYZ", (
    1, 0, 5, 7, 9, 13, 15, 17, 19, 21, 2, 4, 18, 20, 11, 3, 6, 8, 12, 14, 16, 10, 22, 25, 24, 23)))


def tax_code(first15):
    """Completes a codice fiscale with its check character (DM 23-12-1976)."""
    total = 0
    for place, c in enumerate(first15, start=1):
        total += ODD[c] if place % 2 else (int(c) if c.isdigit() else ord(c) - ord("A"))
    return first15 + chr(ord("A") + total % 26)


def card_id(first15):
    """Completes an ID_Carta with its check digit (Luhn)."""
    total = 0
    for i, c in enumerate(reversed(first15)):
        d = int(c)
        if i % 2 == 0:
            d = d * 2 - 9 if d > 4 else d * 2
        total += d
    return first15 + str(-total % 10)


def personal(fields):
    """The text of EF_Dati_personali, without its padding."""
    body = b"".join(b"%02X" % len(f) + f for f in fields)
    return b"%06X" % len(body) + body


def openssl(*args, data=None):
    return subprocess.run(("openssl",) + args, input=data, capture_output=True, check=True).stdout


def certificate(folder, mask, surname, given_name, common_name):
    """A certificate in which openssl wrote the names in the form of mask."""
    config = os.path.join(folder, "config")
    with open(config, "w", encoding="utf-8") as f:
        f.write(
            "[req]\nprompt=no\nutf8=yes\nstring_mask=%s\ndistinguished_name=dn\n"
            "[dn]\nC=IT\nSN=%s\nGN=%s\nCN=%s\n" % (mask, surname, given_name, common_name))
    return openssl("req", "-x509", "-config", config, "-newkey", "rsa:2048", "-nodes", "-days", "3650",
                   "-keyout", os.devnull, "-outform", "DER")


PEOPLE = [
    # about, surname, given name, encoding, place, street
    ("plain", "PROVA", "ADA", "ascii", "X999", "VIA NESSUNA 1"),
    ("apostrophe and hyphen", "D'ESEMPIO-PROVA", "MARIA GRAZIA", "ascii", "Y998", ""),
    ("accents in ISO 8859-1", "NICOLÒ", "JOSÈ", "latin-1", "Z999", "VIA FORLÌ 2"),
    ("accents in UTF-8", "NICOLÒ", "JOSÈ", "utf-8", "Z999", "VIA FORLÌ 2"),
    ("Slovene in UTF-8", "ŠTRUKELJ", "ŽIVA", "utf-8", "X998", "ULICA 3"),
    ("German in ISO 8859-1", "GRÖßL", "JÜRGEN", "latin-1", "X997", "STRAßE 4"),
    ("a street that makes it longer than one reading", "PROVA", "LUNGA", "ascii", "X999", "V" * 200),
    ("as long as fields can be", "P" * 255, "L" * 255, "ascii", "X999", "V" * 255),
]


def people(folder):
    out = []
    for i, (about, surname, given, encoding, place, street) in enumerate(PEOPLE):
        code = tax_code("PRVDAA%02dA%02d" % (50 + i, 41 + i) + place)
        number = card_id("6999%011d" % (700 + i))
        fields = [b"9999", b"01012020", b"31122049", surname.encode(encoding), given.encode(encoding),
                  b"01011950", b"F", b"", code.encode(), b"ITA", place.encode(), b"", b"", place.encode(),
                  street.encode(encoding), b""]
        data = personal(fields)
        padded = data + bytes(max(400, len(data) + 7) - len(data))
        scope = ("data", "file", "neither")[i % 3]
        hashed = {"data": data, "file": padded, "neither": b"something else"}[scope]
        digest = base64.b64encode(hashlib.sha1(hashed).digest()).decode()
        common = "%s/%s.%s" % (code, number, digest)
        mask = ("utf8only", "MASK:0x2806", "default")[i % 3]
        short = surname[:30] if surname.isascii() else surname
        out.append({
            "about": about,
            "file": padded.hex(), "announced": len(data),
            "surname": surname, "given_name": given, "tax_code": code, "card_id": number,
            "hash_over": scope,
            "certificate": certificate(folder, mask, short, given[:30], common).hex(),
            "certificate_surname": short, "certificate_given_name": given[:30],
        })
    return out


def blocks(folder):
    """What a key works on when a card signs a digest, as openssl pads it."""
    out = []
    for bits in (1024, 2048, 3072):
        key = os.path.join(folder, "key")
        openssl("genpkey", "-algorithm", "RSA", "-pkeyopt", "rsa_keygen_bits:%d" % bits, "-out", key)
        digest = hashlib.sha256(b"block of %d bits" % bits).digest()
        signature = openssl("pkeyutl", "-sign", "-inkey", key, "-pkeyopt", "digest:sha256", data=digest)
        block = openssl("pkeyutl", "-verifyrecover", "-inkey", key, "-pkeyopt", "rsa_padding_mode:none", data=signature)
        out.append({"digest": digest.hex(), "block": block.hex()})
    return out


def main():
    with tempfile.TemporaryDirectory() as folder:
        json.dump({"people": people(folder), "blocks": blocks(folder)}, sys.stdout, indent=1, ensure_ascii=False)
        print()


if __name__ == "__main__":
    main()
