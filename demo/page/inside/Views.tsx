import type { RoomProps } from "../App.js";
import { AskLabel } from "./backward/AskLabel.js";
import { Backward, type BackwardProps } from "./backward/Backward.js";
import { ConvForward } from "./forward/ConvForward.js";
import { MomentLine } from "./parts/MomentLine.js";
import { Strip } from "./parts/Strip.js";
import { Top } from "./parts/Top.js";
import { blockNumber, blockPlace, placeOf } from "./place.js";
import type { Moment, TakenMoment } from "./useMoment.js";
import type { ViewProps } from "./view.js";

export interface ViewsProps extends RoomProps {
  readonly taken: TakenMoment;
  readonly moment: Moment;
  readonly width: number;
}

/** The strip of stations, the title, and the view of the chosen station. */
export function Views(props: ViewsProps) {
  const { settings, change, moment, taken, paper, width } = props;
  const { architecture, stations } = moment;
  const place = placeOf(settings, stations);
  if (!place) return null;
  const view: ViewProps = {
    ...props,
    notes: <MomentLine {...props} taken={taken} moment={moment} />,
    reached: (step) => settings.guide === 0 || settings.guide >= step,
  };
  const at = blockPlace(architecture, stations, blockNumber(architecture, place.station));
  return (
    <>
      <Strip
        moment={moment}
        chosen={place.station}
        map={place.map}
        direction={settings.direction}
        paper={paper}
        width={width}
        choose={({ name }) => change({ station: name })}
      />
      <Top {...props} place={place} />
      {at && <View {...view} at={at} place={place} taken={taken} />}
    </>
  );
}

/** The loss needs a class. Without one there is nothing to send back. */
function View(props: BackwardProps & { readonly taken: TakenMoment }) {
  const { settings, moment } = props;
  if (settings.direction === "forward") return <ConvForward {...props} />;
  return moment.pass.loss === undefined ? <AskLabel {...props} /> : <Backward {...props} />;
}
