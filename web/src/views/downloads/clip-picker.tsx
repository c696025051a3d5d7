import type { Signal } from "@preact/signals";
import { useRef } from "preact/hooks";
import { formatLength, readLength } from "../../format/time.ts";
import { changePart, secondAt, wholePart } from "../../jobs/clip.ts";
import type { Part } from "../../jobs/presets.ts";
import { t } from "../../language/language.ts";

/** Width of a handle, in pixels, as the style sheet has it. */
const handlePx = 24;

/** Chooses a part of a video: by dragging over its timeline, by its two handles, or by typing its times. */
export function ClipPicker({ seconds, part }: { readonly seconds: number; readonly part: Signal<Part | null> }) {
  const dragFrom = useRef<number | null>(null);
  const length = Math.max(1, Math.floor(seconds));
  const { start, end, exact } = part.value ?? wholePart;
  const last = end ?? length;
  const set = (changes: Partial<Part>): void => {
    part.value = changePart(part.value, length, changes);
  };
  const moveStart = (to: number): void => set({ start: Math.min(to, last - 1) });
  const moveEnd = (to: number): void => set({ end: Math.max(to, start + 1) });
  const under = (event: PointerEvent): number => {
    const { left, width } = (event.currentTarget as HTMLElement).getBoundingClientRect();
    return secondAt(event.clientX - left, width, handlePx, length);
  };
  const release = (): void => {
    dragFrom.current = null;
  };
  const drag = {
    onPointerDown: (event: PointerEvent) => {
      // The handles drag themselves.
      if (event.target !== event.currentTarget || event.button !== 0) return;
      dragFrom.current = under(event);
      (event.currentTarget as HTMLElement).setPointerCapture(event.pointerId);
    },
    onPointerMove: (event: PointerEvent) => {
      if (dragFrom.current === null) return;
      const to = under(event);
      if (to !== dragFrom.current) set({ start: Math.min(to, dragFrom.current), end: Math.max(to, dragFrom.current) });
    },
    onPointerUp: release,
    onPointerCancel: release,
  };
  const handle = (label: string, value: number, move: (to: number) => void, isAbove = false) => (
    <input
      type="range"
      class={isAbove ? "above" : undefined}
      min={0}
      max={length}
      step={1}
      value={value}
      aria-label={label}
      aria-valuetext={formatLength(value)}
      onInput={(event) => {
        move(Number(event.currentTarget.value));
        // It stops at the other handle.
        const now = part.value ?? wholePart;
        event.currentTarget.value = String(move === moveStart ? now.start : (now.end ?? length));
      }}
    />
  );
  const field = (label: string, value: number, move: (to: number) => void) => (
    <label>
      {label}
      <input
        class="time"
        inputMode="numeric"
        value={formatLength(value)}
        onChange={(event) => {
          const typed = readLength(event.currentTarget.value);
          if (typed !== null) move(typed);
          event.currentTarget.value = formatLength(typed ?? value);
        }}
      />
    </label>
  );
  return (
    <details class="clip" open={part.value !== null}>
      <summary>{t("option.clip")}</summary>
      <fieldset
        class="timeline"
        style={{ "--from": start / length, "--to": last / length } as Record<string, number>}
        {...drag}
      >
        <legend class="unseen">{t("option.clip")}</legend>
        {/* Near the end the first handle would lie under the second, which cannot move on. */}
        {handle(t("option.startHandle"), start, moveStart, start > length / 2)}
        {handle(t("option.endHandle"), last, moveEnd)}
      </fieldset>
      <div class="line">
        {field(t("option.start"), start, moveStart)}
        {field(t("option.end"), last, moveEnd)}
        <span class="muted">{t("option.partLength", { time: formatLength(last - start) })}</span>
        <label class="check">
          <input
            type="checkbox"
            checked={exact}
            disabled={part.value === null}
            onChange={(event) => set({ exact: event.currentTarget.checked })}
          />
          {t("option.exact")}
        </label>
        {part.value !== null && (
          <button type="button" class="quiet" onClick={() => (part.value = null)}>
            {t("option.whole")}
          </button>
        )}
      </div>
    </details>
  );
}
