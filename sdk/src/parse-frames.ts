import { VidferryError } from "./errors.ts";

/** An event of a `text/event-stream`. */
export interface EventMessage {
  readonly id: string | undefined;
  readonly event: string | undefined;
  readonly data: string;
}

/** What a `text/event-stream` brings: an event, a new reconnection delay, or a heartbeat. */
export type Frame =
  | { readonly kind: "event"; readonly event: EventMessage }
  | { readonly kind: "retry"; readonly ms: number }
  | { readonly kind: "comment" };

/** An event longer than this ends the stream: nothing that the API sends comes near it. */
const longestEvent = 8 * 1024 * 1024;

/**
 * Makes what takes the text of an event stream as it comes, in any pieces, and gives the frames that are whole (HTML standard,
 * section 9.2.6). Packages that do so are larger than all that follows jobs here.
 */
export function createFrameParser(): (text: string) => Frame[] {
  let rest = "";
  let fields: Record<string, string> = {};
  let data: string[] = [];
  let length = 0;

  const take = (line: string): Frame | null => {
    if (line === "") {
      const { id, event } = fields;
      const frame: Frame | null =
        data.length === 0 ? null : { kind: "event", event: { id, event, data: data.join("\n") } };
      [fields, data, length] = [{}, [], 0];
      return frame;
    }
    const [, name = "", value = ""] = /^([^:]*)(?:: ?(.*))?$/s.exec(line) ?? [];
    if (name === "") return { kind: "comment" };
    if (name === "retry") return /^\d+$/.test(value) ? { kind: "retry", ms: Number(value) } : null;
    length += value.length;
    if (name === "data") data.push(value);
    else if (name !== "id" || !value.includes("\0")) fields[name] = value;
    return null;
  };

  return (text) => {
    rest += text;
    if (rest.length + length > longestEvent) throw new VidferryError("The service sent an event that is too long.");
    // Long lines come in many pieces; only the last has to be looked at.
    if (!/[\r\n]/.test(text)) return [];
    // What follows a CR at the end is not known yet: the LF of the same line end, or another line.
    const lines = rest.split(/\r\n|\n|\r(?!$)/);
    rest = lines.pop() ?? "";
    return lines.map(take).filter((frame) => frame !== null);
  };
}
