/** The loudest sample of each of `count` equal parts, of the loudest of all: 0 to 1. */
export function peaks(samples: Float32Array, count: number): number[] {
  const found = new Array<number>(count).fill(0);
  const step = samples.length / count;
  for (let part = 0; part < count; part += 1) {
    const end = Math.min(samples.length, Math.ceil((part + 1) * step));
    let most = 0;
    for (let at = Math.floor(part * step); at < end; at += 4) most = Math.max(most, Math.abs(samples[at] ?? 0));
    found[part] = most;
  }
  const loudest = Math.max(...found, 1e-6);
  return found.map((value) => value / loudest);
}
