import { useMemo } from "preact/hooks";
import { AdapterLine } from "./AdapterLine.js";
import { BackwardSteps } from "./BackwardSteps.js";
import { Choice, Controls } from "./Controls.js";
import { FilterChoice } from "./FilterChoice.js";
import { ForwardSteps } from "./ForwardSteps.js";
import { filterBank } from "./filters.js";
import type { Question } from "./lesson.js";
import { Maps } from "./Maps.js";
import { pictureOf } from "./pictures.js";
import { COMPUTES, DIRECTIONS, FILTERS, type Settings, THEMES } from "./settings.js";
import { useLesson } from "./useLesson.js";
import { usePaper } from "./usePaper.js";
import { useSettings } from "./useSettings.js";

export function App() {
  const [settings, change] = useSettings();
  const paper = usePaper(settings.theme);
  const question = useQuestion(settings);
  const lesson = useLesson(question, settings.compute);
  const { told, refusal } = lesson;
  const shown = told && { question: told.question, answer: told.answer, settings, change, paper };
  return (
    <>
      <header>
        <div>
          <h1>Convolution and pooling, step by step, forward and backward</h1>
          <p class="subtitle">Where every number comes from, and where every gradient goes.</p>
        </div>
        <Choice
          label="Direction"
          words={DIRECTIONS}
          value={settings.direction}
          onChange={(direction) => change({ direction })}
        />
      </header>
      <div class="columns">
        <Controls settings={settings} change={change} />
        <main aria-busy={lesson.settled !== question}>
          <AdapterLine {...lesson} />
          {refusal && (
            <p class="refusal" role="alert">
              <b>{refusal.name}</b> {refusal.message}
            </p>
          )}
          {shown && (
            <div class={refusal ? "stale" : undefined}>
              <FilterChoice {...shown} />
              <Maps {...shown} />
              {shown.answer.backward ? (
                <BackwardSteps {...shown} backward={shown.answer.backward} />
              ) : (
                <ForwardSteps {...shown} />
              )}
            </div>
          )}
        </main>
      </div>
      <footer>
        <Choice
          label="Compute on"
          labelled
          names={{ auto: "a GPU, else WebAssembly", webgpu: "WebGPU", wasm: "WebAssembly", cpu: "the reference" }}
          words={COMPUTES}
          value={settings.compute}
          onChange={(compute) => change({ compute })}
        />
        <Choice
          label="Theme"
          labelled
          names={{ auto: "the system’s" }}
          words={THEMES}
          value={settings.theme}
          onChange={(theme) => change({ theme })}
        />
        <p>
          Everything here is computed by <b>webgpu-cnn</b>, convolution and pooling as readable WGSL kernels. The
          address holds all that is chosen: send it to show what you see.
        </p>
      </footer>
    </>
  );
}

/** What the settings ask of the worker. */
function useQuestion(settings: Settings): Question {
  const { picture, pixels, size, weights, seed, filter } = settings;
  const x = useMemo(() => pictureOf({ picture, pixels }), [picture, pixels]);
  const channels = x.shape[3] ?? 1;
  const w = useMemo(() => filterBank({ size, weights, seed }, channels), [size, weights, seed, channels]);
  return useMemo(() => ({ x, w, filter: FILTERS.indexOf(filter), settings }), [x, w, filter, settings]);
}
