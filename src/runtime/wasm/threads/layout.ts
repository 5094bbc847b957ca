/**
 * Where threads find their common data in the shared memory, as indices of an Int32Array at its beginning. A thread
 * gets it as data, because its code is the text of a function and can refer to nothing outside.
 */
export interface ControlLayout {
  /** Changes whenever there is something to do. Threads wait for it. */
  readonly signal: number;
  /** 1 if the threads should end. */
  readonly quit: number;
  /**
   * The number of the present call and of its next job, as `call · jobLimit + job`. The job `jobLimit − 1` means that
   * there is none: the call is being written.
   */
  readonly next: number;
  readonly jobLimit: number;
  /** Of the present call: the id of its function, the number of its jobs, and the number of arguments of each. */
  readonly functionId: number;
  readonly jobs: number;
  readonly arity: number;
  /** The number of modules so far. Entry `i % moduleSlots` has its position, its bytes and its first function's id. */
  readonly modules: number;
  readonly moduleEntries: number;
  readonly moduleSlots: number;
  /**
   * The modules are written to a ring. A position counts on after the end of the ring, as an unsigned integer that
   * overflows. The ring's length divides 2³², so the place in the ring is right nevertheless.
   */
  readonly ringEnd: number;
  readonly ringAddress: number;
  readonly ringBytes: number;
  /** For each thread, 1 while it may be at a job. */
  readonly busy: number;
  /** For each job, the number of the last call in which it was done. */
  readonly done: number;
  /** The arguments of the jobs. */
  readonly arguments: number;
}

export const MOST_THREADS = 64;
/** The most arguments of a job. */
export const MOST_ARGUMENTS = 16;

const JOB_LIMIT = 2048;
const MODULE_SLOTS = 1024;
const BUSY = 16;
const MODULE_ENTRIES = BUSY + MOST_THREADS;
const DONE = MODULE_ENTRIES + 3 * MODULE_SLOTS;
const ARGUMENTS = DONE + JOB_LIMIT;

/** The integers of the control data. */
export const CONTROL_INTEGERS = ARGUMENTS + JOB_LIMIT * MOST_ARGUMENTS;
const CONTROL_BYTES = CONTROL_INTEGERS * Int32Array.BYTES_PER_ELEMENT;

export const LAYOUT: ControlLayout = {
  signal: 0,
  quit: 1,
  next: 2,
  functionId: 3,
  jobs: 4,
  arity: 5,
  modules: 6,
  ringEnd: 7,
  jobLimit: JOB_LIMIT,
  moduleEntries: MODULE_ENTRIES,
  moduleSlots: MODULE_SLOTS,
  ringAddress: CONTROL_BYTES,
  ringBytes: 2 ** 21,
  busy: BUSY,
  done: DONE,
  arguments: ARGUMENTS,
};

/** The bytes at the beginning of the memory that the threads need. */
export const RESERVED_BYTES = CONTROL_BYTES + LAYOUT.ringBytes;
