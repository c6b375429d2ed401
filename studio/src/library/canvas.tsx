import { useEffect, useRef, useState } from "preact/hooks";
import { t } from "../i18n/index.ts";
import { canvasOf, clamp, framed, rounded, standing, type Point, type Size } from "../lib/layout.ts";
import type { Slot } from "../state/upload.ts";
import { DropArea } from "../ui/drop.tsx";

export interface Scene {
  title_text: string;
  title_position: Point;
  title_font_size: number;
  title_bold: boolean;
  title_color: string | null;
  aspect: string;
  person_position: Point | null;
  person_scale: number;
}

interface Props {
  scene: Scene;
  person: string | null;
  background: string | null;
  personSlot: Slot;
  backgroundSlot: Slot;
  onChange: (changes: Partial<Scene>) => void;
}

/** The picture as it will be, about: person and title are dragged where they should stand. */
export function Canvas({ scene, person, background, personSlot, backgroundSlot, onChange }: Props) {
  const place = useRef<HTMLDivElement>(null);
  const [photo, setPhoto] = useState<Size | null>(null);
  const [ground, setGround] = useState<Size | null>(null);
  const [width, setWidth] = useState(360);
  const canvas = canvasOf(scene.aspect, ground);
  useEffect(() => {
    const watch = new ResizeObserver(([entry]) => entry && setWidth(entry.contentRect.width));
    if (place.current) watch.observe(place.current);
    return () => watch.disconnect();
  }, []);
  const zoom = width / canvas[0];
  const size = photo && framed(photo, canvas, scene.person_scale);
  const foot = size && standing(scene.person_position, size, canvas);
  return (
    <section class="canvas-place" aria-label={t("canvas")}>
      <DropArea slot={person ? backgroundSlot : personSlot} class="canvas">
        <div ref={place} class="canvas-sheet" style={{ "--ratio": canvas[0] / canvas[1] }}>
          {background && (
            <img class="canvas-ground" src={background} alt="" onLoad={(event) => setGround(natural(event.currentTarget))} />
          )}
          {person && (
            <Movable
              name={t("on_canvas_person", point(foot ?? [0, 0]))}
              class="canvas-person"
              at={foot ?? [0, 0]}
              zoom={zoom}
              style={foot && size ? box([foot[0] - size[0] / 2, foot[1] - size[1]], size, zoom) : { opacity: 0 }}
              onMove={([x, y]) => onChange({ person_position: rounded([clamp(x, 0, canvas[0]), clamp(y, 0, canvas[1] * 2)]) })}
            >
              <img src={person} alt="" draggable={false} onLoad={(event) => setPhoto(natural(event.currentTarget))} />
            </Movable>
          )}
          {scene.title_text && (
            <Movable
              name={t("on_canvas_title", point(scene.title_position))}
              class="canvas-title"
              at={scene.title_position}
              zoom={zoom}
              style={{
                left: `${scene.title_position[0] * zoom}px`,
                top: `${scene.title_position[1] * zoom}px`,
                fontSize: `${scene.title_font_size * zoom}px`,
                fontWeight: scene.title_bold ? 700 : 400,
                color: scene.title_color ?? "#fff",
              }}
              onMove={([x, y]) => onChange({ title_position: rounded([clamp(x, 0, canvas[0] - 40), clamp(y, 0, canvas[1] - 40)]) })}
            >
              {scene.title_text}
            </Movable>
          )}
          {!person && !background && <p class="canvas-word">{t("drop_photo")}</p>}
        </div>
      </DropArea>
      <p class="soft">
        {t("canvas_hint")} {t("canvas_note")}
      </p>
    </section>
  );
}

interface MovableProps {
  name: string;
  class: string;
  at: Point;
  zoom: number;
  style: Record<string, string | number>;
  onMove: (to: Point) => void;
  children: preact.ComponentChildren;
}

const STEP = 10;
const ARROWS: Record<string, Point> = { ArrowLeft: [-1, 0], ArrowRight: [1, 0], ArrowUp: [0, -1], ArrowDown: [0, 1] };

/** Moves with the pointer, or by ten pixels with the arrow keys (one with Alt). */
function Movable({ name, at, zoom, style, onMove, children, ...rest }: MovableProps) {
  const grip = useRef<{ pointer: Point; at: Point } | null>(null);
  return (
    <button
      type="button"
      class={`movable ${rest.class}`}
      aria-label={name}
      style={style}
      onPointerDown={(event) => {
        event.currentTarget.setPointerCapture(event.pointerId);
        grip.current = { pointer: [event.clientX, event.clientY], at };
      }}
      onPointerMove={(event) => {
        const held = grip.current;
        if (!held) return;
        onMove([
          held.at[0] + (event.clientX - held.pointer[0]) / zoom,
          held.at[1] + (event.clientY - held.pointer[1]) / zoom,
        ]);
      }}
      onPointerUp={() => (grip.current = null)}
      onPointerCancel={() => (grip.current = null)}
      onKeyDown={(event) => {
        const arrow = ARROWS[event.key];
        if (!arrow) return;
        event.preventDefault();
        const step = event.altKey ? 1 : STEP;
        onMove([at[0] + arrow[0] * step, at[1] + arrow[1] * step]);
      }}
    >
      {children}
    </button>
  );
}

const natural = (image: HTMLImageElement): Size => [image.naturalWidth, image.naturalHeight];
const point = ([x, y]: Point): { x: number; y: number } => ({ x: Math.round(x), y: Math.round(y) });

function box([left, top]: Point, [width, height]: Size, zoom: number): Record<string, string> {
  const px = (value: number): string => `${value * zoom}px`;
  return { left: px(left), top: px(top), width: px(width), height: px(height) };
}
