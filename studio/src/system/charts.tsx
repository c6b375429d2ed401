import { t } from "../i18n/index.ts";

export interface Bar {
  name: string;
  value: number;
  shown: string;
  /** What stands below the first and the last bar, if not the name. */
  end?: string;
}

const HEIGHT = 96;
const FEW = 12;

/** One bar each, the largest named; the same as a table for whoever cannot see it. */
export function Bars({ label, bars }: { label: string; bars: Bar[] }) {
  const most = Math.max(...bars.map((bar) => bar.value), 0);
  const width = 100 / Math.max(bars.length, FEW);
  // A few stand at the right, where the newest belongs.
  const left = 100 - bars.length * width;
  const peak = bars.find((bar) => bar.value === most && most > 0);
  const end = (bar: Bar | undefined): string => (bar && bar === peak ? `${bar.name} · ${bar.shown}` : (bar?.end ?? bar?.name ?? ""));
  const first = bars.length >= FEW ? bars[0] : undefined;
  return (
    <>
      <svg class="bars" viewBox={`0 0 100 ${HEIGHT}`} preserveAspectRatio="none" aria-hidden="true">
        <line x1="0" x2="100" y1={HEIGHT - 0.5} y2={HEIGHT - 0.5} />
        {bars.map((bar, index) => {
          const height = most ? (bar.value / most) * (HEIGHT - 4) : 0;
          return (
            <rect key={index} x={left + index * width + width * 0.18} width={width * 0.64} y={HEIGHT - height} height={height} class={bar === peak ? "peak" : ""}>
              <title>{`${bar.name}: ${bar.shown}`}</title>
            </rect>
          );
        })}
      </svg>
      <p class="bars-ends" aria-hidden="true">
        <span>{end(first)}</span>
        {peak && peak !== first && peak !== bars.at(-1) && <span class="peak-word">{`${peak.name} · ${peak.shown}`}</span>}
        <span>{bars.length > 1 && end(bars.at(-1))}</span>
      </p>
      <table class="hidden">
        <caption>{t("table_of", { name: label })}</caption>
        <tbody>
          {bars.filter((bar) => bar.value > 0).map((bar, index) => (
            <tr key={index}>
              <th scope="row">{bar.name}</th>
              <td>{bar.shown}</td>
            </tr>
          ))}
        </tbody>
      </table>
    </>
  );
}

/** A value over time, and what it is now. */
export function Line({ label, values, shown }: { label: string; values: number[]; shown: string }) {
  const most = Math.max(...values, 1);
  const step = 100 / Math.max(values.length - 1, 1);
  const points = values.map((value, index) => `${index * step},${HEIGHT - 2 - (value / most) * (HEIGHT - 8)}`);
  if (points.length === 1) points.push(`100,${points[0]?.split(",")[1] ?? 0}`);
  return (
    <div class="line" role="img" aria-label={`${label}: ${shown}`}>
      <svg class="bars" viewBox={`0 0 100 ${HEIGHT}`} preserveAspectRatio="none" aria-hidden="true">
        <line x1="0" x2="100" y1={HEIGHT - 0.5} y2={HEIGHT - 0.5} />
        <polyline points={points.join(" ")} />
      </svg>
      <span class="line-now">{shown}</span>
    </div>
  );
}
