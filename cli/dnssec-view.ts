/** Keys as people and programs want to see them. Nothing of their private halves. */
import { parseName } from "../workers/dns/name.ts";
import { formatData } from "../workers/dns/presentation.ts";
import { TYPE } from "../workers/dns/records.ts";
import { dnskeyData, dsData, keyTag } from "../workers/dnssec/dnskey.ts";
import { isUnsigned, type KeySet, type ZoneKey } from "../workers/dnssec/keys.ts";
import { keyState, type KeyState } from "../workers/dnssec/schedule.ts";
import { formatTable, formatTime } from "./terminal.ts";

/** What `--json` shows of a key; times in Unix seconds. */
export interface KeyView extends Pick<ZoneKey, "role" | "algorithm" | "publish" | "activate" | "retire" | "remove"> {
  readonly tag: number;
  readonly state: KeyState;
  /** The data of its DNSKEY record and, for a key signing key, of its DS record in presentation form. */
  readonly dnskey: string;
  readonly ds?: string;
}

export function viewKey(zone: string, key: ZoneKey, now: number): KeyView {
  const { role, algorithm, publish, activate, retire, remove } = key;
  const dnskey = dnskeyData(key);
  return {
    role,
    algorithm,
    tag: keyTag(dnskey),
    state: keyState(key, now),
    publish,
    activate,
    ...(retire === undefined ? {} : { retire }),
    ...(remove === undefined ? {} : { remove }),
    dnskey: formatData(TYPE.DNSKEY, dnskey),
    ...(role === "ksk" ? { ds: formatData(TYPE.DS, dsData(parseName(zone), dnskey)) } : {}),
  };
}

export const viewKeys = ({ zone, keys }: KeySet, now: number): readonly KeyView[] => keys.map((key) => viewKey(zone, key, now));

/** A table of a zone's keys: what each does now, and what it does next. */
export function formatKeys(set: KeySet, now: number): string {
  if (isUnsigned(set)) return `${set.zone}\nunsigned on purpose: it has no keys, and its parent must have no DS`;
  const rows = viewKeys(set, now).map((view) => [view.role, String(view.tag), String(view.algorithm), doing(view), nextOf(view)]);
  return [set.zone, formatTable([["key", "tag", "algorithm", "now", "next"], ...rows])].join("\n");
}

const DOING: Readonly<Record<KeyState, readonly [ksk: string, zsk: string]>> = {
  waiting: ["not in use yet", "not in use yet"],
  published: ["signs the keys; no parent is told yet", "published, does not sign yet"],
  active: ["signs the keys; announced to the parent", "signs the zone"],
  retired: ["signs the keys; the parent drops it", "published, signs no more"],
  removed: ["removed (--prune)", "removed (--prune)"],
};

const doing = ({ role, state }: KeyView): string => DOING[state][role === "ksk" ? 0 : 1];

function nextOf({ role, state, publish, activate, retire, remove }: KeyView): string {
  const next: Readonly<Record<KeyState, string>> = {
    waiting: at("published", publish),
    published: at(role === "ksk" ? "announced" : "signs from", activate),
    active: at("retired", retire),
    retired: remove === undefined ? "removed once the DS is replaced (--ds-replaced)" : at("removed", remove),
    removed: "",
  };
  return next[state];
}

const at = (what: string, time: number | undefined): string => (time === undefined ? "" : `${what} ${formatTime(time)}`);
