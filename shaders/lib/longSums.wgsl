// The long sums of a tile: blocks of terms are added in pairs.
//
// The rounding error grows with the logarithm of the number of terms. lib/pairs.wgsl does the same for one sum.
// A shader that imports this declares three things: `alias Sum`, the type of a sum; SUMS, how many sums a tile has; and
// STEPS_OF_BLOCK, after how many steps a block ends. With LONG, it calls closeStep after each step and closeSums after
// the last step. Without LONG, it adds all terms in order.

override LONG: bool = false;

#if LONG
// Level l holds sums of 2^l blocks. The last level adds what comes to it in order.
const LEVELS: u32 = 12;

var<private> stepsDone: u32;
var<private> levels: array<Sum, LEVELS * SUMS>;

fn closeStep(sums: ptr<function, array<Sum, SUMS>>) {
  stepsDone++;
  // A loop, because a software adapter executes both sides of an if.
  for (var ends = stepsDone % STEPS_OF_BLOCK == 0u; ends; ends = false) {
    // A new block is added like the number 1 to a binary number, as in lib/pairs.wgsl. A level that was carried is zero.
    let carries = countTrailingZeros(stepsDone / STEPS_OF_BLOCK);
    let level = min(carries, LEVELS - 1u);
    // Only the copy is indexed by a loop. The sums stay in registers.
    var block = *sums;
    for (var l = 0u; l <= level; l++) {
      for (var i = 0u; i < SUMS; i++) {
        block[i] += levels[l * SUMS + i];
        levels[l * SUMS + i] = Sum(0.0);
      }
    }
    for (var i = 0u; i < SUMS; i++) {
      levels[level * SUMS + i] = block[i];
    }
    *sums = array<Sum, SUMS>();
  }
}

fn closeSums(sums: ptr<function, array<Sum, SUMS>>) {
  var total = *sums;
  for (var l = 0u; l < LEVELS; l++) {
    for (var i = 0u; i < SUMS; i++) {
      total[i] += levels[l * SUMS + i];
    }
  }
  *sums = total;
  // For the next row, in a kernel that walks down rows.
  levels = array<Sum, LEVELS * SUMS>();
  stepsDone = 0u;
}
#endif
