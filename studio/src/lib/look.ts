/** Width and height of a shape such as 9:16; null where the clip has its own. */
export function shapeOf(aspect: string): [number, number] | null {
  const [across, down] = aspect.split(":").map(Number);
  return across && down ? [across, down] : null;
}

/** Heights as parts of the picture's shorter side, as the job draws them. */
export const labelShare = 0.065;

export function subtitleShare(size: number): number {
  return 0.052 * size;
}
