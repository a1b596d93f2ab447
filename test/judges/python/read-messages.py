"""Reads DNS messages by dnspython: each as two octets of length and the message on standard input, each told as a line of JSON."""

import json
import sys

import dns.flags
import dns.message

PADDING = 12
HEADER_FLAGS = 0x87F0


def records(section):
    return [
        [rrset.name.to_text(), rrset.ttl, int(rrset.rdtype), rdata.to_text()]
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
