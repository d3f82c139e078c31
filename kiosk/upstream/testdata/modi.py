#!/usr/bin/env python3
"""Makes modi.json, by which the signatures of ModI are checked on both sides, and
exchanges/side, the keys with which the recorded exchanges are played.

Needs openssl and python3 with `cryptography`. Signatures come from the openssl
command; no line of the product's own code has a part in them. Keys are invented;
that to which vectors.json is sealed is used again.
"""
import base64, datetime, hashlib, json, pathlib, subprocess, tempfile

from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization as ser
from cryptography.hazmat.primitives.asymmetric import ec, rsa, utils

HERE = pathlib.Path(__file__).parent
SIDE = HERE / "exchanges" / "side"
UTC = datetime.timezone.utc
FROM, TO = datetime.datetime(2020, 1, 1, tzinfo=UTC), datetime.datetime(2050, 1, 1, tzinfo=UTC)
NOW = int(datetime.datetime(2026, 11, 22, 10, tzinfo=UTC).timestamp())
TERMINAL, HOST = "PUE-0421", "inps.example"


def write(name, data):
    path = SIDE / name
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(data)


def key_pem(key):
    return key.private_bytes(ser.Encoding.PEM, ser.PrivateFormat.PKCS8, ser.NoEncryption())


def certificate(subject, public, issuer, issuer_key, *extensions):
    name = lambda cn: x509.Name([x509.NameAttribute(x509.NameOID.COMMON_NAME, cn)])
    b = (x509.CertificateBuilder().subject_name(name(subject)).issuer_name(name(issuer)).public_key(public)
         .serial_number(x509.random_serial_number()).not_valid_before(FROM).not_valid_after(TO))
    for ext in extensions:
        b = b.add_extension(ext, False)
    return b.sign(issuer_key, hashes.SHA256())


def b64url(data):
    return base64.urlsafe_b64encode(data).rstrip(b"=").decode()


def compact(value):
    return json.dumps(value, separators=(",", ":")).encode()


def jws(header, payload, key):
    signed = b64url(compact(header)) + "." + b64url(compact(payload))
    with tempfile.TemporaryDirectory() as d:
        path = pathlib.Path(d) / "key.pem"
        path.write_bytes(key_pem(key))
        signature = subprocess.run(["openssl", "dgst", "-sha256", "-sign", path], input=signed.encode(),
                                   capture_output=True, check=True).stdout
    if header["alg"] == "ES256":
        r, s = utils.decode_dss_signature(signature)
        signature = r.to_bytes(32) + s.to_bytes(32)
    return signed + "." + b64url(signature)


def digest(body):
    return "SHA-256=" + base64.b64encode(hashlib.sha256(body).digest()).decode()


def der(cert):
    return cert.public_bytes(ser.Encoding.DER)


def side():
    ca_key = ec.generate_private_key(ec.SECP256R1())
    ca = certificate("Autorita di prova", ca_key.public_key(), "Autorita di prova", ca_key, x509.BasicConstraints(True, 0))
    write("ca.pem", ca.public_bytes(ser.Encoding.PEM))
    keys = {"terminal": rsa.generate_private_key(65537, 2048), "inps/server": ec.generate_private_key(ec.SECP256R1()),
            "inps/confirmation": ec.generate_private_key(ec.SECP256R1())}
    extensions = {"terminal": [x509.ExtendedKeyUsage([x509.ExtendedKeyUsageOID.CLIENT_AUTH])],
                  "inps/server": [x509.SubjectAlternativeName([x509.DNSName(HOST)])]}
    certs = {}
    for name, key in keys.items():
        subject = TERMINAL if name == "terminal" else HOST
        certs[name] = certificate(subject, key.public_key(), "Autorita di prova", ca_key, *extensions.get(name, []))
        file = "confirmation.pem" if name == "inps/confirmation" else name + ".pem"
        write(file, certs[name].public_bytes(ser.Encoding.PEM))
        write(name + "-key.pem", key_pem(keys[name]))
    sealing = ser.load_pem_private_key((HERE / "sealing-key.pem").read_bytes(), None)
    write("inps/sealing-1-key.pem", key_pem(sealing))
    write("sealing-1.pem", sealing.public_key().public_bytes(ser.Encoding.PEM, ser.PublicFormat.SubjectPublicKeyInfo))
    write("sealing.json", compact([{"file": "sealing-1.pem", "from": "2020-01-01", "until": "2049-12-31"}]) + b"\n")
    return keys, certs


def main():
    keys, certs = side()
    times = {"iat": NOW, "nbf": NOW, "exp": NOW + 60}
    own = lambda jti, **more: {"iss": TERMINAL, "sub": TERMINAL, "aud": "https://" + HOST, **times, "jti": jti, **more}
    x5c = {"alg": "RS256", "typ": "JWT", "x5c": [base64.b64encode(der(certs["terminal"])).decode()]}
    thumb = lambda cert: b64url(hashlib.sha256(der(cert)).digest())
    brief = {"alg": "RS256", "typ": "JWT", "x5t#S256": thumb(certs["terminal"])}
    form, answer = b"token=N4XQ7TZ2KPVB6MDAJH3RLWYC5E", b'{"id":"x","state":"received"}'
    signed = [{"digest": digest(form)}, {"content-type": "application/x-www-form-urlencoded"}]
    reply = {"iss": "inps", "aud": TERMINAL, "iat": NOW, "exp": NOW + 60, "jti": "vector-reply",
             "signed_headers": [{"digest": digest(answer)}, {"content-type": "application/json"}, {"location": "/applications/x"}],
             "in_reply_to": "vector-1", "status": 202}
    vectors = {
        "made_with": subprocess.run(["openssl", "version"], capture_output=True, check=True, text=True).stdout.strip(),
        "digests": {body.decode(): digest(body) for body in
                    [b'{"testo": "Ciao mondo"}', b'{"testo":"Ciao mondo"}', b"", form, answer]},
        "at": NOW,
        "request": {
            "body": form.decode(),
            "headers": {
                "Authorization": "Bearer " + jws(x5c, own("vector-1"), keys["terminal"]),
                "Content-Type": "application/x-www-form-urlencoded",
                "Digest": digest(form),
                "Agid-JWT-Signature": jws(brief, own("vector-2", signed_headers=signed), keys["terminal"]),
                "Agid-JWT-TrackingEvidence": jws(brief, own("vector-3", userID="F-03", userLocation=TERMINAL, LoA="high"),
                                                 keys["terminal"]),
            },
        },
        "answer": {
            "status": 202, "body": answer.decode(),
            "headers": {
                "Content-Type": "application/json", "Digest": digest(answer), "Location": "/applications/x",
                "Agid-JWT-Signature": jws({"alg": "ES256", "typ": "JWT", "x5t#S256": thumb(certs["inps/confirmation"])}, reply,
                                          keys["inps/confirmation"]),
            },
        },
    }
    (HERE / "modi.json").write_bytes(json.dumps(vectors, indent=1).encode() + b"\n")


main()
