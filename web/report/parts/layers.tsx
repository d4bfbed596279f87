// What lies over a picture on the stage: a map, or where its patches come from.
import { useEffect, useRef } from "preact/hooks";
import type { OriginMap } from "./origin.ts";

export function Layer({ src, opacity = 1, isMap = false }: { src: string; opacity?: number; isMap?: boolean }) {
  return <img class={isMap ? "layer pixels" : "layer"} src={src} alt="" draggable={false} style={{ opacity }} />;
}

/** The origin map in colours: across the style from blue to orange, down it from light to dark. */
export function OriginLayer({ map, opacity }: { map: OriginMap; opacity: number }) {
  const canvas = useRef<HTMLCanvasElement>(null);
  useEffect(() => {
    const element = canvas.current;
    if (!element) return;
    element.width = map.width;
    element.height = map.height;
    element.getContext("2d")?.putImageData(map.coloured(), 0, 0);
  }, [map]);
  return <canvas ref={canvas} class="layer pixels" style={{ opacity }} role="img" aria-label="Where patches come from, by colour" />;
}
