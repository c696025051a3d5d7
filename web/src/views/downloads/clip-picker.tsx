import type { Signal } from "@preact/signals";
import { formatLength, readLength } from "../../format/time.ts";
import type { Part } from "../../jobs/presets.ts";
import { t } from "../../language/language.ts";

/** Chooses a part of a video by two handles on its timeline, or by typing its times. */
export function ClipPicker({ seconds, part }: { readonly seconds: number; readonly part: Signal<Part | null> }) {
  const length = Math.floor(seconds);
  const { start, end, exact } = part.value ?? { start: 0, end: null, exact: false };
  const last = end ?? length;
  const set = (over: Partial<Part>): void => {
    const next = { start, end, exact, ...over };
    const from = Math.max(0, Math.min(next.start, length - 1));
    const to = next.end === null || next.end >= length ? null : Math.max(from + 1, next.end);
    part.value = from === 0 && to === null ? null : { start: from, end: to, exact: next.exact };
  };
  const handle = (label: string, value: number, move: (to: number) => void) => (
    <input
      type="range"
      min={0}
      max={length}
      step={1}
      value={value}
      aria-label={label}
      aria-valuetext={formatLength(value)}
      onInput={(event) => move(Number(event.currentTarget.value))}
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
  const moveStart = (to: number): void => set({ start: Math.min(to, last - 1) });
  const moveEnd = (to: number): void => set({ end: Math.max(to, start + 1) });
  return (
    <details class="clip" open={part.value !== null}>
      <summary>{t("option.clip")}</summary>
      <div
        class="timeline"
        style={
          { "--from": `${(start / length) * 100}%`, "--to": `${(last / length) * 100}%` } as Record<string, string>
        }
      >
        {handle(t("option.startHandle"), start, moveStart)}
        {handle(t("option.endHandle"), last, moveEnd)}
      </div>
      <div class="line">
        {field(t("option.start"), start, moveStart)}
        {field(t("option.end"), last, moveEnd)}
        <label class="check">
          <input
            type="checkbox"
            checked={exact}
            disabled={part.value === null}
            onChange={(event) => set({ exact: event.currentTarget.checked })}
          />
          {t("option.exact")}
        </label>
      </div>
    </details>
  );
}
