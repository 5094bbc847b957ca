import { ensureAdapter } from "../../tools/softwareAdapter.mjs";

// Without an adapter this throws and fails every test file. Nothing is skipped.
await ensureAdapter();
