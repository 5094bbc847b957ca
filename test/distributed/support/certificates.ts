import { execFileSync } from "node:child_process";
import { mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";

/** A certificate that signs itself, made by `openssl`. */
export class Certificate {
  readonly #folder = mkdtempSync(join(tmpdir(), "webgpu-cnn-certificate-"));
  readonly certificateFile = join(this.#folder, "server.pem");
  readonly keyFile = join(this.#folder, "server-key.pem");

  /** @param host the name of the server */
  constructor(host = "localhost") {
    const words = ["req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:prime256v1", "-nodes", "-days", "2"];
    const name = ["-subj", `/CN=${host}`, "-addext", `subjectAltName=DNS:${host}`];
    execFileSync("openssl", [...words, ...name, "-out", this.certificateFile, "-keyout", this.keyFile], {
      stdio: "pipe",
    });
  }

  get pem(): string {
    return readFileSync(this.certificateFile, "utf8");
  }

  get keyPem(): string {
    return readFileSync(this.keyFile, "utf8");
  }

  /** For the configuration of a server, which then asks for TLS. @param more such as "verify: true" */
  tls(more = ""): string {
    const [certificate, key] = [this.certificateFile, this.keyFile].map((file) => JSON.stringify(file));
    return `tls { cert_file: ${certificate}, key_file: ${key}, ca_file: ${certificate}, ${more} }`;
  }

  remove(): void {
    rmSync(this.#folder, { recursive: true });
  }
}
