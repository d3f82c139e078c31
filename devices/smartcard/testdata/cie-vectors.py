#!/usr/bin/env python3
"""Writes cie-vectors.json: what a reader of a CIE must compute, computed by the
standard library of Python and the openssl command and by nothing of the Go code:

    python3 cie-vectors.py > cie-vectors.json

Keys and certificates are made anew each time, so that two runs differ.
"""
import hashlib, json, os, subprocess, tempfile

OPENSSL_TEXT = {"capture_output": True, "check": True}

# RFC 5114, section 2.3: 2048-bit group with a subgroup of 256 bits.
P = int("""87A8E61DB4B6663CFFBBD19C651959998CEEF608660DD0F25D2CEED4435E3B00E00DF8F1D61957D4FAF7DF4561B2AA3016C3D91134096FAA3BF4296D830E9A7C
209E0C6497517ABD5A8A9D306BCF67ED91F9E6725B4758C022E0B1EF4275BF7B6C5BFC11D45F9088B941F54EB1E59BB8BC39A0BF12307F5C4FDB70C581B23F76
B63ACAE1CAA6B7902D52526735488A0EF13C6D9A51BFA4AB3AD8347796524D8EF6A167B5A41825D967E144E5140564251CCACB83E6B486F6B3CA3F7971506026
C0B857F689962856DED4010ABD0BE621C3A3960A54E710C375F26375D7014103A4B54330C198AF126116D2276E11715F693877FAD7EF09CADB094AE91E1A1597
""".replace("\n", ""), 16)
G = int("""3FB32C9B73134D0B2E77506660EDBD484CA7B18F21EF205407F4793A1A0BA12510DBC15077BE463FFF4FED4AAC0BB555BE3A6C1B0C6B47B1BC3773BF7E8C6F62
901228F8C28CBB18A55AE31341000A650196F931C77A57F2DDF463E5E9EC144B777DE62AAAB8A8628AC376D282D6ED3864E67982428EBC831D14348F6F2F9193
B5045AF2767164E1DFC967C1FB3F2E55A4BD1BFFE83B9C80D052B985D182EA0ADB2A3B7313D3FE14C8484B1E052588B9B7D2BBD2DF016199ECD06E1557CD0915
B3353BBB64E0EC377FD028370DF92B52C7891428CDC67EB6184B523D1DB246C32F63078490F00EF8D647D148D47954515E2327CFEF98C582664B4C0F6CC41659
""".replace("\n", ""), 16)
Q = int("8CF83642A709A097B447997640129DA299B1A47D1EB3750BA308B0FE64F5FBD3", 16)


def openssl(*args, data=b""):
    return subprocess.run(["openssl", *args], input=data, **OPENSSL_TEXT).stdout


def h(b):
    return b.hex().upper()


def number(i, size):
    return i.to_bytes(size, "big")


def pad(b):
    b += b"\x80"
    return b + bytes(-len(b) % 8)


def tlv(tag, value):
    n = len(value)
    size = bytes([n]) if n < 128 else bytes([0x81, n]) if n < 256 else bytes([0x82]) + number(n, 2)
    return bytes.fromhex(tag) + size + value


def des(key, text):
    """Single DES of one block, as triple DES with one key three times."""
    return openssl("enc", "-des-ede3", "-nopad", "-K", h(key * 3), data=text)


def undes(key, text):
    return openssl("enc", "-d", "-des-ede3", "-nopad", "-K", h(key * 3), data=text)


def mac(key, text):
    """ISO/IEC 9797-1, algorithm 3, padding method 2, step by step."""
    state = bytes(8)
    text = pad(text)
    for i in range(0, len(text), 8):
        state = des(key[:8], bytes(a ^ b for a, b in zip(state, text[i:i + 8])))
    return des(key[:8], undes(key[8:], state))


def encrypt(key, text):
    return openssl("enc", "-des-ede-cbc", "-nopad", "-K", h(key), "-iv", "00" * 8, data=pad(text))


def pseudo(name, n):
    return hashlib.shake_256(name.encode()).digest(n)


def command(k, counter, header, data, le):
    header = bytes([header[0] | 0x0C]) + header[1:]
    body = b""
    if data:
        secret = encrypt(k[0], data)
        body += tlv("85", secret) if header[1] % 2 else tlv("87", b"\1" + secret)
    if le is not None:
        body += tlv("97", bytes([le % 256]))
    body += tlv("8E", mac(k[1], number(counter, 8) + header + b"\x80\0\0\0" + body))
    return header + bytes([len(body)]) + body + b"\0"


def answer(k, counter, data, sw, tag="87"):
    body = b""
    if data is not None:
        body += tlv(tag, (b"\1" if tag == "87" else b"") + encrypt(k[0], data))
    body += tlv("99", bytes.fromhex(sw))
    return body + tlv("8E", mac(k[1], number(counter, 8) + body))


def commands(k):
    cases = [
        ("a PIN", "00200081", b"00000000", None),
        ("a file to select", "00A4020C", bytes.fromhex("1003"), None),
        ("a file to read", "00B000E0", b"", 0xE0),
        ("as much as there is", "00B00000", b"", 256),
        ("data and a length", "00CB3FFF", bytes.fromhex("4D04A6029100"), 256),
        ("an odd instruction", "00CB3FFF", bytes.fromhex("4D04A6029100"), None),
        ("a whole block", "00880000", pseudo("block", 8), None),
        ("as much as fits", "102A00AE", pseudo("long", 231), None),
        ("nothing", "00840000", b"", None),
    ]
    for i, (name, header, data, le) in enumerate(cases):
        counter = [1, 0xFFFFFFFF, 2**63 + 5][i % 3]
        header = bytes.fromhex(header)
        yield {"name": name, "counter": f"{counter:016X}", "header": h(header), "data": h(data), "le": le or 0,
               "apdu": h(command(k, counter, header, data, le))}


def answers(k):
    cases = [
        ("success", None, "9000", "87"),
        ("a challenge", pseudo("challenge", 8), "9000", "87"),
        ("a signature", pseudo("signature", 264), "9000", "87"),
        ("the end of a file", pseudo("file", 17), "6282", "87"),
        ("an odd instruction", pseudo("odd", 40), "9000", "85"),
        ("a wrong PIN", None, "63C2", "87"),
        ("zeros at the end", bytes(8), "9000", "87"),
        ("padding inside", bytes.fromhex("80000000"), "9000", "87"),
        ("no bytes", b"", "9000", "87"),
    ]
    for i, (name, data, sw, tag) in enumerate(cases):
        counter = [2, 0x100000000, 2**64 - 1][i % 3]
        yield {"name": name, "counter": f"{counter:016X}", "answer": h(answer(k, counter, data, sw, tag)),
               "data": h(data or b""), "status": sw}


class Key:
    def __init__(self, folder, name, bits=2048):
        self.file = os.path.join(folder, name)
        openssl("genrsa", "-out", self.file, str(bits))
        fields, last = {}, ""
        for line in openssl("rsa", "-in", self.file, "-noout", "-text").decode().splitlines():
            if line.startswith(" "):
                fields[last] += line.strip().replace(":", "")
            else:
                last, _, rest = line.partition(":")
                fields[last] = ""
        self.n, self.d, self.size = int(fields["modulus"], 16), int(fields["privateExponent"], 16), bits // 8

    def sign(self, block):
        return number(pow(int.from_bytes(block, "big"), self.d, self.n), self.size)


def recovery(folder):
    for bits in (2048, 1024):
        key = Key(folder, f"recovery-{bits}", bits)
        first, rest = pseudo("first", key.size - 34), pseudo("rest", 75)
        block = b"\x6A" + first + hashlib.sha256(first + rest).digest() + b"\xBC"
        yield {"modulus": h(number(key.n, key.size)), "first": h(first), "rest": h(rest), "block": h(block), "signature": h(key.sign(block))}


def agreement():
    x, y = (int.from_bytes(pseudo(n, 32), "big") % Q for n in ("x", "y"))
    shared = number(pow(G, x * y, P), 256)
    return {"g": h(number(G, 256)), "p": h(number(P, 256)), "q": h(number(Q, 32)), "x": h(number(x, 32)),
            "terminal": h(number(pow(G, x, P), 256)), "chip": h(number(pow(G, y, P), 256)), "shared": h(shared)}


def derived():
    for name, secret in ("a secret", pseudo("secret", 256)), ("one with zeros before it", bytes(3) + pseudo("small", 253)):
        yield {"name": name, "secret": h(secret),
               "encryption": h(hashlib.sha256(secret + bytes.fromhex("00000001")).digest()[:16]),
               "checksum": h(hashlib.sha256(secret + bytes.fromhex("00000002")).digest()[:16])}


def terminals_exponent():
    with open(os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", "cie-terminal-exponent.hex")) as f:
        return int("".join(f.read().split()), 16)


def certificate(folder):
    """The certificate by which a terminal is presented."""
    key = Key(folder, "authority")
    exponent = terminals_exponent()
    reference, rights, terminal = pseudo("reference", 8), pseudo("rights", 6), int.from_bytes(b"\xC0" + pseudo("terminal", 254) + b"\x01", "big")
    body = b"\x8A" + reference + bytes.fromhex("000000002000000000000001") + rights + b"\x01"
    body += bytes.fromhex("2A8122F42A02040104") + number(terminal, 256) + bytes.fromhex("00010001")
    assert len(body) == 297
    block = b"\x6A" + body[:222] + hashlib.sha256(body).digest() + b"\xBC"
    signed = number(pow(int.from_bytes(block, "big"), exponent, key.n), 256)
    whole = tlv("7F21", tlv("5F37", signed) + tlv("5F38", body[222:]) + tlv("42", reference))
    return {"modulus": h(number(key.n, 256)), "reference": h(reference), "rights": h(rights),
            "terminal": h(number(terminal, 256)), "certificate": h(whole)}


class Dialogue:
    """A terminal and a card from the first command to the PIN."""

    def __init__(self):
        self.steps, self.counter, self.k = [], 1, None

    def say(self, asked, data=b"", sw="9000"):
        while len(data) > 256:
            part, data = data[:256], data[256:]
            self.steps.append({"command": h(asked), "answer": h(part) + f"61{min(len(data), 256) % 256:02X}"})
            asked = bytes.fromhex("00C00000") + bytes([min(len(data), 256) % 256])
        self.steps.append({"command": h(asked), "answer": h(data) + sw})

    def get(self, listed, data):
        self.say(bytes.fromhex("00CB3FFF") + bytes([len(listed)]) + listed + b"\0", data)

    def secure(self, header, data=b"", le=None, back=None):
        header = bytes.fromhex(header)
        while len(data) > 231:
            self.counter += 2
            piece, data = data[:231], data[231:]
            self.say(command(self.k, self.counter - 1, bytes([header[0] | 0x10]) + header[1:], piece, None),
                     answer(self.k, self.counter, None, "9000"))
        self.counter += 2
        self.say(command(self.k, self.counter - 1, header, data, le), answer(self.k, self.counter, back, "9000"))


def dialogue(folder):
    chip, authority, terminal = (Key(folder, "dialogue-" + name) for name in ("chip", "authority", "terminal"))
    exponent = terminals_exponent()
    g, p, q = number(G, 256), number(P, 256), number(Q, 32)
    x, y = (int.from_bytes(pseudo("dialogue " + n, 31), "big") for n in "xy")
    ours, theirs, z = (number(pow(G, e, P), 256) for e in (x, y, x * y))
    filler, our_challenge = pseudo("filler", 222), pseudo("our challenge", 8)
    their_filler, their_challenge = pseudo("their filler", 222), pseudo("their challenge", 8)
    serial, their_serial = bytes.fromhex("2000000000000001"), pseudo("serial", 8)
    holder, rights = pseudo("holder", 12), pseudo("rights", 7)

    def block(first, rest):
        return b"\x6A" + first + hashlib.sha256(first + rest).digest() + b"\xBC"

    d = Dialogue()
    d.say(bytes.fromhex("00A4040C0DA0000000308000000009816001"))
    d.say(bytes.fromhex("00A4040C06A00000000039"))
    for tag, value in ("97", g), ("98", p), ("99", q):
        d.get(bytes.fromhex(f"4D0A7008BFA10104A302{tag}00"), tlv("70", tlv("BFA101", tlv("A3", tlv(tag, value)))))
    d.get(bytes.fromhex("4D097007BFA004037F4980"),
          tlv("70", tlv("BFA004", tlv("7F49", tlv("5F20", holder) + tlv("81", number(authority.n, 256)) + tlv("82", b"\1\0\1") + tlv("5F4C", rights)))))
    half = tlv("80", b"\x9B") + tlv("83", b"\x81") + tlv("91", ours)
    d.say(bytes.fromhex("102241A6FF") + half[:255])
    d.say(bytes.fromhex("002241A6") + bytes([len(half) - 255]) + half[255:])
    d.get(bytes.fromhex("4D04A6029100"), tlv("A6", tlv("91", theirs)))
    d.k = tuple(hashlib.sha256(z + number(i, 4)).digest()[:16] for i in (1, 2))

    body = b"\x8A" + holder[4:] + bytes(4) + serial + rights[:6] + b"\x01" + bytes.fromhex("2A8122F42A02040104")
    body += number(terminal.n, 256) + bytes.fromhex("00010001")
    signed = number(pow(int.from_bytes(block(body[:222], body[222:]), "big"), exponent, authority.n), 256)
    d.secure("002281B6", bytes.fromhex("800141830184"), le=0)
    d.secure("002A00AE", tlv("7F21", tlv("5F37", signed) + tlv("5F38", body[222:]) + tlv("42", holder[4:])))
    d.secure("002281A4", tlv("83", bytes(4) + serial))
    d.secure("00840000", le=8, back=their_challenge)
    d.secure("00820000", serial + terminal.sign(block(filler, ours + serial + their_challenge + theirs + g + p + q)))
    d.secure("002241A4", bytes.fromhex("84018280019B"))
    proof = chip.sign(block(their_filler, theirs + their_serial + our_challenge + ours + g + p + q))
    d.secure("00880000", our_challenge, back=their_serial + proof)
    d.counter = int.from_bytes(their_challenge[4:] + our_challenge[4:], "big")
    d.secure("00200081", b"12345678")
    # The secret is drawn between 2 and q-2, as a number from 0 on.
    return {"random": h(number(x - 2, 32) + filler + our_challenge), "chip": h(number(chip.n, 256)),
            "terminal": h(number(terminal.n, 256)), "exponent": h(number(terminal.d, 256)), "steps": d.steps}


def integer(value):
    return tlv("02", value)


def security_object(folder, digest, version, one_byte, extra, kind="2.23.136.1.1.1", other=None):
    """EF.SOD, signed by openssl cms."""
    oid = {"sha1": "06052B0E03021A", "sha256": "0609608648016503040201", "sha512": "0609608648016503040203"}[digest]
    groups = [(g, pseudo(f"group {g}", 40)) for g in ("A1", "A2", "A3", "A4", "A5", "1B")]
    hashes = b""
    for group, content in groups:
        g = bytes.fromhex(group)
        g = g if one_byte or g[0] < 0x80 else b"\0" + g
        hashes += tlv("30", integer(g) + tlv("04", hashlib.new(digest, content).digest()))
    lds = integer(bytes([version])) + tlv("30", bytes.fromhex(oid) + b"\x05\0") + tlv("30", hashes)
    if version == 1:
        lds += tlv("30", tlv("13", b"0107") + tlv("13", b"040000"))
    lds = tlv("30", lds)
    key, cert, file = (os.path.join(folder, f) for f in ("signer.key", "signer.pem", "lds"))
    openssl("req", "-x509", "-newkey", "rsa:2048", "-nodes", "-keyout", key, "-out", cert, "-days", "36500",
            "-subj", "/C=IT/O=Autorita inventata/CN=Document Signer", "-addext", "keyUsage=critical,digitalSignature")
    with open(file, "wb") as f:
        f.write(lds)
    signed = openssl("cms", "-sign", "-binary", "-nodetach", "-nosmimecap", "-econtent_type", kind, "-md", other or digest,
                     "-in", file, "-signer", cert, "-inkey", key, "-outform", "DER", *extra)
    return {"digest": digest, "version": version, "file": h(tlv("77", signed)), "groups": {g: h(c) for g, c in groups},
            "signer": h(openssl("x509", "-in", cert, "-outform", "DER"))}


def inside(der):
    """The objects in a constructed one, and where its content begins."""
    n, at = der[1], 2
    if n > 127:
        n, at = int.from_bytes(der[2:2 + n - 128], "big"), 2 + n - 128
    return der[at:at + n]


def objects(der):
    while der:
        n, at = der[1], 2
        if n > 127:
            n, at = int.from_bytes(der[2:2 + n - 128], "big"), 2 + n - 128
        yield der[:at + n]
        der = der[at + n:]


def signed_with_sha1(folder):
    """Hashed with SHA-256, and the signature over that made with SHA-1."""
    made = security_object(folder, "sha256", 0, True, [])
    file = bytes.fromhex(made["file"])
    signed = inside(list(objects(inside(inside(file))))[1])      # content of the ContentInfo
    signer = list(objects(inside(list(objects(inside(signed)))[-1])))[0]
    attributes = next(o for o in objects(inside(signer)) if o[0] == 0xA0)
    signature = openssl("dgst", "-sha1", "-sign", os.path.join(folder, "signer.key"), data=b"\x31" + attributes[1:])
    rsa, with_sha1 = bytes.fromhex("06092A864886F70D010101"), bytes.fromhex("06092A864886F70D010105")
    at = file.rindex(rsa)
    file = file[:at] + with_sha1 + file[at + len(rsa):]
    made["file"] = h(file[:-256] + signature)
    return made


def refused(folder):
    """Objects that are well signed and still none to believe."""
    def object(name, *args, **more):
        return {"name": name, "file": security_object(folder, *args, **more)["file"]}

    yield object("no signed attributes", "sha256", 0, True, ["-noattr"])
    yield object("no certificate", "sha256", 0, True, ["-nocerts"])
    yield object("another kind of content", "sha256", 0, True, [], kind="1.2.840.113549.1.7.1")
    yield object("hashed by SHA-1", "sha1", 0, True, [], other="sha256")
    yield object("signed over SHA-1", "sha256", 0, True, [], other="sha1")
    two = Key(folder, "two")
    cert = os.path.join(folder, "two.pem")
    openssl("req", "-x509", "-key", two.file, "-out", cert, "-days", "36500", "-subj", "/CN=Another")
    yield object("two signers", "sha256", 0, True, ["-signer", cert, "-inkey", two.file])


def main():
    k = (pseudo("encryption", 16), pseudo("checksum", 16))
    with tempfile.TemporaryDirectory() as folder:
        pss = ["-keyopt", "rsa_padding_mode:pss"]
        vectors = {
            "keys": list(derived()),
            "encryption": h(k[0]), "checksum": h(k[1]),
            "macs": [{"text": h(pseudo("mac", n)), "mac": h(mac(k[1], pseudo("mac", n)))} for n in (0, 1, 7, 8, 9, 16, 100)],
            "commands": list(commands(k)),
            "answers": list(answers(k)),
            "agreement": agreement(),
            "recovery": list(recovery(folder)),
            "certificate": certificate(folder),
            "dialogue": dialogue(folder),
            "objects": [
                security_object(folder, "sha256", 0, True, []),
                security_object(folder, "sha512", 1, False, pss),
                security_object(folder, "sha256", 1, False, ["-keyid"]),
                signed_with_sha1(folder),
            ],
            "refused": list(refused(folder)),
        }
    print(json.dumps(vectors, indent=1))


main()
