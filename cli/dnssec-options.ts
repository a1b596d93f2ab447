/** Options that the `dnssec` commands share. */
import { InvalidArgumentError, Option } from "commander";
import * as v from "valibot";
import { DnsNameSchema } from "../schema/zone.ts";
import { parseNumber } from "./options.ts";

const LONGEST = 31_536_000;

export const parseSeconds = parseNumber(0, LONGEST);

/** A zone's apex, with or without its final dot. */
export function parseZone(text: string): string {
  const name = text.toLowerCase().replace(/\.?$/, ".");
  if (!v.is(DnsNameSchema, name)) throw new InvalidArgumentError("Expected a zone's name such as navio.seed.example.org.");
  return name;
}

export const keysOption = (): Option =>
  new Option("--keys <file>", "the file with the keys").env("SEEDCAST_DNSSEC_KEYS").default("dnssec-keys.json");

export const zoneOption = (): Option => new Option("--zone <name>", "the zone's apex").env("SEEDCAST_ZONE").argParser(parseZone);

/** The zone's `expire` is 86400 unless configured otherwise. */
export const stalenessOption = (): Option =>
  new Option("--staleness <seconds>", "how old an answer of the edge may be: the zone's `expire`").argParser(parseSeconds).default(86_400);

export const ttlOption = (): Option => new Option("--ttl <seconds>", "the longest TTL in the zone").argParser(parseSeconds).default(3_600);
