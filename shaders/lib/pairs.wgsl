// Sums of many terms. Terms are added in pairs, so the rounding error grows with the logarithm of their number.
//
// A shader adds some terms to a block, and gives block after block to addBlock. Level l of the Pairs holds the sum of
// 2^l blocks if bit l of `blocks` is set. A new block is added like the number 1 to a binary number: two sums of one
// level become one sum of the next level.

#import lanes

const LEVELS: u32 = 28;

struct Pairs {
  // The number of blocks that are added up.
  blocks: u32,
  levels: array<Lane, LEVELS>,
}

fn addBlock(pairs: ptr<function, Pairs>, block: Lane) {
  var sum = block;
  var level = 0u;
  for (var carries = (*pairs).blocks; (carries & 1u) == 1u; carries >>= 1u) {
    sum += (*pairs).levels[level];
    level++;
  }
  (*pairs).levels[level] = sum;
  (*pairs).blocks += 1u;
}

// The sum of all blocks, from the fewest terms to the most.
fn sumOfPairs(pairs: ptr<function, Pairs>) -> Lane {
  var sum = Lane(0.0);
  var level = 0u;
  for (var rest = (*pairs).blocks; rest > 0u; rest >>= 1u) {
    if ((rest & 1u) == 1u) {
      sum += (*pairs).levels[level];
    }
    level++;
  }
  return sum;
}
