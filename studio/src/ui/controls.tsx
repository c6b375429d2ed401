import type { ComponentChildren } from "preact";
import { useId, useState } from "preact/hooks";
import { t } from "../i18n/index.ts";
import { Icon } from "./icon.tsx";

interface SegmentedProps<T extends string> {
  label: string;
  value: T;
  options: readonly (readonly [T, string])[];
  onChange: (value: T) => void;
}

/** A choice of a few, all in sight. */
export function Segmented<T extends string>({ label, value, options, onChange }: SegmentedProps<T>) {
  const name = useId();
  return (
    <fieldset class="segmented">
      <legend class="hidden">{label}</legend>
      {options.map(([option, text]) => (
        <label key={option}>
          <input type="radio" name={name} checked={option === value} onChange={() => onChange(option)} />
          <span>{text}</span>
        </label>
      ))}
    </fieldset>
  );
}

interface SliderProps {
  label: string;
  value: number;
  min: number;
  max: number;
  step: number;
  /** Where it rests; shown as a mark, and set again by a double click. */
  usual: number;
  shown: string;
  onChange: (value: number) => void;
}

export function Slider({ label, value, min, max, step, usual, shown, onChange }: SliderProps) {
  const id = useId();
  return (
    <div class="slider" style={{ "--usual": (usual - min) / (max - min) }}>
      <label for={id}>{label}</label>
      <output for={id}>{shown}</output>
      <input
        id={id}
        type="range"
        {...{ min, max, step, value }}
        aria-valuetext={shown}
        onInput={(event) => onChange(Number(event.currentTarget.value))}
        onDblClick={() => onChange(usual)}
      />
    </div>
  );
}

interface ToggleProps {
  label: string;
  checked: boolean;
  onChange: (checked: boolean) => void;
}

export function Toggle({ label, checked, onChange }: ToggleProps) {
  return (
    <label class="toggle">
      <input type="checkbox" role="switch" checked={checked} onChange={(event) => onChange(event.currentTarget.checked)} />
      <span class="track" aria-hidden="true" />
      <span>{label}</span>
    </label>
  );
}

/** Deletes only when asked twice. */
export function DeleteButton({ label, onDelete }: { label: string; onDelete: () => void }) {
  const [asks, setAsks] = useState(false);
  if (!asks) {
    return (
      <button type="button" class="round" aria-label={label} title={label} onClick={() => setAsks(true)}>
        <Icon name="trash" />
      </button>
    );
  }
  return (
    <span class="sure" role="group" aria-label={t("remove_sure")}>
      <button type="button" class="danger small" onClick={onDelete}>
        {t("remove")}
      </button>
      <button type="button" class="quiet small" autofocus onClick={() => setAsks(false)}>
        {t("keep")}
      </button>
    </span>
  );
}

interface EmptyProps {
  title: string;
  hint: string;
  children?: ComponentChildren;
}

/** A list without entries: what will be here, and how it gets here. */
export function Empty({ title, hint, children }: EmptyProps) {
  return (
    <div class="empty">
      <p class="empty-title">{title}</p>
      <p>{hint}</p>
      {children}
    </div>
  );
}
