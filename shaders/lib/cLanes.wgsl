// Neighbouring input channels that are loaded as one value: four if the channels of a group come in fours, else one.

#if C_FOURS
alias CLane = vec4<f32>;
const C_LANES: u32 = 4;
#else
alias CLane = f32;
const C_LANES: u32 = 1;
#endif
