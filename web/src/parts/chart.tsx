import type { ComponentType } from "preact";
import { useEffect, useRef } from "preact/hooks";
import { lazy } from "./lazy.tsx";

interface ChartProps {
  readonly label: string;
  /** In seconds since 1970. */
  readonly times: readonly number[];
  readonly values: readonly number[];
}

/** A chart over time. Its library is loaded only where there is one to see. */
export const Chart: ComponentType<ChartProps> = lazy<ChartProps>(async () => {
  const { default: UPlot } = await import("uplot");
  return function Chart({ label, times, values }: ChartProps) {
    const place = useRef<HTMLDivElement>(null);
    useEffect(() => {
      const node = place.current;
      if (node === null) return undefined;
      const colour = getComputedStyle(node).getPropertyValue("color");
      const axis = { stroke: colour, grid: { stroke: "#8883" } };
      const bars = UPlot.paths.bars?.({ size: [0.8] });
      const plot = new UPlot(
        {
          width: Math.max(200, node.clientWidth),
          height: 160,
          legend: { show: false },
          cursor: { show: false },
          axes: [axis, axis],
          scales: { y: { range: (_, __, most) => [0, Math.max(1, most)] } },
          series: [
            {},
            { label, stroke: "#3b82f6", fill: "#3b82f688", points: { show: false }, ...(bars && { paths: bars }) },
          ],
        },
        [[...times], [...values]],
        node,
      );
      return () => plot.destroy();
    }, [label, times, values]);
    return <div ref={place} class="chart" role="img" aria-label={`${label}: ${values.join(", ")}`} />;
  };
});
