#!/usr/bin/env python3
"""Makes the vectors that client and reference side are both checked against.

Needs openssl and python3 with `cryptography` 47 or newer (HPKE); the tests need
neither. Signatures come from the openssl command, the seal from pyca's HPKE,
DEFLATE from zlib, so that no line of the product's own code has a part in them.
All people, keys and numbers are invented.
"""
import base64, datetime, json, pathlib, subprocess, sys, tempfile, zlib

from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization as ser
from cryptography.hazmat.primitives.asymmetric import ec, rsa, utils, x25519
from cryptography.hazmat.primitives.hpke import AEAD, KDF, KEM, Suite

HERE = pathlib.Path(__file__).parent
UTC = datetime.timezone.utc
FROM, TO = datetime.datetime(2020, 1, 1, tzinfo=UTC), datetime.datetime(2050, 1, 1, tzinfo=UTC)
CNS_POLICY = x509.ObjectIdentifier("1.3.76.16.2.1")
CIE_POLICY = x509.ObjectIdentifier("1.3.76.47.4")


def tax_code(first15):
    odd = dict(zip("0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZ",
                   [1, 0, 5, 7, 9, 13, 15, 17, 19, 21] + [1, 0, 5, 7, 9, 13, 15, 17, 19, 21, 2, 4, 18, 20, 11, 3, 6, 8, 12, 14, 16, 10, 22, 25, 24, 23]))
    even = lambda c: int(c) if c.isdigit() else ord(c) - 65
    total = sum(odd[c] if i % 2 == 0 else even(c) for i, c in enumerate(first15))
    return first15 + chr(65 + total % 26)


def b64url(data):
    return base64.urlsafe_b64encode(data).rstrip(b"=").decode()


def key_pem(key):
    return key.private_bytes(ser.Encoding.PEM, ser.PrivateFormat.PKCS8, ser.NoEncryption())


def compact(value):
    """JSON as the terminal writes it, so that vectors can be compared byte for byte."""
    return json.dumps(value, separators=(",", ":")).encode()


def write(name, data):
    (HERE / name).write_bytes(data)


def kept(name, make):
    """A private key that other vectors lean on too: made once."""
    path = HERE / name
    if not path.exists():
        path.write_bytes(key_pem(make()))
    return ser.load_pem_private_key(path.read_bytes(), None)


def kept_certificate(name, make):
    """The same for a certificate."""
    path = HERE / name
    if not path.exists():
        path.write_bytes(make().public_bytes(ser.Encoding.PEM))
    return x509.load_pem_x509_certificate(path.read_bytes())


def certificate(subject, public, issuer, issuer_key, *extensions):
    name = lambda cn: x509.Name([x509.NameAttribute(x509.NameOID.COUNTRY_NAME, "IT"),
                                 x509.NameAttribute(x509.NameOID.COMMON_NAME, cn)])
    b = (x509.CertificateBuilder().subject_name(name(subject)).issuer_name(name(issuer)).public_key(public)
         .serial_number(x509.random_serial_number()).not_valid_before(FROM).not_valid_after(TO))
    for ext, critical in extensions:
        b = b.add_extension(ext, critical)
    return b.sign(issuer_key, hashes.SHA256())


def openssl_signature(key, data):
    with tempfile.TemporaryDirectory() as d:
        path = pathlib.Path(d) / "key.pem"
        path.write_bytes(key_pem(key))
        return subprocess.run(["openssl", "dgst", "-sha256", "-sign", path], input=data, capture_output=True, check=True).stdout


def jws(header, payload, key):
    signed = b64url(compact(header)) + "." + b64url(payload)
    signature = openssl_signature(key, signed.encode())
    if header["alg"] == "ES256":  # DER to r and s (RFC 7518 section 3.4)
        r, s = utils.decode_dss_signature(signature)
        signature = r.to_bytes(32) + s.to_bytes(32)
    return signed + "." + b64url(signature)


def deflate(data):
    z = zlib.compressobj(9, zlib.DEFLATED, -15)  # no zlib header: RFC 1951 alone
    return z.compress(data) + z.flush()


def frame(compressed, length=None, padding=b"\0", step=1024):
    """The length of what is compressed, that, and padding: 4 KiB or the next whole KiB."""
    plain = (len(compressed) if length is None else length).to_bytes(4) + compressed
    return plain + padding * (max(4096, -(-len(plain) // step) * step) - len(plain))


def key_id(public):
    digest = hashes.Hash(hashes.SHA256())
    digest.update(public.public_bytes(ser.Encoding.DER, ser.PublicFormat.SubjectPublicKeyInfo))
    return digest.finalize().hex()[:16]


def main():
    elliptic = lambda: ec.generate_private_key(ec.SECP256R1())
    ca, ministry, citizens = "Autorita di prova per carte inventate", "Radice di prova per carte inventate", "Emittente di prova per carte inventate"
    authority = lambda length: (x509.BasicConstraints(True, length), True)
    anchor_key = kept("anchor-key.pem", elliptic)
    kept_certificate("anchor.pem", lambda: certificate(ca, anchor_key.public_key(), ca, anchor_key, authority(0)))
    # A CIE hangs two steps below its root: the certificate between travels in x5c.
    root_key, issuing_key = kept("cie-root-key.pem", elliptic), kept("cie-issuer-key.pem", elliptic)
    kept_certificate("cie-root.pem", lambda: certificate(ministry, root_key.public_key(), ministry, root_key, authority(1)))
    between = kept_certificate("cie-issuer.pem", lambda: certificate(citizens, issuing_key.public_key(), ministry, root_key, authority(0)))

    cards = {}
    for name, code, number, policy, issuer, issuer_key in [
        ("carla", tax_code("PRVCRL63P41X999"), "6090000000000001", CNS_POLICY, ca, anchor_key),
        ("dino", tax_code("PRVDNI85A01X999"), "6090000000000001", CNS_POLICY, ca, anchor_key),
        ("enzo", tax_code("PRVNZE71D12X999"), "CA00000AA", CIE_POLICY, citizens, issuing_key),
    ]:
        key = kept(f"{name}-key.pem", lambda: rsa.generate_private_key(65537, 2048))
        cards[name] = (code, key, kept_certificate(f"{name}.pem", lambda: certificate(
            f"{code}/{number}.AAAAAAAAAAAAAAAAAAAAAAAAAAA=", key.public_key(), issuer, issuer_key,
            (x509.KeyUsage(True, False, False, False, False, False, False, False, False), True),
            (x509.ExtendedKeyUsage([x509.ExtendedKeyUsageOID.CLIENT_AUTH]), False),
            (x509.CertificatePolicies([x509.PolicyInformation(policy, None)]), False))))
    code, card_key, card = cards["carla"]
    der = lambda cert: base64.b64encode(cert.public_bytes(ser.Encoding.DER)).decode()
    x5c = [der(card)]

    inps_key = ec.generate_private_key(ec.SECP256R1())
    write("confirmation.pem", certificate("Conferme di prova", inps_key.public_key(), "Conferme di prova", inps_key)
          .public_bytes(ser.Encoding.PEM))
    sealing_key = kept("sealing-key.pem", x25519.X25519PrivateKey.generate)

    record = {
        "schema": "pue-submission/1", "id": "0192f0c1-7a3e-7c55-9d1b-3f2a6b8c4d5e", "subject": code, "actor": "F-03",
        "destination": "inps", "service": "naspi", "service_version": 1, "class": "application",
        "notice_version": "2026-11", "language": "it", "assurance": "high",
        "identity": "verified-locally", "card": {"kind": "cns", "chain": "ok", "revocation": {"state": "unknown"}},
        "clock_trusted": True, "attachments": [], "answers": {"data-cessazione": "2026-10-31"},
        "captured_at": "2026-11-20T10:15:00Z", "deadline": "2027-01-07", "terminal": "PUE-0421",
        "istat": "099999",
    }
    payload = compact(record)
    record_jws = jws({"alg": "RS256", "typ": "pue-submission+jws", "x5c": x5c}, payload, card_key)
    cie_code, cie_key, cie = cards["enzo"]
    cie_record = record | {"subject": cie_code, "identity": "verified", "card": {
        "kind": "cie", "chain": "ok", "document_signer": "ok",
        "revocation": {"state": "good", "checked_at": "2026-11-20T10:14:30Z", "by": "ocsp"}}}
    cie_record_jws = jws({"alg": "RS256", "typ": "pue-submission+jws", "x5c": [der(cie), der(between)]}, compact(cie_record), cie_key)
    suite = Suite(KEM.X25519, KDF.HKDF_SHA256, AEAD.AES_128_GCM)
    other_key = x25519.X25519PrivateKey.generate()

    def seal(plain, key=sealing_key, schema="pue-submission/1", id=record["id"], terminal=record["terminal"], kind="application"):
        return suite.encrypt(plain, key.public_key(), info="\0".join([schema, id, terminal, kind]).encode())

    compressed = deflate(record_jws.encode())
    plain = frame(compressed)
    sealed = seal(plain)
    # Each of these is right but for one thing, and INPS says which.
    refused = {
        "one bit of the ciphertext": ("seal", sealed[:100] + bytes([sealed[100] ^ 1]) + sealed[101:]),
        "one bit of the encapsulated key": ("seal", bytes([sealed[0] ^ 1]) + sealed[1:]),
        "cut short": ("seal", sealed[:-1]),
        "cut inside the encapsulated key": ("seal", sealed[:31]),
        "sealed for another schema": ("seal", seal(plain, schema="pue-submission/0")),
        "sealed for another id": ("seal", seal(plain, id="0192f0c1-7a3e-7c55-9d1b-3f2a6b8c4d5f")),
        "sealed for another terminal": ("seal", seal(plain, terminal="PUE-0422")),
        "sealed for another class": ("seal", seal(plain, kind="query")),
        "sealed to another key": ("seal", seal(plain, key=other_key)),
        "not in a frame": ("envelope", seal(record_jws.encode())),
        "not compressed": ("envelope", seal(frame(record_jws.encode()))),
        "compressed with a zlib header": ("envelope", seal(frame(zlib.compress(record_jws.encode())))),
        "a length that is not a multiple of 1 KiB": ("envelope", seal(plain + bytes(512))),
        "shorter than 4 KiB": ("envelope", seal(plain[:3072])),
        "padding that is not zero": ("envelope", seal(frame(compressed, padding=b"\1"))),
        "one byte of the padding is not zero": ("envelope", seal(plain[:-1] + b"\1")),
        "a length beyond the end": ("envelope", seal(frame(compressed, length=4093))),
        "a length of 4 GiB": ("envelope", seal(frame(compressed, length=0xFFFFFFFF))),
        "a length that cuts what is compressed": ("envelope", seal(frame(compressed, length=len(compressed) - 1))),
        "something after what is compressed": ("envelope", seal(frame(compressed + b"\0"))),
        "32 MiB of zeros in 32 KiB": ("envelope", seal(frame(deflate(bytes(32 << 20))))),
    }

    digest = hashes.Hash(hashes.SHA256())
    digest.update(sealed)
    confirmation = {"id": record["id"], "protocol": "INPS.7003.20/11/2026.0000042", "filed_at": "2026-11-20T10:16:00Z",
                    "digest": digest.finalize().hex()}
    vectors = {
        "made_with": [subprocess.run(["openssl", "version"], capture_output=True, check=True, text=True).stdout.strip(),
                      "pyca/cryptography HPKE, Python " + sys.version.split()[0]],
        "record": payload.decode(), "record_jws": record_jws,
        "cie_record": compact(cie_record).decode(), "cie_record_jws": cie_record_jws, "key_id": key_id(sealing_key.public_key()),
        "sealed": base64.b64encode(sealed).decode(),
        "refused": [{"what": what, "key": key, "sealed": base64.b64encode(data).decode()} for what, (key, data) in refused.items()],
        "login_jws": jws({"alg": "RS256", "typ": "JWT", "x5c": x5c}, b'{"iss":"vector"}', card_key),
        "confirmation": confirmation,
        "confirmation_jws": jws({"alg": "ES256", "typ": "pue-confirmation+jws"}, compact(confirmation), inps_key),
    }
    write("vectors.json", json.dumps(vectors, indent=1).encode() + b"\n")


main()
