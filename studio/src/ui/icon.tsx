/** Line icons of one weight, drawn on a grid of 20. */
const PATHS = {
  play: "M6.5 4.2v11.6l9-5.8z",
  pause: "M6.5 4.5v11M13.5 4.5v11",
  close: "M5 5l10 10M15 5L5 15",
  plus: "M10 4v12M4 10h12",
  check: "M4.5 10.5l3.6 3.7 7.4-8.4",
  download: "M10 3.5v9M6.2 9l3.8 3.8L13.8 9M4 16.5h12",
  share: "M8.2 11.8l3.6-3.6M7 8.5l-2 2a3.2 3.2 0 004.5 4.5l2-2M13 11.5l2-2A3.2 3.2 0 0010.5 5l-2 2",
  camera: "M3 6.5h9v7.5H3zM12 9.2l5-2.6v7l-5-2.6z",
  microphone: "M10 3.5a2 2 0 012 2v4a2 2 0 01-4 0v-4a2 2 0 012-2zM5.5 9.5a4.5 4.5 0 009 0M10 14v3",
  picture: "M3.5 4.5h13v11h-13zM3.5 13l3.5-3.5 3 3 2.5-2.5 4 4M12.7 7.7v.1",
  trash: "M4 6h12M8 6V4h4v2M5.5 6l.8 10.5h7.4L14.5 6",
  sun: "M10 6.8a3.2 3.2 0 100 6.4 3.2 3.2 0 000-6.4zM10 2.5v1.5M10 16v1.5M2.5 10H4M16 10h1.5M4.7 4.7l1 1M14.3 14.3l1 1M4.7 15.3l1-1M14.3 5.7l1-1",
  moon: "M15.5 12A6.5 6.5 0 018 4.5a6.5 6.5 0 107.5 7.5z",
  arrow: "M4 10h11.5M11 5.5l4.5 4.5-4.5 4.5",
  compare: "M3.5 4.5h5.5v11H3.5zM11 4.5h5.5v11H11z",
  warning: "M10 3.5l7 12.5H3zM10 8.2v3.6M10 13.8v.2",
  edit: "M4 16l.8-3.3L13 4.5l2.5 2.5-8.2 8.2zM11.3 6.2l2.5 2.5",
  music: "M7.5 14.5V5l8-1.5v9.3M7.5 14.5a2 1.7 0 11-4 0 2 1.7 0 014 0zM15.5 12.8a2 1.7 0 11-4 0 2 1.7 0 014 0z",
  retry: "M15.5 10A5.5 5.5 0 1113.6 5.9M14 3v3.2h-3.2",
} as const;

export type IconName = keyof typeof PATHS;

export function Icon({ name }: { name: IconName }) {
  return (
    <svg class="icon" viewBox="0 0 20 20" aria-hidden="true">
      <path d={PATHS[name]} class={name === "play" ? "solid" : ""} />
    </svg>
  );
}

/** The seal: 言, speech. */
export function Seal() {
  return (
    <svg class="seal" viewBox="0 0 32 32" aria-hidden="true">
      <rect width="32" height="32" rx="5" class="seal-ground" />
      <path
        class="seal-mark"
        fill-rule="evenodd"
        d="M13.5 4.5h5v2.4h-5zM5.5 9h21v2.4h-21zM9.5 13.3h13v2.2h-13zM9.5 17.2h13v2.2h-13zM9.5 21.2h13v6.6h-13zM11.8 23.3v2.4h8.4v-2.4z"
      />
    </svg>
  );
}
