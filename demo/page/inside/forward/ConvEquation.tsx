import type { StepAnswers } from "../../network/steps.js";
import type { Cell } from "../../settings/settings.js";
import { symbolOf } from "../names.js";
import { At, Equation, Name, Num, Of, Sum } from "../parts/maths.js";
import type { BlockPlace } from "../place.js";
import type { Moment } from "../useMoment.js";

interface ConvEquationProps {
  readonly moment: Moment;
  readonly at: BlockPlace;
  readonly answer: StepAnswers["convStep"];
  readonly cell: Cell;
  readonly width: number;
}

/** The convolution as an equation, and the same with the numbers of this step: as many as there is room for. */
export function ConvEquation({ moment, at, answer, cell, width }: ConvEquationProps) {
  const { block, margins, reads, convolution } = at;
  const [z, x] = [symbolOf(moment, convolution), symbolOf(moment, reads)];
  const many = reads.maps > 1;
  const last = block.size - 1;
  const { products, filter, window, bias } = answer;
  const largestFirst = [...products.values.keys()].sort(
    (a, b) => Math.abs(products.values[b] ?? 0) - Math.abs(products.values[a] ?? 0),
  );
  const shown = largestFirst.slice(0, width >= 680 ? 2 : 1);
  const more = largestFirst.length - shown.length;
  const product = (
    <>
      {many && <Sum over="c" to={reads.maps - 1} />}
      <Sum over="u" to={last} />
      <Sum over="v" to={last} />
      <mi>w</mi>
      <Of>
        <mi>u</mi>
        <mo>,</mo>
        <mi>v</mi>
        {many && <mo>,</mo>}
        {many && <mi>c</mi>}
      </Of>
      <mo>·</mo>
      <Name of={x} />
      <Of>
        <Position of="i" plus="u" stride={block.stride} less={margins.top} />
        <mo>,</mo>
        <Position of="j" plus="v" stride={block.stride} less={margins.left} />
        {many && <mo>,</mo>}
        {many && <mi>c</mi>}
      </Of>
    </>
  );
  const numbers = (
    <>
      <mo>+</mo>
      <munder>
        <mo>⋯</mo>
        <mtext class="under">{more} more</mtext>
      </munder>
      <mo>=</mo>
      <Num value={answer.z} bold />
    </>
  );
  const slim = width < 480;
  return (
    <>
      <Equation display>
        <Name of={z} />
        <Of>
          <mi>i</mi>
          <mo>,</mo>
          <mi>j</mi>
        </Of>
        <mo>=</mo>
        <mi>b</mi>
        <mo>+</mo>
        {!slim && product}
      </Equation>
      {slim && <Equation display>{product}</Equation>}
      <Equation>
        <Name of={z} />
        <At cell={cell} />
        <mo>=</mo>
        <Num value={bias} />
        {shown.map((i) => (
          <>
            <mo>+</mo>
            <Num value={filter.values[i] ?? Number.NaN} guarded />
            <mo>·</mo>
            <Num value={window.values[i] ?? Number.NaN} guarded />
          </>
        ))}
        {!slim && numbers}
      </Equation>
      {slim && <Equation>{numbers}</Equation>}
    </>
  );
}

interface PositionProps {
  readonly of: string;
  readonly plus: string;
  readonly stride: number;
  readonly less: number;
}

/** Such as 2i + u − 1. */
function Position({ of, plus, stride, less }: PositionProps) {
  return (
    <>
      {stride > 1 && <mn>{stride}</mn>}
      <mi>{of}</mi>
      <mo>+</mo>
      <mi>{plus}</mi>
      {less > 0 && <mo>−</mo>}
      {less > 0 && <mn>{less}</mn>}
    </>
  );
}
