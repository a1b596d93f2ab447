/** What the tests against real nodes and other people's DNS software need on this machine, and the network namespace they run in. */
import { spawn } from "node:child_process";
import { existsSync } from "node:fs";
import { join } from "node:path";

const BCOIN = join(import.meta.dirname, "node_modules", "bcoin");
const BUILT = join(import.meta.dirname, "..", "..", ".cache", "interop");

/** Where test/interop/install.sh puts dcrd. */
export const DCRD = join(BUILT, "bin", "dcrd");
/** Where it puts chia-blockchain's programs. */
export const CHIA_BIN = join(BUILT, "chia", "bin");

/** Where it puts feeless. */
export const FEELESS = join(BUILT, "feeless", "debug", "nano-feeless");
/** Deno, as npm brings it. */
export const DENO = join(import.meta.dirname, "node_modules", "@deno", `linux-${process.arch}-glibc`, "deno");
/** Chia's client in Rust: prebuilt for one platform, so nothing fails for want of it. */
export const CHIA_DRIVER = join(import.meta.dirname, "node_modules", "@dignetwork", "datalayer-driver-linux-x64-gnu");

/** What test/interop/install.sh gets, by the file that shows its presence. */
const FILES: Readonly<Record<string, string>> = {
  [BCOIN]: "bcoin",
  [DCRD]: "dcrd",
  [join(CHIA_BIN, "chia_full_node")]: "chia-blockchain",
  [FEELESS]: "feeless",
  [DENO]: "deno",
};

/** Debian packages by the command that shows their presence. */
const COMMANDS: Readonly<Record<string, string>> = {
  chromium: "chromium (Debian package chromium)",
  curl: "curl (Debian package curl)",
  dig: "dig (Debian package bind9-dnsutils)",
  "dnssec-verify": "dnssec-verify and named-checkzone (Debian package bind9-utils)",
  dnsdist: "dnsdist (Debian package dnsdist)",
  dnsviz: "dnsviz (Debian package dnsviz)",
  drill: "drill (Debian package ldnsutils)",
  ip: "ip (Debian package iproute2)",
  kdig: "kdig (Debian package knot-dnsutils)",
  litecoind: "litecoind (Debian package litecoind)",
  microsocks: "microsocks (Debian package microsocks)",
  nghttpx: "nghttpx (Debian package nghttp2-proxy)",
  openssl: "openssl (Debian package openssl)",
  tor: "tor (Debian package tor)",
  unbound: "unbound (Debian package unbound)",
  "unbound-host": "unbound-host (Debian package unbound-host)",
  unshare: "unshare (Debian package util-linux)",
};

/** Debian's own Python: it has Debian's modules, whatever other Python `PATH` may have. */
export const PYTHON = "/usr/bin/python3";

/** Debian packages by the module that shows their presence. dnspython validates signatures by way of `cryptography`. */
const MODULES: Readonly<Record<string, string>> = {
  "dns.message": "dnspython (Debian package python3-dnspython)",
  cryptography: "cryptography (Debian package python3-cryptography)",
  pygraphviz: "pygraphviz (Debian package python3-pygraphviz)",
};

function succeeds(command: string, args: readonly string[]): Promise<boolean> {
  return new Promise((resolve) => {
    const child = spawn(command, args, { stdio: "ignore" });
    child.once("error", () => resolve(false));
    child.once("close", (code) => resolve(code === 0));
  });
}

/** Names what is missing; empty where everything is there. */
export async function missingInteropTools(): Promise<string[]> {
  const missing: string[] = [];
  for (const [command, title] of Object.entries(COMMANDS)) {
    if (!(await succeeds("sh", ["-c", `command -v ${command}`]))) missing.push(title);
  }
  for (const [module, title] of Object.entries(MODULES)) if (!(await succeeds(PYTHON, ["-c", `import ${module}`]))) missing.push(title);
  for (const [file, title] of Object.entries(FILES)) if (!existsSync(file)) missing.push(`${title} (test/interop/install.sh)`);
  if (missing.length === 0 && !(await succeeds("unshare", ["-Urnm", "true"]))) missing.push("unprivileged user namespaces");
  return missing;
}

/**
 * The beginning of a command line that runs the rest in a namespace of its own, where 25.0.0.0/8 and 2a01:4f8::/32 are local, so that real nodes
 * can listen on public addresses while no packet can leave; where names resolve by 127.0.0.1; and where no process outlives the command.
 */
export function namespaceCommand(): string[] {
  const setUp = [
    "ip link set lo up",
    "ip route add local 25.0.0.0/8 dev lo",
    "ip -6 route add local 2a01:4f8::/32 dev lo",
    "resolv=$(mktemp) && echo 'nameserver 127.0.0.1' > $resolv && mount --bind $resolv /etc/resolv.conf",
    'exec "$@"',
  ].join(" && ");
  return ["unshare", "-Urnmpf", "--mount-proc", "--kill-child", "sh", "-c", setUp, "sh"];
}
