interface MeterProps {
  readonly label: string;
  readonly used: number;
  /** Null: no limit, so that there is nothing to show. */
  readonly most: number | null;
}

/** How much of what is allowed is used. */
export function Meter({ label, used, most }: MeterProps) {
  if (most === null || most <= 0) return null;
  const share = used / most;
  return (
    <progress
      class={share >= 1 ? "full" : share > 0.8 ? "near" : undefined}
      aria-label={label}
      max={1}
      value={Math.min(1, share)}
    />
  );
}
