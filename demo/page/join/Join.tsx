import "./join.css";
import { useState } from "preact/hooks";
import type { RoomProps } from "../App.js";
import { COMPUTE_WORDS } from "../learn/DeviceLine.js";
import { LENDS } from "../settings/settings.js";
import { jobOf, serversOf } from "./address.js";
import { BeforeJoining } from "./BeforeJoining.js";
import { meaningOf } from "./failures.js";
import { obstacleTo } from "./obstacle.js";
import { useDraft } from "./useDraft.js";
import { useVolunteer } from "./useVolunteer.js";
import { Work } from "./Work.js";
import { titleOf } from "./words.js";

const SERVERS_WRONG = "Write it as ws://192.168.0.7:9222 or wss://train.example.org.";
const joinedServers = (text: string) => serversOf(text)?.join();
const JOB_WRONG = "A name has up to 64 letters, digits, _ and -.";

/** A visitor lends this tab to a training on many machines. */
export function Join({ settings, change, setVolunteers }: RoomProps) {
  const shown = useVolunteer(setVolunteers);
  const { volunteer, busy, stage, failure } = shown;
  const [servers, writeServers] = useDraft(settings.servers, joinedServers, (servers) => change({ servers }));
  const [job, writeJob] = useDraft(settings.job, jobOf, (job) => change({ job }));
  const [obstacle, tell] = useState<string>();
  const found = serversOf(servers);
  const name = jobOf(job);
  const lend = LENDS.map((each) => [each, COMPUTE_WORDS[each]] as const);
  const join = () => {
    if (!found || !name) return;
    const against = obstacleTo(found, { protocol: location.protocol, isSecureContext });
    tell(against);
    if (!against) volunteer.join({ servers: found, job: name, lend: settings.lend });
  };
  return (
    <div class="join">
      <div class="join-top">
        <h1>{titleOf(shown, settings.job)}</h1>
        <p class="quiet">
          Many computers train one network: each does small parts of the work, and the result has the same bits whoever
          takes part. Who began the training has a link for you, or the server and the name of the job.
        </p>
      </div>
      <form
        onSubmit={(event) => {
          event.preventDefault();
          if (busy) volunteer.leave();
          else join();
        }}
      >
        <Field
          label="Server"
          value={servers}
          disabled={busy}
          wrong={servers.trim() !== "" && !found ? SERVERS_WRONG : undefined}
          write={writeServers}
        />
        <Field
          label="Job"
          value={job}
          disabled={busy}
          wrong={job.trim() !== "" && !name ? JOB_WRONG : undefined}
          write={writeJob}
        />
        <label>
          <span>Compute with</span>
          <select
            value={settings.lend}
            disabled={busy}
            onChange={({ currentTarget: { value } }) =>
              change({ lend: LENDS.find((each) => each === value) ?? "wasm" })
            }
          >
            {lend.map(([each, word]) => (
              <option key={each} value={each}>
                {word}
              </option>
            ))}
          </select>
        </label>
        {/* One button, so that the keyboard stays on it. */}
        <button type="submit" class="main" disabled={!busy && !(found && name)}>
          {busy ? "Leave" : stage === "resting" ? "Join" : "Join again"}
        </button>
      </form>
      {obstacle && <p role="alert">{obstacle}</p>}
      {failure && <Failure failure={failure} />}
      <p class="unseen" role="status">
        {stage === "resting" ? "" : titleOf({ ...shown, parts: busy ? 0 : shown.parts }, "")}
      </p>
      <Work {...shown} />
      <BeforeJoining />
    </div>
  );
}

function Failure({ failure }: { readonly failure: string }) {
  const meaning = meaningOf(failure);
  return (
    <div role="alert">
      <p>{meaning ?? failure}</p>
      {meaning && <p class="small">{failure}</p>}
    </div>
  );
}

interface FieldProps {
  readonly label: string;
  readonly value: string;
  readonly disabled: boolean;
  /** What is wrong with the value. */
  readonly wrong: string | undefined;
  write(value: string): void;
}

function Field({ label, value, disabled, wrong, write }: FieldProps) {
  const id = `wrong-${label}`;
  // Nobody is told of a mistake while writing.
  const [written, finish] = useState(value);
  const mistake = written === value ? wrong : undefined;
  return (
    <label>
      <span>{label}</span>
      <input
        value={value}
        disabled={disabled}
        autocomplete="off"
        autocapitalize="off"
        spellcheck={false}
        aria-invalid={mistake !== undefined}
        aria-describedby={mistake && id}
        onInput={({ currentTarget }) => write(currentTarget.value)}
        onChange={() => finish(value)}
      />
      {mistake && (
        <span id={id} class="wrong">
          {mistake}
        </span>
      )}
    </label>
  );
}
