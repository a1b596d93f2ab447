/** The WebSocket over TLS, one binary frame a message, as a channel for sessions (RFC 6455; chia/server/server.py). */
import type { ClientRequest, IncomingMessage } from "node:http";
import type { TLSSocket } from "node:tls";
import { WebSocket, type ClientOptions } from "ws";
import { formatAddress, type PeerAddress } from "../../../schema/address.ts";
import { closeFailure } from "../../protocols/chia/error.ts";
import { CHIA_LIMITS } from "../../protocols/chia/limits.ts";
import type { Channel, ChannelEvents, ChannelFault } from "../channel.ts";
import { DialError } from "../dial.ts";
import { runStage, type StageOptions } from "./stage.ts";
import { isTlsAlert, tlsError } from "./tls.ts";

/** Fragments of one message. Nodes send whole messages. */
const MAX_FRAGMENTS = 64;

/** Pings and pongs of one connection. Nodes do not ping whoever called them, but other implementations may. */
const MAX_CONTROL_FRAMES = 100;

/** After the peer's close frame, the end of the connection is waited for so many milliseconds. */
const CLOSE_TIMEOUT_MS = 1_000;

const SOCKET_OPTIONS: ClientOptions & { readonly closeTimeout: number } = {
  perMessageDeflate: false,
  maxPayload: CHIA_LIMITS.message,
  maxFragments: MAX_FRAGMENTS,
  closeTimeout: CLOSE_TIMEOUT_MS,
};

/** RFC 6455 §7.4.1: done. */
const NORMAL_CLOSURE = 1_000;

/**
 * Asks for the upgrade and makes a channel of it. Throws `DialError`: `closed` where the peer refuses (a banned caller gets 403), `malformed` where it
 * answers in another protocol, `tls-failed` where it refuses our certificate only now; and as `runStage`.
 */
export function openWebSocket(tls: TLSSocket, address: PeerAddress, options: StageOptions): Promise<Channel> {
  return runStage<Channel>(options, (succeed, fail) => {
    // The scheme is `ws` because the connection given is encrypted already.
    const socket = new WebSocket(`ws://${formatAddress(address)}/ws`, { ...SOCKET_OPTIONS, createConnection: () => tls });
    const onOpen = (): void => {
      socket.pause(); // until somebody listens
      succeed(new WebSocketChannel(socket, tls));
    };
    const onError = (error: NodeJS.ErrnoException): void => fail(upgradeError(error));
    const onResponse = (request: ClientRequest, { statusCode = 0 }: IncomingMessage): void => {
      request.destroy();
      const failure = statusCode >= 400 ? "closed" : "malformed";
      fail(new DialError(failure, `the upgrade was answered with status ${statusCode}`));
    };
    socket.on("error", ignore); // stays, as for every socket
    socket.once("open", onOpen).once("error", onError).once("unexpected-response", onResponse);
    return () => void socket.off("open", onOpen).off("error", onError).off("unexpected-response", onResponse);
  });
}

function upgradeError(error: NodeJS.ErrnoException): DialError {
  if (isTlsAlert(error)) return tlsError(error);
  if (error.code === undefined || error.code.startsWith("HPE_")) return new DialError("malformed", `no WebSocket: ${error.message}`);
  return new DialError("closed", "the peer hung up during the upgrade");
}

/** What a broken rule of the WebSocket protocol says about the peer. */
function frameFault(error: NodeJS.ErrnoException): ChannelFault {
  const { code = "" } = error;
  if (FLOODING.has(code)) return { failure: "flooding", detail: `a message is too large: ${code}` };
  return { failure: "malformed", detail: `a bad frame: ${code}` };
}

const FLOODING: ReadonlySet<string> = new Set([
  "WS_ERR_UNSUPPORTED_MESSAGE_LENGTH",
  "WS_ERR_UNSUPPORTED_DATA_PAYLOAD_LENGTH",
  "WS_ERR_TOO_MANY_BUFFERED_PARTS",
]);

class WebSocketChannel implements Channel {
  readonly #socket: WebSocket;
  readonly #tls: TLSSocket;
  #events: ChannelEvents | undefined;
  /** What came before anybody listened: little, as the socket rests until then. */
  #early: Uint8Array[] = [];
  #over = false;
  #fault: ChannelFault | undefined;
  #controlFrames = 0;

  constructor(socket: WebSocket, tls: TLSSocket) {
    this.#socket = socket;
    this.#tls = tls;
    socket.on("message", (data, isBinary) => {
      if (!isBinary) this.#end({ failure: "malformed", detail: "a text message" });
      else if (data instanceof Uint8Array) this.#receive(data);
    });
    const onControl = (): void => {
      if (++this.#controlFrames > MAX_CONTROL_FRAMES) this.#end({ failure: "flooding", detail: "too many pings" });
    };
    socket.on("ping", onControl).on("pong", onControl);
    socket.on("error", (error) => this.#end(frameFault(error)));
    socket.on("close", (code, reason) => this.#end(closeFailure(code, reason.toString())));
  }

  send(parts: readonly Uint8Array[]): void {
    if (this.#socket.readyState !== WebSocket.OPEN) return;
    for (const part of parts) this.#socket.send(part);
  }

  listen(events: ChannelEvents): void {
    this.#events = events;
    for (const bytes of this.#early.splice(0)) this.#events?.data(bytes);
    if (this.#over) this.#tell();
    else this.#socket.resume();
  }

  /** Says goodbye if that takes no waiting. */
  destroy(): void {
    this.#events = undefined;
    this.#close();
  }

  #receive(bytes: Uint8Array): void {
    if (this.#over) return;
    if (this.#events === undefined) this.#early.push(bytes);
    else this.#events.data(bytes);
  }

  #end(fault?: ChannelFault): void {
    if (this.#over) return;
    this.#fault = fault;
    this.#close();
    this.#tell();
  }

  /** Says once how it ended, to whoever listens. */
  #tell(): void {
    const events = this.#events;
    this.#events = undefined;
    events?.end(this.#fault);
  }

  #close(): void {
    this.#over = true;
    if (this.#socket.readyState === WebSocket.OPEN) this.#socket.close(NORMAL_CLOSURE);
    this.#socket.terminate();
    this.#tls.destroy();
  }
}

const ignore = (): void => {};
