import { ensureAdapter } from "../../tools/softwareAdapter.mjs";

// Where there is no adapter this throws, and so fails every test file: nothing is skipped.
await ensureAdapter();
