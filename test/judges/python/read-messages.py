"""Reads DNS messages by dnspython: each as two octets of length and the message on standard input, each told as a line of JSON."""

import base64
import json
import sys

import dns.flags
import dns.message
import dns.rdatatype
from dns.rdatatype import CDNSKEY, CDS, DNSKEY, RRSIG

PADDING = 12
HEADER_FLAGS = 0x87F0


def data(rdata):
    """As text in one form: times in seconds, digests and keys without spaces in them."""
    if rdata.rdtype == RRSIG:
        numbers = [rdata.algorithm, rdata.labels, rdata.original_ttl, rdata.expiration, rdata.inception, rdata.key_tag]
        covered = dns.rdatatype.to_text(rdata.covers())
        return " ".join([covered, *(str(int(number)) for number in numbers), rdata.signer.to_text(), base64.b64encode(rdata.signature).decode()])
    if rdata.rdtype in (DNSKEY, CDNSKEY):
        return f"{int(rdata.flags)} {rdata.protocol} {int(rdata.algorithm)} {base64.b64encode(rdata.key).decode()}"
    if rdata.rdtype == CDS:
        return f"{rdata.key_tag} {int(rdata.algorithm)} {rdata.digest_type} {rdata.digest.hex().upper()}"
    return rdata.to_text()


def records(section):
    return [
        [rrset.name.to_text(), rrset.ttl, int(rrset.rdtype), data(rdata)]
        for rrset in section
        for rdata in rrset
    ]


def lowered(section):
    return [[owner.lower(), *rest] for owner, *rest in records(section)]


def options(message):
    return [
        [int(option.otype), "" if option.otype == PADDING else option.to_wire().hex()]
        for option in message.options
    ]


def meaning(wire):
    message = dns.message.from_wire(wire, one_rr_per_rrset=True)
    question = message.sections[0]
    opt = None
    if message.edns >= 0:
        opt = {
            "payload": message.payload,
            "version": message.edns,
            "flags": message.ednsflags & 0xFFFF,
            "options": options(message),
        }
    return {
        "id": message.id,
        "opcode": int(message.opcode()),
        "flags": message.flags & HEADER_FLAGS,
        "rcode": int(message.rcode()),
        "question": [question[0].name.to_text(), int(question[0].rdclass), int(question[0].rdtype)] if question else None,
        "answer": records(message.sections[1]),
        "authority": lowered(message.sections[2]),
        "additional": lowered(message.sections[3]),
        "opt": opt,
    }


def main():
    stream = sys.stdin.buffer
    while head := stream.read(2):
        wire = stream.read(int.from_bytes(head, "big"))
        try:
            said = meaning(wire)
        except Exception as error:  # whatever it finds fault with is the judgement
            said = {"fault": f"{type(error).__name__}: {error}"}
        print(json.dumps(said))


main()
