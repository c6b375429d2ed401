/** What the page shows, as the address says it: a closed tab opened again shows the same. */
export type Route =
  | { page: "create" }
  | { page: "task"; id: string }
  | { page: "history" }
  | { page: "library"; shelf: Shelf }
  | { page: "template"; id: string }
  | { page: "system" };

export const SHELVES = ["voices", "templates", "people", "readings", "files"] as const;
export type Shelf = (typeof SHELVES)[number];

export function parse(hash: string): Route {
  const [page, argument = ""] = hash.replace(/^#?\/?/, "").split("/").map(decodeURIComponent);
  if (page === "task" && argument) return { page, id: argument };
  if (page === "template" && argument) return { page, id: argument };
  if (page === "library") return { page, shelf: SHELVES.find((one) => one === argument) ?? "voices" };
  if (page === "history" || page === "system") return { page };
  return { page: "create" };
}

export function href(route: Route): string {
  switch (route.page) {
    case "task":
    case "template":
      return `#/${route.page}/${encodeURIComponent(route.id)}`;
    case "library":
      return `#/library/${route.shelf}`;
    case "create":
      return "#/";
    default:
      return `#/${route.page}`;
  }
}
