/** The row of a class that is pointed at, in every table that has it. */
export interface PointedRow {
  readonly pointed: number | undefined;
  point(row: number | undefined): void;
}

/** The attributes of a row. @param own whether it is the right class */
export function rowOf({ pointed, point }: PointedRow, row: number, own = false) {
  const names = [own && "own", row === pointed && "pointed"].filter(Boolean).join(" ");
  return { class: names, onPointerEnter: () => point(row), onPointerLeave: () => point(undefined) };
}
