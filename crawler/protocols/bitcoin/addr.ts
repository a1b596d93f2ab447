/** What Core reads as it stands and no further: octets after the last known field of a message are ignored. */
