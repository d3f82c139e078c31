#!/usr/bin/env python3
"""Makes the vectors that client and reference side are both checked against.

Needs openssl and python3 with `cryptography` 47 or newer (HPKE); the tests need
neither. Signatures come from the openssl command, the seal from pyca's HPKE, so
that no line of the product's own code has a part in them. All people, keys and
numbers are invented.
"""
import base64, datetime, json, pathlib, subprocess, sys, tempfile

from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization as ser
from cryptography.hazmat.primitives.asymmetric import ec, rsa, utils, x25519
from cryptography.hazmat.primitives.hpke import AEAD, KDF, KEM, Suite

HERE = pathlib.Path(__file__).parent
UTC = datetime.timezone.utc
FROM, TO = datetime.datetime(2020, 1, 1, tzinfo=UTC), datetime.datetime(2050, 1, 1, tzinfo=UTC)
CNS_POLICY = x509.ObjectIdentifier("1.3.76.16.2.1")


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


def main():
    anchor_key = ec.generate_private_key(ec.SECP256R1())
    ca = "Autorita di prova per carte inventate"
    anchor = certificate(ca, anchor_key.public_key(), ca, anchor_key, (x509.BasicConstraints(True, 0), True))
    write("anchor.pem", anchor.public_bytes(ser.Encoding.PEM))
    write("anchor-key.pem", key_pem(anchor_key))

    cards = {}
    for name, code in {"carla": tax_code("PRVCRL63P41X999"), "dino": tax_code("PRVDNI85A01X999")}.items():
        key = rsa.generate_private_key(65537, 2048)
        cert = certificate(f"{code}/6090000000000001.AAAAAAAAAAAAAAAAAAAAAAAAAAA=", key.public_key(), ca, anchor_key,
                           (x509.KeyUsage(True, False, False, False, False, False, False, False, False), True),
                           (x509.ExtendedKeyUsage([x509.ExtendedKeyUsageOID.CLIENT_AUTH]), False),
                           (x509.CertificatePolicies([x509.PolicyInformation(CNS_POLICY, None)]), False))
        write(f"{name}.pem", cert.public_bytes(ser.Encoding.PEM))
        write(f"{name}-key.pem", key_pem(key))
        cards[name] = (code, key, cert)
    code, card_key, card = cards["carla"]
    x5c = [base64.b64encode(card.public_bytes(ser.Encoding.DER)).decode()]

    inps_key = ec.generate_private_key(ec.SECP256R1())
    write("confirmation.pem", certificate("Conferme di prova", inps_key.public_key(), "Conferme di prova", inps_key)
          .public_bytes(ser.Encoding.PEM))
    sealing_key = x25519.X25519PrivateKey.generate()
    write("sealing-key.pem", key_pem(sealing_key))

    record = {
        "schema": "pue-submission/1", "id": "0192f0c1-7a3e-7c55-9d1b-3f2a6b8c4d5e", "subject": code, "actor": "F-03",
        "destination": "inps", "service": "naspi", "service_version": 1, "class": "application",
        "notice_version": "2026-11", "language": "it", "assurance": "high", "revocation_checked": False,
        "clock_trusted": True, "attachments": [], "answers": {"data-cessazione": "2026-10-31"},
        "captured_at": "2026-11-20T10:15:00Z", "deadline": "2027-01-07", "terminal": "PUE-0421",
        "istat": "099999",
    }
    payload = compact(record)
    record_jws = jws({"alg": "RS256", "typ": "pue-submission+jws", "x5c": x5c}, payload, card_key)
    info = "\0".join(["pue-submission/1", record["id"], record["terminal"], record["service"]]).encode()
    suite = Suite(KEM.X25519, KDF.HKDF_SHA256, AEAD.AES_128_GCM)
    sealed = suite.encrypt(record_jws.encode(), sealing_key.public_key(), info=info)

    digest = hashes.Hash(hashes.SHA256())
    digest.update(sealed)
    confirmation = {"id": record["id"], "protocol": "INPS.7003.20/11/2026.0000042", "filed_at": "2026-11-20T10:16:00Z",
                    "digest": digest.finalize().hex()}
    vectors = {
        "made_with": [subprocess.run(["openssl", "version"], capture_output=True, check=True, text=True).stdout.strip(),
                      "pyca/cryptography HPKE, Python " + sys.version.split()[0]],
        "record": payload.decode(), "record_jws": record_jws, "sealed": base64.b64encode(sealed).decode(),
        "login_jws": jws({"alg": "RS256", "typ": "JWT", "x5c": x5c}, b'{"iss":"vector"}', card_key),
        "confirmation": confirmation,
        "confirmation_jws": jws({"alg": "ES256", "typ": "pue-confirmation+jws"}, compact(confirmation), inps_key),
    }
    write("vectors.json", json.dumps(vectors, indent=1).encode() + b"\n")


main()
