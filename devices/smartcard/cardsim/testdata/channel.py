#!/usr/bin/env python3
"""Writes channel.json: what terminal and card say to each other from the key
agreement to a signature, with fixed random numbers. It needs the standard
library and the openssl command, and nothing of the Go code:

    python3 channel.py > channel.json
"""
import hashlib, json, os, subprocess

HERE = os.path.dirname(os.path.abspath(__file__))
PEOPLE = os.path.join(HERE, "..", "people")


def openssl(*args, data):
    return subprocess.run(["openssl", *args], input=data, stdout=subprocess.PIPE, check=True).stdout


def des3(key, data, decrypt=False, mode="cbc"):
    """3DES with IV 0 and no padding; key has 8, 16 or 24 bytes."""
    key = {8: key * 3, 16: key + key[:8], 24: key}[len(key)]
    args = ["enc", "-des-ede3-" + mode, "-nopad", "-K", key.hex()]
    args += ["-iv", "00" * 8] if mode == "cbc" else []
    args += ["-d"] if decrypt else []
    return openssl(*args, data=data)


def retail_mac(key, blocks):
    """ISO/IEC 9797-1 algorithm 3: DES in CBC with the first key, and 3DES for
    the last block."""
    chain = bytes(8)
    if len(blocks) > 8:
        chain = des3(key[:8], blocks[:-8])[-8:]
    last = bytes(a ^ b for a, b in zip(chain, blocks[-8:]))
    return des3(key, last, mode="ecb")


def pad(data):
    data += b"\x80"
    return data + bytes(-len(data) % 8)


def tlv(tag, value):
    tag = bytes.fromhex(tag)
    n = len(value)
    if n < 0x80:
        return tag + bytes([n]) + value
    if n < 0x100:
        return tag + bytes([0x81, n]) + value
    return tag + bytes([0x82, n >> 8, n & 255]) + value


def stream(name):
    """An endless supply of bytes that look random and never change."""
    i = 0
    while True:
        yield from hashlib.sha256(f"{name} {i}".encode()).digest()
        i += 1


def take(source, n):
    return bytes(next(source) for _ in range(n))


class Key:
    def __init__(self, pem):
        text = openssl("pkey", "-text", "-noout", data=pem.encode()).decode()
        fields, name = {}, None
        for line in text.splitlines():
            if line.startswith(" "):
                fields[name] += line.strip().replace(":", "")
            else:
                name, _, rest = line.partition(":")
                fields[name] = ""
        self.n = int(fields["modulus"], 16)
        self.d = int(fields["privateExponent"], 16)
        self.size = (self.n.bit_length() + 7) // 8

    def raw(self, block):
        return pow(int.from_bytes(block, "big"), self.d, self.n).to_bytes(self.size, "big")


def sha256(*parts):
    return hashlib.sha256(b"".join(parts)).digest()


class Dialogue:
    """Both sides of the channel with one card."""

    def __init__(self, name, variant=None):
        self.name = variant or name
        with open(os.path.join(PEOPLE, name + ".json")) as f:
            self.card = json.load(f)
        with open(os.path.join(PEOPLE, "anna.json")) as f:
            self.terminal = Key(json.load(f)["key"])  # any key will do for a terminal
        with open(os.path.join(PEOPLE, "terminal-authority.hex")) as f:
            self.authority = int("".join(f.read().split()), 16)
        ias = self.card["ias"]
        self.keys = {ref: Key(pem) for ref, pem in ias["keys"].items()}
        self.g, self.p, self.q = (bytes.fromhex(ias["group"][x]) for x in "gpq")
        self.ias = ias
        self.card_random, self.terminal_random = stream("card"), stream("terminal")
        self.random = b""  # what the card draws
        self.steps = []

    def draw(self, n):
        b = take(self.card_random, n)
        self.random += b
        return b

    def say(self, note, command, answer):
        self.steps.append({"note": note, "command": command.hex().upper(), "answer": answer.hex().upper()})

    def plain(self, note, command, answer="9000"):
        self.say(note, bytes.fromhex(command), bytes.fromhex(answer))

    # The channel.

    def mac(self, *parts):
        return retail_mac(self.k_mac, pad(self.ssc.to_bytes(8, "big") + b"".join(parts)))

    def secured_command(self, header, data, le):
        self.ssc += 1
        head = bytes([header[0] | 0x0C]) + header[1:]
        body = b""
        if data:
            sealed = des3(self.k_enc, pad(data))
            body += tlv("85", sealed) if header[1] & 1 else tlv("87", b"\x01" + sealed)
        if le is not None:
            body += tlv("97", bytes([le]))
        body += tlv("8E", self.mac(head, b"\x80\0\0\0", body))
        return head + bytes([len(body)]) + body + b"\0"

    def secured_answer(self, ins, data, status):
        self.ssc += 1
        body = b""
        if data:
            sealed = des3(self.k_enc, pad(data))
            body += tlv("85", sealed) if ins & 1 else tlv("87", b"\x01" + sealed)
        body += tlv("99", status)
        return body + tlv("8E", self.mac(body))

    def secure(self, note, header, data=b"", le=None, answer=b"", status="9000", outer="9000"):
        """One command, in pieces when it is long, and its answer."""
        header, status, outer = bytes.fromhex(header), bytes.fromhex(status), bytes.fromhex(outer)
        while len(data) > 231:
            piece, data = data[:231], data[231:]
            chained = bytes([header[0] | 0x10]) + header[1:]
            self.say(note + ", a piece", self.secured_command(chained, piece, None),
                     self.secured_answer(header[1], b"", b"\x90\0") + b"\x90\0")
        if not data and le is None:
            le = 0
        command = self.secured_command(header, data, le)
        reply = self.secured_answer(header[1], answer, status)
        while len(reply) > 256:
            part, reply = reply[:256], reply[256:]
            self.say(note, command, part + bytes([0x61, len(reply) & 255 if len(reply) < 256 else 0]))
            # Readers differ in the class of what follows; there is nothing sealed in it.
            command, note = bytes([0x0C if header[1] == 0xB0 else 0x00, 0xC0, 0, 0, min(len(reply), 256) & 255]), "the rest, in clear"
        self.say(note, command, reply + outer)

    # The steps.

    def agree(self):
        self.plain("select IAS", "00A4040C0DA0000000308000000009816001")
        self.plain("select CIE", "00A4040C06A00000000039")
        p, g, q = (int.from_bytes(b, "big") for b in (self.p, self.g, self.q))
        x = int.from_bytes(self.draw(len(self.q) + 8), "big") % (q - 1) + 1
        y = int.from_bytes(take(self.terminal_random, 31), "big") | 1
        self.y_card = pow(g, x, p).to_bytes(256, "big")
        self.y_terminal = pow(g, y, p).to_bytes(256, "big")
        shared = pow(g, x * y, p).to_bytes(256, "big")
        self.shared = shared
        self.k_enc = sha256(shared, b"\0\0\0\x01")[:16]
        self.k_mac = sha256(shared, b"\0\0\0\x02")[:16]
        self.ssc = 1
        data = tlv("80", b"\x9B") + tlv("83", b"\x81") + tlv("91", self.y_terminal)
        self.say("agree on a key, a piece", bytes.fromhex("102241A6FF") + data[:255], b"\x90\0")
        self.say("agree on a key", bytes.fromhex("002241A6") + bytes([len(data) - 255]) + data[255:], b"\x90\0")
        reply = tlv("A6", tlv("91", self.y_card))
        self.say("get the card's value", bytes.fromhex("00CB3FFF064D04A602910000"), reply[:256] + bytes([0x61, len(reply) - 256]))
        self.say("the rest", bytes.fromhex("00C00000") + bytes([len(reply) - 256]), reply[256:] + b"\x90\0")

    def block(self, size, part, digest):
        assert len(part) == size - 34
        return b"\x6A" + part + digest + b"\xBC"

    NAME = bytes.fromhex("00000000" + "2000000000000001")

    def certificate(self, role=b"\x01", issuer=None, spoil=0, signer=None):
        issuer = issuer or bytes.fromhex(self.ias["authority"]["name"])[4:]
        role = bytes.fromhex(self.ias["authority"]["role"])[:6] + role
        body = (b"\x8A" + issuer + self.NAME + role + bytes.fromhex("2A8122F42A02040104")
                + self.terminal.n.to_bytes(256, "big") + bytes.fromhex("00010001"))
        n = int(self.ias["authority"]["n"], 16)
        block = self.block(256, body[:222], sha256(body))
        signed = pow(int.from_bytes(block, "big") ^ spoil, signer or self.authority, n).to_bytes(256, "big")
        return tlv("7F21", tlv("5F37", signed) + tlv("5F38", body[222:]) + tlv("42", issuer))

    def introduce(self):
        """The terminal shows its certificate."""
        self.secure("choose the authority's key", "002281B6", bytes.fromhex("800141830184"), le=0)
        self.secure("verify the terminal's certificate", "002A00AE", self.certificate())
        self.secure("choose the terminal's key", "002281A4", tlv("83", self.NAME))

    def challenge(self):
        self.card_challenge = self.draw(8)
        self.secure("get a challenge", "00840000", le=8, answer=self.card_challenge)

    def proof(self, spoil=0):
        serial, part = self.NAME[4:], take(self.terminal_random, 222)
        digest = sha256(part, self.y_terminal, serial, self.card_challenge, self.y_card, self.g, self.p, self.q)
        block = int.from_bytes(self.block(256, part, digest), "big") ^ spoil
        return serial + self.terminal.raw(block.to_bytes(256, "big"))

    def prove_chip(self):
        self.secure("choose the chip's key", "002241A4", bytes.fromhex("84018280019B"))
        challenge, serial, part = take(self.terminal_random, 8), bytes.fromhex(self.ias["serial"]), self.draw(222)
        digest = sha256(part, self.y_card, serial, challenge, self.y_terminal, self.g, self.p, self.q)
        self.secure("prove the chip", "00880000", challenge, le=0,
                    answer=serial + self.keys["82"].raw(self.block(256, part, digest)))
        self.ssc = int.from_bytes(self.card_challenge[4:] + challenge[4:], "big")

    def authenticate(self):
        self.introduce()
        self.challenge()
        self.secure("prove the terminal", "00820000", self.proof())
        self.prove_chip()

    def file(self, id):
        return bytes.fromhex(self.card["applications"]["A00000000039"]["files"][id]["content"])

    def use(self):
        self.secure("offer the PIN", "00200081", b"12345678")
        number, certificate = self.file("1002"), self.file("1003")
        self.secure("read the document's number by its short name", "00B08200", le=len(number), answer=number)
        self.secure("select the certificate", "00A40204", bytes.fromhex("1003"))
        self.secure("read", "00B00000", le=0xE0, answer=certificate[:0xE0])
        self.secure("read as much as there may be", "00B000E0", le=0, answer=certificate[0xE0:0x1E0])
        last = len(certificate) - 16
        self.secure("read past the end", f"00B0{last:04X}", le=0x80, answer=certificate[last:], status="6282", outer="6282")
        self.secure("read beyond the end", f"00B0{last + 16:04X}", le=0x80, status="6B00", outer="6B00")
        info = bytes.fromhex("3031300D060960864801650304020105000420") + sha256(b"to be signed")
        self.secure("choose the signature's key", "002241A4", bytes.fromhex("800102840181"))
        padded = b"\0\x01" + b"\xFF" * (256 - 3 - len(info)) + b"\0" + info
        self.secure("sign", "00880000", info, le=0, answer=self.keys["81"].raw(padded))
        q = tlv("70", tlv("BFA101", tlv("A3", tlv("99", self.q))))
        self.secure("an odd instruction", "00CB3FFF", bytes.fromhex("4D0A7008BFA10104A3029900"), le=0, answer=q)


def inside():
    d = Dialogue("enzo")
    d.agree()
    d.authenticate()
    d.secure("offer a wrong PIN", "00200081", b"87654321", status="63C2")
    d.secure("offer a short one, which costs nothing", "00200081", b"1234", status="6700")
    d.use()
    d.secure("select a file that is not there", "00A40204", bytes.fromhex("1FFF"), status="6A82")
    d.plain("a command in clear ends the channel", "00B0810001", "399000")
    d.say("and what comes through it is not understood", d.secured_command(bytes.fromhex("00B08100"), b"", 4), b"\x69\x85")
    return d


def outside():
    d = Dialogue("carla", "carla-outside")
    d.agree()
    d.authenticate()
    d.use()
    d.say("offer a wrong PIN", d.secured_command(bytes.fromhex("00200081"), b"87654321", None), b"\x63\xC2")
    d.say("the channel is gone", d.secured_command(bytes.fromhex("00B08100"), b"", 4), b"\x69\x85")
    return d


def refusals():
    """What a terminal is refused that has not proved itself."""
    d = Dialogue("fulvia")
    d.plain("select IAS", "00A4040C0DA0000000308000000009816001")
    d.plain("agree with a public value of one byte", "002241A60980019B830181910102", "6A80")
    d.agree()
    early = lambda: d.secure("offer the PIN too early", "00200081", b"12345678", status="6982")
    early()
    d.secure("verify a certificate without a key", "002A00AE", d.certificate(), status="6985")
    d.secure("choose a key for certificates that is none", "002281B6", bytes.fromhex("800141830185"), status="6A88")
    d.secure("choose the authority's key", "002281B6", bytes.fromhex("800141830184"), le=0)
    d.secure("verify a certificate with one bit changed", "002A00AE", d.certificate(spoil=1 << 1000), status="6982")
    d.secure("verify a certificate of another signer", "002A00AE", d.certificate(signer=65537), status="6982")
    d.secure("verify a certificate that names another", "002A00AE", d.certificate(issuer=b"XXXXXXXX"), status="6A88")
    d.secure("verify a certificate of no terminal", "002A00AE", d.certificate(role=b"\x02"), status="6A80")
    d.secure("verify what is none", "002A00AE", b"\x7F\x21\x03\x02\x01\x00", status="6982")
    d.secure("choose the terminal's key, which is not known yet", "002281A4", tlv("83", d.NAME), status="6A88")
    d.introduce()
    d.secure("choose a terminal's key of another name", "002281A4", tlv("83", b"\0" * 12), status="6A88")
    d.card_challenge = bytes(8)
    d.secure("answer no challenge", "00820000", d.proof(), status="6985")
    d.challenge()
    d.secure("answer it wrongly", "00820000", d.proof(spoil=1 << 100), status="6982")
    d.secure("answer it once more, rightly", "00820000", d.proof(), status="6985")
    d.secure("choose the chip's key", "002241A4", bytes.fromhex("84018280019B"))
    d.secure("have the chip prove itself first", "00880000", bytes(8), le=0, status="6985")
    early()
    d.challenge()
    d.secure("answer a new one", "00820000", d.proof())
    early()
    d.secure("choose the chip's key", "002241A4", bytes.fromhex("84018280019B"))
    d.secure("have the chip sign seven bytes", "00880000", bytes(7), le=0, status="6700")
    d.prove_chip()
    d.secure("read the document's number before the PIN", "00B08200", le=9, status="6982")
    d.secure("choose the signature's key", "002241A4", bytes.fromhex("800102840181"))
    d.secure("sign before the PIN", "00880000", b"anything", le=0, status="6982")
    d.secure("offer the PIN", "00200081", b"12345678")
    d.secure("sign after it", "00880000", b"anything", le=0,
             answer=d.keys["81"].raw(b"\0\x01" + b"\xFF" * 245 + b"\0anything"))
    return d


def secrets():
    d = Dialogue("enzo")
    d.agree()
    d.authenticate()
    for left in "210":
        d.secure(f"offer a wrong PIN, {left} left", "00200081", b"87654320", status="63C" + left)
    d.secure("offer the right one, too late", "00200081", b"12345678", status="6983")
    d.secure("unblock without the PUK", "002C0381", status="6982")
    d.secure("offer a wrong PUK", "00200082", b"12345678", status="63C9")
    d.secure("offer the PUK", "00200082", b"87654321")
    d.secure("unblock and keep the PIN", "002C0381")
    d.secure("change the PIN", "00240081", b"12345678" b"11223344")
    d.secure("offer the old PIN", "00200081", b"12345678", status="63C2")
    d.secure("give a new PIN", "002C0281", b"55667788")
    d.secure("offer the new PIN", "00200081", b"55667788")
    d.secure("ask whether it was offered", "00200081")
    d.secure("read the document's number by its short name", "00B08200", le=9, answer=d.file("1002"))
    return d


print(json.dumps([
    {"name": name, "person": d.name, "random": d.random.hex().upper(),
     "shared": d.shared.hex().upper(), "encryption": d.k_enc.hex().upper(), "mac": d.k_mac.hex().upper(), "steps": d.steps}
    for name, d in (("errors inside", inside()), ("errors outside", outside()), ("refusals", refusals()), ("secrets", secrets()))
], indent=1))
