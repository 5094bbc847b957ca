import { withBase } from "vitepress";
import { computed, defineComponent, h, nextTick, onUnmounted, ref, shallowReactive, shallowRef } from "vue";
import type { Report } from "../../live/messages.js";
import { LiveOutput } from "./LiveOutput.js";
import { added, emptyOutput } from "./output.js";
import { Run } from "./run.js";

interface State {
  /** The run that goes on. */
  run: Run | undefined;
  began: number;
  editing: boolean;
  status: string;
  backend: string;
  failure: string;
}

/** A block of code that can be changed and run. It gets what VitePress makes of the block in its slot. */
export const LiveBlock = defineComponent({
  name: "LiveBlock",
  props: {
    /** The code, in TypeScript. */
    source: { type: String, required: true },
    /** The code without its types. */
    program: { type: String, required: true },
  },
  setup(props, { slots }) {
    const code = ref(props.source);
    const isChanged = computed(() => code.value !== props.source);
    const output = shallowRef(emptyOutput);
    const state = shallowReactive<State>({
      run: undefined,
      began: 0,
      editing: false,
      status: "",
      backend: "",
      failure: "",
    });

    function tell(report: Report): void {
      if (report.type === "backend") state.backend = report.description;
      else if (report.type === "failed") {
        state.failure = report.message;
        end("Failed");
      } else if (report.type === "done") {
        const seconds = ((performance.now() - state.began) / 1000).toFixed(1);
        end(`Ran${state.backend === "" ? "" : ` on ${state.backend}`} in ${seconds} s`);
      } else {
        output.value = added(output.value, report);
      }
    }

    function start(): void {
      state.run?.stop();
      output.value = emptyOutput;
      Object.assign(state, { status: "Running", backend: "", failure: "", began: performance.now() });
      const job = { source: code.value, program: isChanged.value ? undefined : props.program };
      state.run = new Run(new URL(withBase("/live.js"), location.href).href, job, tell);
    }

    function end(status: string): void {
      state.run?.stop();
      state.run = undefined;
      state.status = status;
    }

    function reset(): void {
      end("");
      code.value = props.source;
      output.value = emptyOutput;
      Object.assign(state, { editing: false, backend: "", failure: "" });
    }
    onUnmounted(() => state.run?.stop());

    const area = ref<HTMLTextAreaElement>();
    async function edit(): Promise<void> {
      state.editing = true;
      await nextTick();
      area.value?.focus();
    }

    const hasRan = () => state.run === undefined && state.status.startsWith("Ran") && !isChanged.value;
    const button = (text: string, onClick: () => void) => h("button", { type: "button", onClick }, text);
    const editor = () =>
      h("textarea", {
        ref: area,
        value: code.value,
        rows: code.value.split("\n").length,
        "aria-label": "Code of the block",
        spellcheck: false,
        autocapitalize: "off",
        autocomplete: "off",
        wrap: "off",
        onInput: (event: Event) => {
          if (event.target instanceof HTMLTextAreaElement) code.value = event.target.value;
        },
        onKeydown: (event: KeyboardEvent) => {
          if (event.key !== "Enter" || !(event.ctrlKey || event.metaKey)) return;
          event.preventDefault();
          start();
        },
      });

    return () =>
      h(
        "div",
        { class: ["live", { "live-ran": hasRan() }], role: "group", "aria-label": "Code that runs in this page" },
        [
          h("div", { style: { display: state.editing ? "none" : undefined } }, slots["default"]?.()),
          state.editing ? editor() : undefined,
          h("div", { class: "live-bar" }, [
            state.run ? button("Stop", () => end("Stopped")) : button("Run", start),
            state.editing ? undefined : button("Edit", edit),
            state.editing || state.status !== "" ? button("Reset", reset) : undefined,
            h("span", { role: "status" }, state.status),
          ]),
          h(LiveOutput, { output: output.value, failure: state.failure }),
        ],
      );
  },
});
