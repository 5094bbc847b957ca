import { useEffect, useRef } from "preact/hooks";
import type { RoomProps } from "../App.js";
import { AskLabel } from "./backward/AskLabel.js";
import { Backward } from "./backward/Backward.js";
import { ConvForward } from "./forward/ConvForward.js";
import { DenseForward } from "./forward/DenseForward.js";
import { LossForward } from "./forward/LossForward.js";
import { type AtPlace, MapsForward } from "./forward/MapsForward.js";
import { PictureForward } from "./forward/PictureForward.js";
import { MomentLine } from "./parts/MomentLine.js";
import { Strip } from "./parts/Strip.js";
import { Top } from "./parts/Top.js";
import { blockNumber, blockPlace, type Place, placeOf } from "./place.js";
import type { Moment, TakenMoment } from "./useMoment.js";
import { useWays } from "./useWays.js";
import type { ViewProps } from "./view.js";

/** Of the tour. */
const BACKWARD_STEP = 4;

export interface ViewsProps extends RoomProps {
  readonly taken: TakenMoment;
  readonly moment: Moment;
  readonly width: number;
}

/** The strip of stations, the title, and the view of the chosen station. */
export function Views(props: ViewsProps) {
  const place = placeOf(props.settings, props.moment.stations);
  return place ? <AtPlaceViews {...props} place={place} /> : null;
}

function AtPlaceViews(props: ViewsProps & { readonly place: Place }) {
  const { settings, change, moment, taken, paper, width, place } = props;
  const { architecture, stations } = moment;
  const ways = useWays(moment, place);
  const view: ViewProps = {
    ...props,
    notes: <MomentLine {...props} taken={taken} moment={moment} />,
    // The whole way back is one step of the tour.
    reached: (step) => settings.guide === 0 || settings.guide >= Math.min(step, BACKWARD_STEP),
  };
  const went = useRef(false);
  useEffect(() => {
    const column = went.current && document.querySelector(".column[aria-current]");
    went.current = false;
    // Where the columns stand below one another, the chosen one comes into view.
    if (column && column.getBoundingClientRect().top > innerHeight / 2) column.scrollIntoView();
  }, [place.station]);
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
        choose={(station) => {
          went.current = true;
          change({ ...ways.across(station), guide: 0 });
        }}
      />
      <Top {...props} ways={ways} />
      {at && <View {...view} at={at} place={place} taken={taken} />}
    </>
  );
}

/** On the way back the loss needs a class. Without one there is nothing to send back. */
function View(props: AtPlace & { readonly taken: TakenMoment }) {
  const { settings, moment, place } = props;
  if (settings.direction === "backward") {
    return moment.pass.loss === undefined ? <AskLabel {...props} /> : <Backward {...props} />;
  }
  switch (place.station.kind) {
    case "picture":
      return <PictureForward {...props} />;
    case "convolution":
      return <ConvForward {...props} />;
    case "activation":
    case "pool":
      return <MapsForward {...props} />;
    case "dense":
      return <DenseForward {...props} />;
    case "loss":
      return <LossForward {...props} />;
  }
}
