/** Where a person and a title stand on a template's canvas, in pixels of the output. */
export type Point = [number, number];
export type Size = [number, number];

export const CANVAS: Record<string, Size> = { "9:16": [1080, 1920], "16:9": [1920, 1080], "1:1": [1080, 1080] };
const LONG_SIDE = 1920;
const SHORT_SIDE = 1080;

export function canvasOf(aspect: string, background: Size | null): Size {
  const fixed = CANVAS[aspect];
  if (fixed) return fixed;
  const [width, height] = background ?? [1080, 1920];
  const scale = Math.min(1, LONG_SIDE / Math.max(width, height), SHORT_SIDE / Math.min(width, height));
  return [Math.round(width * scale), Math.round(height * scale)];
}

/** Size of an uncut photo as the server would frame the person in it, about. */
export function framed(photo: Size, canvas: Size, scale: number): Size {
  const fit = Math.min((canvas[1] * 0.74) / photo[1], (canvas[0] * 0.96) / photo[0]);
  return [photo[0] * fit * scale, photo[1] * fit * scale];
}

/** Middle of the lower edge, kept where the face stays on the canvas and no cut edge floats. */
export function standing(position: Point | null, size: Size, canvas: Size): Point {
  const [x, y] = position ?? [canvas[0] / 2, canvas[1]];
  const bottom = Math.max(canvas[1], y);
  return [clamp(x, 0, canvas[0]), Math.min(bottom, canvas[1] + size[1] * 0.5)];
}

export function clamp(value: number, low: number, high: number): number {
  return Math.min(Math.max(value, low), high);
}

export const rounded = ([x, y]: Point): Point => [Math.max(0, Math.round(x)), Math.max(0, Math.round(y))];
