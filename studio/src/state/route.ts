import { signal } from "@preact/signals";
import { href, parse, type Route } from "../lib/route.ts";

export const route = signal<Route>(parse(location.hash));

addEventListener("hashchange", () => {
  route.value = parse(location.hash);
  scrollTo({ top: 0 });
});

export function go(to: Route): void {
  location.hash = href(to);
}
