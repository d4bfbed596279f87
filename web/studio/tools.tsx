import { Icon } from "./icons";
import { LARGEST, SMALLEST, TOOLS, type Toolbox } from "./toolbox";
import { useChanges } from "./hooks";

export function Tools({ tools }: { tools: Toolbox }) {
  useChanges(tools);
  return (
    <div class="tools" role="toolbar" aria-label="Tools">
      {TOOLS.map(({ tool, title, key, use }) => (
        <button
          key={tool}
          class="tool"
          data-tool={tool}
          aria-pressed={tools.tool === tool}
          aria-label={title}
          aria-keyshortcuts={key}
          title={`${title} (${key}): ${use}`}
          onClick={() => tools.set({ tool })}
        >
          <Icon name={tool} />
        </button>
      ))}
      <span class="rule" />
      <label class="size" title="Size of brush, eraser and line ([ and ])">
        <span class="dot-frame" aria-hidden="true">
          <span class="dot" style={{ width: `${dot(tools.size)}px`, height: `${dot(tools.size)}px` }} />
        </span>
        <input
          type="range"
          aria-label="Size in pixels of the map"
          min={0}
          max={100}
          value={toSlider(tools.size)}
          aria-valuetext={`${tools.size} pixels`}
          onInput={(event) => tools.set({ size: fromSlider(event.currentTarget.valueAsNumber) })}
        />
        <output>{tools.size}</output>
      </label>
      {tools.hasPen && (
        <button
          class="tool small"
          aria-pressed={tools.usesPressure}
          aria-label="Pressure"
          title="The pen's pressure changes the size"
          onClick={() => tools.set({ usesPressure: !tools.usesPressure })}
        >
          <Icon name="pressure" />
        </button>
      )}
    </div>
  );
}

const SPAN = Math.log(LARGEST / SMALLEST);
const toSlider = (size: number) => Math.round((Math.log(size / SMALLEST) / SPAN) * 100);
const fromSlider = (place: number) => SMALLEST * Math.exp((place / 100) * SPAN);
const dot = (size: number) => 3 + 19 * Math.sqrt(size / LARGEST);
