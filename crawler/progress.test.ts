import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";
import { formatProgress, milestone, showProgress, type ProgressFacts } from "./progress.ts";

const PROGRESS: ProgressFacts = { known: 20, due: 3, probed: 12, good: 5, perSecond: 1.6, uplinkDown: false };

beforeEach(() => void vi.useFakeTimers());
afterEach(() => void vi.useRealTimers());

/** A display whose crawl can be moved on. */
function shown(stream: { isTTY?: boolean; columns?: number }) {
  let text = "";
  let progress = PROGRESS;
  const display = showProgress({
    label: "devnet",
    stream: { ...stream, write: (more) => void (text += more) },
    progress: () => progress,
    served: () => 4,
  });
  const advance = (ms: number, change: Partial<ProgressFacts> = {}): void => {
    progress = { ...progress, ...change };
    vi.advanceTimersByTime(ms);
  };
  return { display, advance, text: () => text };
}

describe("formatProgress", () => {
  it("says what there is to say", () => {
    expect(formatProgress("devnet", PROGRESS, undefined)).toBe("devnet: 20 known, 12 probed, 5 good, 2/s, 3 due");
    expect(formatProgress("devnet", { ...PROGRESS, uplinkDown: true }, 4)).toBe(
      "devnet: 20 known, 12 probed, 5 good, 2/s, 3 due, 4 served, no network",
    );
  });

  it("says first what is wrong with a proxy, where no terminal is too narrow for it", () => {
    expect(formatProgress("devnet", { ...PROGRESS, trouble: "proxy [::1]:9050 hung up" }, 4)).toMatch(
      /^devnet: proxy \[::1\]:9050 hung up, 20 known/,
    );
  });
});

describe("milestone", () => {
  it("is the power of ten that was passed", () => {
    expect([0, 1, 9, 10, 999, 1_000, 5_000].map(milestone)).toEqual([0, 1, 1, 10, 100, 1_000, 1_000]);
  });
});

describe("showProgress", () => {
  it("redraws one line on a terminal, cut to its width", () => {
    const { display, advance, text } = shown({ isTTY: true, columns: 30 });
    advance(1_000, { known: 21 });
    expect(text()).not.toContain("\n");
    expect(text()).toContain("devnet: 21 known");
    for (const line of text().split("\r\u001B[2K")) expect(line.length).toBeLessThan(30);
    display.log("hello");
    expect(text()).toContain("hello\n");
    display.stop();
    expect(text().endsWith("4 served\n")).toBe(true);
  });

  it("writes plain lines elsewhere, every ten seconds and at milestones", () => {
    const { display, advance, text } = shown({});
    const lines = (): number => text().split("\n").length - 1;
    expect(lines()).toBe(1);
    advance(9_000);
    expect(lines()).toBe(1);
    advance(1_500);
    expect(lines()).toBe(2);
    advance(600, { good: 10 });
    expect(lines()).toBe(3);
    advance(5_000, { good: 70 });
    expect(lines()).toBe(3);
    expect(text()).not.toContain("\u001B");
    display.stop();
    advance(60_000);
    expect(lines()).toBe(4);
  });
});
