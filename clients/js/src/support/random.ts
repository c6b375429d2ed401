/**
 * A random id that names one request, for `Idempotency-Key`.
 *
 * It has to be unlike all others, not secret: mini-programs have no `crypto`.
 */
export function randomId(): string {
  let id = "";
  while (id.length < 32) id += Math.floor(Math.random() * 16).toString(16);
  return id;
}
