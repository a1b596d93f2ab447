/** A private Tor network for the interop tests: authorities, relays, an onion service and a client, all of Debian's tor, on addresses of the namespace. */
import { spawn } from "node:child_process";
import { once } from "node:events";
import { mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { startDaemon, type Daemon } from "./daemon.ts";

/** Authorities relay too. Six relays are enough for circuits to and from an onion service, each with a guard and a rendezvous of its own. */
const AUTHORITIES = 3;
const RELAYS = 3;
const OR_PORT = 5_000;
const DIR_PORT = 7_000;
const SOCKS_PORT = 9_050;

/** How long a whole network may take to be ready: two or three rounds of voting, 10 s each, and what follows from them. 26 to 78 s were seen. */
const BOOTSTRAP_SECONDS = 150;

/** Of every member: tor(1), "TESTING NETWORK OPTIONS", and what Tor's own chutney adds to them. */
const COMMON = ["TestingTorNetwork 1", "PathsNeededToBuildCircuits 0.67", "Log notice stdout", "ShutdownWaitLength 0"];

const AUTHORITY = [
  "AuthoritativeDirectory 1",
  "V3AuthoritativeDirectory 1",
  "ContactInfo nobody@example.org",
  "TestingV3AuthInitialVotingInterval 10",
  "TestingV3AuthInitialVoteDelay 2",
  "TestingV3AuthInitialDistDelay 2",
  "V3AuthVotingInterval 10",
  "V3AuthVoteDelay 2",
  "V3AuthDistDelay 2",
  "V3AuthNIntervalsValid 2",
  "TestingDirAuthVoteGuard *",
  "TestingDirAuthVoteHSDir *",
  "TestingMinExitFlagThreshold 0",
];

export interface TorNetwork {
  /** The client's SOCKS port. */
  readonly socks: { readonly host: string; readonly port: number };
  /** The name of the onion service. */
  readonly onion: string;
  stop(): Promise<void>;
}

export interface TorOptions {
  readonly folder: string;
  /** What the onion service leads to: its port, and where that is. */
  readonly service: { readonly port: number; readonly to: string };
}

interface Member {
  readonly name: string;
  readonly host: string;
  readonly data: string;
}

const relayLines = ({ host }: Member): string[] => [
  `Address ${host}`,
  `ORPort ${host}:${OR_PORT}`,
  "SocksPort 0",
  "ExitRelay 0",
  "AssumeReachable 1",
];

/** Starts the network; resolves when client and service have circuits. */
export async function startTor({ folder, service }: TorOptions): Promise<TorNetwork> {
  let hosts = 0;
  const member = (name: string): Member => {
    const data = join(folder, name);
    mkdirSync(join(data, "keys"), { recursive: true, mode: 0o700 });
    return { name, host: `25.31.0.${++hosts}`, data };
  };
  const authorities = Array.from({ length: AUTHORITIES }, (_, i) => member(`authority${i}`));
  const relays = Array.from({ length: RELAYS }, (_, i) => member(`relay${i}`));
  const directory = await Promise.all(authorities.map(enrol));
  const serviceFolder = join(folder, "service", "onion");

  const running: Daemon[] = [];
  const start = ({ name, host, data }: Member, lines: readonly string[]): Daemon => {
    const torrc = [...COMMON, ...directory, `Nickname ${name}`, `DataDirectory ${data}`, `OutboundBindAddress ${host}`, ...lines];
    writeFileSync(join(data, "torrc"), torrc.join("\n"));
    const tor = startDaemon({ command: "tor", args: ["-f", join(data, "torrc")] });
    running.push(tor);
    return tor;
  };
  const stop = async (): Promise<void> => {
    await Promise.all(running.map((tor) => tor.stop()));
  };
  try {
    for (const one of authorities) start(one, [...relayLines(one), `DirPort ${one.host}:${DIR_PORT}`, ...AUTHORITY]);
    for (const one of relays) start(one, relayLines(one));
    const client = member("client");
    const ends = [
      start(member("service"), ["SocksPort 0", `HiddenServiceDir ${serviceFolder}`, `HiddenServicePort ${service.port} ${service.to}`]),
      start(client, [`SocksPort ${client.host}:${SOCKS_PORT}`]),
    ];
    await Promise.all(ends.map((tor) => tor.logged(/Bootstrapped 100%/, BOOTSTRAP_SECONDS)));
    const onion = readFileSync(join(serviceFolder, "hostname"), "utf8").trim();
    return { socks: { host: client.host, port: SOCKS_PORT }, onion, stop };
  } catch (error) {
    await stop();
    throw error;
  }
}

/** Makes an authority's keys and certificate; gives the line by which others know it. */
async function enrol({ name, host, data }: Member): Promise<string> {
  const keys = join(data, "keys");
  const files = [
    "-i",
    join(keys, "authority_identity_key"),
    "-s",
    join(keys, "authority_signing_key"),
    "-c",
    join(keys, "authority_certificate"),
  ];
  await run(
    "tor-gencert",
    ["--create-identity-key", "--passphrase-fd", "0", "-m", "12", "-a", `${host}:${DIR_PORT}`, ...files],
    "passphrase\n",
  );
  const identity = /^fingerprint ([0-9A-F]{40})$/m.exec(readFileSync(join(keys, "authority_certificate"), "utf8"))?.[1];
  // Tor makes the relay's keys and tells their fingerprint only where it takes itself for a relay of some network.
  const stranger = ["--DirAuthority", `x 25.0.0.1:1 ${"f".repeat(40)}`, "--ORPort", "1", "--Nickname", name, "--DataDirectory", data];
  const told = await run("tor", ["-f", "-", "--ignore-missing-torrc", "--quiet", "--list-fingerprint", ...stranger], "");
  const fingerprint = told.replace(name, "").replace(/\s/g, "");
  if (identity === undefined || !/^[0-9A-F]{40}$/.test(fingerprint)) throw new Error(`no keys for ${name}: ${told}`);
  return `DirAuthority ${name} orport=${OR_PORT} no-v2 v3ident=${identity} ${host}:${DIR_PORT} ${fingerprint}`;
}

async function run(command: string, args: readonly string[], input: string): Promise<string> {
  const child = spawn(command, args, { stdio: ["pipe", "pipe", "ignore"] });
  child.stdin.end(input);
  const [chunks, [code]] = await Promise.all([child.stdout.toArray(), once(child, "close")]);
  if (code !== 0) throw new Error(`${command} ended with ${String(code)}`);
  return Buffer.concat(chunks).toString();
}
