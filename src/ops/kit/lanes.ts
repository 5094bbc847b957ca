/** How many neighbouring channels a kernel handles as one value: four if channels come in fours, else one. */
export function lanesFor(channels: number): 1 | 4 {
  return channels % 4 === 0 ? 4 : 1;
}
