// Neighbouring output channels that are loaded as one value: four where those of a group come in fours, else one.

#if K_FOURS
alias KLane = vec4<f32>;
const K_LANES: u32 = 4;
#else
alias KLane = f32;
const K_LANES: u32 = 1;
#endif
