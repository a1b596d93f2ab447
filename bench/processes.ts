/** What the kernel says about a process. Linux only, as the benchmark is. */
import { execFileSync } from "node:child_process";
import { readdirSync, readFileSync } from "node:fs";

/** Clock ticks a second in /proc/<pid>/stat; fixed at 100 by the kernel's user ABI. */
const TICKS_PER_SECOND = 100;

/** What stands after the command's name in /proc/<pid>/stat: from proc(5)'s field 3 on. */
function statOf(pid: number): readonly string[] {
  const stat = readFileSync(`/proc/${pid}/stat`, "utf8");
  return stat.slice(stat.lastIndexOf(")") + 2).split(" ");
}

/** CPU seconds that a process has used, user and system (proc(5), fields 14 and 15). */
export function cpuSecondsOf(pid: number): number {
  const fields = statOf(pid);
  return (Number(fields[11]) + Number(fields[12])) / TICKS_PER_SECOND;
}

/** CPU seconds of the threads that a process has now, to the nanosecond where `cpuSecondsOf` counts ticks (the kernel's sched-stats, first field). */
export function threadSecondsOf(pid: number): number {
  let nanoseconds = 0;
  for (const thread of readdirSync(`/proc/${pid}/task`)) {
    nanoseconds += Number(readFileSync(`/proc/${pid}/task/${thread}/schedstat`, "utf8").split(" ")[0]);
  }
  return nanoseconds / 1e9;
}

/** As `cpuSecondsOf`, of all children of this process that run a command of that name. */
export function childCpuSeconds(command: string): number {
  let seconds = 0;
  for (const entry of readdirSync("/proc").filter((name) => /^\d+$/.test(name))) {
    try {
      const isOurs = Number(statOf(Number(entry))[1]) === process.pid && readFileSync(`/proc/${entry}/comm`, "utf8").trim() === command;
      if (isOurs) seconds += cpuSecondsOf(Number(entry));
    } catch {
      // it ended while we looked
    }
  }
  return seconds;
}

/** Octets of memory that a process has in use (proc(5), VmRSS). */
export function residentOctetsOf(pid: number): number {
  const kibibytes = /^VmRSS:\s*(\d+) kB$/m.exec(readFileSync(`/proc/${pid}/status`, "utf8"))?.[1];
  return Number(kibibytes) * 1_024;
}

/** The median of some figures. */
export function median(figures: readonly number[]): number {
  const sorted = [...figures].sort((a, b) => a - b);
  const middle = sorted.length >> 1;
  return sorted.length % 2 === 1 ? sorted[middle]! : (sorted[middle - 1]! + sorted[middle]!) / 2;
}

/** The figure that this share of them (0 to 1) do not exceed. */
export function quantile(figures: readonly number[], share: number): number {
  const sorted = [...figures].sort((a, b) => a - b);
  return sorted[Math.round(share * (sorted.length - 1))]!;
}

/** True where the shell finds a command of that name or path. */
export function isCommand(command: string): boolean {
  try {
    execFileSync("sh", ["-c", 'command -v "$0"', command], { stdio: "ignore" });
    return true;
  } catch {
    return false;
  }
}
