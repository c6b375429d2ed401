/** localStorage, which some frames forbid and a full disk refuses. */
const PREFIX = "studio.";

export function stored<T>(name: string): T | null {
  try {
    const text = localStorage.getItem(PREFIX + name);
    return text === null ? null : (JSON.parse(text) as T);
  } catch {
    return null;
  }
}

/** What belongs to whoever leaves; how the page looks stays. */
export function forgetAll(): void {
  for (const name of ["draft", "notes"]) store(name, null);
}

export function store(name: string, value: unknown): void {
  try {
    if (value === null || value === undefined) localStorage.removeItem(PREFIX + name);
    else localStorage.setItem(PREFIX + name, JSON.stringify(value));
  } catch {
    // It is forgotten when the tab is closed; nothing else depends on it.
  }
}
