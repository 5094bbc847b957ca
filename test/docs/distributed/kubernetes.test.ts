import { readFileSync } from "node:fs";
import { join } from "node:path";
import { StatefulSet } from "kubernetes-models/apps/v1";
import { Job } from "kubernetes-models/batch/v1";
import { PersistentVolumeClaim, Service } from "kubernetes-models/v1";
import { expect, onTestFinished, test } from "vitest";
import { parseAllDocuments } from "yaml";
import { existing } from "../../../src/core/objects.js";
import { ProgramFolder, root } from "../support/pages.js";

const folder = join(root, "examples/distributed");
const documents = parseAllDocuments(readFileSync(join(folder, "kubernetes.yaml"), "utf8"));
const objects: readonly KubernetesObject[] = documents.map((document) => document.toJS());

interface KubernetesObject {
  readonly apiVersion: string;
  readonly kind: string;
  readonly metadata: { readonly name: string };
}

const titled = objects.map((object) => [`${object.kind} ${object.metadata.name}`, object] as const);

test("the manifest is YAML without errors, and has the parts of the guide", () => {
  expect(documents.flatMap(({ errors, warnings }) => [...errors, ...warnings])).toEqual([]);
  expect(titled.map(([title]) => title)).toEqual([
    "Service nats",
    "StatefulSet nats",
    "PersistentVolumeClaim mnist-output",
    "Job mnist-coordinator",
    "Job mnist-workers",
  ]);
});

const MODELS: Readonly<Record<string, new (data: object) => { validate(): void }>> = {
  Job,
  PersistentVolumeClaim,
  Service,
  StatefulSet,
};

/** Throws what Kubernetes's schema has against an object. */
function validate(object: KubernetesObject): void {
  const Model = existing(MODELS[object.kind]);
  new Model(object).validate();
}

test.each(titled)("%s fits the schema of Kubernetes", (_, object) => {
  expect(() => validate(object)).not.toThrow();
});

test("the schema finds a wrong value, and a missing one", () => {
  const job = existing(objects.at(-1));
  expect(() => validate({ ...job, ...{ spec: { completions: "eight" } } })).toThrow(
    "data/spec must have required property template, data/spec/completions must be integer",
  );
});

// Schemas let unknown fields pass, and so does a server. The types of an object that is written out do not.
test("no field is unknown", async () => {
  const program = (list: readonly KubernetesObject[]) =>
    list
      .map((object, i) => {
        const type = `import("kubernetes-models/${object.apiVersion}").I${object.kind}`;
        return `export const object${i}: ${type} = ${JSON.stringify(object)};`;
      })
      .join("\n");
  const right = new ProgramFolder(program(objects));
  const wrong = new ProgramFolder(program([{ ...existing(objects.at(-1)), ...{ speck: {} } }]));
  onTestFinished(() => {
    right.remove();
    wrong.remove();
  });
  expect(await right.typeErrors()).toBe("");
  expect(await wrong.typeErrors()).toContain("speck\"' does not exist in type 'IJob'");
});

test("names that refer to each other are equal", () => {
  const text = readFileSync(join(folder, "kubernetes.yaml"), "utf8");
  const page = readFileSync(join(root, "docs/guides/distributed.md"), "utf8");
  const names = (pattern: RegExp) => [...new Set([...text.matchAll(pattern)].map(([, name]) => name))];
  for (const name of names(/configMap: \{ name: ([\w-]+) \}/g)) expect(page).toContain(`create configmap ${name} `);
  for (const name of names(/secretKeyRef: \{ name: ([\w-]+),/g))
    expect(page).toContain(`create secret generic ${name} `);
  for (const key of names(/secretKeyRef: \{.* key: (\w+) \}/g)) expect(page).toContain(`--from-literal=${key}=`);
  expect(names(/image: (registry.*)/g)).toEqual(["registry.example.org/mnist:1"]);
  expect(page).toContain("docker build --tag registry.example.org/mnist:1 ");
  const configuration = readFileSync(join(folder, "nats-server.conf"), "utf8");
  // The store is a folder in the volume.
  expect(names(/name: store, mountPath: ([\w/]+)/g)).toEqual(names(/workingDir: ([\w/]+)/g));
  expect(configuration).toMatch(/store_dir: "[\w-]+"/);
  for (const user of names(/NATS_USER, value: (\w+)/g)) expect(configuration).toContain(`user: ${user}\n`);
});
