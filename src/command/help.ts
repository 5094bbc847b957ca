/** The texts of `--help`. They fit 80 columns. */

export const USAGE = `Trains convolutional networks on many machines, over NATS JetStream.

usage: webgpu-cnn worker [options]   computes for a job, until it is done
       webgpu-cnn train [options]    leads a job: publishes it, averages, saves
       webgpu-cnn COMMAND --help     all options of a command
       webgpu-cnn --version

A training in two terminals, with nats-server --jetstream running:

  webgpu-cnn train --config job.json
  webgpu-cnn worker --data job.json

Start as many workers as you like, on as many machines as you like, at any
time. The result does not depend on how many they are.

In scripts and containers, start node_modules/.bin/webgpu-cnn: npx keeps signals
such as SIGTERM for itself.`;

const SERVERS = `The servers:
  --servers URL      nats://HOST:4222, tls://, ws:// or wss://; several with
                     commas between them. Without it: NATS_URL of the
                     environment, then the job file
  --job NAME         the name of the job: letters, digits, - and _. Without it:
                     the job file
  --credentials FILE a .creds file                           or NATS_CREDS
  --user NAME        with --password                         or NATS_USER
  --password TEXT    others can see it in the list of processes; NATS_PASSWORD
                     is safer
  --token TEXT       the same holds for it                   or NATS_TOKEN
  --ca FILE          the authority that signed the server's certificate, PEM
                                                             or NATS_CA
  --cert FILE        the certificate of this client, PEM     or NATS_CERT
  --key FILE         its key, PEM                            or NATS_KEY
  --timeout SECONDS  gives up after so long without the servers (default 300)`;

const ENDING = `Ctrl-C stops; a second one stops at once. The exit status is 0 when the job is
done, 1 on an error, 2 if an argument is wrong, 130 or 143 if it was stopped.
`;

export const WORKER_USAGE = `Computes for a job until the job is done. It may come before the job, and wait.

usage: webgpu-cnn worker [--servers URL] [--job NAME] [options]

The data, which must be the job's own to the last value:
  --data FILE        the data of a job file. Its servers and job are taken too.
                     package:NAME/PATH is a file of an installed npm package
  --images FILE      instead: an IDX file, .npy or .npz#NAME; gzip is unpacked.
                     package:NAME/PATH is a file of an installed npm package
  --labels FILE      the same, for class numbers or values of the output
  --first N          the first N examples only (default: all)
  --shape H,W,C      the extents of one example (default: as in the file; images
                     without channels get one)

What it computes on:
  --backend KIND     auto, webgpu, wasm or cpu. Results are equal to the last
                     bit within one class of backends, so a job names its class.
                     The default is the kind that the job's class needs, and
                     auto if the job takes all classes
  --threads N        the threads of WebAssembly (default: the cores, at most 8).
                     The results do not depend on it
  --name NAME        what others call it, before eight letters or digits that
                     tell it from others (default: the host's name)

${SERVERS}

On a terminal it shows one line, elsewhere a line for each event.
${ENDING}A stopped worker gives back the part that it was at. Another worker does it.`;

export const TRAIN_USAGE = `Leads a job: publishes the model, hands out the work, averages what the workers
answer, and saves the model. It computes nothing itself: start workers too.
Started again with the same job, it goes on from the last round.

usage: webgpu-cnn train --config FILE [options]

  --config FILE      the job file, JSON: model, compile, data and options.
                     package:NAME/PATH is a file of an installed npm package
  --output FILE      writes the model at the end, as safetensors
  --delete           removes the job from the servers when it is done, a few
                     seconds later: workers must see its end
  --restart          removes an earlier job of this name first. Start workers
                     afterwards, or they find the earlier one

In place of what the job file says:
  --epochs N         how often to go through the data
  --batch-size N     the examples of a step, of all workers together
  --replicas N       the parts that a batch is cut into: the most workers that
                     can work at the same time. The result depends on it
  --local-steps N    the steps of a worker between two averagings
  --seed N           of the order of the data
  --backend KIND     auto, webgpu, wasm or cpu: the class of the job, and what
                     averages (default wasm, which every machine has)
  --threads N        the threads of WebAssembly (default: the cores, at most 8)

${SERVERS}

The job file. Its paths begin at its own folder:
  servers, job, timeout, backend, threads
                     as the options above
  model              { "inputShape": [28, 28, 1], "seed": 1, "layers": […] },
                     with layers such as { "class": "Dense", "units": 10 }, or
                     { "file": FILE } for what model.save() gave
  compile            { "optimizer": "adam", "loss": "softmaxCrossEntropy",
                     "metrics": ["accuracy"] }. An optimizer with options is
                     { "name": "adam", "learningRate": 0.002 }. A rate may be
                     { "name": "cosineDecay", "initial": 0.1, "decaySteps": 90 }
  data               { "images": FILE, "labels": FILE, "first": N, "shape": … }
                     with files as of a worker. The last two may be left out
  validationData     the same, for examples that are judged after each epoch
  replicas           as --replicas (default 8)
  localSteps         as --local-steps (default 1)
  epochs             as --epochs (default 1)
  batchSize          as --batch-size (default 32)
  seed               as --seed (default: the model's)
  shuffle            whether each epoch has another order (default true)
  dropLast           leaves a smaller last batch out (default false)
  augment            random changes of the images (default none):
                     { "flip": true, "shift": 2, "rotate": 10, "zoom": 0.1,
                     "brightness": 0.1 }
  classWeight        factors of the loss by class: { "3": 2 } (default 1)
  precision          how numbers travel, "float32" or "float16": half the bytes
                     (default "float32")
  keep               rounds that the servers keep as checkpoints (default 3)
  verify             the share of the replicas that a second worker checks, from
                     0 to 1 (default 0)
  mixed              takes workers of all classes; results then depend on who
                     computes what (default false)
  lease              seconds without a sign of life of a worker after which
                     another one gets its replica (default 10)
  storage            "file", which survives a restart of the servers, or
                     "memory" (default "file")

On a terminal it shows a table of the workers, elsewhere lines. NO_COLOR is
respected.
${ENDING}A stopped job stays on the servers, and the same command goes on with it.`;
