"""
Validates the signatures in DNS messages by dnspython: each message as two octets of length and itself on standard input, the first one an answer to
DNSKEY, whose keys are trusted. The one argument is the time in Unix seconds. Each message is told as a line of JSON: the types of the sets whose
signatures all are valid, and of those without a signature.
"""

import json
import sys

import dns.dnssec
import dns.message
import dns.rdatatype
import dns.rrset
from dns.rdatatype import DNSKEY, RRSIG


def validated(section, keys, now):
    signed, unsigned = [], []
    for rrset in section:
        if rrset.rdtype == RRSIG:
            continue
        signatures = [other for other in section if other.rdtype == RRSIG and other.covers == rrset.rdtype and other.name == rrset.name]
        for rrsigs in signatures:
            for rrsig in rrsigs:
                dns.dnssec.validate_rrsig(rrset, rrsig, keys, now=now)
        (signed if signatures else unsigned).append(int(rrset.rdtype))
    return signed, unsigned


def main():
    now = int(sys.argv[1])
    stream = sys.stdin.buffer
    keys = None
    while head := stream.read(2):
        message = dns.message.from_wire(stream.read(int.from_bytes(head, "big")))
        if keys is None:
            rrset = next(rrset for rrset in message.answer if rrset.rdtype == DNSKEY)
            keys = {rrset.name: rrset}
        try:
            sections = [validated(section, keys, now) for section in (message.answer, message.authority)]
            said = {"signed": sum((signed for signed, _ in sections), []), "unsigned": sum((unsigned for _, unsigned in sections), [])}
        except dns.dnssec.ValidationFailure as error:
            said = {"fault": str(error)}
        print(json.dumps(said))


main()
