import config from "../vitest.config.js";

// For `npm run test:full`. Vite shows variables whose names begin with VITE_ to the tests, in Node and in the browser.
process.env["VITE_FULL"] = "1";

export default config;
